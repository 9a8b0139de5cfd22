"""Bookings: a room is booked once a day."""

from __future__ import annotations

from django.db import models

__all__ = ["CoveringBooking", "PlainBooking"]


class Booking(models.Model):
    """The fields that the family's models share."""

    room = models.IntegerField()
    date = models.DateField()
    full_name = models.CharField(max_length=30)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"room {self.room} on {self.date}: {self.full_name}"


class CoveringBooking(Booking):
    """The index covers the guest's name."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["room", "date"],
                include=["full_name"],
                name="%(app_label)s_%(class)s_once_a_day",
            ),
        ]


class PlainBooking(Booking):
    """The control: the same without `include`."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["room", "date"],
                name="%(app_label)s_%(class)s_once_a_day",
            ),
        ]
