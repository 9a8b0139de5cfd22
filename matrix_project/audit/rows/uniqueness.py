"""Which fields of a model tell its rows apart."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    BooleanField,
    CompositePrimaryKey,
    F,
    Field,
    ForeignKey,
    Model,
    UniqueConstraint,
)

__all__ = ["Together", "fresh_fields", "names_in", "together"]


@dataclass(frozen=True)
class Together:
    """Fields of a model that no two rows have alike."""

    fields: Sequence[Field[Any, Any]]
    null_differs: bool
    """Whether NULL in one of them is enough."""


def together(model: type[Model]) -> list[Together]:
    """Return every uniqueness of a model: that of one field, of several, of expressions."""
    return list(_together(model))


def fresh_fields(
    model: type[Model], given: Collection[str], nulls: Collection[str]
) -> set[Field[Any, Any]]:
    """Return fields that have to get a value that no row has, so that the row is unlike all others.

    Args:
        model: the row's model.
        given: the names of the fields whose values are given: they stay.
        nulls: the names of the fields that would be NULL.
    """
    found: set[Field[Any, Any]] = set()
    for each in sorted(together(model), key=lambda each: len(each.fields)):
        free = [field for field in each.fields if field.name not in given]
        null = each.null_differs and any(field.name in nulls for field in each.fields)
        if free and not null and not found & set(free):
            found.add(min(free, key=_cost))
    return found


def names_in(model: type[Model], expressions: Sequence[Any]) -> list[str]:
    """Return the names of the model's own columns that expressions read."""
    found: dict[str, None] = {}
    for expression in expressions:
        # Django has it for its own checks of constraints.
        for first, *_ in model._get_expr_references(expression):  # type: ignore[attr-defined]  # noqa: SLF001
            for field in _fields(model, [first]):
                found[field.name] = None
    return list(found)


def _together(model: type[Model]) -> Iterator[Together]:
    meta = model._meta
    for field in meta.local_concrete_fields:
        if field.unique and not getattr(field, "generated", False):
            yield Together((field,), null_differs=True)
    if isinstance(meta.pk, CompositePrimaryKey):
        yield Together(_fields(model, meta.pk.field_names), null_differs=False)
    for group in meta.unique_together:
        yield Together(_fields(model, group), null_differs=True)
    for constraint in meta.constraints:
        if isinstance(constraint, UniqueConstraint):
            names = [*constraint.fields, *names_in(model, constraint.expressions)]
            plain = not constraint.expressions and constraint.nulls_distinct is not False
            yield Together(_fields(model, names), null_differs=plain)
        elif pairs := getattr(constraint, "expressions", ()):
            # An ExclusionConstraint: its module cannot be imported where there is no driver.
            equal = [each for each, operator in pairs if operator == "="]
            rest = [each for each, operator in pairs if operator != "="]
            for expressions in (equal, rest):
                read = [F(each) if isinstance(each, str) else each for each in expressions]
                if fields := _fields(model, names_in(model, read)):
                    yield Together(fields, null_differs=False)
                    break


def _fields(model: type[Model], names: Sequence[str]) -> list[Field[Any, Any]]:
    """Return the fields of these names or columns; those that a generated one is made from."""
    found: dict[Field[Any, Any], None] = {}
    by_name = {
        name: field
        for field in model._meta.local_concrete_fields
        for name in (field.attname, field.name)
    }
    for name in names:
        field: Any = model._meta.pk if name == "pk" else by_name.get(name)
        if isinstance(field, CompositePrimaryKey):
            found |= dict.fromkeys(_fields(model, field.field_names))
        elif getattr(field, "generated", False):
            found |= dict.fromkeys(_fields(model, names_in(model, [field.expression])))
        elif field is not None:
            found[field] = None
    return list(found)


def _cost(field: Field[Any, Any]) -> int:
    """Return how dear a fresh value is: many plain ones, a new parent, few."""
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return 5
    if isinstance(field, ForeignKey):
        return 4 if field.related_model is field.model else 1
    if isinstance(field, BooleanField):
        return 3
    return 2 if field.choices else 0
