"""Values of fields that bring an expression to a wanted value.

What is found is a proposal: the database says what the expression comes to.
"""

from __future__ import annotations

import datetime as dt
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Field, ForeignKey, functions
from django.utils import timezone

from matrix_project.audit.rows.evaluating import (
    Assignment,
    Parent,
    Scene,
    Unknown,
    columns,
    computed,
    evaluated,
    generating,
)
from matrix_project.audit.rows.neighbours import FAR_FUTURE, FAR_PAST

__all__ = ["reaching"]


_Way = Callable[[Any, Any, Scene], Iterator[Assignment]]


def reaching(expression: Any, value: Any, scene: Scene) -> Iterator[Assignment]:
    """Yield values of fields with which an expression comes to a value, the plainest first."""
    if value is None:
        yield from ({field_.name: None} for field_ in columns(expression))
        return
    for base in type(expression).__mro__:
        if way := _WAYS.get(base.__name__):
            yield from way(expression, value, scene)
            return


def _of_function(expression: Any, value: Any, scene: Scene) -> Iterator[Assignment]:
    """Yield what brings the first argument of a function to what the function makes value of."""
    inverse = _INVERSE.get(type(expression).__name__, lambda value: [value])
    inner = expression.get_source_expressions()[:1]
    for wanted in _tried(inverse, value) if inner else ():
        yield from reaching(inner[0], wanted, scene)


def _of_value(expression: Any, value: Any, _: Scene) -> Iterator[Assignment]:
    if expression.value == value:
        yield {}


def _of_case(expression: Any, value: Any, scene: Scene) -> Iterator[Assignment]:
    for case in expression.cases:
        yield from reaching(case.result, value, scene)
    yield from reaching(expression.default, value, scene)


def _of_item(expression: Any, value: Any, scene: Scene) -> Iterator[Assignment]:
    """Yield arrays that have a value in a place, all others the same."""
    yield from reaching(expression.get_source_expressions()[0], [value] * expression.index, scene)


def _of_key(expression: Any, value: Any, scene: Scene) -> Iterator[Assignment]:
    """Yield documents that have a value under a key, or in a place."""
    key = expression.key_name
    if key.isdecimal() and int(key) < _FAR:
        yield from reaching(expression.lhs, [*[None] * int(key), value], scene)
    yield from reaching(expression.lhs, {key: value}, scene)


_FAR = 100


def _of_count(expression: Any, value: Any, scene: Scene) -> Iterator[Assignment]:
    """Yield arrays with so many items."""
    for field_ in columns(expression)[:1] if isinstance(value, int) and value >= 0 else ():
        yield {field_.name: [scene.plain(field_, 0)[0]] * value}


def _of_emptiness(expression: Any, value: Any, scene: Scene) -> Iterator[Assignment]:
    """Yield ranges that are empty, or are not."""
    for field_ in columns(expression)[:1]:
        plain = scene.plain(field_, 0)
        yield {field_.name: type(plain)(empty=True) if value else plain}


def _of_column(field_: Any, value: Any, scene: Scene) -> Iterator[Assignment]:
    if getattr(field_, "generated", False):
        yield from reaching(generating(field_), value, scene)
    elif isinstance(value, Parent) and not field_.is_relation:
        if value.key is not None:
            yield {field_.name: value.key}
    elif isinstance(field_, ForeignKey):
        yield {field_.name: value if isinstance(value, Parent) else Parent(key=value)}
    else:
        if hasattr(field_, "from_db_value"):
            # A condition's value is as it is stored; a row's is as the project has it.
            own = _tried(lambda stored: [field_.from_db_value(stored, None, None)], value)
            yield from ({field_.name: each} for each in own)
        yield {field_.name: _fitting(field_, value)}


def _fitting(field_: Field[Any, Any], value: Any) -> Any:
    """Return the value as the field has it; as it is where the field does not know it."""
    if isinstance(value, dt.datetime) and field_.get_internal_type() == "DateTimeField":
        return _zoned(value)
    if isinstance(value, dt.datetime) and field_.get_internal_type() == "TimeField":
        return value.time()
    try:
        return field_.to_python(value)
    except (ValidationError, ValueError, TypeError, AttributeError, InvalidOperation):
        return value


def _zoned(moment: dt.datetime) -> dt.datetime:
    if settings.USE_TZ and moment.tzinfo is None:
        return timezone.make_aware(moment).astimezone(dt.UTC)
    return moment if settings.USE_TZ else moment.replace(tzinfo=None)


def _of_combination(expression: Any, value: Any, scene: Scene) -> Iterator[Assignment]:
    """Yield the values of one side, the other being plain."""
    lhs, rhs, connector = expression.lhs, expression.rhs, expression.connector
    for side, other, left in ((lhs, rhs, True), (rhs, lhs, False)):
        undo = _UNDO.get((connector, left))
        if undo is None or not columns(side):
            continue
        try:
            known = evaluated(other, scene.base, scene)
            wanted = computed(undo, [value, known])
        except Unknown:
            continue
        plain = {each.name: scene.base.get(each.name) for each in columns(other)}
        plain = {
            name: scene.plain(field_, 0) if plain[name] is None else plain[name]
            for name, field_ in ((each.name, each) for each in columns(other))
        }
        for given in reaching(side, wanted, scene):
            yield {**plain, **given}


def _of_coalesce(expression: Any, value: Any, scene: Scene) -> Iterator[Assignment]:
    nothing: dict[str, Any] = {}
    for source in expression.get_source_expressions():
        for given in reaching(source, value, scene):
            yield {**nothing, **given}
        nothing |= {each.name: None for each in columns(source)}


