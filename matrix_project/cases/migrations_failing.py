"""Migrations that fail: what they leave, and whether they can be run again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.db.migrations import AddConstraint, AddField, CreateModel
from django.db.migrations.operations.base import Operation
from django.db.models import (
    BaseConstraint,
    BigAutoField,
    CharField,
    CheckConstraint,
    Count,
    IntegerField,
    Q,
    QuerySet,
    UniqueConstraint,
)

from matrix_project.cases.case import Question, shows
from matrix_project.cases.question_words import step_of
from matrix_project.observe import OwnStep, Tables
from matrix_project.observe.capture import captured
from matrix_project.results.contract import Observation

_NAME = {"name": CharField(max_length=30)}
_TWICE = [{"name": "Ann"}, {"name": "Ann"}]
_ONE_NAME = UniqueConstraint(fields=["name"], name="one_name")
_ALIASES = ["transactional DDL", "atomic migration", "half applied", "can_rollback_ddl"]


def _four(model: str) -> list[Operation]:
    """Return four operations, the third of which the rows of the model are in the way of."""
    key = ("id", BigAutoField(primary_key=True))
    return [
        CreateModel("Visit", [key, ("minutes", IntegerField())]),
        AddConstraint("Visit", CheckConstraint(condition=Q(minutes__gt=0), name="some_minutes")),
        AddConstraint(model, _ONE_NAME),
        AddField("Visit", "room", CharField(max_length=30, default="")),
    ]


def _left(observation: Observation) -> str | None:
    step = step_of(observation, "change")
    if step is None or step.left_behind is None:
        return None
    if "migrations_visit" not in step.left_behind.tables:
        return "nothing"
    there = "some_minutes" in step.left_behind.constraints
    return "tables_and_constraints" if there else "tables"


fails_half_way = Question(
    "migrations.fails_half_way",
    "A migration of four operations (CreateModel; AddConstraint of a check to it; AddConstraint of"
    " a uniqueness to a table with duplicates; AddField) fails at the third: what does it leave?",
    title="A migration that fails half way",
    fields=_NAME,
    rows=_TWICE,
    steps=[OwnStep(name="change", operations=_four("FailsHalfWay"))],
    answers={
        "nothing": "Nothing: the whole migration is rolled back.",
        "tables": "The new table, without its check; the migration does not count as applied.",
        "tables_and_constraints": "The new table and its check; the migration does not count as"
        " applied.",
    },
    words=_left,
    aliases=_ALIASES,
)


def _again(observation: Observation) -> str | None:
    step = step_of(observation, "again")
    if step is None:
        return None
    if step.outcome == "accepted":
        return "works"
    return "already_exists" if step.error and "exists" in step.error.message else None


run_again_after = Question(
    "migrations.run_again_after",
    "The migration of migrations.fails_half_way is run again once the duplicates are gone: does it"
    " work?",
    title="A migration run again after it failed half way",
    fields=_NAME,
    rows=_TWICE,
    steps=[
        OwnStep(name="change", operations=_four("RunAgainAfter")),
        OwnStep(
            name="again", operations=_four("RunAgainAfter"), rows=[{"name": "Ann"}], anyway=True
        ),
    ],
    answers={
        "works": "It works.",
        "already_exists": "It fails: the table that the first run left exists already.",
    },
    words=_again,
    aliases=[*_ALIASES, "table already exists", "1050"],
)


# ------------------------------------------------------------------ rows in the way
_OF_AGE = CheckConstraint(condition=Q(age__gte=18), name="of_age")


def _finds(query: Callable[[Tables], QuerySet[Any, Any]]) -> Callable[[Tables], str]:
    def look(tables: Tables) -> str:
        with captured(tables.connection) as sent:
            found = list(query(tables))
        return f"{sent[0]} finds {found}"

    return look


def _too_young(tables: Tables) -> QuerySet[Any, Any]:
    return tables.objects.exclude(_OF_AGE.condition).values("name", "age")


def _duplicates(tables: Tables) -> QuerySet[Any, Any]:
    counted = tables.objects.values("name").annotate(how_many=Count("pk"))
    found: QuerySet[Any, Any] = counted.filter(how_many__gt=1).order_by("name")
    return found


def _both(observation: Observation) -> str | None:
    steps = [step_of(observation, name) for name in ("add_check", "add_uniqueness")]
    words: Mapping[tuple[object, ...], str] = {
        ("refused", "refused"): "refused",
        ("accepted", "accepted"): "accepted",
        ("accepted", "refused"): "check_accepted",
        ("refused", "accepted"): "uniqueness_accepted",
    }
    return words.get(tuple(step and step.outcome for step in steps))


def _add(name: str, constraint: BaseConstraint, *, anyway: bool = False) -> OwnStep:
    operations = [AddConstraint("AddToViolatingRows", constraint)]
    return OwnStep(name=name, operations=operations, anyway=anyway)


add_to_violating_rows = Question(
    "migrations.add_to_violating_rows",
    "AddConstraint of a check, and of a uniqueness, to a table with rows that break them: is it"
    " accepted?",
    title="A constraint added to rows that break it",
    fields={**_NAME, "age": IntegerField()},
    rows=[{"name": "Ann", "age": 17}, {"name": "Ann", "age": 18}],
    facts=[
        shows("The query that finds the rows in the way of the check", _finds(_too_young)),
        shows("The query that finds the values in the way of the uniqueness", _finds(_duplicates)),
    ],
    steps=[_add("add_check", _OF_AGE), _add("add_uniqueness", _ONE_NAME, anyway=True)],
    answers={
        "refused": "The migration fails, of the check and of the uniqueness.",
        "accepted": "The migration passes, of the check and of the uniqueness.",
        "check_accepted": "The migration passes of the check alone.",
        "uniqueness_accepted": "The migration passes of the uniqueness alone.",
    },
    words=_both,
    aliases=[
        "AddConstraint",
        "existing rows",
        "is violated by some row",
        "could not create unique",
    ],
)
