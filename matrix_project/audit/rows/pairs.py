"""Proposals for rows that are equal, and for rows that are not: uniqueness and exclusion."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import CheckConstraint, F, Field, Q
from django.db.models.sql import Query

from matrix_project.audit.rows.computed import makes_its_own
from matrix_project.audit.rows.conditions import literals, proposals, where
from matrix_project.audit.rows.evaluating import Assignment, Parent, Scene, columns, generating
from matrix_project.audit.rows.neighbours import variants
from matrix_project.audit.rows.uniqueness import together
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
    excludes: bool
    """Whether it is an exclusion, by other operators than equality."""
    scene: Scene
    checks: Sequence[Any] = ()
    """The conditions of the checks that rows are to satisfy."""

    @classmethod
    def of(cls, target: Target, scene: Scene) -> Pairs:
        """Return what a target compares."""
        model: Any = target.rows_of
        checks = [
            where(model, each.condition)
            for each in model._meta.constraints
            if isinstance(each, CheckConstraint)
        ]
        if target.kind != "constraint":
            names = unique_fields(target)
            fields = [model._meta.get_field(name) for name in names]
            made = [generating(each) for each in fields if each.generated]
            return cls(
                _stored(fields),
                made,
                None,
                nulls_differ=True,
                excludes=False,
                scene=scene,
                checks=checks,
            )
        (constraint,) = (each for each in model._meta.constraints if each.name == target.name)
        given = getattr(constraint, "expressions", ())
        # Those of an exclusion are pairs of an expression and an operator.
        given = [each[0] if isinstance(each, list | tuple) else each for each in given]
        given = [F(each) if isinstance(each, str) else bare(each) for each in given]
        query: Any = Query(model, alias_cols=False)
        resolved = [each.resolve_expression(query, allow_joins=False) for each in given]
        names = getattr(constraint, "fields", ())
        named = [model._meta.get_field(name) for name in names]
        resolved += [generating(each) for each in named if each.generated]
        fields = _stored([*named, *(each for one in resolved for each in columns(one))])
        condition = getattr(constraint, "condition", None)
        nulls_differ = getattr(constraint, "nulls_distinct", None) is not False
        met = where(model, condition) if isinstance(condition, Q) else condition
        excludes = hasattr(constraint, "index_type")
        return cls(fields, resolved, met, nulls_differ, excludes, scene, checks)

    def bases(self) -> Iterator[Assignment]:
        """Yield values for a row that others may be equal to."""
        keys = [field for field in self.keys if not makes_its_own(field)]
        alike = {field.name: self._plain(field, 0) for field in keys}
        # Of a start and an end the first comes first.
        rising = {field.name: self._plain(field, at) for at, field in enumerate(keys)}
        falling = {field.name: self._plain(field, -at - 1) for at, field in enumerate(keys)}
        given = [alike] if alike == rising else [alike, rising, falling]
        if self.excludes:
            given = [rising, alike, falling]
        spoken = [literals(each, self.scene) for each in self.expressions]
        given += [
            {**alike, **each}
            for known in spoken
            for each in (
                {name: values[0] for name, values in known.items() if values},
                *({name: value} for name, values in known.items() for value in values[:_FEW]),
            )
        ]
        inside = [values for _, values in itertools.islice(self.inside(), _FEW * 2)]
        for values, start in itertools.product(inside, given):
            yield {**start, **values}
        yield from ({**alike, **each} for each in self._checked())
        # Another than its parents have, and what a plain row has of itself.
        far = {field.name: self._plain(field, at + 5) for at, field in enumerate(keys)}
        yield from ({**far, **values} for values in inside)
        yield from inside

    def _checked(self) -> Iterator[Assignment]:
        """Yield values with which checks of the model hold that read what is compared."""
        names = {field.name for field in self.keys}
        for check in self.checks:
            if names & {field.name for field in columns(check)}:
                found = proposals(check, want=True, scene=self.scene)
                yield from (given for _, given in itertools.islice(found, _FEW * 4))

    def inside(self) -> Iterator[tuple[str, Assignment]]:
        """Yield values with which the condition may hold, and of which part."""
        if self.condition is None:
            yield "", {}
        else:
            yield from proposals(self.condition, want=True, scene=self.scene)

    def equal(self, base: Assignment, row: Assignment) -> Iterator[tuple[str, Assignment]]:
        """Yield values that may violate the constraint beside the base, of the row, and how."""
        yield "the same", self._alike(row) if self._made() else base
        names = {each.name for expression in self.expressions for each in columns(expression)}
        varied = {name: list(self._variants(name, base.get(name))) for name in sorted(names)}
        for name, values in varied.items():
            for value in values:
                yield "equal by the expression", {**base, name: value}
        for alike in itertools.islice(zip(*varied.values(), strict=False), _FEW * 2):
            yield "equal by the expression", {**base, **dict(zip(varied, alike, strict=True))}
        for kind, given in self.inside() if self.condition is not None else ():
            yield f"the same where {kind}", {**base, **self._beside_keys(given)}

    def _made(self) -> set[str]:
        """Return the fields that make their values of those of others."""
        return {field.name for field in self.keys if makes_its_own(field)}

    def _alike(self, row: Assignment) -> Assignment:
        """Return a row's values without those that are unique by something else."""
        keys = {field.name for field in self.keys}
        return {
            name: value for name, value in row.items() if name in keys or not self._is_unique(name)
        }

    def _is_unique(self, name: str) -> bool:
        (model,) = {field.model for field in self.keys}
        return any(name in {each.name for each in t.fields} for t in together(model))

    def apart(self, base: Assignment) -> Iterator[tuple[str, Assignment]]:
        """Yield values that may go together with the base, and why."""
        made = self._made()
        base = {name: value for name, value in base.items() if name not in made}
        if made:
            yield "different", base
        keys = {field.name for field in self.keys}
        for field in reversed([each for each in self.keys if each.name not in made]):
            for value in self._others(field, base.get(field.name)):
                yield "different", {**base, field.name: value}
        every = {}
        for number in range(1, _FEW + 1):
            every = {
                field.name: self._plain(field, number)
                for field in self.keys
                if field.name not in made
            }
            yield "different", {**base, **every}
        far = {field.name: self._plain(field, at + 5) for at, field in enumerate(self.keys)}
        yield "different", {**base, **far}
        if self.condition is not None:
            for _, values in self.inside():
                yield "different", {**base, **every, **values}
                yield "different", {**base, **values}
        yield "different", {name: value for name, value in base.items() if name not in keys}

    def outside(self, base: Assignment) -> Iterator[tuple[str, Assignment]]:
        """Yield values that are the base's, and of which the condition may not be true."""
        if self.condition is None:
            return
        for _, values in proposals(self.condition, want=False, scene=self.scene):
            yield "outside the condition", {**base, **self._beside_keys(values)}
        for field in _stored(columns(self.condition)):
            if field.null:
                yield "outside the condition", {**base, field.name: None}
        for _, values in proposals(self.condition, want=False, scene=self.scene):
            yield "outside the condition", {**base, **values}

    def other_case(self, base: Assignment) -> Iterator[tuple[str, Assignment]]:
        """Yield the base with a text in other case: some collations take it for the same."""
        for field in self.keys if not self._made() else ():
            value = base.get(field.name)
            if isinstance(value, str) and not field.choices and value != value.swapcase():
                yield "other case", {**base, field.name: value.swapcase()}

    def nulls(self, base: Assignment, row: Assignment) -> Iterator[Assignment]:
        """Yield the base, of the row, with NULL in what is compared."""
        base = self._alike(row) if self._made() else base
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
        for expression in (*self.expressions, *filter(None, [self.condition]), *self.checks):
            yield from literals(expression, self.scene).get(field.name, ())

    def _variants(self, name: str, value: Any) -> Iterator[Any]:
        """Yield values that some function takes for the same."""
        if isinstance(value, Parent):
            return
        yield from variants(value)
        field = next((each for each in self.keys if each.name == name), None)
        if field is not None and field.null:
            yield None
        for expression in self.expressions:
            yield from literals(expression, self.scene).get(name, ())


def _stored(fields: Sequence[Field[Any, Any]]) -> list[Any]:
    """Return the fields that rows give values to: of a generated one those that make it."""
    found: dict[Any, None] = {}
    for field in fields:
        made_of = columns(generating(field)) if field.generated else []
        found |= dict.fromkeys(_stored(made_of) if field.generated else [field])
    return list(found)
