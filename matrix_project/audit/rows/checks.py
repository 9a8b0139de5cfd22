"""The check constraints of a plain row: which it breaks, and values that mend it."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from django.core.exceptions import FieldError
from django.db.models import BooleanField, CheckConstraint, Model, Q
from django.db.models.functions import Coalesce

from matrix_project.audit.rows.conditions import proposals, where
from matrix_project.audit.rows.evaluating import Parent, Scene
from matrix_project.audit.rows.uniqueness import names_in

__all__ = ["Mending", "instance_of"]

_TRIED = 600
"""How many rows are tried for one that breaks no check."""
_FEW = 20
_REFUSED = object()
"""In the place of a value that a field does not take."""


class Mending:
    """Changes a row until it breaks no check constraint of its model, as far as it can."""

    def __init__(
        self,
        checks: Sequence[CheckConstraint],
        values: dict[str, Any],
        options: Callable[[str], Sequence[Any]],
        connection: Any,
    ) -> None:
        """Take the row.

        Args:
            checks: the check constraints of the row's model that it is to satisfy.
            values: the row, which is changed.
            options: gives the values that a field may take, by its name, the present one first;
                nothing else where the field keeps it.
            connection: evaluates the conditions.
        """
        self._checks = checks
        self._values = values
        self._options = options
        self._connection = connection

    def mend(self, model: type[Model], plain: Callable[[Any, int], Any]) -> bool:
        """Change the row, and return whether it breaks no check now.

        Where no values are found, those that break one stay. `plain` gives the n-th plain value of
        a field.
        """
        for check in self._broken(model, self._values, self._checks):
            broken = self._broken(model, self._values, self._checks)
            if check in broken:
                held = [each for each in self._checks if each not in broken]
                self._settle(model, [*held, check], self._assignments(model, check, plain))
        if broken := self._broken(model, self._values, self._checks):
            read = set(names_in(model, _conditions(broken)))
            near = [each for each in self._checks if read & set(names_in(model, [each.condition]))]
            return self._settle(model, self._checks, self._combined(model, near))
        return True

    def _settle(
        self,
        model: type[Model],
        checks: Sequence[CheckConstraint],
        assignments: Iterator[Mapping[str, Any]],
    ) -> bool:
        """Take the first values with which the row breaks none of the checks, if there are any."""
        for assignment in itertools.islice(assignments, _TRIED):
            changed = {**self._values, **assignment}
            if not self._broken(model, changed, checks):
                self._values.update(changed)
                return True
        return False

    def _assignments(
        self, model: type[Model], check: CheckConstraint, plain: Callable[[Any, int], Any]
    ) -> Iterator[Mapping[str, Any]]:
        """Yield values with which a check may hold."""
        yield from itertools.islice(self._combined(model, [check]), _FEW)
        first = list(self._proposed(model, check, plain, {}))
        yield from first
        for assignment in first[:_FEW]:
            # What one field is to be may depend on what another is now.
            again = self._proposed(model, check, plain, assignment)
            yield from ({**assignment, **each} for each in itertools.islice(again, _FEW))
        yield from self._combined(model, [check])

    def _proposed(
        self,
        model: type[Model],
        check: CheckConstraint,
        plain: Callable[[Any, int], Any],
        given: Mapping[str, Any],
    ) -> Iterator[Mapping[str, Any]]:
        """Yield the values that the condition itself speaks of, those given being there."""
        with contextlib.suppress(Exception):  # a condition that cannot be read proposes nothing
            node = where(model, check.condition)
            scene = Scene(plain, {**self._values, **given})
            for _, proposed in proposals(node, True, scene):  # noqa: FBT003
                assignment = {name: self._kept(name, value) for name, value in proposed.items()}
                if not any(value is _REFUSED for value in assignment.values()):
                    yield assignment

    def _kept(self, name: str, value: Any) -> Any:
        """Return a proposed value as the field takes it, or that it does not."""
        options = self._options(name)
        if isinstance(value, Parent):
            keys = [each for each in options if each is not None]
            return keys[0] if keys and not value.number and value.key is None else _REFUSED
        if value in options:
            return value
        return value if len(options) > 1 and value is not None else _REFUSED

    def _combined(
        self, model: type[Model], checks: Sequence[CheckConstraint]
    ) -> Iterator[Mapping[str, Any]]:
        """Yield combinations of the values that the fields of some checks may take."""
        names = names_in(model, _conditions(checks))
        offered = [_different(list(self._options(name))) for name in names]
        for combination in _nearest_first(offered):
            yield dict(zip(names, combination, strict=True))

    def _broken(
        self, model: type[Model], values: Mapping[str, Any], checks: Sequence[CheckConstraint]
    ) -> list[CheckConstraint]:
        """Return the checks that a row breaks, by a query of its values alone."""
        try:
            instance = instance_of(model, values)
        except Exception:  # noqa: BLE001 (a field of the project's own does not take a value)
            return list(checks)
        using = self._connection.alias
        return [each for each in checks if not _holds(each, instance, using)]


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
