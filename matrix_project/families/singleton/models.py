"""A remote API's access token: only the current one may be stored."""

from __future__ import annotations

import datetime as dt
from typing import Self

from django.db import models

__all__ = ["PlainKeyAPIAccount", "RemoteAPIAccount", "UnconstrainedAPIAccount"]


class AccountQuerySet(models.QuerySet["APIAccount"]):
    """Rows of an account table."""

    def unfit(self) -> Self:
        """Return the rows that would make the constraint's migration fail."""
        return self.exclude(id=1)


class APIAccount(models.Model):
    """The fields and the ways of use that the family's models share."""

    access_token = models.CharField(max_length=120)
    access_token_expires = models.DateTimeField()

    objects = AccountQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"token until {self.access_token_expires:%Y-%m-%d %H:%M}"

    @classmethod
    def refresh(cls, access_token: str, expires: dt.datetime) -> tuple[Self, bool]:
        """Store a new token in the one row there is, or make that row.

        Returns:
            The row, and whether it was made just now.
        """
        return cls._default_manager.update_or_create(  # type: ignore[return-value]
            pk=1,
            defaults={"access_token": access_token, "access_token_expires": expires},
        )


class RemoteAPIAccount(APIAccount):
    """The post's model: the key is automatic."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(id=1),
                name="%(app_label)s_%(class)s_single_row",
            ),
        ]


class PlainKeyAPIAccount(APIAccount):
    """The same with a key that the database does not count up."""

    id = models.IntegerField(primary_key=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(id=1),
                name="%(app_label)s_%(class)s_single_row",
            ),
        ]


class UnconstrainedAPIAccount(APIAccount):
    """The control: nothing keeps a second row away."""
