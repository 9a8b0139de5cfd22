"""Values that no row has yet, for the fields that tell rows apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import ForeignKey, Model

from matrix_project.audit.rows.uniqueness import together
from matrix_project.audit.rows.values import NoRowError, Values

__all__ = ["Fresh"]


class Fresh:
    """Which values rows have, and the plain ones that none has."""

    def __init__(self, values: Values) -> None:
        """Take what gives the plain values; no row has any yet."""
        self._values = values
        self._used: dict[Any, set[Any]] = {}

    def value(self, field: Any) -> Any:
        """Return the first plain value of a field that no row has; from now on one has it.

        Where the field has no other it is the plainest again: a condition may leave it alone.

        Raises:
            NoRowError: the field has no value at all.
        """
        for number in range(len(self._used.get(field, ())) + 1):
            try:
                value = self._values.value(field, number)
            except NoRowError:
                break
            if self.take(field, value):
                return value
        return self._values.value(field, 0)

    def take(self, field: Any, value: Any) -> bool:
        """Note that a row has a value; return whether none had it before."""
        used = self._used.setdefault(field, set())
        mark = self._values.mark(field, value)
        if mark in used:
            return False
        used.add(mark)
        return True

    def is_used(self, field: Any, value: Any) -> bool:
        """Return whether a row has the value."""
        return self._values.mark(field, value) in self._used.get(field, ())

    def note(self, model: type[Model], given: Mapping[str, Any]) -> None:
        """Note the given values of a row, those of the fields that tell rows apart."""
        for each in together(model):
            for field in each.fields:
                if field.name in given and not isinstance(field, ForeignKey):
                    self.take(field, given[field.name])
