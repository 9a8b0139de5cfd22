"""What a project gives to help: rows of its models, or what makes them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model

__all__ = ["Help"]

_OF_FACTORY = 4
"""How many rows a factory is asked for."""


@dataclass(frozen=True, kw_only=True)
class Help:
    """The rows and factories of a project's `audit.py`, by the labels of its models."""

    rows: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    """`{"app.Model": [{"field": value, …}, …]}`; a foreign key by the key of its row."""
    factories: Mapping[str, Callable[[], Model | Mapping[str, Any]]] = field(default_factory=dict)
    """Each returns an instance that is not saved, or the values of a row."""

    def of(self, model: type[Model]) -> Iterator[dict[str, Any]]:
        """Yield the rows of a model, by the names of its fields, those of its factory last.

        Raises:
            Exception: whatever a factory raises.
        """
        label = model._meta.label_lower
        for name, rows in self.rows.items():
            if name.lower() == label:
                yield from (dict(row) for row in rows)
        for name, factory in self.factories.items():
            if name.lower() == label:
                made = (factory() for _ in itertools.repeat(None, _OF_FACTORY))
                yield from map(_values, made)


def _values(made: Model | Mapping[str, Any]) -> dict[str, Any]:
    """Return a row's values; of an instance those that it has."""
    if not isinstance(made, Model):
        return dict(made)
    values = {}
    for each in made._meta.concrete_fields:
        value = None if getattr(each, "generated", False) else getattr(made, each.attname)
        if value is not None and not hasattr(value, "resolve_expression"):
            values[each.name] = value
    return values
