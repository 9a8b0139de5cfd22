"""Which rows a check on a JSON lets in, and which a check on a time."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import CheckConstraint, DateTimeField, JSONField, Q, Value
from django.utils import timezone

from matrix_project.cases.answers import checked
from matrix_project.cases.case import Question, asks
from matrix_project.results.contract import Observation

_ADULT = Q(data__age__gte=18)
_DATA = {"data": JSONField(null=True)}
_GUARDS = {"keeps": {"data": {"age": 18}}, "breaks": {"data": {"age": 17}}}

json_key_null = Question(
    "values.json_key_null",
    'A check asks for data__age__gte=18: is {"age": null} stored?',
    title="A null under a key of a JSON, and a check",
    **checked(_DATA, _ADULT, {"data": {"age": None}}, **_GUARDS),
    aliases=["JSON null", "KeyTransform", "jsonb", "JSON_EXTRACT"],
)

json_key_text = Question(
    "values.json_key_text",
    'A check asks for data__age__gte=18: is {"age": "x"} stored?',
    title="A text under a key of a JSON, and a check on a number",
    **checked(_DATA, _ADULT, {"data": {"age": "x"}}, **_GUARDS),
    aliases=["JSON type", "KeyTransform", "jsonb", "JSON_EXTRACT", "schema"],
)


def _json_null() -> Any:
    """Return JSON's null: before Django 6.1 it has no expression of its own."""
    return models.JSONNull() if hasattr(models, "JSONNull") else Value(None, JSONField())


json_null = Question(
    "values.json_null",
    "A check asks for data__isnull=False: is JSON's null stored, which is not SQL's NULL?",
    title="JSON's null under a check against NULL",
    **checked(
        _DATA,
        Q(data__isnull=False),
        {"data": _json_null()},
        keeps={"data": {"age": 18}},
        breaks={"data": None},
        title="save() of JSON's null",
    ),
    aliases=["JSONNull", "Value(None, JSONField())", "SQL NULL", "isnull"],
)

datetime_hour = Question(
    "values.datetime_hour",
    "A check asks for when__hour__gte=9: is a row at 08:00 stored? The time zone is UTC.",
    title="The hour of a time under a check",
    **checked(
        {"when": DateTimeField()},
        Q(when__hour__gte=9),
        {"when": dt.datetime(2026, 5, 1, 8, tzinfo=dt.UTC)},
        keeps={"when": dt.datetime(2026, 5, 1, 9, tzinfo=dt.UTC)},
        breaks=None,
        title="save() of a row at 08:00",
    ),
    aliases=["extract", "opening hours", "django_datetime_extract", "time zone"],
)

_BERLIN = ZoneInfo("Europe/Berlin")


class _InBerlin(CheckConstraint):
    """A check whose DDL is made as it is where the setting TIME_ZONE is Europe/Berlin."""

    def constraint_sql(self, model: Any, schema_editor: Any) -> Any:
        with timezone.override(_BERLIN):
            return super().constraint_sql(model, schema_editor)

    def create_sql(self, model: Any, schema_editor: Any) -> Any:
        with timezone.override(_BERLIN):
            return super().create_sql(model, schema_editor)


def _is_baked(observation: Observation) -> str | None:
    """Return whether the name of the zone is in the DDL."""
    create = next((step for step in observation.steps if step.name == "create"), None)
    if create is None or create.outcome != "accepted":
        return None
    return "baked" if any(_BERLIN.key in sql for sql in create.sql) else "not_baked"


time_zone_in_ddl = Question(
    "values.time_zone_in_ddl",
    "A check on when__date is migrated under TIME_ZONE = Europe/Berlin: is the zone in the DDL, so"
    " that another setting later changes nothing?",
    title="The time zone in the DDL of a check on a date",
    fields={"when": DateTimeField()},
    constraint=_InBerlin(condition=Q(when__date__gte=dt.date(2026, 5, 1)), name="the_check"),
    acts=[
        asks(
            "save() of 2026-04-30 22:30 UTC, which is the 1st of May in Berlin",
            lambda t: t.save({"when": dt.datetime(2026, 4, 30, 22, 30, tzinfo=dt.UTC)}),
        )
    ],
    answers={
        "baked": "The zone is a literal of the DDL.",
        "not_baked": "The DDL names no zone.",
    },
    words=_is_baked,
    aliases=["AT TIME ZONE", "CONVERT_TZ", "TIME_ZONE", "TruncDate", "time zone tables"],
)
