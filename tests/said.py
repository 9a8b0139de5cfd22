"""Declarations of the kinds that users have, each with what is true of it on each vendor.

The truth is thought out from the vendors' manuals or tried in plain SQL, never copied from the
engine: PostgreSQL 18, MySQL 9.7, MariaDB 11.8, SQLite 3.40.

| word | verdict |
|---|---|
| `E`, `EU`, `EO` | enforced, enforced-unnamed, enforced-other-error |
| `RED` | redundant |
| `STRICT` | too-strict |
| `P` | partial |
| `I` | ignored: the database takes the DDL |
| `N` | ignored: never created, Django sends no SQL |
| `R:code` | refused by the database |
| `RD` | refused by Django |
| `U` | unusable |
| `A` | absent |
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from decimal import Decimal

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.contrib.postgres.operations import BtreeGistExtension, CreateCollation
from django.core.exceptions import ValidationError
from django.db.migrations import RunPython
from django.db.models import (
    CASCADE,
    AutoField,
    BinaryField,
    BooleanField,
    Case,
    CharField,
    CheckConstraint,
    CompositePrimaryKey,
    DateField,
    DateTimeField,
    DecimalField,
    Deferrable,
    DurationField,
    F,
    ForeignKey,
    GeneratedField,
    Index,
    IntegerField,
    JSONField,
    ManyToManyField,
    Model,
    OneToOneField,
    PositiveIntegerField,
    Q,
    SmallIntegerField,
    TextField,
    UniqueConstraint,
    UUIDField,
    When,
)
from django.db.models.expressions import RawSQL
from django.db.models.functions import Collate, Length, Lower, Now, TruncDate, Upper
from django.db.models.lookups import GreaterThanOrEqual

from matrix_project.cases.case import Promise, rejects, row

__all__ = ["SAID"]

_NAME, _INT = CharField(max_length=30), IntegerField()
_DAY = dt.date(2026, 5, 1)
# Nothing can compress it, and a page's third has no room for it.
_LONG = "".join(hashlib.sha256(str(number).encode()).hexdigest() for number in range(300))

SAID: dict[str, tuple[Promise, str]] = {}


def said(id_, truth, constraint=None, **words):
    """Declare a case and what is true of it on PostgreSQL, MySQL, MariaDB and SQLite."""
    case = Promise(f"said.{id_}", id_, constraint=constraint, **words)
    assert len(truth.split()) == 4
    SAID[id_] = case, truth


def check(condition, name="the_check"):
    return CheckConstraint(condition=condition, name=name)


def unique(*fields, name="the_unique", **words):
    return UniqueConstraint(fields=fields, name=name, **words)


_ADULT = {
    "fields": {"age": _INT},
    "valid": [{"age": 18}],
    "violating": [{"age": 17}],
}
_AGE = Q(age__gte=18)
_ONE_NAME = {
    "fields": {"name": _NAME},
    "rows": [{"name": "ann"}],
    "valid": [{"name": "bob"}],
    "violating": [{"name": "ann"}],
}

# ------------------------------------------------------------------ neighbours
_ORDERED = {
    "fields": {"position": _INT, "code": _INT},
    "beside": [unique("code", name="the_unique_plain")],
    "rows": [{"position": 1, "code": 1}],
    "valid": [{"position": 2, "code": 2}],
}
_DEFERRED = unique("position", deferrable=Deferrable.DEFERRED)
said(
    "deferrable_beside_plain",
    "E N N N",
    _DEFERRED,
    **_ORDERED,
    violating=[{"position": 1, "code": 3}],
)
said(
    "deferrable_row_breaks_both",
    "RED RED RED RED",
    _DEFERRED,
    **_ORDERED,
    violating=[{"position": 1, "code": 1}],
)
said(
    "deferrable_one_of_two_rows_breaks_both",
    "E N N N",
    _DEFERRED,
    **_ORDERED,
    violating=[{"position": 1, "code": 1}, {"position": 1, "code": 3}],
)
said(
    "weaker_than_its_neighbour",
    "RED RED RED RED",
    check(Q(age__gte=0), "the_check"),
    fields={"age": _INT},
    beside=[check(_AGE, "the_check_adult")],
    valid=[{"age": 20}],
    violating=[{"age": 17}],
)
said(
    "declared_twice",
    "RED RED RED RED",
    unique("name"),
    beside=[unique("name", name="twin")],
    **_ONE_NAME,
)
said(
    "unique_field_too",
    "RED RED RED RED",
    unique("name"),
    **{**_ONE_NAME, "fields": {"name": CharField(max_length=30, unique=True)}},
)
said(
    "named_as_the_table",
    "R:42P07 E E EU",
    unique("name", name="%(app_label)s_%(class)s"),
    **_ONE_NAME,
)
said(
    "name_in_the_data",
    "RED RED RED RED",
    check(Q(name="x' for key 'the_check"), "the_check"),
    fields={"name": CharField(max_length=60), "other": _NAME},
    valid=[{"name": "x' for key 'the_check", "other": "a"}],
    violating=[{"name": 'CONSTRAINT "the_check" the_check', "other": None}],
)
said(
    "boolean_default",
    "E E E E",
    check(_AGE),
    **{**_ADULT, "fields": {"age": _INT, "active": BooleanField(default=True)}},
)
said(
    "out_of_the_types_range",
    "RED RED RED E",
    check(Q(v__lt=30000)),
    fields={"v": SmallIntegerField()},
    valid=[{"v": 1}],
    violating=[{"v": 40000}],
)
said(
    "too_long_for_the_type",
    "RED RED RED E",
    check(~Q(name="x" * 40)),
    fields={"name": _NAME},
    valid=[{"name": "x"}],
    violating=[{"name": "x" * 40}],
)
_KEY_IS_ONE = check(Q(id=1), "single")
_BESIDE_REFUSED = {
    "fields": {"age": _INT},
    "rows": [],
    "valid": [{"id": 1, "age": 18}],
}
said(
    "sound_beside_a_refused_one",
    "E E E E",
    check(_AGE),
    beside=[_KEY_IS_ONE],
    **_BESIDE_REFUSED,
    violating=[{"id": 1, "age": 17}],
)
said(
    "refused_beside_a_sound_one",
    "E R:3818 R:1901 E",
    _KEY_IS_ONE,
    beside=[check(_AGE)],
    **_BESIDE_REFUSED,
    violating=[{"id": 2, "age": 18}],
)
_TWO = {
    "fields": {"a": _INT, "b": _INT},
    "valid": [{"a": 1, "b": 1}],
}
_A, _B = check(Q(a__gt=0), "the_a"), check(Q(b__gt=0), "the_b")
said("first_of_two", "E E E E", _A, beside=[_B], **_TWO, violating=[{"a": 0, "b": 1}])
said("second_of_two", "E E E E", _B, beside=[_A], **_TWO, violating=[{"a": 1, "b": 0}])
said(
    "name_differs_in_case_alone",
    "E R:1061 R:1061 EU",
    unique("a", name="the_one"),
    beside=[unique("b", name="THE_ONE")],
    fields={"a": _INT, "b": _INT},
    rows=[{"a": 1, "b": 1}],
    valid=[{"a": 2, "b": 2}],
    violating=[{"a": 1, "b": 3}],
)
said(
    "check_name_differs_in_case_alone",
    "E R:3822 R:1826 E",
    check(Q(a__gt=0), "the_one"),
    beside=[check(Q(b__gt=0), "THE_ONE")],
    **_TWO,
    violating=[{"a": 0, "b": 1}],
)
said(
    "index_of_the_same_name",
    "R:42P07 R:1061 R:1061 EU",
    unique("name", name="the_same"),
    meta={"indexes": [Index(fields=["name"], name="the_same")]},
    **_ONE_NAME,
)


class Indexed(Model):
    """Its index has the name of another model's constraint."""

    number = IntegerField()

    class Meta:
        app_label = "said"
        indexes = [Index(fields=["number"], name="shared_name")]


