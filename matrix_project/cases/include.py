"""Uniqueness whose index covers further columns."""

from __future__ import annotations

import datetime as dt

from django.db.models import CharField, DateField, Index, IntegerField, UniqueConstraint

from matrix_project.cases.case import Promise
from matrix_project.cases.documents import INCLUDE, UNIQUE, all_but, all_enforce

_DAY, _NEXT_DAY = dt.date(2026, 5, 1), dt.date(2026, 5, 2)
_FIELDS = {"room": IntegerField(), "date": DateField(), "full_name": CharField(max_length=30)}
_ROWS = [{"room": 101, "date": _DAY, "full_name": "Ann"}]
_VALID = [
    {"room": 101, "date": _NEXT_DAY, "full_name": "Bob"},
    {"room": 102, "date": _DAY, "full_name": "Ann"},
]
_VIOLATING = [
    {"room": 101, "date": _DAY, "full_name": "Bob"},
    {"room": 101, "date": _DAY, "full_name": "Ann"},
]

covering = Promise(
    "include.covering",
    "A room is booked once a day at the most; the index covers the guest's name.",
    title="Covering unique",
    fields=_FIELDS,
    constraint=UniqueConstraint(fields=["room", "date"], include=["full_name"], name="once_a_day"),
    rows=_ROWS,
    valid=_VALID,
    violating=_VIOLATING,
    feature="supports_covering_indexes",
    sources=[INCLUDE],
    claims=all_but("mysql", "mariadb", "sqlite", source=INCLUDE),
    aliases=["covering index", "index-only scan", "included columns"],
)

plain = Promise(
    "include.plain",
    "For comparison: a room is booked once a day at the most.",
    title="Unique, not covering (for comparison)",
    fields=_FIELDS,
    constraint=UniqueConstraint(fields=["room", "date"], name="once_a_day"),
    rows=_ROWS,
    valid=_VALID,
    violating=_VIOLATING,
    sources=[UNIQUE],
    claims=all_enforce(UNIQUE),
    aliases=["plain unique", "unique together"],
)

covering_and_plain = Promise(
    "include.covering_and_plain",
    "A room is booked once a day at the most: a plain uniqueness, and beside it an index that"
    " covers the guest's name where the database has such indexes.",
    title="Plain unique beside a covering index",
    fields=_FIELDS,
    constraint=UniqueConstraint(fields=["room", "date"], name="once_a_day"),
    meta={"indexes": [Index(fields=["room", "date"], include=["full_name"], name="covers_name")]},
    rows=_ROWS,
    valid=_VALID,
    violating=_VIOLATING,
    sources=[UNIQUE],
    claims=all_enforce(UNIQUE),
    aliases=["covering index", "index-only scan", "included columns"],
    instead_of="include.covering",
)
