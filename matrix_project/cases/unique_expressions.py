"""Uniqueness of an expression, and what gives the same where a database has none."""

from __future__ import annotations

from typing import Any

from django.db.models import (
    Case,
    CharField,
    F,
    GeneratedField,
    IntegerField,
    TextField,
    UniqueConstraint,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Lower

from matrix_project.cases.case import Promise, rejects
from matrix_project.cases.documents import BY_EXPRESSION, GENERATED, UNIQUE, all_enforce

_EMAIL, _INT = CharField(max_length=60), IntegerField()
_EMAILS: dict[str, Any] = {
    "rows": [{"email": "Ann@example.com"}],
    "valid": [{"email": "bob@example.com"}],
    "violating": [{"email": "ann@EXAMPLE.com"}],
}
_MEMBERS: dict[str, Any] = {
    "rows": [
        {"user": 1, "team": None},
        {"user": 1, "team": 1},
    ],
    "valid": [{"user": 1, "team": 2}, {"user": 2, "team": None}],
    "violating": [{"user": 1, "team": None}],
}
_BY_GENERATED: dict[str, Any] = {"sources": [UNIQUE, GENERATED], "claims": all_enforce(UNIQUE)}
_NO_TEAM = Value(-1)
"""It stands for a NULL, and is no team's number."""

lower = Promise(
    "unique.lower",
    "No two users have one mail address, in upper or lower case.",
    title="Unique on Lower() of a CharField",
    fields={"email": _EMAIL},
    constraint=UniqueConstraint(Lower("email"), name="one_email"),
    aliases=["case insensitive", "functional index", "expression index", "citext", "email"],
    **_EMAILS,
    **BY_EXPRESSION,
)

lower_text = Promise(
    "unique.lower_text",
    "No two users have one mail address, in upper or lower case; it is a TextField.",
    title="Unique on Lower() of a TextField",
    fields={"email": TextField()},
    constraint=UniqueConstraint(Lower("email"), name="one_email"),
    aliases=["case insensitive", "functional index", "3757", "TextField"],
    **_EMAILS,
    **BY_EXPRESSION,
)

lower_generated_column = Promise(
    "unique.lower_generated_column",
    "No two users have one mail address, in upper or lower case: the lower-case one is a generated"
    " column, and unique.",
    title="Unique on a generated column in place of Lower()",
    fields={
        "email": _EMAIL,
        "lower_email": GeneratedField(
            expression=Lower("email"), output_field=CharField(max_length=60), db_persist=True
        ),
    },
    constraint=UniqueConstraint(fields=["lower_email"], name="one_email"),
    aliases=["case insensitive", "GeneratedField", "email"],
    instead_of="unique.lower",
    **_EMAILS,
    **_BY_GENERATED,
)

coalesce = Promise(
    "unique.coalesce",
    "A user has a team once at the most, and no team once at the most.",
    title="Unique on Coalesce() of a nullable column",
    fields={"user": _INT, "team": IntegerField(null=True)},
    constraint=UniqueConstraint(F("user"), Coalesce("team", _NO_TEAM), name="one_membership"),
    aliases=["COALESCE", "functional index", "nullable unique", "IFNULL"],
    **_MEMBERS,
    **BY_EXPRESSION,
)

case_when = Promise(
    "unique.case_when",
    "A user has one open order at the most: of another order the expression is NULL.",
    title="Unique on Case in place of a condition",
    fields={"user": _INT, "status": CharField(max_length=10)},
    constraint=UniqueConstraint(
        Case(When(status="open", then=F("user")), default=None), name="one_open_order"
    ),
    rows=[{"user": 1, "status": "open"}, {"user": 1, "status": "paid"}],
    valid=[{"user": 1, "status": "paid"}, {"user": 2, "status": "open"}],
    violating=[{"user": 1, "status": "open"}],
    acts=[
        rejects(
            "QuerySet.update() that opens another order again",
            lambda t: t.objects.update(status="open"),
        )
    ],
    aliases=["Case", "When", "functional index", "partial unique"],
    **BY_EXPRESSION,
)

_SEATS: dict[str, Any] = {
    "rows": [{"seat": 1}, {"seat": None}],
    "valid": [{"seat": 2}],
    "violating": [{"seat": None}],
    "instead_of": "unique.nulls_distinct_false",
}

coalesce_sentinel = Promise(
    "unique.coalesce_sentinel",
    "No two rows have one seat, and one row at the most has none: in the index -1, which is no"
    " seat's number, stands for NULL.",
    title="Unique on Coalesce() in place of nulls_distinct=False",
    fields={"seat": IntegerField(null=True)},
    constraint=UniqueConstraint(Coalesce("seat", _NO_TEAM), name="one_seat"),
    aliases=["NULLS NOT DISTINCT", "sentinel", "COALESCE", "one NULL"],
    **_SEATS,
    **BY_EXPRESSION,
)

coalesce_generated_column = Promise(
    "unique.coalesce_generated_column",
    "No two rows have one seat, and one row at the most has none: a generated column, which is"
    " unique, has -1 in place of NULL.",
    title="Unique on a generated column in place of nulls_distinct=False",
    fields={
        "seat": IntegerField(null=True),
        "seat_or_none": GeneratedField(
            expression=Coalesce("seat", _NO_TEAM), output_field=IntegerField(), db_persist=True
        ),
    },
    constraint=UniqueConstraint(fields=["seat_or_none"], name="one_seat"),
    aliases=["NULLS NOT DISTINCT", "sentinel", "GeneratedField", "one NULL"],
    **_SEATS,
    **_BY_GENERATED,
)