class Deferring(Model):
    """It is created on PostgreSQL alone, where the name is taken."""

    position = IntegerField()

    class Meta:
        app_label = "said"
        constraints = [
            UniqueConstraint(
                fields=["position"], name="shared_name", deferrable=Deferrable.DEFERRED
            )
        ]


said(
    "index_of_another_table",
    "R:42P07 N N N",
    models=[Indexed, Deferring],
    rows=[{"position": 1}],
    valid=[{"position": 2}],
    violating=[{"position": 1}],
)


class Refused(Model):
    """No check on an automatic key is taken by MySQL and MariaDB."""

    class Meta:
        app_label = "said"
        constraints = [CheckConstraint(condition=Q(id=1), name="refused_single")]


class Standing(Model):
    """Its constraint stands on its own."""

    age = IntegerField()

    class Meta:
        app_label = "said"
        constraints = [CheckConstraint(condition=Q(age__gte=18), name="standing_adult")]


said(
    "beside_another_models_refused_one",
    "E E E E",
    models=[Refused, Standing],
    beside=[Refused._meta.constraints[0]],
    valid=[{"age": 18}],
    violating=[{"age": 17}],
)


class Namesake(Model):
    """Its constraint has the name of another's: Django's check models.E032."""

    age = IntegerField()

    class Meta:
        app_label = "said"
        constraints = [CheckConstraint(condition=Q(age__gte=18), name="standing_adult")]


said(
    "same_name_on_two_models",
    "RD RD RD RD",
    models=[Namesake, Standing],
    valid=[{"age": 18}],
    violating=[{"age": 17}],
)
said(
    "another_check_of_the_model",
    "E E E E",
    check(_AGE),
    **{**_ADULT, "fields": {"age": IntegerField(max_length=5)}},
)
said(
    "joined_field",
    "RD RD RD RD",
    check(Q(author__name="ann")),
    others={"Author": {"name": _NAME}},
    fields={"author": ForeignKey("Author", CASCADE)},
    rows=[row("Author", id=1, name="ann"), row("Author", id=2, name="bob")],
    valid=[{"author": 1}],
    violating=[{"author": 2}],
)
said("unmanaged", "A A A A", check(_AGE), meta={"managed": False}, **_ADULT)
said(
    "needs_a_feature",
    "E A A EU",
    unique("name"),
    meta={"required_db_features": {"supports_partial_indexes"}},
    **_ONE_NAME,
)
said("needs_a_vendor", "A E E A", check(_AGE), meta={"required_db_vendor": "mysql"}, **_ADULT)

