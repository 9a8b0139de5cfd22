"""The check constraints of a plain row: which it breaks, and what values would mend it."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.core.exceptions import FieldError
from django.db.models import BooleanField, CheckConstraint, Model, Q
from django.db.models.constants import LOOKUP_SEP
from django.db.models.functions import Coalesce

from matrix_project.audit.rows.uniqueness import names_in

__all__ = ["broken", "literals", "mended"]

_TRIED = 600
"""How many rows are tried for one that breaks no check."""


def broken(
    instance: Model, checks: Sequence[CheckConstraint], using: str
) -> list[CheckConstraint]:
    """Return those of the check constraints of its model that an unsaved row breaks.

    The database evaluates each condition on the row's values; none is looked for in a table.
    """
    return [each for each in checks if not _holds(each, instance, using)]


def mended(
    model: type[Model],
    constraints: Sequence[CheckConstraint],
    options: Callable[[str], Sequence[Any]],
    holds: Callable[[Mapping[str, Any]], bool],
) -> Mapping[str, Any] | None:
    """Return values that mend a row: few changes before many. None where none are found.

    Args:
        model: the row's model.
        constraints: the checks that the row breaks.
        options: gives the values that a field may take, by its name, the present one first.
        holds: tells whether the row breaks no check with these values.
    """
    names = names_in(model, [each.condition for each in constraints])
    wider = names_in(
        model,
        [
            each.condition
            for each in model._meta.constraints
            if isinstance(each, CheckConstraint)
            and set(names) & set(names_in(model, [each.condition]))
        ],
    )
    for fields in dict.fromkeys((tuple(names), tuple(wider))):
        values = [list(options(name)) for name in fields]
        combinations = itertools.islice(_nearest_first(values), _TRIED)
        for combination in combinations:
            assignment = dict(zip(fields, combination, strict=True))
            if holds(assignment):
                return assignment
    return None


def literals(condition: Any) -> dict[str, list[Any]]:
    """Return the values that a condition compares each field with, and those beside them."""
    found: dict[str, list[Any]] = {}
    for name, value in _compared(condition):
        for each in value if isinstance(value, list | tuple | set | frozenset) else [value]:
            found.setdefault(name, []).extend(_about(each))
    return found


def _holds(constraint: CheckConstraint, instance: Model, using: str) -> bool:
    # What Django's own `validate()` does, whatever a subclass makes of it.
    against = instance._get_field_expression_map(meta=instance._meta)  # type: ignore[attr-defined]  # noqa: SLF001
    condition = Coalesce(constraint.condition, True, output_field=BooleanField())  # noqa: FBT003
    try:
        return Q(condition).check(against, using=using)
    except (FieldError, TypeError, ValueError, NotImplementedError):
        return True  # Django cannot evaluate it beside a table: the table says it


def _nearest_first(values: Sequence[Sequence[Any]]) -> Iterator[tuple[Any, ...]]:
    """Yield the combinations of values, those that change few of the first ones before others."""
    numbers = range(len(values))
    for count in range(1, len(values) + 1):
        for changed in itertools.combinations(numbers, count):
            rest = [values[each][1:] for each in changed]
            for chosen in itertools.product(*rest):
                combination = [each[0] for each in values]
                for number, value in zip(changed, chosen, strict=True):
                    combination[number] = value
                yield tuple(combination)


def _compared(condition: Any) -> Iterator[tuple[str, Any]]:
    """Yield the name of a field and the value that it is compared with."""
    if isinstance(condition, Q):
        for child in condition.children:
            if isinstance(child, tuple):
                lookup, value = child
                if not hasattr(value, "resolve_expression") and not lookup.endswith("isnull"):
                    yield lookup.split(LOOKUP_SEP)[0], value
            else:
                yield from _compared(child)
    elif hasattr(condition, "get_source_expressions"):
        sides = condition.get_source_expressions()
        names = [each.name for each in sides if hasattr(each, "name")]
        for side in sides:
            if hasattr(side, "value"):
                yield from ((name.split(LOOKUP_SEP)[0], side.value) for name in names)
            else:
                yield from _compared(side)


def _about(value: Any) -> list[Any]:
    """Return a value and those beside it."""
    if isinstance(value, bool) or not isinstance(value, _ORDERED):
        return [value]
    step: Any = 1 if isinstance(value, int | float | Decimal) else dt.timedelta(days=1)
    return [value, value + step, value - step]


_ORDERED = (int, float, Decimal, dt.date, dt.timedelta)
