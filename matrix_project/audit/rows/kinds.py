"""Plain values of each kind of field, the simplest first: what may be stored in it.

https://docs.djangoproject.com/en/stable/ref/models/fields/
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
import uuid
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Field

from matrix_project.audit.rows import shapes

__all__ = ["candidates"]

_Kind = Callable[[Any, Any], Iterator[Any]]
"""A field and a connection in, values out."""

_MANY = 400
_MANY_TEXTS = 20_000
_LIMITS = 20
_DAY = dt.date(2000, 1, 1)
_NOON = dt.datetime(2000, 1, 1, 12)  # noqa: DTZ001 (made aware where the project's are)
_NETS = ("192.0.2", "198.51.100", "203.0.113")  # for documentation, RFC 5737
_HOSTS = 254


def candidates(field: Any, connection: Any) -> Iterator[Any]:
    """Yield values of a field, its choices first. The caller keeps those that fit."""
    yield from _choices(field)
    for kind in _kinds(field, connection):
        yield from itertools.islice(kind(field, connection), _MANY)
    # A field of the project's own may take any of these.
    yield from itertools.islice(shapes.shaped(field.validators, length(field)), _MANY_TEXTS)
    yield from (1, 2, 3)


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
    try:
        flat = list(field.flatchoices or ())
    except Exception:  # noqa: BLE001 (the project's own function)
        return
    yield from (value for value, _ in flat if value is not None and value != "")


def _each(value: Callable[[int], Any]) -> _Kind:
    return lambda _field, _connection: map(value, itertools.count())


def _numbers(field: Any, _: Any) -> Iterator[Any]:
    """Yield 1, 2, 3 …, and numbers from the limits that validators set."""
    yield from range(1, _MANY // 2)
    for validator in field.validators:
        limit = getattr(validator, "limit_value", None)
        limit = limit() if callable(limit) else limit
        if isinstance(limit, int | float | Decimal):
            yield from (limit + step for step in range(_LIMITS))
            yield from (limit - step for step in range(_LIMITS))


def _decimals(field: Any, connection: Any) -> Iterator[Decimal]:
    places = int(field.decimal_places or 0)
    smallest = Decimal(1).scaleb(-places)
    most = Decimal(10) ** (int(field.max_digits or 20) - places)
    numbers = itertools.chain(
        map(Decimal, itertools.takewhile(lambda number: number < most, range(1, _MANY // 4))),
        (smallest * number for number in range(1, _MANY // 4)),
        (Decimal(str(number)) for number in _numbers(field, connection)),
    )
    return (number.quantize(smallest) for number in numbers if number < most)


def _floats(field: Any, connection: Any) -> Iterator[float]:
    return map(float, _numbers(field, connection))


def _datetimes(_field: Any, _connection: Any) -> Iterator[dt.datetime]:
    first = _NOON.replace(tzinfo=dt.UTC) if settings.USE_TZ else _NOON
    return (first + dt.timedelta(days=number) for number in itertools.count())


def _addresses(field: Any, _: Any) -> Iterator[str]:
    if str(getattr(field, "protocol", "")).lower() == "ipv6":
        return (f"2001:db8::{number:x}" for number in itertools.count(1))
    return (f"{net}.{host}" for net in _NETS for host in range(1, _HOSTS + 1))


def _binaries(field: Any, _: Any) -> Iterator[bytes]:
    return (shapes.cut(shapes.word(number), length(field)).encode() for number in itertools.count())


def _arrays(field: Any, connection: Any) -> Iterator[list[Any]]:
    return ([value] for value in candidates(field.base_field, connection))


def _ranges(field: Any, connection: Any) -> Iterator[Any]:
    """Yield ranges; the next one begins where the last one ends."""
    return (
        field.range_type(*bounds)
        for bounds in itertools.pairwise(candidates(field.base_field, connection))
    )


# By the name of a field's class; its subclasses are found by their bases.
_KINDS: dict[str, _Kind] = {
    "ArrayField": _arrays,
    "BinaryField": _binaries,
    "BooleanField": lambda _field, _connection: iter((False, True)),
    "DateField": _each(lambda number: _DAY + dt.timedelta(days=number)),
    "DateTimeField": _datetimes,
    "DecimalField": _decimals,
    "DurationField": _each(lambda number: dt.timedelta(days=number + 1)),
    "EmailField": _each(shapes.email),
    "FileField": _each(lambda number: f"{shapes.word(number)}.txt"),
    "FilePathField": _each(lambda number: f"/{shapes.word(number)}"),
    "FloatField": _floats,
    "GenericIPAddressField": _addresses,
    "HStoreField": _each(lambda number: {"a": shapes.word(number)}),
    "ImageField": _each(lambda number: f"{shapes.word(number)}.png"),
    "IntegerField": _numbers,
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
