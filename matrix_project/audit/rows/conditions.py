"""Values with which a condition holds, and with which it does not.

A condition is walked as Django resolves it: to lookups, joined by AND, OR, XOR and NOT. What is
found is a proposal: the database says whether the condition holds.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Field, Lookup, Model
from django.db.models.expressions import Case, Col, NegatedExpression
from django.db.models.functions import Now
from django.db.models.sql import Query
from django.db.models.sql.where import WhereNode

from matrix_project.audit.rows.neighbours import FAR_FUTURE, FAR_PAST, after, before, unlike
from matrix_project.audit.rows.reaching import (
    Assignment,
    Parent,
    Scene,
    Unknown,
    columns,
    evaluated,
    reaching,
)
from matrix_project.audit.rows.patterns import matching
from matrix_project.audit.rows.unmatched import breaking

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
            kind = f"{'' if want else 'not '}{_told(node)}"
            yield from ((kind, given) for given in _of_lookup(node, want, scene))
        case Case():
            yield from _of_case(node, want, scene)
        case Col():
            yield str(want), {node.target.name: want}
        case _ if hasattr(node, "get_source_expressions"):
            for given in itertools.islice(reaching(node, want, scene), _OPTIONS):
                yield str(want), given


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
        if all(one.get(name, value) == value for name, value in other.items()):
            yield {**one, **other}
        else:
            apart.append({**other, **one})
    yield from apart


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


_MIRRORED = {"gt": "lt", "gte": "lte", "lt": "gt", "lte": "gte"}


def _of_lookup(lookup: Any, want: bool, scene: Scene) -> Iterator[Assignment]:  # noqa: FBT001
    lhs, rhs, name = lookup.lhs, lookup.rhs, str(lookup.lookup_name)
    if not columns(lhs) and hasattr(rhs, "resolve_expression") and columns(rhs):
        lhs, rhs, name = rhs, lhs, _MIRRORED.get(name, name)
    if name == "isnull":
        if bool(rhs) == want:
            yield from reaching(lhs, None, scene)
        else:
            yield from _something(lhs, scene)
        return
    if hasattr(rhs, "resolve_expression") and _of_boolean(rhs):
        # XOR as some backends have it, or a condition that is compared.
        yield from itertools.islice((given for _, given in _solved(rhs, want, scene)), _OPTIONS)
        return
    if isinstance(rhs, Now) or any(isinstance(each, Now) for each in _sources(rhs)):
        for moment in (FAR_PAST, FAR_FUTURE):
            yield from reaching(lhs, moment, scene)
        return
    fixed = _fixed(rhs, scene)
    try:
        right = _evaluated(rhs, fixed, scene)
    except Unknown:
        yield from _by_plain(lhs, rhs, want, scene)
        return
    for value in _values(name, right, want, scene, lhs):
        for given in reaching(lhs, value, scene):
            yield {**fixed, **given}
    if len(columns(rhs)) and isinstance(rhs, Col) and name in {"exact", *_MIRRORED}:
        # The other way about: the field on the right is moved.
        with_left = _fixed(lhs, scene)
        try:
            left = _evaluated(lhs, with_left, scene)
        except Unknown:
            return
        for value in _values(_MIRRORED.get(name, name), left, want, scene, rhs):
            for given in reaching(rhs, value, scene):
                yield {**with_left, **given}


def _of_boolean(expression: Any) -> bool:
    return isinstance(expression, WhereNode | Lookup | NegatedExpression)


def _sources(expression: Any) -> Iterator[Any]:
    for each in getattr(expression, "get_source_expressions", list)():
        yield each
        yield from _sources(each)


def _fixed(expression: Any, scene: Scene) -> dict[str, Any]:
    """Return plain values for all fields that an expression reads."""
    return {each.name: _some(each, scene) for each in columns(expression)}


def _some(field: Field[Any, Any], scene: Scene) -> Any:
    known = scene.base.get(field.name)
    return _plain(field, scene) if known is None or field.is_relation else known


def _plain(field: Field[Any, Any], scene: Scene, number: int = 0) -> Any:
    return Parent(number) if field.is_relation else scene.plain(field, number)


def _something(expression: Any, scene: Scene) -> Iterator[Assignment]:
    """Yield what makes an expression anything but NULL."""
    if isinstance(expression, Col):
        yield from reaching(expression, _some(expression.target, scene), scene)
        return
    for value in (1, "x"):
        yield from reaching(expression, value, scene)
    yield _fixed(expression, scene)


def _evaluated(side: Any, given: Assignment, scene: Scene) -> Any:
    if isinstance(side, list | tuple | set):
        return [evaluated(each, given, scene) for each in side]
    return evaluated(side, given, scene)


def _by_plain(lhs: Any, rhs: Any, want: bool, scene: Scene) -> Iterator[Assignment]:  # noqa: FBT001
    """Yield plain values of both sides, equal ones and others."""
    for field in columns(lhs) + columns(rhs):
        if not field.is_relation:
            for number in range(3):
                value = scene.plain(field, number)
                for given in itertools.product(*(reaching(s, value, scene) for s in (lhs, rhs))):
                    yield {**given[0], **given[1]} if want else {**given[1], **given[0]}
                yield {field.name: value}


def _values(name: str, right: Any, want: bool, scene: Scene, lhs: Any) -> Iterator[Any]:  # noqa: FBT001
    """Yield values of the left side for which a lookup is true, or false."""
    if isinstance(right, Parent) or (isinstance(lhs, Col) and lhs.target.is_relation):
        yield from _parents(name, right, want)
    elif name in _MIRRORED or name == "exact":
        yield from _compared(name, right, want)
    elif name in {"in", "range"} and isinstance(right, list | tuple | set):
        yield from _among(name, list(right), want)
    elif name in {"regex", "iregex"}:
        flags = 2 if name == "iregex" else 0
        yield from (matching if want else breaking)(str(right), flags)
    elif isinstance(right, str):
        yield from _of_text(right, want, name)
    elif want:
        yield right
    else:
        yield from unlike(right)


def _parents(name: str, right: Any, want: bool) -> Iterator[Any]:  # noqa: FBT001
    given = list(right) if name == "in" else [right]
    known = [each if isinstance(each, Parent) else Parent(key=each) for each in given]
    if want:
        yield from known
    else:
        yield from (Parent(number) for number in range(3) if Parent(number) not in known)


def _compared(name: str, right: Any, want: bool) -> Iterator[Any]:  # noqa: FBT001
    greater, less = list(after(right)), list(before(right))
    equal = [right]
    true = {
        "exact": equal,
        "gt": greater,
        "gte": equal + greater,
        "lt": less,
        "lte": equal + less,
    }[name]
    if want:
        yield from true
    elif name == "exact":
        yield from unlike(right)
    else:
        yield from (each for each in [*equal, *less, *greater] if each not in true)


def _among(name: str, right: list[Any], want: bool) -> Iterator[Any]:  # noqa: FBT001
    if name == "range":
        lowest, highest = right
        inside, outside = [lowest, highest, *after(lowest)], [*before(lowest), *after(highest)]
        yield from inside if want else outside
    elif want:
        yield from right[:_OPTIONS]
    else:
        others = (each for value in right for each in unlike(value) if each not in right)
        yield from itertools.islice(others, _OPTIONS)


def _of_text(right: str, want: bool, name: str) -> Iterator[Any]:  # noqa: FBT001
    others = [right, f"{right}x", f"x{right}", f"x{right}x", right.swapcase(), right[:-1]]
    true = {
        "startswith": [0, 1], "endswith": [0, 2], "contains": [0, 1, 2, 3], "iexact": [0, 4],
        "istartswith": [0, 1, 4], "iendswith": [0, 2, 4], "icontains": [0, 1, 2, 3, 4],
    }.get(name)  # fmt: skip
    if true is None:
        yield from [right, {right: 1}, [right]] if want else [{}, [], f"{right}x"]
        return
    yield from (each for at, each in enumerate(others) if (at in true) == want)
    if not want:
        yield from ("x", "1", "")


def _told(lookup: Any) -> str:
    fields = ", ".join(each.name for each in columns(lookup))
    return f"{lookup.lookup_name} of {fields}"
