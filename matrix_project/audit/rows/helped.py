"""The rows that a project gives for its models, one after the other, each used once."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Protocol

from django.db.models import Model

from matrix_project.audit.rows.fresh import Fresh
from matrix_project.audit.rows.uniqueness import together

__all__ = ["Helped", "Helper"]


class Helper(Protocol):
    """What a project gives to help."""

    def of(self, model: type[Model], /) -> Iterator[dict[str, Any]]:
        """Yield rows of a model, by the names of its fields."""


class Helped:
    """Hands out the rows that a project gives; the last one of a model as often as is asked."""

    def __init__(self, helper: Helper | None, fresh: Fresh) -> None:
        """Take what the project gives, and what knows the values that rows have already."""
        self._helper = helper
        self._fresh = fresh
        self._rows: dict[type[Model], list[dict[str, Any]]] = {}

    def row(self, model: type[Model], given: Collection[str]) -> dict[str, Any]:
        """Return the next row, without what is given already, and what another row has."""
        if self._helper is None:
            return {}
        if model not in self._rows:
            self._rows[model] = list(self._helper.of(model))
        rows = self._rows[model]
        row = rows.pop(0) if len(rows) > 1 else dict(rows[0]) if rows else {}
        taken = {
            field.name
            for each in together(model)
            for field in each.fields
            if field.name in row and self._fresh.is_used(field, row[field.name])
        }
        return {name: value for name, value in row.items() if name not in {*taken, *given}}
