"""A row that breaks several constraints: which one the error tells."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import (
    BaseConstraint,
    CharField,
    CheckConstraint,
    IntegerField,
    Q,
    UniqueConstraint,
)

from matrix_project.cases.case import Question, asks
from matrix_project.cases.question_words import the_act
from matrix_project.results.contract import Error, Observation

_FIELDS = {"name": CharField(max_length=30), "age": IntegerField()}
_OF_AGE = CheckConstraint(condition=Q(age__gte=18), name="of_age")
_QUOTED = re.compile(r"""column ["'](\w+)["']""", re.IGNORECASE)


def _which(
    id_: str,
    promise: str,
    constraints: Sequence[BaseConstraint],
    row: Mapping[str, object],
    told: Mapping[str, str],
    **words: Any,
) -> Question:
    """Return the question which of the broken constraints an error tells.

    `told` gives the word by the name of the constraint, or of the column, that the error has.
    """

    def word(observation: Observation) -> str | None:
        act = the_act(observation)
        return told.get(_named(act.error)) if act is not None and act.error else None

    return Question(
        id_,
        promise,
        meta={"constraints": constraints},
        acts=[asks("save() of a row that breaks all of them", lambda tables: tables.save(row))],
        answers={each: _MEANINGS[each] for each in dict.fromkeys(told.values())},
        words=word,
        aliases=["which constraint failed", "first error", "order of checks"],
        **words,
    )


_MEANINGS = {
    "first_defined": "The error tells the constraint that the model declares first.",
    "last_defined": "The error tells the constraint that the model declares last.",
    "first_by_name": "The error tells the constraint whose name comes first in the alphabet.",
    "check": "The error tells the check.",
    "unique": "The error tells the uniqueness.",
    "null": "The error tells the column that must not be NULL.",
}


def _named(error: Error) -> str:
    """Return what an error names: a constraint, or a column without its table."""
    name = error.constraint or (error.columns[0] if error.columns else "")
    if not name and (column := _QUOTED.search(error.message)):
        return column[1]
    return name.rpartition(".")[2]


_NUMBERS = {"a": IntegerField(), "b": IntegerField(), "c": IntegerField()}
_ORDER = ("first_defined", "first_by_name", "last_defined")

two_checks = _which(
    "transactions.two_checks",
    "A row breaks three checks, declared in the order middle, alpha, omega: which one is told?",
    [
        CheckConstraint(condition=Q(a__gt=0), name="middle"),
        CheckConstraint(condition=Q(b__gt=0), name="alpha"),
        CheckConstraint(condition=Q(c__gt=0), name="omega"),
    ],
    {"a": 0, "b": 0, "c": 0},
    dict(zip(("middle", "alpha", "omega"), _ORDER, strict=True)),
    title="The error of a row that breaks several checks",
    fields=_NUMBERS,
)

two_uniques = _which(
    "transactions.two_uniques",
    "A row breaks three uniquenesses, declared in the order middle, alpha, omega: which one is"
    " told?",
    [
        UniqueConstraint(fields=["a"], name="middle"),
        UniqueConstraint(fields=["b"], name="alpha"),
        UniqueConstraint(fields=["c"], name="omega"),
    ],
    {"a": 1, "b": 1, "c": 1},
    # SQLite tells the column in the place of the constraint.
    dict(zip(("middle", "alpha", "omega", "a", "b", "c"), _ORDER * 2, strict=True)),
    title="The error of a row that breaks several uniquenesses",
    fields=_NUMBERS,
    rows=[{"a": 1, "b": 1, "c": 1}],
)

check_and_unique = _which(
    "transactions.check_and_unique",
    "A row breaks a uniqueness and a check, the uniqueness declared first: which one is told?",
    [
        UniqueConstraint(fields=["name"], name="one_name"),
        CheckConstraint(condition=Q(age__gte=18), name="of_age"),
    ],
    {"name": "Ann", "age": 17},
    {"of_age": "check", "one_name": "unique", "name": "unique"},
    title="The error of a row that breaks a check and a uniqueness",
    fields=_FIELDS,
    rows=[{"name": "Ann", "age": 18}],
)

null_and_check = _which(
    "transactions.null_and_check",
    "A row has no value for a column that must not be NULL, and breaks a check on another column:"
    " which one is told?",
    [_OF_AGE],
    {"name": None, "age": 17},
    {"of_age": "check", "name": "null"},
    title="The error of a row that has a NULL and breaks a check",
    fields=_FIELDS,
)
