"""Rows for a constraint of single rows: a check, and what the type of a field brings."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db.models import CheckConstraint, JSONField, TextField, Value

from matrix_project.audit.rows.conditions import literals, proposals, where
from matrix_project.audit.rows.evaluating import Assignment, Parent, Scene, columns
from matrix_project.audit.rows.found import Found
from matrix_project.audit.rows.neighbours import unlike

__all__ = ["search_condition", "search_field"]

_MOST = 400
"""How many rows are tried beside those that the condition proposes."""
_FEW = 6
_NO_JSON = ("{", "x")


def search_field(found: Found) -> None:
    """Try values of a field whose type brings a check of its own."""
    (name,) = found.bench.reads = found.bench.target.fields
    field: Any = found.bench.model._meta.get_field(name)
    base = found.base()
    found.attempt("plain", {})
    for row in found.given:
        found.attempt("given", row)
    if isinstance(field, JSONField):
        # Text that is no JSON passes Django by as an expression.
        for text in _NO_JSON:
            found.attempt(text, {name: Value(text, TextField())}, meant=True)
    present = base.get(name, found.maker.value(field, 0))
    for value in itertools.islice(unlike(present), _FEW):
        found.attempt("other", {name: value})


def search_condition(found: Found, condition: Any) -> None:
    """Try what a condition proposes, and then the values that it speaks of in all combinations."""
    node = where(found.bench.model, condition)
    scene = found.maker.scene(found.base())
    # Raw SQL does not say what it reads.
    fields = columns(node) or stored_fields(found.bench.model)
    found.bench.reads = [each.name for each in fields]
    found.most_valid = 2
    for row in found.given:
        found.attempt("given", row)
    found.attempt("plain", {})
    for kind, given in _in_turns(*(proposals(node, want, scene) for want in (False, True))):
        if found.enough:
            return
        if found.stuck:
            break
        found.want(kind, given)
    # Values that other checks ask for may help.
    found.kept_out = 0
    for kind, given in itertools.islice(
        _nearest(_pools(node, fields, _beside(found, node), scene)), _MOST
    ):
        if found.valid and (found.violating or found.stuck):
            return
        found.want(kind, given)


def _beside(found: Found, node: Any) -> list[Any]:
    """Return the conditions of the other checks that read a field of this one's."""
    model, names = found.bench.model, {each.name for each in columns(node)}
    others = [
        where(model, each.condition)
        for each in model._meta.constraints
        if isinstance(each, CheckConstraint) and each.name != found.bench.target.name
    ]
    return [each for each in others if names & {field.name for field in columns(each)}]


def _pools(
    node: Any, fields: Sequence[Any], beside: Sequence[Any], scene: Scene
) -> dict[str, list[Any]]:
    """Return for each field the values that are tried: those that conditions speak of first."""
    pools = literals(node, scene)
    for check in beside:
        for name, values in literals(check, scene).items():
            pools[name] = values + pools.get(name, [])
    for field in fields:
        more: list[Any] = [None] if field.null else []
        if field.is_relation:
            more += [Parent(0), Parent(1)]
        else:
            more += [scene.plain(field, number) for number in range(4)]
            more += unlike(more[-1])
            more += [value for value, _ in (field.flatchoices or ())][:8]
        pool = pools.setdefault(field.name, [])
        pool += [each for at, each in enumerate(more) if each not in [*pool, *more[:at]]]
    return pools


def stored_fields(model: Any) -> list[Any]:
    """Return the fields that a row gives values to, its key aside."""
    return [
        each for each in model._meta.concrete_fields if not each.primary_key and not each.generated
    ]


def _in_turns(*several: Iterator[Any]) -> Iterator[Any]:
    nothing = object()
    for each in itertools.zip_longest(*several, fillvalue=nothing):
        yield from (one for one in each if one is not nothing)


def _nearest(pools: Mapping[str, Sequence[Any]]) -> Iterator[tuple[str, Assignment]]:
    """Yield values that differ from the base in one field, in two, in all."""
    names = list(pools)
    for count in range(1, len(names) + 1):
        for changed in itertools.combinations(names, count):
            for values in itertools.product(*(pools[name] for name in changed)):
                yield ", ".join(changed), dict(zip(changed, values, strict=True))
