"""The values about a literal: itself, what comes before and after it, and what is far off."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

__all__ = ["FAR_FUTURE", "FAR_PAST", "after", "before", "unlike", "variants"]

FAR_PAST = dt.datetime(2001, 2, 3, 4, 5, 6, tzinfo=dt.UTC)
FAR_FUTURE = dt.datetime(2101, 2, 3, 4, 5, 6, tzinfo=dt.UTC)

_DAY = dt.timedelta(days=1)
_STEPS: tuple[tuple[type, tuple[Any, ...]], ...] = (
    (bool, ()),
    (int, (1, 1000)),
    (float, (0.5, 1000.0)),
    (Decimal, (Decimal("0.01"), Decimal(1), Decimal(1000))),
    (dt.datetime, (dt.timedelta(seconds=1), _DAY, 400 * _DAY)),
    (dt.date, (_DAY, 400 * _DAY)),
    (dt.timedelta, (dt.timedelta(seconds=1), _DAY)),
)


def after(value: Any) -> Iterator[Any]:
    """Yield a few values that are greater, the nearest first."""
    yield from _moved(value, 1)
    if isinstance(value, str):
        yield value + "z"
    if isinstance(value, dt.time):
        yield from (each for each in _TIMES if each.replace(tzinfo=value.tzinfo) > value)


def before(value: Any) -> Iterator[Any]:
    """Yield a few values that are less, the nearest first."""
    yield from _moved(value, -1)
    if isinstance(value, str) and value:
        yield value[:-1]
    if isinstance(value, dt.time):
        yield from (each for each in _TIMES if each.replace(tzinfo=value.tzinfo) < value)


_TIMES = (dt.time(0, 0, 1), dt.time(12, 0), dt.time(23, 59, 59))


def unlike(value: Any) -> Iterator[Any]:
    """Yield a few values of the same type that are not equal, the nearest first."""
    match value:
        case bool():
            yield not value
        case str():
            yield from dict.fromkeys([f"{value}x", "x", "x1", value.swapcase(), value[:-1], ""])
        case bytes():
            yield from (value + b"x", b"x", b"")
        case uuid.UUID():
            yield uuid.UUID(int=(value.int + 1) % 2**128)
        case list() | tuple():
            yield type(value)()
            yield type(value)([*value, *value[:1]])
        case dict():
            yield {}
            yield {**value, "x": 1}
        case None:
            return
        case _ if hasattr(value, "isempty"):
            yield from _other_ranges(value)
        case _:
            yield from after(value)
            yield from before(value)


def variants(value: Any) -> Iterator[Any]:
    """Yield values that some function takes for the same: other case, another hour of the day."""
    match value:
        case str():
            made = (value.upper(), value.title(), value.swapcase(), f" {value}", f"{value} ")
            yield from (each for each in dict.fromkeys(made) if each != value)
        case dt.datetime():
            yield from (value + dt.timedelta(**{unit: 1}) for unit in _UNITS)
            yield from (value - dt.timedelta(**{unit: 1}) for unit in _UNITS)
        case dt.date():
            yield from (value + dt.timedelta(days=days) for days in (1, 7, 31))
        case bool():
            yield not value
        case int() | float() | Decimal():
            yield -value
            yield from itertools.islice(after(value), 1)
            yield type(value)(0)
        case dict():
            yield {**value, "beside": 1}
        case _ if hasattr(value, "isempty"):
            yield from _other_ranges(value)


def _other_ranges(value: Any) -> Iterator[Any]:
    """Yield ranges that reach farther, and one that begins where the range ends."""
    if None not in {value.lower, value.upper}:
        beyond = next(after(value.upper), None)
        farther = next(after(beyond), None)
        yield type(value)(value.lower, beyond)
        yield type(value)(value.upper, beyond)
        yield type(value)(beyond, farther)
    yield type(value)(empty=True)


_UNITS = ("seconds", "minutes", "hours", "days")


def _moved(value: Any, sign: int) -> Iterator[Any]:
    steps = next((steps for type_, steps in _STEPS if isinstance(value, type_)), ())
    for step in steps:
        try:
            yield value + sign * step
        except (OverflowError, ArithmeticError):
            continue
