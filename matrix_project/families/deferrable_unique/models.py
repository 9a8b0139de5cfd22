"""Tracks in an order, no two of them in the same place."""

from __future__ import annotations

from django.db import models

__all__ = ["DeferredTrack", "ImmediateTrack", "PlainTrack"]


class Track(models.Model):
    """The fields that the family's models share."""

    title = models.CharField(max_length=30)
    position = models.IntegerField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.position}. {self.title}"


class DeferredTrack(Track):
    """Checked at the commit."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["position"],
                deferrable=models.Deferrable.DEFERRED,
                name="%(app_label)s_%(class)s_order",
            ),
        ]


class ImmediateTrack(Track):
    """Checked at the end of each statement."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["position"],
                deferrable=models.Deferrable.IMMEDIATE,
                name="%(app_label)s_%(class)s_order",
            ),
        ]


class PlainTrack(Track):
    """The control: not deferrable, checked row by row."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["position"],
                name="%(app_label)s_%(class)s_order",
            ),
        ]
