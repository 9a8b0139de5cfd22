"""Exclusion constraints of PostgreSQL, and what their migrations do on the others.

`django.contrib.postgres` cannot be imported without PostgreSQL's driver: what is of it is given by
functions.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db.migrations.operations.base import Operation
from django.db.models import (
    BaseConstraint,
    CharField,
    DateField,
    DateTimeField,
    Deferrable,
    Func,
    IntegerField,
    UniqueConstraint,
)

from matrix_project.cases.case import Promise, accepts, rejects
from matrix_project.cases.documents import EXCLUDED, UNIQUELY
from matrix_project.observe import Tables

_ALIASES = ("EXCLUDE", "exclusion constraint", "overlap", "double booking", "gist")
_OVERLAPS, _EQUAL = "&&", "="
_DRIVERS = ("psycopg", "psycopg2")


def _range_fields() -> Mapping[str, Any]:
    from django.contrib.postgres.fields import DateRangeField

    return {"guest": CharField(max_length=30), "stay": DateRangeField()}


def _excludes(**words: Any) -> Callable[[], BaseConstraint]:
    """Return what makes the constraint once it is asked for."""

    def make() -> BaseConstraint:
        from django.contrib.postgres.constraints import ExclusionConstraint

        return ExclusionConstraint(name="no_overlap", **words)

    return make


def _stay(guest: str, first: int, last: int) -> dict[str, Any]:
    """Return a stay of a guest from one day of May until another, which is left out."""
    return {"guest": guest, "stay": (dt.date(2026, 5, first), dt.date(2026, 5, last))}


_ON_RANGES: dict[str, Any] = {
    "fields": _range_fields,
    "rows": [_stay("Ann", 1, 5), _stay("Bob", 5, 9)],
    "valid": [_stay("Cid", 9, 12)],
    "violating": [_stay("Cid", 4, 6)],
    **EXCLUDED,
    "needs_module": _DRIVERS,
}

overlap = Promise(
    "exclusion.overlap",
    "No two stays overlap; the column is a range of days, a type of PostgreSQL's.",
    title="Exclusion of overlapping ranges",
    constraint=_excludes(expressions=[("stay", _OVERLAPS)]),
    aliases=[*_ALIASES, "daterange"],
    **_ON_RANGES,
)


def _duplicate(tables: Tables) -> None:
    tables.objects.filter(guest="Ann").update(stay=_stay("Ann", 5, 9)["stay"])


def _swap(tables: Tables) -> None:
    _duplicate(tables)
    tables.objects.filter(guest="Bob").update(stay=_stay("Bob", 1, 5)["stay"])


deferrable = Promise(
    "exclusion.deferrable",
    "No two stays overlap once a transaction is committed; the column is a range of days, a type of"
    " PostgreSQL's.",
    title="Exclusion, initially deferred",
    constraint=_excludes(expressions=[("stay", _OVERLAPS)], deferrable=Deferrable.DEFERRED),
    acts=[
        accepts("A swap of two stays, in two statements of one transaction", _swap),
        rejects("An overlap that is still there at the commit", _duplicate),
    ],
    aliases=[*_ALIASES, "deferred constraint", "swap"],
    **_ON_RANGES,
)


class TsTzRange(Func):
    """The range of two times, as Django's reference declares it."""

    function = "TSTZRANGE"


def _for_each_room() -> BaseConstraint:
    from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary

    span = TsTzRange("start", "end", RangeBoundary(), output_field=DateTimeRangeField())
    return _excludes(expressions=[(span, _OVERLAPS), ("room", _EQUAL)])()


def _btree_gist() -> Sequence[Operation]:
    from django.contrib.postgres.operations import BtreeGistExtension

    return [BtreeGistExtension()]


def _booking(room: int, start: int, end: int) -> dict[str, Any]:
    """Return a booking of a room from one hour until another, which is left out."""
    hours = [dt.datetime(2026, 5, 1, hour, tzinfo=dt.UTC) for hour in (start, end)]
    return {"room": room, "start": hours[0], "end": hours[1]}


for_each_room = Promise(
    "exclusion.for_each_room",
    "No two bookings of one room overlap; the columns are plain ones, and the extension btree_gist"
    " is installed before.",
    title="Exclusion of overlaps in one room",
    fields={"room": IntegerField(), "start": DateTimeField(), "end": DateTimeField()},
    constraint=_for_each_room,
    prerequisites=_btree_gist,
    rows=[_booking(101, 9, 12)],
    valid=[_booking(101, 12, 13), _booking(102, 9, 12)],
    violating=[_booking(101, 11, 13)],
    aliases=[*_ALIASES, "btree_gist", "room booking", "tstzrange"],
    needs_module=_DRIVERS,
    **EXCLUDED,
)

hash_equal = Promise(
    "exclusion.hash_equal",
    "No two rows have one text, of whatever length: an exclusion of equal values by a hash index.",
    title="Exclusion of equal values by a hash index",
    fields={"text": CharField(max_length=30)},
    constraint=_excludes(expressions=[("text", _EQUAL)], index_type="hash"),
    rows=[{"text": "ann"}],
    valid=[{"text": "bob"}],
    violating=[{"text": "ann"}],
    aliases=["EXCLUDE", "exclusion constraint", "hash index", "unique hash", "long text"],
    from_django="6.1",
    needs_module=_DRIVERS,
    **EXCLUDED,
)

_DAY, _NEXT_DAY = dt.date(2026, 5, 1), dt.date(2026, 5, 2)

unique_slot = Promise(
    "exclusion.unique_slot",
    "No two stays in one room overlap: each day of a stay is a row, and a room's day is unique.",
    title="Unique slots in place of an exclusion",
    fields={"room": IntegerField(), "day": DateField(), "guest": CharField(max_length=30)},
    constraint=UniqueConstraint(fields=["room", "day"], name="one_guest_a_day"),
    rows=[{"room": 101, "day": _DAY, "guest": "Ann"}],
    valid=[
        {"room": 101, "day": _NEXT_DAY, "guest": "Bob"},
        {"room": 102, "day": _DAY, "guest": "Bob"},
    ],
    violating=[{"room": 101, "day": _DAY, "guest": "Bob"}],
    acts=[
        rejects(
            "bulk_create() of a stay of two days, the second of which is taken",
            lambda t: t.objects.bulk_create(
                t.build({"room": 101, "day": day, "guest": "Bob"})
                for day in (dt.date(2026, 4, 30), _DAY)
            ),
        )
    ],
    aliases=["overlap", "double booking", "time slot", "calendar"],
    instead_of="exclusion.overlap",
    **UNIQUELY,
)