# ------------------------------------------------------------------ NULL, text, types
_PAIR = {"a": _INT, "b": IntegerField(null=True)}
said(
    "null_is_no_violation",
    "I I I I",
    unique("a", "b"),
    fields=_PAIR,
    rows=[{"a": 1, "b": None}],
    valid=[{"a": 2, "b": 1}],
    violating=[{"a": 1, "b": None}],
)
said(
    "nulls_not_distinct",
    "E N N N",
    unique("a", "b", nulls_distinct=False),
    fields=_PAIR,
    rows=[{"a": 1, "b": None}],
    valid=[{"a": 2, "b": 1}],
    violating=[{"a": 1, "b": None}],
)
said(
    "null_passes_a_check",
    "P P P P",
    check(_AGE),
    fields={"age": IntegerField(null=True)},
    valid=[{"age": 18}],
    violating=[{"age": 17}, {"age": None}],
)
said(
    "null_passes_a_check_alone",
    "I I I I",
    check(_AGE),
    fields={"age": IntegerField(null=True)},
    valid=[{"age": 18}],
    violating=[{"age": None}],
)
said(
    "takes_two_values_for_one",
    "E STRICT STRICT EU",
    unique("name"),
    **{**_ONE_NAME, "valid": [{"name": "Ann"}]},
)
said(
    "takes_two_rows_for_one",
    "E STRICT STRICT EU",
    unique("name"),
    **{**_ONE_NAME, "rows": [{"name": "ann"}, {"name": "Ann"}]},
)
said(
    "takes_an_accent_for_none",
    "E STRICT STRICT EU",
    unique("name"),
    **{**_ONE_NAME, "valid": [{"name": "änn"}]},
)
said(
    "takes_a_blank_for_none",
    "E E STRICT EU",
    unique("name"),
    **{**_ONE_NAME, "valid": [{"name": "ann "}]},
)
said(
    "one_of_some_words",
    "E P P E",
    check(Q(status__in=["draft", "public"])),
    fields={"status": CharField(max_length=10)},
    valid=[{"status": "draft"}],
    violating=[{"status": "other"}, {"status": "DRAFT"}],
)
said(
    "upper_case_alone",
    "E I I E",
    check(Q(code=Upper("code"))),
    fields={"code": CharField(max_length=10)},
    valid=[{"code": "ABC"}],
    violating=[{"code": "abc"}],
)
said(
    "starts_with_a_small_letter",
    "E E E I",
    check(Q(code__startswith="a")),
    fields={"code": CharField(max_length=10)},
    valid=[{"code": "abc"}],
    violating=[{"code": "Abc"}],
)
said("no_empty_text", "E E E E", check(~Q(name="")), **{**_ONE_NAME, "violating": [{"name": ""}]})
said(
    "regular_expression",
    "E E E E",
    check(Q(name__regex="^[a-z]+$")),
    **{**_ONE_NAME, "violating": [{"name": "1"}]},
)
said(
    "length",
    "E E E E",
    check(GreaterThanOrEqual(Length("name"), 3)),
    **{**_ONE_NAME, "violating": [{"name": "x"}]},
)
said(
    "a_function_that_one_lacks",
    "E E E R:SQLITE_ERROR",
    check(RawSQL("char_length(name) >= 3", (), output_field=BooleanField())),
    **{**_ONE_NAME, "violating": [{"name": "x"}]},
    validated=False,
)
said(
    "a_function_that_may_not_be_called",
    "E R:3814 R:1901 U",
    check(Q(at__lte=Now())),
    fields={"at": DateTimeField()},
    valid=[{"at": dt.datetime(2020, 1, 1, tzinfo=dt.UTC)}],
    violating=[{"at": dt.datetime(2900, 1, 1, tzinfo=dt.UTC)}],
)
said(
    "no_condition",
    "RD RD RD RD",
    check(Q()),
    **_ADULT,
    validated=False,
)
said(
    "decimal",
    "E E E E",
    check(Q(price__gt=0)),
    fields={"price": DecimalField(max_digits=8, decimal_places=2)},
    valid=[{"price": Decimal("0.01")}],
    violating=[{"price": Decimal("0.00")}, {"price": Decimal("-1.50")}],
)
said(
    "two_dates",
    "E E E E",
    check(Q(end__gt=F("start"))),
    fields={"start": DateField(), "end": DateField()},
    valid=[{"start": _DAY, "end": _DAY + dt.timedelta(1)}],
    violating=[{"start": _DAY, "end": _DAY}],
)
said(
    "duration",
    "E E E EU",
    unique("time"),
    fields={"time": DurationField()},
    rows=[{"time": dt.timedelta(minutes=1)}],
    valid=[{"time": dt.timedelta(minutes=2)}],
    violating=[{"time": dt.timedelta(minutes=1)}],
)
said(
    "binary",
    "E R:1170 E EU",
    unique("data"),
    fields={"data": BinaryField()},
    rows=[{"data": b"\0a"}],
    valid=[{"data": b"\0b"}],
    violating=[{"data": b"\0a"}],
)
said(
    "json",
    "E R:3152 E EU",
    unique("data"),
    fields={"data": JSONField()},
    rows=[{"data": {"a": 1}}],
    valid=[{"data": {"a": 2}}],
    violating=[{"data": {"a": 1}}],
)
said(
    "json_key",
    "E E E E",
    check(Q(data__age__gte=18)),
    fields={"data": JSONField()},
    valid=[{"data": {"age": 18}}],
    violating=[{"data": {"age": 17}}],
)
said(
    "uuid_key",
    "E E E EU",
    unique("name"),
    **{
        **_ONE_NAME,
        "fields": {"id": UUIDField(primary_key=True, default=uuid.uuid4), "name": _NAME},
    },
)
said(
    "time_of_change",
    "E E E EU",
    unique("name"),
    **{
        **_ONE_NAME,
        "fields": {
            "name": _NAME,
            "made": DateTimeField(auto_now_add=True),
            "changed": DateTimeField(auto_now=True),
            "day": DateField(auto_now_add=True),
        },
    },
)
said(
    "default_of_the_database",
    "E E E E",
    check(Q(stock__lt=5)),
    fields={"name": _NAME, "stock": IntegerField(db_default=9)},
    valid=[{"name": "a", "stock": 1}],
    violating=[{"name": "b"}],
    validated=False,
)
said(
    "generated",
    "E E E EU",
    unique("total"),
    fields={
        "a": _INT,
        "b": _INT,
        "total": GeneratedField(
            expression=F("a") + F("b"), output_field=IntegerField(), db_persist=True
        ),
    },
    rows=[{"a": 1, "b": 3}],
    valid=[{"a": 1, "b": 1}],
    violating=[{"a": 2, "b": 2}],
    validated=False,
)
said(
    "array",
    "E A A A",
    unique("tags"),
    fields={"tags": ArrayField(IntegerField())},
    rows=[{"tags": [1]}],
    valid=[{"tags": [2]}],
    violating=[{"tags": [1]}],
)
said(
    "range",
    "E A A A",
    unique("span"),
    fields={"span": DateRangeField()},
    rows=[{"span": ("2026-01-01", "2026-01-05")}],
    valid=[{"span": ("2026-01-01", "2026-01-06")}],
    violating=[{"span": ("2026-01-01", "2026-01-05")}],
)
said(
    "unknown_collation",
    "A:42704 A:1273 A:1273 A",
    unique("name"),
    **{**_ONE_NAME, "fields": {"name": CharField(max_length=30, db_collation="nosuch")}},
)
said(
    "unknown_collation_of_the_constraint",
    "R:42704 R:1273 N R:SQLITE_ERROR_MISSING_COLLSEQ",
    UniqueConstraint(Collate("name", "nosuch"), name="the_unique"),
    **_ONE_NAME,
)
said(
    "collation_of_one_vendor",
    "A A A EU",
    unique("name"),
    **{
        **_ONE_NAME,
        "fields": {"name": CharField(max_length=30, db_collation="nocase")},
        "violating": [{"name": "ANN"}],
    },
)
said(
    "collation_made_before",
    "E A A A",
    unique("name"),
    prerequisites=[
        CreateCollation("said_ci", "und-u-ks-level2", provider="icu", deterministic=False)
    ],
    **{
        **_ONE_NAME,
        "fields": {"name": CharField(max_length=30, db_collation="said_ci")},
        "violating": [{"name": "ANN"}],
    },
)

