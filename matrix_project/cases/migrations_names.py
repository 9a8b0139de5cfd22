"""The names of constraints: long ones, equal ones, and equal ones but for case.

Each constraint is added by a migration of its own, so that Django's system checks of names, which
some projects silence, are not asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.migrations import AddConstraint, CreateModel
from django.db.migrations.operations.base import Operation
from django.db.models import (
    BigAutoField,
    CharField,
    CheckConstraint,
    IntegerField,
    Q,
    UniqueConstraint,
)

from matrix_project.cases.case import Question
from matrix_project.cases.question_words import put_in, step_of, still_holds
from matrix_project.observe import OwnStep
from matrix_project.results.contract import Observation

_FIELDS: Mapping[str, Any] = {"name": CharField(max_length=30), "age": IntegerField()}
_ROWS = [{"name": "Ann", "age": 18}]
_YOUNG, _TWICE = {"name": "Bob", "age": 17}, {"name": "Ann", "age": 18}
_ANSWERS = {
    "accepted": "The migration passes, and both constraints hold afterwards.",
    "refused": "The migration fails.",
    "accepted_constraint_lost": "The migration passes, and a row that breaks one of them is stored"
    " afterwards.",
}
_ALIASES = ["duplicate constraint name", "already exists", "3822", "42710", "42P07", "models.E032"]


def _of_age(name: str, age: int = 18) -> CheckConstraint:
    return CheckConstraint(condition=Q(age__gte=age), name=name)


def _one_name(name: str) -> UniqueConstraint:
    return UniqueConstraint(fields=["name"], name=name)


def _added(
    id_: str, promise: str, operations: Sequence[Operation], *puts: OwnStep, **words: Any
) -> Question:
    """Return the question whether a constraint of such a name is accepted beside another one."""
    return Question(
        id_,
        promise,
        fields=_FIELDS,
        rows=_ROWS,
        steps=[OwnStep(name="change", operations=operations), *puts],
        answers=_ANSWERS,
        words=still_holds("change", ("accepted", "accepted_constraint_lost", "refused")),
        aliases=_ALIASES,
        **words,
    )


check_and_unique_of_one_name = _added(
    "migrations.check_and_unique_of_one_name",
    "A model has a check, and AddConstraint gives it a uniqueness of the same name: is it"
    " accepted?",
    [AddConstraint("CheckAndUniqueOfOneName", _one_name("person_ok"))],
    put_in("CheckAndUniqueOfOneName", _YOUNG),
    put_in("CheckAndUniqueOfOneName", _TWICE, 2),
    title="A check and a uniqueness of one name",
    beside=[_of_age("person_ok")],
)

names_equal_but_for_case = _added(
    "migrations.names_equal_but_for_case",
    "A model has a check of the name age_ok, and AddConstraint gives it another check of the name"
    " Age_OK: is it accepted?",
    [AddConstraint("NamesEqualButForCase", CheckConstraint(condition=~Q(name=""), name="Age_OK"))],
    put_in("NamesEqualButForCase", _YOUNG),
    put_in("NamesEqualButForCase", {"name": "", "age": 18}, 2),
    title="Two checks whose names are equal but for case",
    beside=[_of_age("age_ok")],
)

unique_names_equal_but_for_case = _added(
    "migrations.unique_names_equal_but_for_case",
    "A model has a uniqueness of the name name_ok, and AddConstraint gives it another uniqueness of"
    " the name Name_OK: is it accepted?",
    [AddConstraint("UniqueNamesEqualButForCase", UniqueConstraint(fields=["age"], name="Name_OK"))],
    put_in("UniqueNamesEqualButForCase", {"name": "Ann", "age": 19}),
    put_in("UniqueNamesEqualButForCase", {"name": "Bob", "age": 18}, 2),
    title="Two uniquenesses whose names are equal but for case",
    beside=[_one_name("name_ok")],
)


def _on_two_tables(unique: bool) -> list[Operation]:  # noqa: FBT001 (one of two)
    key = ("id", BigAutoField(primary_key=True))
    constraint = _one_name("person_ok") if unique else _of_age("person_ok")
    return [
        CreateModel("Other", [key, *((name, field.clone()) for name, field in _FIELDS.items())]),
        AddConstraint("Other", constraint),
    ]


one_name_on_two_tables = _added(
    "migrations.one_name_on_two_tables",
    "A model has a check, and AddConstraint gives another model a check of the same name, Django's"
    " own check of names silenced: is it accepted?",
    _on_two_tables(unique=False),
    put_in("OneNameOnTwoTables", _YOUNG),
    put_in("Other", _YOUNG, 2),
    title="Checks of one name on two tables",
    beside=[_of_age("person_ok")],
)

one_unique_name_on_two_tables = _added(
    "migrations.one_unique_name_on_two_tables",
    "A model has a uniqueness, and AddConstraint gives another model a uniqueness of the same name,"
    " Django's own check of names silenced: is it accepted?",
    _on_two_tables(unique=True),
    put_in("OneUniqueNameOnTwoTables", _TWICE),
    title="Uniquenesses of one name on two tables",
    beside=[_one_name("person_ok")],
)

_LONG = "a_check_of_the_age_with_a_name_that_takes_seventy_characters_as_it_does"[:70]


def _long(observation: Observation) -> str | None:
    """Return what becomes of the name, as the error of a row that breaks the check has it."""
    change, put = step_of(observation, "change"), step_of(observation, "insert_violating_row_1")
    if change is None:
        return None
    if change.outcome == "refused":
        return "refused"
    name = put.error.constraint if put is not None and put.error is not None else None
    if name is None:
        return None
    return "accepted" if name == _LONG else "truncated" if _LONG.startswith(name) else None


name_of_70_characters = Question(
    "migrations.name_of_70_characters",
    "AddConstraint of a check whose name has 70 characters: is it accepted, and with that name?",
    title="A constraint's name of 70 characters",
    fields=_FIELDS,
    rows=_ROWS,
    steps=[
        OwnStep(name="change", operations=[AddConstraint("NameOf70Characters", _of_age(_LONG))]),
        put_in("NameOf70Characters", _YOUNG),
    ],
    answers={
        "accepted": "The migration passes, and the database has the whole name.",
        "refused": "The migration fails.",
        "truncated": "The migration passes, and the database has the beginning of the name.",
    },
    words=_long,
    aliases=["identifier too long", "1059", "NAMEDATALEN", "63 characters"],
)
