"""The query that a team sends before its migration finds the rows in the way, and no others."""

from __future__ import annotations

import pytest
from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import (
    CASCADE,
    BinaryField,
    BooleanField,
    CharField,
    CheckConstraint,
    CompositePrimaryKey,
    F,
    ForeignKey,
    IntegerField,
    JSONField,
    ManyToManyField,
    PositiveIntegerField,
    Q,
    UniqueConstraint,
)
from django.db.models.functions import Coalesce, Lower

from matrix_project.cases import load
from matrix_project.cases.case import Promise, row
from matrix_project.observe import query_for
from matrix_project.observe.contents import Contents
from matrix_project.observe.in_the_way import find
from matrix_project.observe.schema import Schema
from matrix_project.observe.subject import Subject
from matrix_project.results.contract import Verdict
from matrix_project.suite.observing import too_old
from tests.engine import SERVERS, observe_on, servers  # noqa: F401 (a fixture)

INT, NULL, NAME = IntegerField(), IntegerField(null=True), CharField(max_length=30)
ROOM = {"Room": {"name": NAME}}


def check(condition):
    return {"constraint": CheckConstraint(condition=condition, name="way")}


def unique(*expressions, **options):
    return {"constraint": UniqueConstraint(*expressions, name="way", **options)}


def rows(name, *values):
    return [{name: value} for value in values]


# A case's declaration and its rows, and what the query returns: the keys of the rows, which are
# counted from 1; of a uniqueness what is shared, and by how many.
FOUND = {
    "check": (
        {"fields": {"a": NULL}, **check(Q(a__gte=18))},
        rows("a", 18, 17, None),
        [(2,)],
    ),
    "negated": (
        {"fields": {"a": NULL}, **check(~Q(a=17))},
        rows("a", 18, 17),
        [(2,)],
    ),
    "two columns": (
        {"fields": {"a": INT, "b": NULL}, **check(Q(a__lte=F("b")))},
        [{"a": 1, "b": 2}, {"a": 2, "b": 1}, {"a": 1, "b": None}],
        [(2,)],
    ),
    "key of a JSON": (
        {"fields": {"data": JSONField()}, **check(Q(data__age__gte=18))},
        rows("data", {"age": 18}, {"age": 17}, {}),
        [(2,)],
    ),
    "quotes and percents": (
        {"fields": {"name": NAME}, **check(~Q(name__contains="'%\\"))},
        rows("name", "a'%\\b", "a'b\\", "%"),
        [(1,)],
    ),
    "boolean": (
        {"fields": {"a": BooleanField()}, **check(Q(a=True))},
        [{"a": True}, {"a": False}],
        [(2,)],
    ),
    "bytes": (
        {"fields": {"a": BinaryField()}, **check(~Q(a=b"\x00\xff'"))},
        rows("a", b"\x00\xff'", b"\x01"),
        [(1,)],
    ),
    "positive field": (
        {"fields": {"a": PositiveIntegerField(null=True)}, "observes": "check"},
        rows("a", 0, -1, None),
        [(2,)],
    ),
    "unique": (
        {"fields": {"a": INT, "b": NULL}, **unique(fields=["a", "b"])},
        [{"a": a, "b": b} for a, b in [(1, 2), (1, 2), (1, 3), (4, None), (4, None)]],
        [(1, 2, 2)],
    ),
    "unique under a condition": (
        {"fields": {"a": INT, "b": INT}, **unique(fields=["a"], condition=Q(b=1))},
        [{"a": a, "b": b} for a, b in [(1, 1), (1, 1), (2, 0), (2, 0), (3, 1), (3, 0)]],
        [(1, 2)],
    ),
    "unique expressions": (
        {"fields": {"name": NAME, "a": NULL}, **unique(Lower("name").desc(), "a")},
        [{"name": n, "a": a} for n, a in [("A", 1), ("a", 1), ("b", 1), ("B", None), ("b", None)]],
        [("a", 1, 2)],
    ),
    "unique expression with a value": (
        {"fields": {"a": NULL}, **unique(Coalesce("a", -1))},
        rows("a", None, None, 1, 2),
        [(-1, 2)],
    ),
    "NULLs distinct": (
        {"fields": {"a": NULL}, **unique(fields=["a"], nulls_distinct=True)},
        rows("a", 1, 1, None, None),
        [(1, 2)],
    ),
    "NULLs not distinct": (
        {"fields": {"a": NULL}, **unique(fields=["a"], nulls_distinct=False)},
        rows("a", 1, 2, None, None),
        [(None, 2)],
    ),
    "unique_together": (
        {
            "fields": {"a": INT, "b": INT},
            "meta": {"unique_together": [("a", "b")]},
            "observes": "unique_together",
        },
        [{"a": a, "b": b} for a, b in [(1, 2), (1, 2), (1, 1)]],
        [(1, 2, 2)],
    ),
    "unique field, in the order of another": (
        {
            "fields": {"a": IntegerField(unique=True), "b": INT},
            "meta": {"ordering": ["b"]},
            "observes": "unique",
        },
        [{"a": a, "b": b} for a, b in [(1, 1), (1, 2), (2, 3)]],
        [(1, 2)],
    ),
    "composite primary key": (
        {
            "fields": {"pk": CompositePrimaryKey("a", "b"), "a": INT, "b": INT},
            "observes": "primary_key",
        },
        [{"a": a, "b": b} for a, b in [(1, 2), (1, 2), (1, 1)]],
        [(1, 2, 2)],
    ),
    "foreign key": (
        {
            "fields": {"room": ForeignKey("Room", CASCADE, null=True)},
            "others": ROOM,
            "observes": "foreign_key",
        },
        [row("Room", id=1, name="Blue"), *rows("room", 1, 9, None)],
        [(2,)],
    ),
    "many to many": (
        {
            "fields": {"rooms": ManyToManyField("Room")},
            "others": ROOM,
            "observes": "many_to_many",
        },
        [row("Room", id=1, name="Blue"), row("Asked", id=1)] + [{"asked": 1, "room": 1}] * 2,
        [(1, 1, 2)],
    ),
}


