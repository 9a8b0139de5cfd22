"""What a check on a part of a time compares: the time zone is part of its DDL."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import CheckConstraint, DateTimeField, Q
from django.utils import timezone

from matrix_project.cases.case import Question, asks
from matrix_project.cases.question_forms import checked
from matrix_project.results.contract import Observation

_BERLIN = ZoneInfo("Europe/Berlin")
_ALIASES = ["AT TIME ZONE", "CONVERT_TZ", "TIME_ZONE", "time zone tables", "mysql_tzinfo_to_sql"]


class CheckInBerlin(CheckConstraint):
    """A check whose DDL is made as it is where the setting TIME_ZONE is Europe/Berlin."""

    def constraint_sql(self, model: Any, schema_editor: Any) -> Any:  # noqa: D102 (Django's own)
        with timezone.override(_BERLIN):
            return super().constraint_sql(model, schema_editor)

    def create_sql(self, model: Any, schema_editor: Any) -> Any:  # noqa: D102 (Django's own)
        with timezone.override(_BERLIN):
            return super().create_sql(model, schema_editor)


def _at(day: int, hour: int, minute: int = 0) -> dict[str, dt.datetime]:
    return {"when": dt.datetime(2026, 5, day, hour, minute, tzinfo=dt.UTC)}


_AT_EIGHT = checked(
    {"when": DateTimeField()},
    Q(when__hour__gte=9),
    _at(1, 8),
    keeps=_at(1, 9),
    breaks=None,
    title="save() of a row at 08:00 UTC",
    kept="save() of a row at 09:00 UTC",
)

datetime_hour = Question(
    "values.datetime_hour",
    "A check asks for when__hour__gte=9: is a row at 08:00 stored? TIME_ZONE is UTC.",
    title="The hour of a time under a check",
    **_AT_EIGHT,
    aliases=["extract", "opening hours", "django_datetime_extract"],
)

datetime_hour_in_berlin = Question(
    "values.datetime_hour_in_berlin",
    "A check asks for when__hour__gte=9 and is migrated under TIME_ZONE = Europe/Berlin: is a row"
    " at 06:30 UTC, which is 08:30 there, stored? MySQL and MariaDB need their time zone tables for"
    " it: where these are empty, the hour is NULL.",
    title="The hour of a time in a zone under a check",
    **{
        **_AT_EIGHT,
        "constraint": CheckInBerlin(condition=Q(when__hour__gte=9), name="the_check"),
        "acts": [
            asks("save() of a row at 06:30 UTC", lambda t: t.save(_at(1, 6, 30))),
            _AT_EIGHT["acts"][1],
        ],
    },
    aliases=["extract", "opening hours", *_ALIASES],
)


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
    constraint=CheckInBerlin(condition=Q(when__date__gte=dt.date(2026, 5, 2)), name="the_check"),
    acts=[
        asks(
            "save() of the 1st of May, 22:30 UTC, which is the 2nd in Berlin",
            lambda t: t.save(_at(1, 22, 30)),
        ),
        asks(
            "save() of the 1st of May, 21:30 UTC, which is the 1st in Berlin",
            lambda t: t.save(_at(1, 21, 30)),
        ),
    ],
    answers={
        "baked": "The zone is a literal of the DDL.",
        "not_baked": "The DDL names no zone.",
    },
    words=_is_baked,
    aliases=["TruncDate", *_ALIASES],
)