# ------------------------------------------------------------------ indexes
said("text", "E R:1170 E EU", unique("name"), **{**_ONE_NAME, "fields": {"name": TextField()}})
said(
    "too_long_for_an_index",
    "STRICT:54000 R:1170 E EU",
    unique("name"),
    **{**_ONE_NAME, "fields": {"name": TextField()}, "valid": [{"name": _LONG}]},
)
said(
    "key_too_long",
    "E R:1071 E EU",
    unique("name"),
    **{**_ONE_NAME, "fields": {"name": CharField(max_length=1000)}},
)
said(
    "lower_case",
    "E E N E",
    UniqueConstraint(Lower("name"), name="the_unique"),
    **{**_ONE_NAME, "violating": [{"name": "ANN"}]},
)
said(
    "lower_case_of_a_text",
    "E R:3757 N E",
    UniqueConstraint(Lower("name"), name="the_unique"),
    **{**_ONE_NAME, "fields": {"name": TextField()}, "violating": [{"name": "ANN"}]},
)
said(
    "descending",
    "E E N EU",
    UniqueConstraint(F("name").desc(), name="the_unique"),
    **_ONE_NAME,
)
said(
    "once_a_day",
    "E E N E",
    UniqueConstraint(TruncDate("at"), name="the_unique"),
    fields={"at": DateTimeField()},
    rows=[{"at": dt.datetime(2026, 5, 1, 9, tzinfo=dt.UTC)}],
    valid=[{"at": dt.datetime(2026, 5, 2, 9, tzinfo=dt.UTC)}],
    violating=[{"at": dt.datetime(2026, 5, 1, 10, tzinfo=dt.UTC)}],
)
said(
    "soft_delete",
    "E N N EU",
    unique("name", condition=Q(deleted__isnull=True)),
    **{**_ONE_NAME, "fields": {"name": _NAME, "deleted": DateTimeField(null=True)}},
)
said(
    "one_default",
    "E N N EU",
    unique("name", condition=Q(default=True)),
    fields={"name": _NAME, "default": BooleanField(default=False)},
    rows=[{"name": "ann", "default": True}, {"name": "ann"}],
    valid=[{"name": "ann"}, {"name": "bob", "default": True}],
    violating=[{"name": "ann", "default": True}],
)
said(
    "exclusion",
    "E A A R:SQLITE_ERROR",
    ExclusionConstraint(
        name="the_exclusion",
        expressions=[("span", RangeOperators.OVERLAPS), ("room", RangeOperators.EQUAL)],
    ),
    prerequisites=[BtreeGistExtension()],
    fields={"room": _INT, "span": DateRangeField()},
    rows=[{"room": 1, "span": ("2026-01-01", "2026-01-05")}],
    valid=[{"room": 2, "span": ("2026-01-01", "2026-01-05")}],
    violating=[{"room": 1, "span": ("2026-01-02", "2026-01-03")}],
)
said(
    "exclusion_of_plain_columns",
    "E R:1064 R:1064 R:SQLITE_ERROR",
    ExclusionConstraint(name="the_exclusion", expressions=[("room", RangeOperators.EQUAL)]),
    prerequisites=[BtreeGistExtension()],
    fields={"room": _INT},
    rows=[{"room": 1}],
    valid=[{"room": 2}],
    violating=[{"room": 1}],
)

