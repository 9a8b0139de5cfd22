"""Rows for constraints of awkward models, of which Python knows what is true of each."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import uuid

import pytest
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, IntegerRangeField
from django.db import connections
from django.db.models import (
    CASCADE,
    BooleanField,
    Case,
    CharField,
    CheckConstraint,
    CompositePrimaryKey,
    DateField,
    DateTimeField,
    F,
    ForeignKey,
    Func,
    GeneratedField,
    IntegerField,
    JSONField,
    ManyToManyField,
    Model,
    OneToOneField,
    PositiveIntegerField,
    Q,
    UniqueConstraint,
    UUIDField,
    Value,
    When,
)
from django.db.models.expressions import RawSQL
from django.db.models.fields.json import KT
from django.db.models.functions import (
    MD5,
    Coalesce,
    Concat,
    Length,
    Lower,
    Mod,
    StrIndex,
    Trim,
    TruncDate,
    Upper,
)
from django.db.models.lookups import Exact, GreaterThan, GreaterThanOrEqual

from matrix_project.audit.plain import subject_of
from matrix_project.audit.rows import Help, make
from matrix_project.observe import Row, targets_of
from tests.engine import servers

__all__ = ["servers"]

REFERENCES = ("postgresql", "sqlite")
WEEK = dt.timedelta(days=7)


def model(name, /, **attributes):
    meta = {
        key: attributes.pop(key) for key in ("constraints", "unique_together") if key in attributes
    }
    inner = type("Meta", (), {"app_label": "rules", **meta})
    return type(name, (Model,), {"__module__": __name__, "Meta": inner, **attributes})


Author = model("Author", name=CharField(max_length=30, unique=True))
Book = model("Book", author=ForeignKey(Author, CASCADE), tags=ManyToManyField(Author))
Cover = model("Cover", book=OneToOneField(Book, CASCADE), art=IntegerField(null=True))


class Upside(CharField):
    """Stores a text backwards."""

    def from_db_value(self, value, expression, connection):
        return value and value[::-1]

    def get_prep_value(self, value):
        return value and value[::-1]


def checked(name, condition, /, **fields):
    return model(name, constraints=[CheckConstraint(condition=condition, name="it")], **fields)


TEXT = {"max_length": 30}
NULL = {"null": True}
# A model, and what a row that satisfies its check is; NULL passes.
CHECKS = [
    (
        checked("Regex", Q(code__regex=r"^[A-Z]{2}-\d{4}$"), code=CharField(**TEXT)),
        lambda row: re.search(r"^[A-Z]{2}-\d{4}$", row["code"]),
    ),
    (
        checked("LongEnough", GreaterThanOrEqual(Length("name"), 3), name=CharField(**TEXT)),
        lambda row: len(row["name"]) >= 3,
    ),
    (
        checked(
            "AWeek",
            Q(end__gte=F("start") + WEEK),
            start=DateTimeField(),
            end=DateTimeField(),
        ),
        lambda row: row["end"] - row["start"] >= WEEK,
    ),
    (
        checked(
            "OneOfThree",
            Q(a__isnull=False) ^ Q(b__isnull=False) ^ Q(author__isnull=False),
            a=IntegerField(**NULL),
            b=IntegerField(**NULL),
            author=ForeignKey(Author, CASCADE, null=True),
        ),
        lambda row: sum(row.get(name) is not None for name in ("a", "b", "author")) % 2,
    ),
    (
        checked("Size", Q(data__size__gte=5), data=JSONField()),
        lambda row: row["data"].get("size", 5) >= 5,
    ),
    (
        checked(
            "Fallback",
            GreaterThan(Coalesce("a", "b", 0), 10),
            a=IntegerField(**NULL),
            b=IntegerField(**NULL),
        ),
        lambda row: next((row[n] for n in ("a", "b") if row.get(n) is not None), 0) > 10,
    ),
    (
        checked(
            "ByKind",
            Case(
                When(kind="x", then=Q(n__gt=100)), default=Q(n__lt=0), output_field=BooleanField()
            ),
            kind=CharField(**TEXT),
            n=IntegerField(),
        ),
        lambda row: row["n"] > 100 if row["kind"] == "x" else row["n"] < 0,
    ),
    (
        checked("Sevens", Exact(Mod("n", Value(7)), 0), n=IntegerField()),
        lambda row: row["n"] % 7 == 0,
    ),
    (
        checked("Hundred", Exact(F("a") + F("b"), 100), a=IntegerField(), b=IntegerField()),
        lambda row: row["a"] + row["b"] == 100,
    ),
    (
        checked("Trimmed", Q(name=Trim("name")) & Q(name=Upper("name")), name=CharField(**TEXT)),
        lambda row: row["name"] == row["name"].strip().upper(),
    ),
    (
        checked("Address", GreaterThan(StrIndex("at", Value("@")), 1), at=CharField(**TEXT)),
        lambda row: row["at"].find("@") > 0,
    ),
    (
        checked(
            "Joined",
            Exact(Concat("a", Value("-"), "b"), "x-y"),
            a=CharField(**TEXT),
            b=CharField(**TEXT),
        ),
        lambda row: f"{row['a']}-{row['b']}" == "x-y",
    ),
    (
        checked("Weekend", Q(day__week_day__in=[1, 7]), day=DateField()),
        lambda row: row["day"].isoweekday() >= 6,
    ),
    (
        checked("NoSelf", ~Q(parent=F("id")), parent=ForeignKey("self", CASCADE, null=True)),
        lambda row: row.get("parent") is None or row["parent"] != row.get("id"),
    ),
    (
        checked(
            "Doubled",
            Q(double__lt=50),
            n=IntegerField(),
            double=GeneratedField(
                expression=F("n") * 2, output_field=IntegerField(), db_persist=True
            ),
        ),
        lambda row: row["n"] * 2 < 50,
    ),
    (
        checked("Turned", ~Q(name="abc"), name=Upside(**TEXT)),
        lambda row: row["name"] != "abc",
    ),
    (
        checked(
            "Exact8",
            Q(**{f"n{at}": at * 11 for at in range(8)}),
            **{f"n{at}": IntegerField() for at in range(8)},
        ),
        lambda row: all(row[f"n{at}"] == at * 11 for at in range(8)),
    ),
]
CHECKS += [
    (
        checked("Flagged", Q(data__flag=True) | Q(data__n__lt=5), data=JSONField()),
        lambda row: row["data"].get("flag") or row["data"].get("n", 0) < 5,
    ),
    (
        # PostgreSQL takes the text "weight" for the key; the others do not.
        checked("Weighed", Q(data__has_key="weight"), data=JSONField()),
        lambda row: isinstance(row["data"], dict) and "weight" in row["data"],
    ),
    (
        checked("Sized", Q(data__has_keys=["w", "h"]), data=JSONField()),
        lambda row: isinstance(row["data"], dict) and {"w", "h"} <= row["data"].keys(),
    ),
    (
        # The key is given: what the database counts is another number each time.
        checked("TheOnlyRow", Q(id=1), title=CharField(**TEXT)),
        lambda row: row["id"] == 1,
    ),
    (
        checked("InRawSQL", RawSQL("n > %s", (5,), output_field=BooleanField()), n=IntegerField()),
        lambda row: row["n"] > 5,
    ),
    (
        model(
            "Digest",
            digest=CharField(max_length=64),
            constraints=[
                CheckConstraint(condition=Exact(Length("digest"), 64), name="it"),
                CheckConstraint(condition=Q(digest__regex="^[0-9a-f]+$"), name="other"),
            ],
        ),
        lambda row: len(row["digest"]) == 64,
    ),
]
Counted = model("Counted", n=PositiveIntegerField())
CHECKS.append((Counted, lambda row: row["n"] >= 0))


def unique(name, constraint, /, **fields):
    return model(name, constraints=[constraint], **fields)


OneChosen = unique(
    "OneChosen",
    UniqueConstraint(fields=["slot"], name="it"),
    chosen=BooleanField(default=False),
    slot=GeneratedField(
        expression=Case(When(chosen=True, then=Value(1))),
        output_field=IntegerField(null=True),
        db_persist=True,
    ),
)


def plainly(*names):
    """Return what rows are compared by; None where NULL makes them different."""
    return lambda row: None if None in (key := [row.get(name) for name in names]) else key


# A model, and by what its rows are equal; by None they are not.
PAIRS = [
    (Author, plainly("name")),
    (Cover, plainly("book")),
    (
        unique("ByCase", UniqueConstraint(Lower("at"), name="it"), at=CharField(**TEXT)),
        lambda row: row["at"].lower(),
    ),
    (
        unique(
            "Draft",
            UniqueConstraint(fields=["author"], condition=Q(status="draft"), name="it"),
            author=ForeignKey(Author, CASCADE),
            status=CharField(max_length=9, choices=[("live", "Live"), ("draft", "Draft")]),
        ),
        lambda row: row["author"] if row["status"] == "draft" else None,
    ),
    (
        unique(
            "OneDefault",
            UniqueConstraint(fields=["is_default"], condition=Q(is_default=True), name="it"),
            is_default=BooleanField(default=False),
        ),
        lambda row: row.get("is_default") or None,
    ),
    (
        unique(
            "NullOnce",
            UniqueConstraint(fields=["a", "b"], nulls_distinct=False, name="it"),
            a=IntegerField(**NULL),
            b=IntegerField(),
        ),
        lambda row: [row.get("a"), row["b"]],
    ),
    (
        unique(
            "Daily",
            UniqueConstraint("author", TruncDate("at"), name="it"),
            author=ForeignKey(Author, CASCADE),
            at=DateTimeField(),
        ),
        lambda row: [row["author"], row["at"].date()],
    ),
    (
        unique("Key", UniqueConstraint(KT("data__key"), name="it"), data=JSONField()),
        lambda row: row["data"].get("key"),
    ),
    (
        unique(
            "WhenOn",
            UniqueConstraint(Case(When(state="on", then=F("n"))), name="it"),
            n=IntegerField(),
            state=CharField(max_length=4),
        ),
        lambda row: row["n"] if row["state"] == "on" else None,
    ),
    (
        model(
            "Place",
            pk=CompositePrimaryKey("book", "page"),
            book=ForeignKey(Book, CASCADE),
            page=IntegerField(),
        ),
        plainly("book", "page"),
    ),
    (
        model("Token", id=UUIDField(primary_key=True, default=uuid.uuid4)),
        plainly("id"),
    ),
    (
        model(
            "Chain",
            cover=ForeignKey(Cover, CASCADE),
            n=IntegerField(null=True),
            unique_together=[("cover", "n")],
        ),
        plainly("cover", "n"),
    ),
    (
        model(
            "Phone",
            number=CharField(max_length=20, blank=True),
            constraints=[
                UniqueConstraint(fields=["number"], condition=~Q(number=""), name="it"),
                CheckConstraint(
                    condition=Q(number="") | Q(number__regex=r"^\+[1-9]\d{1,14}$"), name="other"
                ),
            ],
        ),
        lambda row: row.get("number") or None,
    ),
    (model("Twin", other=OneToOneField("self", CASCADE, null=True)), plainly("other")),
]


Stay = model(
    "Stay",
    room=IntegerField(),
    start=DateTimeField(),
    end=DateTimeField(),
    cancelled=BooleanField(default=False),
    constraints=[
        ExclusionConstraint(
            name="it",
            expressions=[
                (
                    Func("start", "end", function="TSTZRANGE", output_field=DateTimeRangeField()),
                    "&&",
                ),
                (
                    Func(
                        "room",
                        "room",
                        Value("[]"),
                        function="INT4RANGE",
                        output_field=IntegerRangeField(),
                    ),
                    "&&",
                ),
            ],
            condition=Q(cancelled=False),
        )
    ],
)
Latitude = checked("Latitude", Q(n__gte=-90, n__lte=90), n=IntegerField())
Both = model(
    "Both",
    a=IntegerField(unique=True),
    b=IntegerField(),
    constraints=[UniqueConstraint(fields=["a", "b"], name="it")],
)
Always = checked("Always", Q(n__gt=5) | Q(n__lte=5), n=IntegerField())
Sealed = checked(
    "Sealed", Exact(MD5("word"), hashlib.md5(b"sesame").hexdigest()), word=CharField(**TEXT)
)


@pytest.fixture(params=REFERENCES)
def alias(servers, request):
    return servers.aliases(request.param)[0]


def made(
    model, alias, kinds=("constraint", "unique", "unique_together", "primary_key", "check"), **more
):
    target = max(targets_of(model), key=lambda each: -kinds.index(each.kind))
    return make(subject_of(target), alias, **more)


def own(rows):
    return [row for row in rows if not isinstance(row, Row)]


@pytest.mark.parametrize(("model", "holds"), CHECKS, ids=lambda each: each.__name__)
def test_rows_satisfy_and_violate_a_check(alias, model, holds):
    found = made(model, alias, ("constraint", "check", "primary_key"))
    assert found.lacking is None
    assert [bool(holds(row)) for row in found.valid] == [True] * len(found.valid)
    assert [bool(holds(row)) for row in found.violating] == [False] * len(found.violating)
    assert connections[alias].introspection.table_names() == []


@pytest.mark.parametrize(("model", "key"), PAIRS, ids=lambda each: each.__name__)
def test_rows_satisfy_and_violate_a_uniqueness(alias, model, key):
    found = made(model, alias)
    assert found.lacking is None
    there = [key(row) for row in own(found.rows)]
    assert there
    assert all(key(row) is None or key(row) not in there for row in found.valid)
    assert all(key(row) is not None and key(row) in there for row in found.violating)


def test_rows_overlap_and_do_not(servers):
    found = made(Stay, servers.aliases("postgresql")[0])
    assert found.lacking is None
    (there,) = own(found.rows)
    over = [
        row["room"] == there["room"]
        and not row.get("cancelled")
        and row["start"] < there["end"]
        and there["start"] < row["end"]
        for row in (*found.violating, *found.valid)
    ]
    assert over == [True] * len(found.violating) + [False] * len(found.valid)


def test_rows_are_the_same_each_time(alias):
    for each in (CHECKS[3][0], PAIRS[3][0], PAIRS[11][0]):
        assert repr(made(each, alias)) == repr(made(each, alias))


def test_a_flag_of_which_a_column_is_made_has_a_row_without_it(alias):
    found = made(OneChosen, alias)
    assert found.lacking is None
    assert {row["chosen"] for row in found.valid} == {False}


def test_a_table_of_many_to_many_is_filled(alias):
    (target,) = (each for each in targets_of(Book) if each.kind == "many_to_many")
    found = make(subject_of(target), alias)
    (there,) = own(found.rows)
    assert found.violating[0] == there
    assert there not in found.valid


def test_both_ends_of_a_range_are_violated(alias):
    found = made(Latitude, alias)
    assert {row["n"] < 0 for row in found.violating} == {True, False}


def test_what_is_equal_by_an_expression_alone_is_tried(alias):
    found = made(next(each for each, _ in PAIRS if each.__name__ == "ByCase"), alias)
    (there,) = own(found.rows)
    assert there["at"] in [row["at"] for row in found.violating]
    assert there["at"].upper() in [row["at"] for row in found.violating]


def test_what_something_else_forbids_is_handed_over(alias):
    found = made(Both, alias)
    (there,) = own(found.rows)
    assert [(row["a"], row["b"]) for row in found.violating] == [(there["a"], there["b"])]
    assert found.lacking is None


def test_what_no_row_violates_is_told_with_what_was_tried(alias):
    found = made(Always, alias)
    assert found.violating == []
    assert re.match(r"no violating row is found: \d+ were tried, with values of n", found.lacking)
    assert 'rows = {"rules.Always": [{"field": value}]}' in found.lacking


def test_a_project_helps(alias):
    assert made(Sealed, alias).valid == []
    found = made(Sealed, alias, help=Help(rows={"rules.Sealed": [{"word": "sesame"}]}))
    assert [row["word"] for row in found.valid] == ["sesame"]
    assert found.lacking is None
    found = made(
        Sealed, alias, help=Help(factories={"rules.Sealed": lambda: Sealed(word="sesame")})
    )
    assert [row["word"] for row in found.valid] == ["sesame"]
