"""Values of fields that bring an expression to a wanted value.

What is found is a proposal: the database says what the expression comes to.
"""

from __future__ import annotations

import datetime
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Case, F, Field, ForeignKey, Func, Transform, Value, functions
from django.db.models.expressions import Col, CombinedExpression, ExpressionWrapper
from django.db.models.fields.json import KeyTransform

from matrix_project.audit.rows.neighbours import FAR_FUTURE, FAR_PAST

__all__ = ["Assignment", "Parent", "Scene", "Unknown", "columns", "evaluated", "reaching"]

Assignment = Mapping[str, Any]
"""Values by the names of fields."""


@dataclass(frozen=True)
class Parent:
    """A row of another model that a foreign key is to refer to: the same number, the same row."""

    number: int = 0
    key: Any = None
    """Its key, where it is asked for by its key."""


@dataclass(frozen=True)
class Scene:
    """What is known of the model: plain values of its fields, and those of a plain row."""

    plain: Callable[[Field[Any, Any], int], Any]
    """The n-th plain value of a field."""
    base: Assignment = field(default_factory=dict)


class Unknown(LookupError):  # noqa: N818 (no error: an answer)
    """Python does not know what an expression comes to."""


def columns(expression: Any) -> list[Field[Any, Any]]:
    """Return the fields that a resolved expression or condition reads, in its order."""
    found: dict[str, Field[Any, Any]] = {}
    for each in _walk(expression):
        if isinstance(each, Col):
            found.setdefault(each.target.name, each.target)
    return list(found.values())


def _walk(node: Any) -> Iterator[Any]:
    yield node
    inner = getattr(node, "children", None)
    if inner is None and hasattr(node, "get_source_expressions"):
        inner = node.get_source_expressions()
    for each in inner or ():
        yield from _walk(each)
    rhs = getattr(node, "rhs", None)
    if isinstance(rhs, list | tuple | set):
        for each in rhs:
            if hasattr(each, "get_source_expressions"):
                yield from _walk(each)


_ARITHMETIC: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "%%": operator.mod, "^": operator.pow, "&": operator.and_, "|": operator.or_,
}  # fmt: skip
_OF_TEXT: Mapping[str, Callable[[Any], Any]] = {
    "Lower": str.lower, "Upper": str.upper, "Length": len, "Trim": str.strip, "Abs": abs,
    "LTrim": str.lstrip, "RTrim": str.rstrip, "Reverse": lambda text: text[::-1],
}  # fmt: skip


def evaluated(expression: Any, given: Assignment, scene: Scene) -> Any:
    """Return what an expression comes to, the values of fields being given.

    Raises:
        Unknown: Python does not know.
    """
    match expression:
        case Col():
            name = expression.target.name
            if name in given:
                return given[name]
            known = scene.base.get(name)
            return scene.plain(expression.target, 0) if known is None else known
        case Value():
            return expression.value
        case ExpressionWrapper():
            return evaluated(expression.expression, given, scene)
        case CombinedExpression():
            sides = [evaluated(each, given, scene) for each in (expression.lhs, expression.rhs)]
            return _computed(_ARITHMETIC.get(expression.connector), sides)
        case functions.Now():
            return None
        case functions.Coalesce():
            found = (evaluated(each, given, scene) for each in expression.get_source_expressions())
            return next((each for each in found if each is not None), None)
        case Func() if type(expression).__name__ in _OF_TEXT:
            sides = [evaluated(expression.get_source_expressions()[0], given, scene)]
            return _computed(_OF_TEXT[type(expression).__name__], sides)
        case _ if hasattr(expression, "resolve_expression"):
            raise Unknown
    return expression


def _computed(operation: Callable[..., Any] | None, sides: Sequence[Any]) -> Any:
    if operation is None or None in sides:
        raise Unknown
    try:
        return operation(*sides)
    except (TypeError, ValueError, ArithmeticError, OverflowError) as error:
        raise Unknown from error


def reaching(expression: Any, value: Any, scene: Scene) -> Iterator[Assignment]:
    """Yield values of fields with which an expression comes to a value, the plainest first."""
    if value is None:
        for field_ in columns(expression):
            yield {field_.name: None}
        return
    match expression:
        case Col():
            yield from _of_column(expression.target, value, scene)
        case Value():
            if expression.value == value:
                yield {}
        case CombinedExpression():
            yield from _of_combination(expression, value, scene)
        case KeyTransform():
            key = expression.key_name
            yield from reaching(expression.lhs, {key: value}, scene)
        case functions.Coalesce() | functions.Greatest() | functions.Least():
            yield from _of_coalesce(expression.get_source_expressions(), value, scene)
        case Case():
            for case in expression.cases:
                yield from reaching(case.result, value, scene)
            yield from reaching(expression.default, value, scene)
        case functions.Concat() | functions.ConcatPair():
            yield from _of_concatenation(expression, value, scene)
        case functions.StrIndex():
            text, part = expression.get_source_expressions()
            yield from _of_index(text, getattr(part, "value", None), value, scene)
        case functions.Extract():
            yield from _of_part(expression, value, scene)
        case ExpressionWrapper():
            yield from reaching(expression.expression, value, scene)
        case Func() | Transform():
            inverse = _INVERSE.get(type(expression).__name__, lambda value: [value])
            inner = expression.get_source_expressions()[:1]
            for wanted in _tried(inverse, value) if inner else ():
                yield from reaching(inner[0], wanted, scene)