# ------------------------------------------------------------------ names
said("name_of_70_characters", "E R:1059 R:1059 E", check(_AGE, "n" * 70), **_ADULT)
said("name_of_80_bytes", "E E E E", check(_AGE, "ü" * 40), **_ADULT)
# Django quotes a name without a look at the quotes in it.
said("name_with_an_apostrophe", "E E E E", check(_AGE, "it's of.age x"), **_ADULT)
said("unique_name_with_an_apostrophe", "E E E EU", unique("name", name="it's a.b x"), **_ONE_NAME)
said("name_with_double_quotes", "R:42601 E E R:SQLITE_ERROR", check(_AGE, 'of "age" x'), **_ADULT)
said("name_with_backquotes", "E R:1064 R:1064 EU", unique("name", name="a `b` x"), **_ONE_NAME)
said("name_with_a_comma", "E E E EU", unique("name", name="a, b'; --"), **_ONE_NAME)
said(
    "table_with_odd_characters",
    "E E E EU",
    unique("name"),
    meta={"db_table": "odd, it's (x)"},
    **_ONE_NAME,
)
said(
    "table_with_double_quotes",
    "A:42601 E E A:SQLITE_ERROR",
    unique("name"),
    meta={"db_table": 'odd "x"'},
    **_ONE_NAME,
)
said("table_in_upper_case", "E E E E", check(_AGE), meta={"db_table": "SaidUpper"}, **_ADULT)
said(
    "column_with_odd_characters",
    "E E E EU",
    unique("name"),
    **{**_ONE_NAME, "fields": {"name": CharField(max_length=30, db_column="Select, 'x'")}},
)

