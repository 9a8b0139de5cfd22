"""Whether full_clean() and the database say the same of a row, the constraint alone considered."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db.models import (
    CASCADE,
    CharField,
    CheckConstraint,
    ForeignKey,
    IntegerField,
    JSONField,
    Q,
    UniqueConstraint,
    Value,
)
from django.db.models.functions import Coalesce

from matrix_project.cases.case import Question, row, validates
from matrix_project.cases.question_forms import json_null_value, shown
from matrix_project.results.contract import Observation

Values = Mapping[str, Any]

_ANSWERS = {
    "agree": "full_clean() and the database say the same of each row.",
    "stricter": "full_clean() rejects a row that the database takes.",
    "looser": "full_clean() lets a row pass that the database rejects.",
    "mixed": "full_clean() rejects a row that the database takes, and lets another pass.",
}
_ALIASES = ["full_clean", "validate_constraints", "ValidationError", "Constraint.validate"]


def _compared(rows: Sequence[Values], exclude: Collection[str] = ()) -> dict[str, Any]:
    """Return what asks of each row what full_clean() says, and what the database says."""
    return {
        "acts": [
            validates(each, title=f"save() of {shown(each)}", exclude=exclude) for each in rows
        ],
        "answers": _ANSWERS,
        "words": _agreement,
    }


def _agreement(observation: Observation) -> str | None:
    """Return how full_clean() differs from the database, of all rows."""
    found = {each.compared for each in observation.validation}
    if not found or None in found:
        return None
    differences = found - {"agree"}
    return "mixed" if len(differences) > 1 else next(iter(differences), "agree")


_PAGE = {
    "user": CharField(max_length=10),
    "status": CharField(max_length=10, null=True, blank=True),
}

condition_unknown = Question(
    "validation.condition_unknown",
    'A user has one row at the most of status="DRAFT", and a status may be NULL: do full_clean()'
    " and the database agree on a NULL beside a draft?",
    title="Validation of a NULL in a condition",
    fields=_PAGE,
    constraint=UniqueConstraint(fields=["user"], condition=Q(status="DRAFT"), name="one_draft"),
    rows=[{"user": "ann", "status": "DRAFT"}],
    **_compared(
        [
            {"user": "ann", "status": None},
            {"user": "ann", "status": "DRAFT"},
            {"user": "ann", "status": "DONE"},
        ]
    ),
    aliases=[*_ALIASES, "null", "UNKNOWN", "partial index"],
)

condition_negated_unknown = Question(
    "validation.condition_negated_unknown",
    'A user has one row at the most that is ~Q(status="DELETED"), and a status may be NULL: do'
    " full_clean() and the database agree on a NULL beside such a row?",
    title="Validation of a NULL in a negated condition",
    fields=_PAGE,
    constraint=UniqueConstraint(fields=["user"], condition=~Q(status="DELETED"), name="one_alive"),
    rows=[{"user": "ann", "status": "DRAFT"}],
    **_compared(
        [
            {"user": "ann", "status": None},
            {"user": "ann", "status": "DRAFT"},
            {"user": "ann", "status": "DELETED"},
        ]
    ),
    aliases=[*_ALIASES, "null", "UNKNOWN", "partial index", "soft delete"],
)

excluded_field = Question(
    "validation.excluded_field",
    "A user's slugs are unique: do full_clean() that excludes the user, as a form without that"
    " field does, and the database agree on a slug that is taken?",
    title="Validation without a field of the constraint",
    fields={"user": CharField(max_length=10), "slug": CharField(max_length=10)},
    constraint=UniqueConstraint(fields=["user", "slug"], name="one_slug_a_user"),
    rows=[{"user": "ann", "slug": "tea"}],
    **_compared([{"user": "ann", "slug": "tea"}, {"user": "ann", "slug": "oil"}], exclude=["user"]),
    aliases=[*_ALIASES, "exclude", "ModelForm"],
)

json_null = Question(
    "validation.json_null",
    "A check asks for data__isnull=False of a JSON: do full_clean() and the database agree on SQL's"
    " NULL and on JSON's null?",
    title="Validation of JSON's null",
    fields={"data": JSONField(null=True, blank=True)},
    constraint=CheckConstraint(condition=Q(data__isnull=False), name="the_check"),
    **_compared([{"data": None}, {"data": json_null_value()}, {"data": {"a": None}}]),
    aliases=[*_ALIASES, "JSONNull", "Value(None, JSONField())", "SQL NULL"],
)

database_default = Question(
    "validation.database_default",
    "A check asks for an age of 18 at least, and the database's default is 17: do full_clean() and"
    " the database agree on a row that is given no age?",
    title="Validation of a default of the database",
    fields={"name": CharField(max_length=10), "age": IntegerField(db_default=17)},
    constraint=CheckConstraint(condition=Q(age__gte=18), name="of_age"),
    **_compared([{"name": "Ann"}, {"name": "Bob", "age": 18}, {"name": "Cid", "age": 17}]),
    aliases=[*_ALIASES, "db_default", "DatabaseDefault"],
)

expression_of_foreign_key = Question(
    "validation.expression_of_foreign_key",
    'A uniqueness is on Coalesce("author_id", 0), author being a nullable foreign key: do'
    " full_clean() and the database agree on rows of the same author, of another and of none?",
    title="Validation of an expression of a foreign key",
    others={"Author": {"name": CharField(max_length=10)}},
    fields={
        "title": CharField(max_length=10),
        "author": ForeignKey("Author", CASCADE, null=True, blank=True),
    },
    constraint=UniqueConstraint(Coalesce("author_id", Value(0)), name="one_an_author"),
    rows=[
        row("Author", id=1, name="Ann"),
        row("Author", id=2, name="Bob"),
        {"title": "A", "author": 1},
    ],
    **_compared(
        [{"title": "B", "author": 1}, {"title": "B", "author": 2}, {"title": "B", "author": None}]
    ),
    aliases=[*_ALIASES, "F()", "Coalesce", "ForeignKey", "attname"],
)