def _of_column(field_: Any, value: Any, scene: Scene) -> Iterator[Assignment]:
    if getattr(field_, "generated", False):
        resolved = field_._resolved_expression  # noqa: SLF001 (Django has no other way to it)
        yield from reaching(resolved, value, scene)
    elif isinstance(field_, ForeignKey):
        yield {field_.name: value if isinstance(value, Parent) else Parent(key=value)}
    else:
        yield {field_.name: _fitting(field_, value)}


def _fitting(field_: Field[Any, Any], value: Any) -> Any:
    """Return the value as the field has it; as it is where the field does not know it."""
    if isinstance(value, datetime.datetime) and field_.get_internal_type() == "DateTimeField":
        return _zoned(value)
    if isinstance(value, datetime.datetime) and field_.get_internal_type() == "TimeField":
        return value.time()
    try:
        return field_.to_python(value)
    except (ValidationError, ValueError, TypeError, AttributeError, InvalidOperation):
        return value


def _zoned(moment: datetime.datetime) -> datetime.datetime:
    if settings.USE_TZ and moment.tzinfo is None:
        return moment.replace(tzinfo=datetime.UTC)
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
            wanted = _computed(undo, [value, known])
        except Unknown:
            continue
        plain = {each.name: scene.base.get(each.name) for each in columns(other)}
        plain = {
            name: scene.plain(field_, 0) if plain[name] is None else plain[name]
            for name, field_ in ((each.name, each) for each in columns(other))
        }
        for given in reaching(side, wanted, scene):
            yield {**plain, **given}


def _of_coalesce(sources: Sequence[Any], value: Any, scene: Scene) -> Iterator[Assignment]:
    nothing: dict[str, Any] = {}
    for source in sources:
        for given in reaching(source, value, scene):
            yield {**nothing, **given}
        nothing |= {each.name: None for each in columns(source)}


def _of_concatenation(expression: Any, value: Any, scene: Scene) -> Iterator[Assignment]:
    """Yield the whole text in one field, and every other one empty."""
    fields = columns(expression)
    for whole in fields if isinstance(value, str) else ():
        yield {each.name: value if each is whole else "" for each in fields}


def _of_index(text: Any, part: Any, place: Any, scene: Scene) -> Iterator[Assignment]:
    if not isinstance(part, str) or not isinstance(place, int) or place < 0:
        return
    filler = "x" if "x" not in part else "y"
    wanted = filler * 3 if place == 0 else filler * (place - 1) + part
    yield from reaching(text, wanted, scene)
    if place:
        yield from reaching(text, wanted + filler, scene)


_PARTS: Mapping[str, Callable[[datetime.datetime], int]] = {
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
    start = datetime.datetime(2001, 1, 1, 12, tzinfo=datetime.UTC)
    years = [start.replace(year=value)] if "year" in expression.lookup_name and value > 0 else []
    steps = [start + datetime.timedelta(days=day) for day in range(366)]
    steps += [start.replace(hour=0) + datetime.timedelta(minutes=17 * at) for at in range(90)]
    steps += [start + datetime.timedelta(seconds=61 * at) for at in range(60)]
    for moment in (each for each in [*years, *steps] if part(each) == value):
        yield from reaching(expression.get_source_expressions()[0], _zoned(moment), scene)
        return


def _texts_of(length: Any) -> list[Any]:
    if not isinstance(length, int | Decimal) or not 0 <= length <= 5000:  # noqa: PLR2004
        return []
    return [("x1" * int(length))[: int(length)]]


def _tried(inverse: Callable[[Any], list[Any]], value: Any) -> list[Any]:
    try:
        return inverse(value)
    except (TypeError, ValueError, AttributeError, ArithmeticError):
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
    "ArrayLenTransform": lambda length: [["1"] * length],
    "Lower": lambda text: [text, text.upper(), text.title()],
    "Upper": lambda text: [text, text.lower(), text.title()],
    "Trim": lambda text: [text, f" {text}"],
    "Reverse": lambda text: [text[::-1]],
    "Right": lambda text: [text, f"xx{text}"],
    "Left": lambda text: [text, f"{text}xx"],
    "Substr": lambda text: [text, f"x{text}"],
    "Abs": lambda number: [number, -number],
    "Sqrt": lambda number: [number * number],
    "Mod": lambda number: [number],
    "TruncDate": lambda day: [
        datetime.datetime.combine(day, datetime.time(12), tzinfo=datetime.UTC)
    ],
    "TruncTime": lambda time: [datetime.datetime.combine(FAR_PAST.date(), time)],
    "RangeStartsWith": lambda value: [(value, None)],
    "Now": lambda _: [FAR_PAST, FAR_FUTURE],
}
