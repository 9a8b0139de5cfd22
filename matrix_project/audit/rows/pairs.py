"""Proposals for rows that are equal, and for rows that are not: uniqueness and exclusion."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import F, Field, Q
from django.db.models.sql import Query

from matrix_project.audit.rows.conditions import literals, proposals, where
from matrix_project.audit.rows.reaching import Assignment, Parent, Scene, columns
from matrix_project.observe.in_the_way import bare, unique_fields
from matrix_project.observe.targets import Target

__all__ = ["Pairs"]

_FEW = 3


@dataclass(frozen=True)
class Pairs:
    """What a constraint between rows compares, and when."""

    keys: Sequence[Field[Any, Any]]
    """The fields that it compares."""
    expressions: Sequence[Any]
    """The expressions that it compares, where these are not the fields."""
    condition: Any
    """When, as Django resolves it; None where it is always."""
    nulls_differ: bool
    scene: Scene

    @classmethod
    def of(cls, target: Target, scene: Scene) -> Pairs:
        """Return what a target compares."""
        model: Any = target.rows_of
        if target.kind != "constraint":
            names = unique_fields(target)
            return cls([model._meta.get_field(name) for name in names], [], None, True, scene)
        (constraint,) = (each for each in model._meta.constraints if each.name == target.name)
        given = getattr(constraint, "expressions", ())
        # Those of an exclusion are pairs of an expression and an operator.
        given = [each[0] if isinstance(each, list | tuple) else each for each in given]
        given = [F(each) if isinstance(each, str) else bare(each) for each in given]
        query: Any = Query(model, alias_cols=False)
        resolved = [each.resolve_expression(query, allow_joins=False) for each in given]
        names = list(getattr(constraint, "fields", ()))
        fields = [model._meta.get_field(name) for name in names]
        for each in resolved:
            fields += [field for field in _stored(columns(each)) if field not in fields]
        condition = getattr(constraint, "condition", None)
        nulls_differ = getattr(constraint, "nulls_distinct", None) is not False
        met = where(model, condition) if isinstance(condition, Q) else condition
        return cls(fields, resolved, met, nulls_differ, scene)

    def bases(self) -> Iterator[Assignment]:
        """Yield values for a row that others may be equal to."""
        alike = {field.name: self._plain(field, 0) for field in self.keys}
        # Of a start and an end the first comes first.
        rising = {field.name: self._plain(field, at) for at, field in enumerate(self.keys)}
        falling = {field.name: self._plain(field, -at - 1) for at, field in enumerate(self.keys)}
        given = [alike] if alike == rising else [alike, rising, falling]
        inside = [values for _, values in itertools.islice(self.inside(), _FEW * 2)]
        for values, keys in itertools.product(inside, given):
            yield {**keys, **values}

    def inside(self) -> Iterator[tuple[str, Assignment]]:
        """Yield values with which the condition may hold, and of which part."""
        if self.condition is None:
            yield "", {}
        else:
            yield from proposals(self.condition, True, self.scene)

    def equal(self, base: Assignment) -> Iterator[tuple[str, Assignment]]:
        """Yield values that may violate the constraint beside the base, and how."""
        yield "the same", base
        names = {each.name for expression in self.expressions for each in columns(expression)}
        varied = {name: list(self._variants(name, base.get(name))) for name in sorted(names)}
        for name, values in varied.items():
            for value in values:
                yield "equal by the expression", {**base, name: value}
        for together in itertools.islice(zip(*varied.values(), strict=False), _FEW * 2):
            yield "equal by the expression", {**base, **dict(zip(varied, together, strict=True))}
        for kind, values in self.inside() if self.condition is not None else ():
            yield f"the same where {kind}", {**base, **self._beside_keys(values)}

    def apart(self, base: Assignment) -> Iterator[tuple[str, Assignment]]:
        """Yield values that may go together with the base, and why."""
        for field in reversed(self.keys):
            for value in self._others(field, base.get(field.name)):
                yield "different", {**base, field.name: value}
        every = {}
        for number in range(1, _FEW + 1):
            every = {field.name: self._plain(field, number) for field in self.keys}
            yield "different", {**base, **every}
        far = {field.name: self._plain(field, at + 5) for at, field in enumerate(self.keys)}
        yield "different", {**base, **far}
        if self.condition is not None:
            for _, values in self.inside():
                yield "different", {**base, **every, **values}
                yield "different", {**base, **values}

    def outside(self, base: Assignment) -> Iterator[tuple[str, Assignment]]:
        """Yield values that are the base's, and of which the condition may not be true."""
        if self.condition is None:
            return
        for _, values in proposals(self.condition, False, self.scene):
            yield "outside the condition", {**base, **self._beside_keys(values)}
        for field in _stored(columns(self.condition)):
            if field.null:
                yield "outside the condition", {**base, field.name: None}
        for _, values in proposals(self.condition, False, self.scene):
            yield "outside the condition", {**base, **values}

    def nulls(self, base: Assignment) -> Iterator[Assignment]:
        """Yield the base with NULL in what is compared."""
        for field in self.keys:
            if field.null and not field.primary_key:
                yield {**base, field.name: None}

    def _beside_keys(self, values: Assignment) -> dict[str, Any]:
        keys = {field.name for field in self.keys}
        return {name: value for name, value in values.items() if name not in keys}

    def _plain(self, field: Any, number: int) -> Any:
        if field.is_relation:
            return Parent(abs(number) if number >= 0 else 0)
        return self.scene.plain(field, number if number >= 0 else max(0, 4 + number))

    def _others(self, field: Any, present: Any) -> Iterator[Any]:
        if field.is_relation:
            yield Parent(1)
            return
        values = [self._plain(field, number) for number in range(_FEW + 1)]
        yield from (value for value in values if value != present)
        for expression in (*self.expressions, *filter(None, [self.condition])):
            yield from literals(expression, self.scene).get(field.name, ())

    def _variants(self, name: str, value: Any) -> Iterator[Any]:
        """Yield values that some function takes for the same."""
        match value:
            case Parent():
                return
            case str():
                made = (value.upper(), value.title(), value.swapcase(), f" {value}", f"{value} ")
                yield from (each for each in dict.fromkeys(made) if each != value)
            case datetime.datetime():
                yield from (value + datetime.timedelta(**{unit: 1}) for unit in _UNITS)
                yield from (value - datetime.timedelta(**{unit: 1}) for unit in _UNITS)
            case datetime.date():
                yield from (value + datetime.timedelta(days=days) for days in (1, 7, 31))
            case bool():
                yield not value
            case int() | float() | Decimal():
                yield from (-value, value + type(value)(1), type(value)(0))
            case dict():
                yield {**value, "beside": 1}
        field = next((each for each in self.keys if each.name == name), None)
        if field is not None and field.null:
            yield None
        for expression in self.expressions:
            yield from literals(expression, self.scene).get(name, ())


_UNITS = ("seconds", "minutes", "hours", "days")


def _stored(fields: Sequence[Field[Any, Any]]) -> list[Any]:
    """Return the fields that rows give values to: of a generated one those that make it."""
    found: list[Any] = []
    for field in fields:
        made_of: Mapping[str, Any] = vars(field)
        if getattr(field, "generated", False):
            resolved = made_of.get("_resolved_expression") or field._resolved_expression  # type: ignore[attr-defined]  # noqa: SLF001
            found += [each for each in _stored(columns(resolved)) if each not in found]
        elif field not in found:
            found.append(field)
    return found