# ------------------------------------------------------------------ what fields and Meta declare
said(
    "unique_together",
    "E E E EU",
    fields=_PAIR,
    meta={"unique_together": [("a", "b")]},
    observes="unique_together",
    rows=[{"a": 1, "b": 1}],
    valid=[{"a": 1, "b": 2}, {"a": 1, "b": None}],
    violating=[{"a": 1, "b": 1}],
)
said(
    "unique_text_field",
    "E R:1170 E EU",
    observes="unique",
    **{**_ONE_NAME, "fields": {"name": TextField(unique=True)}},
)
said(
    "unique_field",
    "E E E EU",
    observes="unique",
    **{**_ONE_NAME, "fields": {"name": CharField(max_length=30, unique=True)}},
)
said(
    "primary_key",
    "E E E EU",
    observes="primary_key",
    fields={"code": CharField(max_length=9, primary_key=True), "n": _INT},
    rows=[{"code": "a", "n": 1}],
    valid=[{"code": "b", "n": 1}],
    violating=[{"code": "a", "n": 2}],
)
said(
    "automatic_primary_key",
    "E E E EU",
    observes="primary_key",
    fields={"n": _INT},
    rows=[{"id": 1, "n": 1}],
    valid=[{"id": 2, "n": 1}],
    violating=[{"id": 1, "n": 2}],
)
said(
    "composite_primary_key",
    "E E E EU",
    observes="primary_key",
    fields={"pk": CompositePrimaryKey("shop", "number"), "shop": _INT, "number": _INT, "n": _INT},
    rows=[{"shop": 1, "number": 1, "n": 1}],
    valid=[{"shop": 1, "number": 2, "n": 1}],
    violating=[{"shop": 1, "number": 1, "n": 2}],
)
said(
    "beside_a_composite_primary_key",
    "E E E EU",
    unique("n"),
    fields={"pk": CompositePrimaryKey("shop", "number"), "shop": _INT, "number": _INT, "n": _INT},
    rows=[{"shop": 1, "number": 1, "n": 1}],
    valid=[{"shop": 1, "number": 2, "n": 2}],
    violating=[{"shop": 1, "number": 3, "n": 1}],
)
said(
    "positive",
    "E EO EO EU",
    observes="check",
    fields={"n": PositiveIntegerField()},
    valid=[{"n": 1}],
    violating=[{"n": -1}],
)
_AUTHORS = [row("Author", id=1, name="ann"), row("Author", id=2, name="bob")]
_BY_AUTHOR = {
    "others": {"Author": {"name": _NAME}},
    "rows": [*_AUTHORS, {"author": 1, "n": 1}],
    "valid": [{"author": 2, "n": 1}],
    "violating": [{"author": 1, "n": 2}],
}
said(
    "one_to_one",
    "E E E EU",
    observes="unique",
    fields={"author": OneToOneField("Author", CASCADE), "n": _INT},
    **_BY_AUTHOR,
)
said(
    "one_to_one_primary_key",
    "E E E EU",
    observes="primary_key",
    fields={"author": OneToOneField("Author", CASCADE, primary_key=True), "n": _INT},
    **_BY_AUTHOR,
)
said(
    "many_to_many",
    "E E E EU",
    observes="many_to_many",
    others={"Tag": {"name": _NAME}},
    fields={"name": _NAME, "tags": ManyToManyField("Tag")},
    rows=[
        row("Tag", id=1, name="x"),
        row("Tag", id=2, name="y"),
        row("ManyToMany", id=1, name="q"),
        {"manytomany": 1, "tag": 1},
    ],
    valid=[{"manytomany": 1, "tag": 2}],
    violating=[{"manytomany": 1, "tag": 1}],
)
said(
    "many_to_many_of_itself",
    "E E E EU",
    observes="many_to_many",
    fields={"name": _NAME, "friends": ManyToManyField("self")},
    rows=[
        row("ManyToManyOfItself", id=1, name="q"),
        row("ManyToManyOfItself", id=2, name="r"),
        {"from_manytomanyofitself": 1, "to_manytomanyofitself": 2},
    ],
    valid=[{"from_manytomanyofitself": 2, "to_manytomanyofitself": 1}],
    violating=[{"from_manytomanyofitself": 1, "to_manytomanyofitself": 2}],
)

# ------------------------------------------------------------------ other models
said(
    "foreign_key",
    "E E E EU",
    unique("author", "n"),
    fields={"author": ForeignKey("Author", CASCADE), "n": _INT},
    **{**_BY_AUTHOR, "violating": [{"author": 1, "n": 1}]},
)
said(
    "foreign_key_by_its_column",
    "E E E EU",
    unique("author", "n"),
    others={"Author": {"name": _NAME}},
    fields={"author": ForeignKey("Author", CASCADE, null=True), "n": _INT},
    rows=[*_AUTHORS, {"author_id": 1, "n": 1}],
    valid=[{"author_id": 2, "n": 1}, {"author_id": None, "n": 1}],
    violating=[{"author_id": 1, "n": 1}],
)
said(
    "foreign_key_to_a_field",
    "E E E EU",
    unique("author", "n"),
    others={"Author": {"name": CharField(max_length=30, unique=True)}},
    fields={"author": ForeignKey("Author", CASCADE, to_field="name"), "n": _INT},
    rows=[*_AUTHORS, {"author": "ann", "n": 1}],
    valid=[{"author": "bob", "n": 1}],
    violating=[{"author": "ann", "n": 1}],
)
_SIBLINGS = {"name": _NAME, "parent": ForeignKey("self", CASCADE, null=True)}
for _key in ("parent", "parent_id"):
    said(
        f"foreign_key_to_itself_by_{_key}",
        "E E E EU",
        unique("parent", "name"),
        fields=_SIBLINGS,
        rows=[{"id": 1, "name": "root"}, {"id": 2, "name": "a", _key: 1}],
        valid=[{"name": "b", _key: 1}],
        violating=[{"name": "a", _key: 1}],
    )
said(
    "rows_that_point_at_each_other",
    "E E E EU",
    unique("name"),
    fields=_SIBLINGS,
    rows=[{"id": 1, "name": "a", "parent": 2}, {"id": 2, "name": "b", "parent": 1}],
    valid=[{"name": "c", "parent": 1}],
    violating=[{"name": "a", "parent": 2}],
)


class Writer(Model):
    """What others refer to, by a field that is unique."""

    email = CharField(max_length=30, unique=True)

    class Meta:
        app_label = "said"


class Letter(Model):
    """Refers to a writer by the unique field."""

    writer = ForeignKey(Writer, CASCADE, to_field="email")

    class Meta:
        app_label = "said"


said(
    "unique_that_others_refer_to",
    "E E E EU",
    observes="unique",
    models=[Writer, Letter],
    rows=[{"id": 1, "email": "a"}, row("Letter", id=1, writer="a")],
    valid=[{"email": "b"}],
    violating=[{"email": "a"}],
)


