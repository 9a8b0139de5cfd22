"""The values about a literal: itself, what comes before and after it, and what is far off."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

__all__ = ["FAR_FUTURE", "FAR_PAST", "after", "before", "unlike"]

FAR_PAST = datetime.datetime(2001, 2, 3, 4, 5, 6, tzinfo=datetime.UTC)
FAR_FUTURE = datetime.datetime(2101, 2, 3, 4, 5, 6, tzinfo=datetime.UTC)

_DAY = datetime.timedelta(days=1)
_STEPS: tuple[tuple[type, tuple[Any, ...]], ...] = (
    (bool, ()),
    (int, (1, 1000)),
    (float, (0.5, 1000.0)),
    (Decimal, (Decimal("0.01"), Decimal(1), Decimal(1000))),
    (datetime.datetime, (datetime.timedelta(seconds=1), _DAY, 400 * _DAY)),
    (datetime.date, (_DAY, 400 * _DAY)),
    (datetime.timedelta, (datetime.timedelta(seconds=1), _DAY)),
)


def after(value: Any) -> Iterator[Any]:
    """Yield a few values that are greater, the nearest first."""
    yield from _moved(value, 1)
    if isinstance(value, str):
        yield value + "z"
    if isinstance(value, datetime.time):
        yield from (each for each in _TIMES if each.replace(tzinfo=value.tzinfo) > value)


def before(value: Any) -> Iterator[Any]:
    """Yield a few values that are less, the nearest first."""
    yield from _moved(value, -1)
    if isinstance(value, str) and value:
        yield value[:-1]
    if isinstance(value, datetime.time):
        yield from (each for each in _TIMES if each.replace(tzinfo=value.tzinfo) < value)


_TIMES = (datetime.time(0, 0, 1), datetime.time(12, 0), datetime.time(23, 59, 59))


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
        case _:
            yield from after(value)
            yield from before(value)


def _moved(value: Any, sign: int) -> Iterator[Any]:
    steps = next((steps for type_, steps in _STEPS if isinstance(value, type_)), ())
    for step in steps:
        try:
            yield value + sign * step
        except (OverflowError, ArithmeticError):
            continue
