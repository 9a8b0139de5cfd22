"""Values with which a condition holds, and with which it does not.

A condition is walked as Django resolves it: to lookups, joined by AND, OR, XOR and NOT. What is
found is a proposal: the database says whether the condition holds.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Lookup, Model
from django.db.models.expressions import Case, Col, NegatedExpression
from django.db.models.sql import Query
from django.db.models.sql.where import WhereNode

from matrix_project.audit.rows.evaluating import Assignment, Scene, columns
from matrix_project.audit.rows.lookups import of_lookup
from matrix_project.audit.rows.reaching import reaching

__all__ = ["literals", "proposals", "where"]

_OPTIONS = 12
"""How many values a part of a condition gives to its whole."""
_PROPOSALS = 120


def where(model: type[Model], condition: Any) -> Any:
    """Return a condition as Django resolves it for a constraint of the model."""
    query: Any = Query(model, alias_cols=False)
    return query.build_where(condition)


def proposals(node: Any, want: bool, scene: Scene) -> Iterator[tuple[str, Assignment]]:  # noqa: FBT001
    """Yield values with which a condition may hold, or may be false, and of which part."""
    seen: list[Assignment] = []
    for kind, given in itertools.islice(_solved(node, want, scene), _PROPOSALS):
        if given not in seen:
            seen.append(given)
            yield kind, given


def literals(node: Any, scene: Scene) -> dict[str, list[Any]]:
    """Return for each field that a condition reads the values that its parts speak of."""
    found: dict[str, list[Any]] = {each.name: [] for each in columns(node)}
    for leaf, want in itertools.product(_leaves(node), (True, False)):
        for _, given in itertools.islice(_solved(leaf, want, scene), _OPTIONS):
            for name, value in given.items():
                if value not in found.setdefault(name, []):
                    found[name].append(value)
    return found


def _leaves(node: Any) -> Iterator[Any]:
    if isinstance(node, WhereNode):
        for child in node.children:
            yield from _leaves(child)
    elif isinstance(node, Case):
        for case in node.cases:
            yield from _leaves(case.condition)
            yield from _leaves(case.result)
        yield from _leaves(node.default)
    else:
        yield node


_Found = Iterator[tuple[str, Assignment]]


def _solved(node: Any, want: bool, scene: Scene) -> _Found:  # noqa: FBT001
    match node:
        case WhereNode():
            yield from _of_node(node, want != node.negated, scene)
        case NegatedExpression():
            yield from _solved(node.get_source_expressions()[0], not want, scene)
        case Lookup():
            yield from _of_comparison(node, want, scene)
        case Case():
            yield from _of_case(node, want, scene)
        case Col():
            if node.target.get_internal_type() == "BooleanField":
                yield str(want), {node.target.name: want}
        case _ if hasattr(node, "get_source_expressions"):
            # A function that is a condition, or an expression that is compared by a uniqueness.
            found = (reaching(node, value, scene) for value in (want, 1 if want else 2))
            for given in itertools.chain(*(itertools.islice(each, _OPTIONS) for each in found)):
                yield str(want), given


def _of_comparison(node: Any, want: bool, scene: Scene) -> _Found:  # noqa: FBT001
    if (compared := _compared_with(node)) is not None:
        condition, truth = compared
        yield from _solved(condition, want == truth, scene)
        return
    kind = f"{'' if want else 'not '}{_told(node)}"
    yield from ((kind, given) for given in of_lookup(node, want, scene))


def _of_node(node: WhereNode, want: bool, scene: Scene) -> _Found:  # noqa: FBT001
    children = list(node.children)
    if node.connector == "XOR":
        # Of an odd number one is true, or all.
        for count in range(len(children) + 1):
            if (count % 2 == 1) == want:
                for true in itertools.combinations(range(len(children)), count):
                    wanted = [at in true for at in range(len(children))]
                    yield from _together(children, wanted, scene)
        return
    every = (node.connector == "AND") == want
    if every:
        yield from _together(children, [want] * len(children), scene)
        return
    # One decides; the others are as they would be without it, where that goes together.
    for only in range(len(children)):
        wanted = [want if at == only else not want for at in range(len(children))]
        yield from itertools.islice(_together(children, wanted, scene, only), _OPTIONS)
    for child in children:
        yield from itertools.islice(_solved(child, want, scene), _OPTIONS)


def _together(
    children: Sequence[Any], wanted: Sequence[bool], scene: Scene, first: int = 0
) -> _Found:
    """Yield what gives each part what is wanted of it: what the first needs is kept."""
    order = [first, *(at for at in range(len(children)) if at != first)]
    options = [
        list(itertools.islice(_solved(children[at], wanted[at], scene), _OPTIONS)) for at in order
    ]
    for kind, given in options[0]:
        merged = [given]
        for others in options[1:]:
            merged = list(_merged(merged, [each for _, each in others]))[:_OPTIONS]
        for each in merged:
            yield kind, each


def _merged(some: Sequence[Assignment], others: Sequence[Assignment]) -> Iterator[Assignment]:
    """Yield the pairs that agree; of those that do not, the first one's values."""
    if not others:
        yield from some
    apart = []
    for one, other in itertools.product(some, others):
        both = {name: _both(one.get(name, value), value) for name, value in other.items()}
        if all(value is not _APART for value in both.values()):
            yield {**one, **both}
        else:
            apart.append({**other, **one})
    yield from apart


def _both(one: Any, other: Any) -> Any:
    """Return what is both values: two documents in one, or that there is nothing."""
    if isinstance(one, dict) and isinstance(other, dict):
        shared = {key: _both(one[key], other[key]) for key in one.keys() & other.keys()}
        return _APART if _APART in shared.values() else {**one, **other, **shared}
    return other if one == other else _APART


_APART = object()


def _of_case(node: Any, want: bool, scene: Scene) -> _Found:  # noqa: FBT001
    earlier: list[Any] = []
    for case in node.cases:
        parts, wanted = [case.condition, *earlier], [True] + [False] * len(earlier)
        for kind, given in _together(parts, wanted, scene):
            for _, result in itertools.islice(_result(case.result, want, scene), 2):
                yield f"when {kind}", {**result, **given}
        earlier.append(case.condition)
    for kind, given in _together(earlier, [False] * len(earlier), scene):
        for _, result in itertools.islice(_result(node.default, want, scene), 2):
            yield f"else {kind}", {**result, **given}


def _result(node: Any, want: bool, scene: Scene) -> _Found:  # noqa: FBT001
    if hasattr(node, "value"):
        if bool(node.value) == want:
            yield "", {}
    else:
        yield from _solved(node, want, scene)


def _compared_with(lookup: Any) -> tuple[Any, bool] | None:
    """Return the condition that a lookup compares with true or false, where it does that."""
    sides = (lookup.lhs, lookup.rhs)
    for condition, other in (sides, sides[::-1]):
        truth = getattr(other, "value", other)
        if isinstance(truth, bool) and isinstance(condition, _CONDITIONS):
            return (condition, truth) if lookup.lookup_name == "exact" else None
    return None


_CONDITIONS = (Case, WhereNode, Lookup, NegatedExpression)


def _told(lookup: Any) -> str:
    fields = ", ".join(each.name for each in columns(lookup))
    return f"{lookup.lookup_name} of {fields}"