class Singer(Model):
    """What others refer to, by a field that a constraint makes unique."""

    email = CharField(max_length=30)

    class Meta:
        app_label = "said"
        constraints = [UniqueConstraint(fields=["email"], name="singer_email")]


class Song(Model):
    """Refers to a singer by that field."""

    singer = ForeignKey(Singer, CASCADE, to_field="email")

    class Meta:
        app_label = "said"


said(
    "constraint_that_others_refer_to",
    "E E E EU",
    models=[Singer, Song],
    rows=[{"id": 1, "email": "a"}, row("Song", id=1, singer="a")],
    valid=[{"email": "b"}],
    violating=[{"email": "a"}],
)


class Pilot(Model):
    """A key that a one-to-one field and a key of another refer to."""

    code = CharField(max_length=9, primary_key=True)

    class Meta:
        app_label = "said"


class Plane(Model):
    """Refers to a pilot."""

    pilot = OneToOneField(Pilot, CASCADE)

    class Meta:
        app_label = "said"


said(
    "key_that_others_refer_to",
    "E E E EU",
    observes="primary_key",
    models=[Pilot, Plane],
    of="Pilot",
    rows=[{"code": "a"}, row("Plane", id=1, pilot="a")],
    valid=[{"code": "b"}],
    violating=[{"code": "a"}],
)


class Place(Model):
    """The parent of a model with a table of its own."""

    name = CharField(max_length=30)

    class Meta:
        app_label = "said"


class Restaurant(Place):
    """Its own column is unique."""

    code = IntegerField()

    class Meta:
        app_label = "said"
        constraints = [UniqueConstraint(fields=["code"], name="restaurant_code")]


said(
    "child_of_a_model",
    "E E E EU",
    models=[Place, Restaurant],
    rows=[{"name": "a", "code": 1}],
    valid=[{"name": "a", "code": 2}],
    violating=[{"name": "b", "code": 1}],
)


class Cafe(Place):
    """Its constraint is on its parent's column: models.E016."""

    class Meta:
        app_label = "said"
        constraints = [UniqueConstraint(fields=["name"], name="cafe_name")]


said(
    "column_of_the_parent",
    "RD RD RD RD",
    models=[Place, Cafe],
    rows=[{"name": "a"}],
    valid=[{"name": "b"}],
    violating=[{"name": "a"}],
    validated=False,
)


class Validating(Model):
    """It validates itself whenever it is saved."""

    age = IntegerField()

    class Meta:
        app_label = "said"
        constraints = [CheckConstraint(condition=Q(age__gte=18), name="validating_adult")]

    def save(self, *args, **kwargs):
        self.full_clean()
        super().save(*args, **kwargs)


said(
    "validates_itself", "E E E E", models=[Validating], valid=[{"age": 18}], violating=[{"age": 17}]
)


class Strict(Model):
    """It raises an error of its own."""

    age = IntegerField()

    class Meta:
        app_label = "said"
        constraints = [CheckConstraint(condition=Q(age__gte=18), name="strict_adult")]

    def save(self, *args, **kwargs):
        if self.age < 18:
            message = "too young"
            raise ValidationError(message)
        super().save(*args, **kwargs)


said("raises_itself", "E E E E", models=[Strict], valid=[{"age": 18}], violating=[{"age": 17}])


# ------------------------------------------------------------------ engines, races
def _engine(name):
    def change(_, editor):
        if editor.connection.vendor == "mysql":
            with editor.connection.cursor() as cursor:
                cursor.execute(f"SET SESSION default_storage_engine={name}")

    return change


said(
    "storage_engine_without_transactions",
    "E P P EU",
    unique("name"),
    prerequisites=[RunPython(_engine("MyISAM"), _engine("DEFAULT"))],
    **_ONE_NAME,
)


def _race(tables):
    tables.on_other(lambda other: other.save({"name": "zoe"})).result(20)
    tables.save({"name": "zoe"})


said(
    "race",
    "E E E EU",
    unique("name"),
    acts=[rejects("a row that another connection has committed meanwhile", _race)],
    **_ONE_NAME,
)

