"""What makes a proxy model stand for the rows of one type alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django.db import models

__all__ = ["ForcedType", "ForcedTypeManager"]


class ForcedType:
    """Mixin of a proxy whose rows all have one type, whatever the caller says.

    `create()`, `get_or_create()` and `update_or_create()` end in `save()`; `bulk_create()` does
    not, and is seen to by the manager.
    """

    forced_type: ClassVar[int]
    type: Any

    def full_clean(self, *args: Any, **kwargs: Any) -> None:
        """Validate the row as it will be saved."""
        self.type = self.forced_type
        super().full_clean(*args, **kwargs)  # type: ignore[misc]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the row with the proxy's type."""
        self.type = self.forced_type
        super().save(*args, **kwargs)  # type: ignore[misc]


class ForcedTypeQuerySet(models.QuerySet[Any]):
    """Rows of a `ForcedType` proxy."""

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        """Create the rows with the proxy's type."""
        rows = list(objs)
        for row in rows:
            row.type = self.model.forced_type
        return super().bulk_create(rows, *args, **kwargs)


class ForcedTypeManager(models.Manager.from_queryset(ForcedTypeQuerySet)):  # type: ignore[misc]
    """Manager of a `ForcedType` proxy: only the rows of its type are there."""

    def get_queryset(self) -> ForcedTypeQuerySet:
        """Return the rows of the proxy's type."""
        rows: ForcedTypeQuerySet = super().get_queryset().filter(type=self.model.forced_type)
        return rows
