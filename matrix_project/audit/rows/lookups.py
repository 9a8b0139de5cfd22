"""Values with which one comparison of a condition holds, and with which it does not."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Field
from django.db.models.expressions import Col
from django.db.models.functions import Now

from matrix_project.audit.rows.evaluating import (
    Assignment,
    Parent,
    Scene,
    Unknown,
    columns,
    evaluated,
)
from matrix_project.audit.rows.neighbours import (
    FAR_FUTURE,
    FAR_PAST,
    after,
    before,
    unlike,
    variants,
)
from matrix_project.audit.rows.patterns import matching
from matrix_project.audit.rows.reaching import reaching
from matrix_project.audit.rows.unmatched import breaking

__all__ = ["of_lookup"]

_OPTIONS = 12

_MIRRORED = {"gt": "lt", "gte": "lte", "lt": "gt", "lte": "gte"}
_OF_KEYS = {"has_key", "has_keys", "has_any_keys"}


def of_lookup(lookup: Any, want: bool, scene: Scene) -> Iterator[Assignment]:  # noqa: FBT001
    """Yield values of fields for which a lookup may be true, or false."""
    lhs, rhs, name = lookup.lhs, lookup.rhs, str(lookup.lookup_name)
    if not columns(lhs) and hasattr(rhs, "resolve_expression") and columns(rhs):
        lhs, rhs, name = rhs, lhs, _MIRRORED.get(name, name)
    if name == "isnull":
        yield from reaching(lhs, None, scene) if bool(rhs) == want else _something(lhs, scene)
    elif any(isinstance(each, Now) for each in _sources(rhs)):
        for moment in (FAR_PAST, FAR_FUTURE):
            yield from reaching(lhs, moment, scene)
    else:
        try:
            yield from _moved(name, lhs, rhs, want, scene)
            if isinstance(rhs, Col) and name in {"exact", *_MIRRORED}:
                yield from _moved(_MIRRORED.get(name, name), rhs, lhs, want, scene)
        except Unknown:
            yield from _by_plain(lhs, rhs, want, scene)


def _moved(name: str, side: Any, other: Any, want: bool, scene: Scene) -> Iterator[Assignment]:  # noqa: FBT001
    """Yield values of one side, the other being plain.

    Raises:
        Unknown: Python does not know what the other side comes to.
    """
    fixed = _fixed(other, scene)
    right = _evaluated(other, fixed, scene)
    for field in columns(side):
        if field.name in fixed:
            # Both sides are made of it: the database says what they come to.
            yield from ({field.name: each} for each in variants(fixed[field.name]))
    for value in _values(name, right, want, side):
        for given in reaching(side, value, scene):
            yield {**fixed, **given}


def _sources(expression: Any) -> Iterator[Any]:
    yield expression
    for each in getattr(expression, "get_source_expressions", list)():
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


def _values(name: str, right: Any, want: bool, lhs: Any) -> Iterator[Any]:  # noqa: FBT001
    """Yield values of the left side for which a lookup is true, or false."""
    if isinstance(right, Parent) or (isinstance(lhs, Col) and lhs.target.is_relation):
        yield from _parents(name, right, want)
    elif name in _MIRRORED or name == "exact":
        yield from _compared(name, right, want)
    elif name in {"in", "range"} and isinstance(right, list | tuple | set):
        yield from _among(name, list(right), want)
    elif name in {"regex", "iregex"}:
        flags = re.IGNORECASE if name == "iregex" else 0
        yield from (matching if want else breaking)(str(right), flags)
    elif name in _OF_KEYS:
        yield from _with_keys([right] if isinstance(right, str) else list(right), want)
    elif name in {"has_keys", "has_any_keys"}:
        yield from [dict.fromkeys(right, 1)] if want else [{}, dict.fromkeys(list(right)[:1], 1)]
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


def _with_keys(names: Sequence[Any], want: bool) -> Iterator[Any]:  # noqa: FBT001
    """Yield objects alone: PostgreSQL takes a text for the key that it spells, others do not."""
    whole = dict.fromkeys(map(str, names), 1)
    yield from [whole, {**whole, "x": 1}] if want else [{}, {"x": 1}]


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
