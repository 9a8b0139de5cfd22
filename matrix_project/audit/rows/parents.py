"""The rows of other models that rows need: found by their keys, told in the order of insertion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import ForeignKey, Model

from matrix_project.observe.subject import Row, Subject

__all__ = ["Parents", "concrete", "is_inserted_anew", "referred"]


def concrete(model: Any) -> type[Model]:
    """Return the model that has the table: of a proxy the one that it stands for."""
    found: type[Model] = model._meta.concrete_model
    return found


def referred(subject: Subject) -> dict[type[Model], set[str]]:
    """Return the fields of each model that foreign keys may refer to: its key, and others."""
    found: dict[type[Model], set[str]] = {}
    for model in subject.models:
        found.setdefault(concrete(model), set()).add(model._meta.pk.name)
        for field in model._meta.local_concrete_fields:
            if isinstance(field, ForeignKey):
                found.setdefault(concrete(field.related_model), set()).add(field.target_field.name)
    return found


def is_inserted_anew(model: type[Model]) -> bool:
    """Return whether Django inserts a parent's row with each row of a child's table.

    It does where the key has a default, and looks for a row of that key where it has none.
    https://docs.djangoproject.com/en/stable/ref/models/instances/#how-django-knows-to-update-vs-insert
    """
    keys = [each._meta.pk for each in (model, *model._meta.get_parent_list())]
    return any(each.has_default() or each.has_db_default() for each in keys)


class Parents:
    """Rows that others refer to, each after those that it refers to itself."""

    def __init__(self) -> None:
        """Begin without any."""
        self._rows: list[tuple[type[Model], dict[str, Any]]] = []

    def add(self, model: type[Model], values: dict[str, Any]) -> None:
        """Take a row that is made."""
        self._rows.append((model, values))

    def find(self, model: type[Model], name: str, key: Any) -> dict[str, Any] | None:
        """Return the row of a model that has this key in this field."""
        rows = (row for of, row in self._rows if of is model)
        return next((row for row in rows if key is not None and row.get(name) == key), None)

    def needed(self, rows: Sequence[tuple[type[Model], Mapping[str, Any]]]) -> list[Row]:
        """Return the rows that these need, and those that they need in turn."""
        found: set[int] = set()
        pending = list(rows)
        while pending:
            model, values = pending.pop()
            for number in self._numbers(model, values) - found:
                found.add(number)
                pending.append(self._rows[number])
        return [
            Row(model._meta.label, dict(values))
            for number, (model, values) in enumerate(self._rows)
            if number in found
        ]

    def _numbers(self, model: type[Model], values: Mapping[str, Any]) -> set[int]:
        """Return the numbers of the rows that a row's foreign keys refer to."""
        found = set()
        for field in model._meta.concrete_fields:
            key = values.get(field.name)
            if isinstance(field, ForeignKey) and key is not None:
                to, name = concrete(field.related_model), field.target_field.name
                found |= {
                    number
                    for number, (of, row) in enumerate(self._rows)
                    if of is to and row.get(name) == key
                }
        return found
