"""Uniqueness of columns, declared in each way that Django has."""

from __future__ import annotations

from typing import Any

from django.db.models import (
    CASCADE,
    CharField,
    CompositePrimaryKey,
    F,
    ForeignKey,
    GeneratedField,
    IntegerField,
    UniqueConstraint,
)

from matrix_project.cases.case import Promise, accepts, rejects, row
from matrix_project.cases.documents import (
    GENERATED,
    NULLS_DISTINCT,
    OPCLASSES,
    PRIMARY_KEY,
    UNIQUE,
    UNIQUE_FIELD,
    UNIQUE_TOGETHER,
    UNIQUELY,
    all_but,
    all_enforce,
)

_NAME, _INT = CharField(max_length=30), IntegerField()
_PAIR = {"room": _INT, "day": _INT}
_TWO: dict[str, Any] = {
    "rows": [{"room": 1, "day": 1}],
    "valid": [{"room": 1, "day": 2}, {"room": 2, "day": 1}],
    "violating": [{"room": 1, "day": 1}],
}

field = Promise(
    "unique.field",
    "No two customers have one number.",
    title="unique=True on a field",
    fields={"number": IntegerField(unique=True)},
    observes="unique",
    rows=[{"number": 1}, {"number": 2}],
    valid=[{"number": 3}],
    violating=[{"number": 1}],
    acts=[
        rejects("QuerySet.update() of all rows to one value", lambda t: t.objects.update(number=7))
    ],
    sources=[UNIQUE_FIELD],
    claims=all_enforce(UNIQUE_FIELD),
    aliases=["unique=True", "unique column"],
)

together = Promise(
    "unique.together",
    "A room is booked once a day at the most; the older option of Meta says so.",
    title="unique_together",
    fields=_PAIR,
    meta={"unique_together": [("room", "day")]},
    observes="unique_together",
    sources=[UNIQUE_TOGETHER],
    claims=all_enforce(UNIQUE_TOGETHER),
    aliases=["unique_together", "composite unique"],
    **_TWO,
)

fields = Promise(
    "unique.fields",
    "A room is booked once a day at the most.",
    title="Unique on two columns",
    fields=_PAIR,
    constraint=UniqueConstraint(fields=["room", "day"], name="once_a_day"),
    aliases=["composite unique", "multi-column unique", "unique together"],
    **_TWO,
    **UNIQUELY,
)

foreign_key = Promise(
    "unique.foreign_key",
    "An author uses a title once at the most.",
    title="Unique with a foreign key in it",
    others={"Author": {"name": _NAME}},
    fields={"author": ForeignKey("Author", CASCADE), "title": _NAME},
    constraint=UniqueConstraint(fields=["author", "title"], name="title_of_author"),
    rows=[
        row("Author", id=1, name="Ann"),
        row("Author", id=2, name="Bob"),
        {"author": 1, "title": "Sea"},
    ],
    valid=[{"author": 2, "title": "Sea"}, {"author": 1, "title": "Sky"}],
    violating=[{"author": 1, "title": "Sea"}],
    acts=[
        rejects(
            "QuerySet.update() of the foreign key alone",
            lambda t: t.objects.filter(author=2).update(author=1),
            rows=[{"author": 2, "title": "Sea"}],
        )
    ],
    aliases=["foreign key", "unique per parent", "slug per user"],
    **UNIQUELY,
)

null_in_one_column = Promise(
    "unique.null_in_one_column",
    "A room has a seat number once at the most, and any number of seats without one: a NULL equals"
    " nothing.",
    title="Unique with a NULL in one column",
    fields={"room": _INT, "seat": IntegerField(null=True)},
    constraint=UniqueConstraint(fields=["room", "seat"], name="one_seat"),
    rows=[{"room": 1, "seat": 1}, {"room": 1, "seat": None}],
    valid=[{"room": 1, "seat": None}, {"room": 2, "seat": 1}],
    violating=[{"room": 1, "seat": 1}],
    aliases=["nullable unique", "NULL", "nulls distinct"],
    **UNIQUELY,
)

_SEATS = {"seat": IntegerField(null=True)}

