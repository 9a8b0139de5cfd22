"""Plain values of each kind of field, the simplest first: what may be stored in it.

https://docs.djangoproject.com/en/stable/ref/models/fields/
"""

from __future__ import annotations

import datetime as dt
import enum
import itertools
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Field

from matrix_project.audit.rows import shapes

__all__ = ["candidates"]

_Plain = Callable[[Any], Iterator[Any]]
_Kind = Callable[[Any, _Plain], Iterator[Any]]
"""A field, and a function that gives plain values of another, in; values out."""

_LIMITS = 20
_DAY = dt.date(2000, 1, 1)
_NOON = dt.datetime(2000, 1, 1, 12)  # noqa: DTZ001 (made aware where the project's are)
_NETS = ("192.0.2", "198.51.100", "203.0.113")  # for documentation, RFC 5737
_HOSTS = 254


def candidates(field: Any, plain: _Plain, connection: Any) -> Iterator[Iterator[Any]]:
    """Yield values of a field, shape by shape, its choices first. The caller keeps what fits.

    Args:
        field: a field, or the one within an array or a range.
        plain: gives the plain values of a field that is within this one.
        connection: says what the column is, where the field's class says nothing.
    """
    yield _choices(field)
    for kind in _kinds(field, connection):
        yield kind(field, plain)
    yield from _near_limits(field)
    most = length(field)
    for shape in shapes.shapes(field.validators):
        yield (each for each in shape if most is None or len(each) <= most)
    yield iter((1, 2, 3))


def length(field: Any) -> int | None:
    """Return how long a text of the field may be, if there is a limit."""
    most = getattr(field, "max_length", None)
    return most if isinstance(most, int) else None


def _kinds(field: Any, connection: Any) -> list[_Kind]:
    """Return the kinds that a field may be, what it says of itself before its bases."""
    bases = [base.__name__ for base in type(field).__mro__ if issubclass(base, Field)]
    internal = str(field.get_internal_type())
    names = bases if internal in bases else [internal, *bases]
    if not set(names) & {*_KINDS, *_TEXTS}:
        column = field.db_type(connection) or ""
        names = [name for pattern, name in _COLUMNS if re.match(pattern, column, re.IGNORECASE)][:1]
    return [_KINDS[name] for name in names if name in _KINDS]


def _choices(field: Any) -> Iterator[Any]:
    flat = []
    with suppress(Exception):  # the project's own function
        flat = list(field.flatchoices or ())
    yield from (value for value, _ in flat if value is not None and value != "")
    # A field of an enumeration has it under some name.
    for owner in (field, *type(field).__mro__):
        for value in list(vars(owner).values()):
            if isinstance(value, type) and issubclass(value, enum.Enum):
                yield from value


def _each(value: Callable[[int], Any]) -> _Kind:
    return lambda _field, _plain: map(value, itertools.count())


def _near_limits(field: Any) -> Iterator[Iterator[Any]]:
    """Yield what is at the limits that validators set, and within."""
    for validator in field.validators:
        limit = getattr(validator, "limit_value", None)
        if str(getattr(validator, "code", "")).endswith("_length"):
            continue
        with suppress(Exception):  # the project's own function
            limit = limit() if callable(limit) else limit
        if isinstance(limit, _ORDERED) and not isinstance(limit, bool):
            days = isinstance(limit, dt.date | dt.timedelta)
            step: Any = dt.timedelta(days=1) if days else 1
            yield itertools.accumulate(itertools.repeat(step, _LIMITS), initial=limit)
            yield itertools.accumulate(itertools.repeat(-step, _LIMITS), initial=limit)


_ORDERED = (int, float, Decimal, dt.date, dt.timedelta)


def _decimals(field: Any, _: _Plain) -> Iterator[Decimal]:
    """Yield 1, 2, 3 …, as many as there are places for, and then fractions."""
    smallest = Decimal(1).scaleb(-int(field.decimal_places or 0))
    most = int(Decimal(10) ** (int(field.max_digits or 20)) * smallest)
    for number in range(1, min(most, _MANY_WHOLE)):
        yield Decimal(number)
    for number in itertools.count(1):
        yield smallest * number


_MANY_WHOLE = 200


def _datetimes(_field: Any, _plain: _Plain) -> Iterator[dt.datetime]:
    first = _NOON.replace(tzinfo=dt.UTC) if settings.USE_TZ else _NOON
    return (first + dt.timedelta(days=number) for number in itertools.count())


def _addresses(field: Any, _: _Plain) -> Iterator[str]:
    if str(getattr(field, "protocol", "")).lower() == "ipv6":
        return (f"2001:db8::{number:x}" for number in itertools.count(1))
    return (f"{net}.{host}" for net in _NETS for host in range(1, _HOSTS + 1))


def _binaries(field: Any, _: _Plain) -> Iterator[bytes]:
    return (shapes.cut(shapes.word(number), length(field)).encode() for number in itertools.count())


def _arrays(field: Any, plain: _Plain) -> Iterator[list[Any]]:
    return ([value] for value in plain(field.base_field))


def _ranges(field: Any, plain: _Plain) -> Iterator[Any]:
    """Yield ranges; the next one begins where the last one ends."""
    return (field.range_type(*bounds) for bounds in itertools.pairwise(plain(field.base_field)))


# By the name of a field's class; its subclasses are found by their bases.
_KINDS: dict[str, _Kind] = {
    "ArrayField": _arrays,
    "BinaryField": _binaries,
    "BooleanField": lambda _field, _plain: iter((False, True)),
    "DateField": _each(lambda number: _DAY + dt.timedelta(days=number)),
    "DateTimeField": _datetimes,
    "DecimalField": _decimals,
    "DurationField": _each(lambda number: dt.timedelta(days=number + 1)),
    "EmailField": _each(shapes.email),
    "FileField": _each(lambda number: f"{shapes.word(number)}.txt"),
    "FilePathField": _each(lambda number: f"/{shapes.word(number)}"),
    "FloatField": _each(lambda number: float(number + 1)),
    "GenericIPAddressField": _addresses,
    "HStoreField": _each(lambda number: {"a": shapes.word(number)}),
    "ImageField": _each(lambda number: f"{shapes.word(number)}.png"),
    "IntegerField": _each(lambda number: number + 1),
    "JSONField": _each(lambda number: {"a": number + 1}),
    "RangeField": _ranges,
    "SearchVectorField": _each(shapes.word),
    "TimeField": _each(lambda number: dt.time(number // 60 % 24, number % 60)),
    "URLField": _each(shapes.url),
    "UUIDField": _each(lambda number: uuid.UUID(int=number + 1, version=4)),
}
_TEXTS = frozenset(("CharField", "TextField"))
# What a column's type begins with, for a field of no known class.
_COLUMNS = (
    (r"jsonb?\b", "JSONField"),
    (r"uuid\b", "UUIDField"),
    (r"bool|tinyint\(1\)", "BooleanField"),
    (r"(small|big|tiny)?(int|serial)", "IntegerField"),
    (r"numeric|decimal|double|real|float", "FloatField"),
    (r"timestamp|datetime", "DateTimeField"),
    (r"date\b", "DateField"),
    (r"time\b", "TimeField"),
    (r"interval\b", "DurationField"),
    (r"bytea|(long)?blob|(var)?binary", "BinaryField"),
    (r"inet\b", "GenericIPAddressField"),
    (r"tsvector\b", "SearchVectorField"),
)
