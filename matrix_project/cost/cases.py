"""What is measured, as values: inserts with a constraint or an index, and a query that uses one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    BaseConstraint,
    CharField,
    CheckConstraint,
    DateField,
    Deferrable,
    Index,
    IntegerField,
    Model,
    Q,
    QuerySet,
    UniqueConstraint,
)
from django.db.models.functions import Lower

__all__ = ["CASES", "Inserts", "Query"]

_ROWS = 20_000
_DATES = 100
_ROOMS = 100
_FIRST = dt.date(2026, 1, 1)


@dataclass(frozen=True, kw_only=True)
class _Case:
    id: str
    title: str
    promise: str
    """One sentence: what is asked."""
    fields: Mapping[str, Any]
    option: BaseConstraint | Index
    """What is measured."""
    row: Callable[[int], Mapping[str, int | str]]
    """The values of a row by its number."""
    rows: int = _ROWS


@dataclass(frozen=True, kw_only=True)
class Inserts(_Case):
    """How long inserts take with a constraint, against the same table without it."""


@dataclass(frozen=True, kw_only=True)
class Query(_Case):
    """How a query is answered with a constraint, and with a plain one in its place."""

    plain: BaseConstraint
    query: Callable[[type[Model]], QuerySet[Any, Any]]


_TRACK = {"title": CharField(max_length=30), "position": IntegerField()}
_CUSTOMER = {"email": CharField(max_length=100), "age": IntegerField()}
_BOOKING = {"room": IntegerField(), "date": DateField(), "full_name": CharField(max_length=30)}


def _track(number: int) -> Mapping[str, int | str]:
    return {"title": f"Track {number}", "position": number}


def _customer(number: int) -> Mapping[str, int | str]:
    return {"email": f"Customer{number}@Example.com", "age": 18 + number % 60}


def _booking(number: int) -> Mapping[str, int | str]:
    date = _FIRST + dt.timedelta(days=number % _DATES)
    return {"room": number // _DATES, "date": date.isoformat(), "full_name": f"Guest {number}"}


CASES = {
    case.id: case
    for case in (
        Inserts(
            id="cost.deferred_unique",
            title="Deferred unique",
            promise="How much longer do inserts take with a deferred uniqueness of one column?",
            fields=_TRACK,
            option=UniqueConstraint(
                fields=["position"], deferrable=Deferrable.DEFERRED, name="one_position"
            ),
            row=_track,
        ),
        Inserts(
            id="cost.unique",
            title="Unique (for comparison)",
            promise="How much longer do inserts take with a plain uniqueness of one column?",
            fields=_TRACK,
            option=UniqueConstraint(fields=["position"], name="one_position"),
            row=_track,
        ),
        Inserts(
            id="cost.check",
            title="Check",
            promise="How much longer do inserts take with a check of one column?",
            fields=_CUSTOMER,
            option=CheckConstraint(condition=Q(age__gte=18), name="of_age"),
            row=_customer,
        ),
        Inserts(
            id="cost.lower_index",
            title="Index on Lower()",
            promise="How much longer do inserts take with an index on the lower case of a text?",
            fields=_CUSTOMER,
            option=Index(Lower("email"), name="email_lower"),
            row=_customer,
        ),
        Query(
            id="cost.include_plan",
            title="Covering unique: the plan of a query",
            promise="Is the name of a room's guest on a date read from the covering uniqueness of"
            " room and date alone?",
            fields=_BOOKING,
            option=UniqueConstraint(
                fields=["room", "date"], include=["full_name"], name="once_a_day"
            ),
            plain=UniqueConstraint(fields=["room", "date"], name="once_a_day"),
            row=_booking,
            rows=_DATES * _ROOMS,
            query=lambda model: model._base_manager.filter(room=42, date=_FIRST).values_list(
                "full_name"
            ),
        ),
    )
}
"""Every case by its id."""