nulls_distinct_false = Promise(
    "unique.nulls_distinct_false",
    "No two rows have one seat, and one row at the most has none: two NULLs are equal.",
    title="Unique with nulls_distinct=False",
    fields=_SEATS,
    constraint=UniqueConstraint(fields=["seat"], nulls_distinct=False, name="one_seat"),
    rows=[{"seat": 1}, {"seat": None}],
    valid=[{"seat": 2}],
    violating=[{"seat": None}],
    feature="supports_nulls_distinct_unique_constraints",
    sources=[NULLS_DISTINCT],
    claims=all_but("mysql", "mariadb", "sqlite", source=NULLS_DISTINCT),
    aliases=["NULLS NOT DISTINCT", "one NULL", "unique null"],
)

nulls_distinct_true = Promise(
    "unique.nulls_distinct_true",
    "No two rows have one seat, and any number of rows have none; nulls_distinct=True says so in"
    " words.",
    title="Unique with nulls_distinct=True",
    fields=_SEATS,
    constraint=UniqueConstraint(fields=["seat"], nulls_distinct=True, name="one_seat"),
    rows=[{"seat": 1}, {"seat": None}],
    valid=[{"seat": 2}, {"seat": None}],
    violating=[{"seat": 1}],
    feature="supports_nulls_distinct_unique_constraints",
    sources=[NULLS_DISTINCT],
    claims=all_but("mysql", "mariadb", "sqlite", source=NULLS_DISTINCT),
    aliases=["NULLS DISTINCT", "unique null"],
)

opclasses = Promise(
    "unique.opclasses",
    "No two users have one name; the index on PostgreSQL is of the class for patterns.",
    title="Unique with an operator class",
    fields={"name": _NAME},
    constraint=UniqueConstraint(
        fields=["name"], opclasses=["varchar_pattern_ops"], name="one_name"
    ),
    rows=[{"name": "ann"}],
    valid=[{"name": "bob"}],
    violating=[{"name": "ann"}],
    sources=[OPCLASSES],
    claims=all_enforce(OPCLASSES),
    aliases=["operator class", "varchar_pattern_ops", "LIKE index"],
)


def _total(*, stored: bool) -> dict[str, Any]:
    """Return the fields of a model with a generated column."""
    return {
        "a": _INT,
        "b": _INT,
        "total": GeneratedField(
            expression=F("a") + F("b"), output_field=IntegerField(), db_persist=stored
        ),
    }


_TOTALS: dict[str, Any] = {
    "rows": [{"a": 1, "b": 3}],
    "valid": [{"a": 1, "b": 1}],
    "violating": [{"a": 2, "b": 2}],
    "acts": [
        rejects(
            "QuerySet.update() of a column that the generated one is made of",
            lambda t: t.objects.filter(b=1).update(b=3),
            rows=[{"a": 1, "b": 1}],
        )
    ],
    "sources": [UNIQUE, GENERATED],
    "claims": all_enforce(UNIQUE),
}

stored_generated_column = Promise(
    "unique.stored_generated_column",
    "No two rows have one total, a stored generated column.",
    title="Unique on a stored generated column",
    fields=_total(stored=True),
    constraint=UniqueConstraint(fields=["total"], name="one_total"),
    feature="supports_stored_generated_columns",
    aliases=["GeneratedField", "computed column", "db_persist"],
    **_TOTALS,
)

virtual_generated_column = Promise(
    "unique.virtual_generated_column",
    "No two rows have one total, a virtual generated column.",
    title="Unique on a virtual generated column",
    fields=_total(stored=False),
    constraint=UniqueConstraint(fields=["total"], name="one_total"),
    feature="supports_virtual_generated_columns",
    aliases=["GeneratedField", "computed column", "db_persist=False"],
    **_TOTALS,
)

composite_primary_key = Promise(
    "unique.composite_primary_key",
    "No two orders of a shop have one number: both columns are the primary key.",
    title="Composite primary key",
    fields={
        "pk": CompositePrimaryKey("shop", "number"),
        "shop": _INT,
        "number": _INT,
        "note": _NAME,
    },
    observes="primary_key",
    rows=[{"shop": 1, "number": 1, "note": "first"}],
    valid=[{"shop": 1, "number": 2, "note": "next"}],
    violating=[{"shop": 1, "number": 1, "note": "again"}],
    acts=[
        accepts(
            "QuerySet.update() of a column beside the key",
            lambda t: t.objects.update(note="changed"),
        )
    ],
    sources=[PRIMARY_KEY],
    claims=all_enforce(PRIMARY_KEY),
    aliases=["CompositePrimaryKey", "primary key of two columns"],
)