@pytest.mark.parametrize("what", FOUND)
@pytest.mark.parametrize("vendor", SERVERS)
def test_the_rows_in_the_way_are_found(servers, vendor, what):  # noqa: F811
    declared, rows, expected = FOUND[what]
    alias = servers.aliases(vendor)[0]
    case = Promise("way.asked", "x", **declared)
    (target,) = case.targets
    subject = Subject(models=case.classes, targets=[target], rows=rows)
    schema = Schema(subject, alias)
    try:
        assert schema.migrate("control", schema.plain).error is None
        Contents(subject, alias).fill(rows, target.rows_of)
        sql = query_for(target, connections[alias])
        with connections[alias].cursor() as cursor:
            cursor.execute(sql)
            assert [tuple(each) for each in cursor.fetchall()] == expected, sql
    finally:
        schema.drop()


@pytest.mark.parametrize("id_", ["exclusion.for_each_room", "exclusion.hash_equal"])
def test_an_exclusion_finds_both_rows_that_do_not_go_together(servers, id_):  # noqa: F811
    case = load()[id_]
    if (reason := too_old(case)) is not None:
        pytest.skip(reason)
    step = observe_on(servers, "postgresql", case).steps[-1]
    (asked,) = step.in_the_way
    assert (step.name, step.outcome, asked.found) == ("add_to_violating_rows", "refused", 2)


@pytest.mark.parametrize("vendor", SERVERS)
def test_it_is_sent_before_the_constraint_is_added(servers, vendor):  # noqa: F811
    case = Promise(
        "way.observed",
        "x",
        fields={"a": INT},
        **unique(fields=["a"], condition=Q(a__gt=0)),
        rows=rows("a", 1),
        valid=rows("a", 2),
        violating=rows("a", 1),
    )
    record = observe_on(servers, vendor, case)
    *before, step = record.steps
    (asked,) = step.in_the_way
    assert (asked.found, asked.error, asked.fault) == (1, None, None)
    # Where Django creates no constraint, the rows are found, and nothing refuses them.
    assert (step.outcome == "accepted") == (record.verdict == Verdict.IGNORED)
    assert not any(each.in_the_way for each in before)


def test_a_query_that_is_refused_is_told_with_its_error(servers):  # noqa: F811
    case = Promise("way.nowhere", "x", fields={"a": INT}, **check(Q(a__gte=18)))
    (asked,) = find(case.targets, connections[servers.aliases("sqlite")[0]])
    assert 'FROM "way_nowhere"' in asked.sql
    assert (asked.found, asked.error.class_) == (None, "OperationalError")
    assert asked.error.message == "no such table: way_nowhere"


def test_of_a_check_that_holds_of_every_row_there_is_no_query(servers):  # noqa: F811
    case = Promise("way.always", "x", fields={"a": INT}, **check(~Q(a__in=[])))
    connection = connections[servers.aliases("sqlite")[0]]
    with pytest.raises(EmptyResultSet):
        query_for(*case.targets, connection)
    (asked,) = find(case.targets, connection)
    assert (asked.sql, asked.found, asked.error.class_) == (None, None, "EmptyResultSet")
