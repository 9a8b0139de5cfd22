"""The check constraints of a plain row: which it breaks, and values that mend it."""

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
from matrix_project.audit.rows.values import NoRowError

__all__ = ["instance_of", "literals", "mend"]

_TRIED = 600
"""How many rows are tried for one that breaks no check."""


def mend(
    model: type[Model],
    checks: Sequence[CheckConstraint],
    values: dict[str, Any],
    options: Callable[[str], Sequence[Any]],
    using: str,
) -> None:
    """Change a row until it breaks no check constraint: few values before many.

    Args:
        model: the row's model.
        checks: the constraints of the model that are to hold.
        values: the row, which is changed.
        options: gives the values that a field may take, by its name, the present one first.
        using: the alias of the connection that evaluates the conditions.

    Raises:
        NoRowError: no such row is found.
    """
    broken = _broken(checks, instance_of(model, values), using)
    if not broken:
        return
    known = {name: list(options(name)) for name in names_in(model, _conditions(checks))}
    for check in checks:
        for name, found in literals(check.condition).items():
            if len(known.get(name, ())) > 1:  # what has one only is given
                known[name] += found
    own = names_in(model, _conditions(broken))
    beside = [each for each in checks if set(own) & set(names_in(model, [each.condition]))]
    for names in dict.fromkeys((tuple(own), tuple(names_in(model, _conditions(beside))))):
        offered = [_different(known[name]) for name in names]
        for combination in itertools.islice(_nearest_first(offered), _TRIED):
            changed = {**values, **dict(zip(names, combination, strict=True))}
            if not _broken(checks, instance_of(model, changed), using):
                values.update(changed)
                return
    told = ", ".join(repr(each.name) for each in broken)
    message = f"no row of {model._meta.label} is found that satisfies {told}"
    raise NoRowError(message)


def literals(condition: Any) -> dict[str, list[Any]]:
    """Return the values that a condition compares each field with, and those beside them."""
    found: dict[str, list[Any]] = {}
    for name, value in _compared(condition):
        for each in value if isinstance(value, list | tuple | set | frozenset) else [value]:
            found.setdefault(name, []).extend(_about(each))
    return found


def instance_of(model: type[Model], values: Mapping[str, Any]) -> Model:
    """Return an unsaved row; a foreign key is given by the key of its row."""
    by_attribute = {}
    for name, value in values.items():
        field: Any = model._meta.get_field(name)
        by_attribute[field.attname] = value
    return model(**by_attribute)


def _conditions(checks: Sequence[CheckConstraint]) -> list[Any]:
    return [each.condition for each in checks]


def _different(values: Sequence[Any]) -> list[Any]:
    return [each for number, each in enumerate(values) if each not in values[:number]]


def _broken(
    checks: Sequence[CheckConstraint], instance: Model, using: str
) -> list[CheckConstraint]:
    """Return the checks that a row breaks, by a query of its values alone."""
    return [each for each in checks if not _holds(each, instance, using)]


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