# ------------------------------------------------------------------ kin of all of them
said("operator_class", "E E E EU", unique("name", opclasses=["varchar_pattern_ops"]), **_ONE_NAME)
said(
    "further_column",
    "E N N N",
    unique("a", include=["b"]),
    fields={"a": _INT, "b": _INT},
    rows=[{"a": 1, "b": 1}],
    valid=[{"a": 2, "b": 1}],
    violating=[{"a": 1, "b": 2}],
)
_COLUMNS = [f"c{number}" for number in range(33)]
said(
    "too_many_columns",
    "R:54011 R:1070 R:1070 EU",
    unique(*_COLUMNS),
    fields=dict.fromkeys(_COLUMNS, _INT),
    rows=[dict.fromkeys(_COLUMNS, 1)],
    valid=[dict.fromkeys(_COLUMNS, 2)],
    violating=[dict.fromkeys(_COLUMNS, 1)],
)
said(
    "names_that_are_cut_to_one",
    "R:42710 E E E",
    check(Q(a__gt=0), "n" * 63 + "a"),
    beside=[check(Q(b__gt=0), "n" * 63 + "b")],
    **_TWO,
    violating=[{"a": 0, "b": 1}],
)
said(
    "nothing_but_a_key",
    "E R:3818 R:1901 E",
    check(Q(id__lte=1)),
    fields={"id": AutoField(primary_key=True)},
    valid=[{"id": 1}],
    violating=[{"id": 2}],
)
said(
    "columns_of_reserved_words",
    "E E E EU",
    unique("order"),
    fields={"order": _INT, "group": _INT},
    rows=[{"order": 1, "group": 1}],
    valid=[{"order": 2, "group": 1}],
    violating=[{"order": 1, "group": 2}],
)
said(
    "decimal_in_several_forms",
    "E E E EU",
    unique("price"),
    fields={"price": DecimalField(max_digits=6, decimal_places=2)},
    rows=[{"price": "1.10"}],
    valid=[{"price": Decimal("1.20")}],
    violating=[{"price": 1.1}],
)
said(
    "two_unique_fields",
    "E E E EU",
    observes="unique",
    fields={"a": IntegerField(unique=True), "b": IntegerField(unique=True)},
    rows=[{"a": 1, "b": 1}],
    valid=[{"a": 2, "b": 2}],
    violating=[{"a": 1, "b": 3}, {"a": 3, "b": 1}],
)
_KEYS = [uuid.UUID(int=number, version=4) for number in (1, 2)]
said(
    "foreign_key_to_a_uuid",
    "E E E EU",
    unique("author", "n"),
    others={"Author": {"id": UUIDField(primary_key=True, default=uuid.uuid4), "name": _NAME}},
    fields={"author": ForeignKey("Author", CASCADE), "n": _INT},
    rows=[row("Author", id=_KEYS[0], name="ann"), {"author": _KEYS[0], "n": 1}],
    valid=[{"author": _KEYS[0], "n": 2}],
    violating=[{"author": _KEYS[0], "n": 1}],
)
said(
    "uuid_as_the_observed_key",
    "E E E EU",
    observes="primary_key",
    fields={"code": UUIDField(primary_key=True, default=uuid.uuid4), "n": _INT},
    rows=[{"code": _KEYS[0], "n": 1}],
    valid=[{"code": _KEYS[1], "n": 1}],
    violating=[{"code": _KEYS[0], "n": 1}],
)
said(
    "table_between_two_models",
    "E E E EU",
    unique("person", "club"),
    others={
        "Person": {"name": _NAME},
        "Club": {
            "name": _NAME,
            "members": ManyToManyField("Person", through="TableBetweenTwoModels"),
        },
    },
    fields={"person": ForeignKey("Person", CASCADE), "club": ForeignKey("Club", CASCADE)},
    rows=[
        row("Person", id=1, name="ann"),
        row("Club", id=1, name="x"),
        row("Club", id=2, name="y"),
        {"person": 1, "club": 1},
    ],
    valid=[{"person": 1, "club": 2}],
    violating=[{"person": 1, "club": 1}],
)
said(
    "one_to_one_or_none",
    "E E E EU",
    observes="unique",
    others={"Author": {"name": _NAME}},
    fields={"author": OneToOneField("Author", CASCADE, null=True)},
    rows=[*_AUTHORS, {"author": 1}, {"author": None}],
    valid=[{"author": 2}, {"author": None}],
    violating=[{"author": 1}],
)
said(
    "ordered_with_respect_to",
    "E E E EU",
    unique("n"),
    others={"Author": {"name": _NAME}},
    fields={"author": ForeignKey("Author", CASCADE), "n": _INT},
    meta={"order_with_respect_to": "author"},
    rows=[*_AUTHORS, {"author": 1, "n": 1}],
    valid=[{"author": 1, "n": 2}],
    violating=[{"author": 2, "n": 1}],
)
said(
    "one_or_the_other",
    "E E E E",
    check(Q(a__isnull=True) ^ Q(b__isnull=True)),
    fields={"a": IntegerField(null=True), "b": IntegerField(null=True)},
    valid=[{"a": 1}],
    violating=[{"a": 1, "b": 1}, {}],
)
said(
    "percent_in_a_condition",
    "E E E E",
    check(Q(name__contains="%")),
    **{**_ONE_NAME, "rows": [], "valid": [{"name": "5%"}], "violating": [{"name": "5"}]},
)
said(
    "case_and_when",
    "E E N E",
    UniqueConstraint(
        Case(
            When(active=True, then=F("name")), default=None, output_field=CharField(max_length=30)
        ),
        name="the_unique",
    ),
    fields={"name": _NAME, "active": BooleanField()},
    rows=[{"name": "ann", "active": True}],
    valid=[{"name": "ann", "active": False}],
    violating=[{"name": "ann", "active": True}],
)


class Sharing(Model):
    """It comes after another model of its application, and is made before it."""

    number = IntegerField()

    class Meta:
        app_label = "said"
        constraints = [
            UniqueConstraint(fields=["number"], condition=Q(number__gt=0), name="shared_name")
        ]


said(
    "partial_index_of_a_taken_name",
    "R:42P07 N N R:SQLITE_ERROR",
    models=[Indexed, Sharing],
    rows=[{"number": 1}],
    valid=[{"number": 2}],
    violating=[{"number": 1}],
)
