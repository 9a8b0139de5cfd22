"""Customers of age."""

from __future__ import annotations

from django.db import models

__all__ = ["Customer", "ExpressionCustomer"]


class Person(models.Model):
    """The fields that the family's models share."""

    name = models.CharField(max_length=30)
    age = models.IntegerField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.name}, {self.age}"


class Customer(Person):
    """The condition as a `Q` object."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(age__gte=18),
                name="%(app_label)s_%(class)s_of_age",
            ),
        ]


class ExpressionCustomer(Person):
    """The condition as a boolean expression."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.ExpressionWrapper(
                    models.Q(age__gte=18),
                    output_field=models.BooleanField(),
                ),
                name="%(app_label)s_%(class)s_of_age",
            ),
        ]