def _of_concatenation(expression: Any, value: Any, scene: Scene) -> Iterator[Assignment]:
    """Yield the parts of the text, or the whole in one field, and every other one empty."""
    parts = list(_parts(expression))
    pattern = "".join("(.*?)" if columns(p) else re.escape(str(p.value)) for p in parts)
    if isinstance(value, str) and (found := re.fullmatch(pattern, value, re.DOTALL)):
        read = [each for each in parts if columns(each)]
        given: dict[str, Any] = {}
        for part, text in zip(read, found.groups(), strict=True):
            given |= next(reaching(part, text, scene), {})
        yield given
    fields = columns(expression)
    for whole in fields if isinstance(value, str) else ():
        yield {each.name: value if each is whole else "" for each in fields}


def _parts(expression: Any) -> Iterator[Any]:
    """Yield what is put together to a text; what is neither field nor text ends it."""
    if isinstance(expression, functions.Concat | functions.ConcatPair):
        for each in expression.get_source_expressions():
            yield from _parts(each)
    elif columns(expression) or hasattr(expression, "value"):
        yield expression


def _of_index(expression: Any, place: Any, scene: Scene) -> Iterator[Assignment]:
    """Yield texts that have a part of them in a place, counted from one; in none, it is zero."""
    text, searched = expression.get_source_expressions()
    part = getattr(searched, "value", None)
    if not isinstance(part, str) or not isinstance(place, int) or place < 0:
        return
    filler = "x" if "x" not in part else "y"
    wanted = filler * 3 if place == 0 else filler * (place - 1) + part
    yield from reaching(text, wanted, scene)
    if place:
        yield from reaching(text, wanted + filler, scene)


_PARTS: Mapping[str, Callable[[dt.datetime], int]] = {
    "year": lambda moment: moment.year,
    "iso_year": lambda moment: moment.isocalendar().year,
    "quarter": lambda moment: (moment.month + 2) // 3,
    "month": lambda moment: moment.month,
    "day": lambda moment: moment.day,
    "week": lambda moment: moment.isocalendar().week,
    "week_day": lambda moment: moment.isoweekday() % 7 + 1,
    "iso_week_day": lambda moment: moment.isoweekday(),
    "hour": lambda moment: moment.hour,
    "minute": lambda moment: moment.minute,
    "second": lambda moment: moment.second,
}


def _of_part(expression: Any, value: Any, scene: Scene) -> Iterator[Assignment]:
    """Yield moments of which a part (the year, the day of the week) is the value."""
    part = _PARTS.get(expression.lookup_name)
    if part is None or not isinstance(value, int):
        return
    start = dt.datetime(2001, 1, 1, 12)  # noqa: DTZ001 (made aware where the project's are)
    years = [start.replace(year=value)] if "year" in expression.lookup_name and value > 0 else []
    steps = [start + dt.timedelta(days=day) for day in range(366)]
    steps += [start.replace(hour=0) + dt.timedelta(minutes=17 * at) for at in range(90)]
    steps += [start + dt.timedelta(seconds=61 * at) for at in range(60)]
    for moment in (each for each in [*years, *steps] if part(each) == value):
        yield from reaching(expression.get_source_expressions()[0], _zoned(moment), scene)
        return


def _texts_of(length: Any) -> list[Any]:
    if not isinstance(length, int | Decimal) or not 0 <= length <= 5000:  # noqa: PLR2004
        return []
    return [(part * int(length))[: int(length)] for part in ("x1", "a", "0", "A")]


def _tried(inverse: Callable[[Any], list[Any]], value: Any) -> list[Any]:
    try:
        return inverse(value)
    except Exception:  # noqa: BLE001 (a field's own code fails in its own way)
        return []


_UNDO: Mapping[tuple[str, bool], Callable[[Any, Any], Any]] = {
    ("+", True): operator.sub, ("+", False): operator.sub,
    ("-", True): operator.add, ("-", False): lambda value, known: known - value,
    ("*", True): operator.truediv, ("*", False): operator.truediv,
    ("/", True): operator.mul, ("/", False): lambda value, known: known / value,
    ("%%", True): lambda value, known: value + known,
}  # fmt: skip
_INVERSE: Mapping[str, Callable[[Any], list[Any]]] = {
    "Length": _texts_of,
    "Lower": lambda text: [text, text.upper(), text.title()],
    "Upper": lambda text: [text, text.lower(), text.title()],
    "Trim": lambda text: [text, f" {text}"],
    "Reverse": lambda text: [text[::-1]],
    "Right": lambda text: [text, f"xx{text}"],
    "Left": lambda text: [text, f"{text}xx"],
    "Substr": lambda text: [text, f"x{text}"],
    "Abs": lambda number: [number, -number],
    "Sqrt": lambda number: [number * number],
    "TruncDate": lambda day: [dt.datetime.combine(day, dt.time(12))],
    "TruncTime": lambda time: [dt.datetime.combine(FAR_PAST.date(), time)],
    "RangeStartsWith": lambda value: [(value, None)],
    "Now": lambda _: [FAR_PAST, FAR_FUTURE],
}
# By the name of an expression's class, or of the nearest of its bases.
_WAYS: Mapping[str, _Way] = {
    "ArrayLenTransform": _of_count,
    "Case": _of_case,
    "Coalesce": _of_coalesce,
    "Col": lambda expression, value, scene: _of_column(expression.target, value, scene),
    "CombinedExpression": _of_combination,
    "Concat": _of_concatenation,
    "ConcatPair": _of_concatenation,
    "ExpressionWrapper": lambda each, value, scene: reaching(each.expression, value, scene),
    "Extract": _of_part,
    "Func": _of_function,
    "Greatest": _of_coalesce,
    "IndexTransform": _of_item,
    "IsEmpty": _of_emptiness,
    "KeyTransform": _of_key,
    "Least": _of_coalesce,
    "StrIndex": _of_index,
    "Value": _of_value,
}
