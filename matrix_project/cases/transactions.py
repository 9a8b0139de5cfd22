"""A violation inside a transaction: when it is raised, and what it leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress

from django.db import IntegrityError
from django.db.models import (
    CharField,
    CheckConstraint,
    Deferrable,
    IntegerField,
    Q,
    UniqueConstraint,
)

from matrix_project.cases.case import Question, asks
from matrix_project.cases.documents import DEFERRABLE
from matrix_project.cases.question_words import the_act
from matrix_project.observe import Tables
from matrix_project.results.contract import Observation, Outcome, Stage

_FIELDS = {"name": CharField(max_length=30), "age": IntegerField()}
_OF_AGE = CheckConstraint(condition=Q(age__gte=18), name="of_age")
_YOUNG, _ADULT = {"name": "Bob", "age": 17}, {"name": "Ann", "age": 18}


# ------------------------------------------------------------------ after a violation
def _after(write: Callable[[Tables, Mapping[str, object]], object]) -> Callable[[Tables], object]:
    def act(tables: Tables) -> None:
        with suppress(IntegrityError):
            write(tables, _YOUNG)
        write(tables, _ADULT)

    return act


after_violation = Question(
    "transactions.after_violation",
    "A raw cursor sends a row that breaks a check, and a valid row in the same transaction without"
    " a savepoint: is the second stored?",
    title="A transaction after a violation, by raw SQL",
    fields=_FIELDS,
    constraint=_OF_AGE,
    acts=[
        asks(
            "INSERT of a violating row, its error caught, and of a valid one", _after(Tables.insert)
        )
    ],
    answers={
        "usable": "The transaction goes on: the valid row is stored.",
        "aborted": "The database refuses all further statements until the transaction ends.",
    },
    words={Outcome.CHANGED: "usable", Outcome.REJECTED: "aborted"},
    aliases=["25P02", "current transaction is aborted", "InFailedSqlTransaction", "savepoint"],
)

after_violation_in_atomic = Question(
    "transactions.after_violation_in_atomic",
    "save() of a row that breaks a check, its error caught inside an atomic() block, and save()"
    " of a valid row in the same block: is the second stored?",
    title="An atomic() block after a violation, by the ORM",
    fields=_FIELDS,
    constraint=_OF_AGE,
    acts=[
        asks("save() of a violating row, its error caught, and of a valid one", _after(Tables.save))
    ],
    answers={
        "usable": "The block goes on: the valid row is stored.",
        "blocked_by_django": "Django refuses all further queries until the block ends.",
    },
    words={Outcome.CHANGED: "usable", Outcome.REJECTED: "blocked_by_django"},
    aliases=["TransactionManagementError", "An error occurred in the current transaction"],
)


# ------------------------------------------------------------------ deferred constraints
_SONG = {"title": CharField(max_length=30), "position": IntegerField()}
_SONGS = [{"title": "Intro", "position": 1}]
_SECOND = {"title": "Verse", "position": 1}


def _one_position(deferrable: Deferrable) -> UniqueConstraint:
    return UniqueConstraint(fields=["position"], deferrable=deferrable, name="one_position")


def _by_stage(words: Mapping[Stage | None, str]) -> Callable[[Observation], str | None]:
    """Return how the stage at which the act was rejected gives the word; None: it was not."""

    def word(observation: Observation) -> str | None:
        act = the_act(observation)
        return words.get(act.stage) if act is not None else None

    return word


def _in_savepoint(tables: Tables) -> None:
    with tables.atomic():
        tables.save(_SECOND)


deferred_at = Question(
    "transactions.deferred_at",
    "A second row of one position is saved in a savepoint, under a uniqueness that is deferrable"
    " and initially deferred: at what is it rejected?",
    title="When a deferred uniqueness is checked",
    fields=_SONG,
    beside=[_one_position(Deferrable.DEFERRED)],
    rows=_SONGS,
    acts=[
        asks("save() of a duplicate in a savepoint, the savepoint released, COMMIT", _in_savepoint)
    ],
    answers={
        "statement": "At the statement.",
        "savepoint": "At the release of the savepoint.",
        "commit": "At the commit.",
        "never": "It is stored: Django creates no such uniqueness there.",
    },
    words=_by_stage(
        {
            Stage.STATEMENT: "statement",
            Stage.SAVEPOINT: "savepoint",
            Stage.COMMIT: "commit",
            None: "never",
        }
    ),
    sources=[DEFERRABLE],
    aliases=["initially deferred", "IntegrityError at commit", "on_commit"],
)


def _set_immediate(tables: Tables) -> None:
    tables.save(_SECOND)
    tables.sql("SET CONSTRAINTS ALL IMMEDIATE")


def _of_set_constraints(observation: Observation) -> str | None:
    act = the_act(observation)
    if act is None:
        return None
    if act.error is None:
        return "passes"
    return "raises" if act.error.class_ == "IntegrityError" else "not_supported"


set_constraints = Question(
    "transactions.set_constraints",
    "A duplicate is saved under a deferred uniqueness, then SET CONSTRAINTS ALL IMMEDIATE is sent"
    " in the same transaction: what does the statement do?",
    title="SET CONSTRAINTS with a violation pending",
    fields=_SONG,
    beside=[_one_position(Deferrable.DEFERRED)],
    rows=_SONGS,
    acts=[asks("save() of a duplicate, then SET CONSTRAINTS ALL IMMEDIATE", _set_immediate)],
    answers={
        "raises": "It raises the IntegrityError of the pending violation.",
        "passes": "It passes.",
        "not_supported": "The database does not know the statement.",
    },
    words=_of_set_constraints,
    sources=[DEFERRABLE],
    aliases=["SET CONSTRAINTS", "check early"],
)


def _check_first(tables: Tables) -> None:
    # PostgreSQL's takes no notice of the tables; MySQL's would look at all that there are.
    tables.connection.check_constraints([tables.model._meta.db_table])
    tables.save(_SECOND)


check_constraints_defers_all = Question(
    "transactions.check_constraints_defers_all",
    "connection.check_constraints() is called, then a duplicate is saved in the same transaction"
    " under a uniqueness that is deferrable and initially immediate: is it immediate still?",
    title="An immediate uniqueness after check_constraints()",
    fields=_SONG,
    beside=[_one_position(Deferrable.IMMEDIATE)],
    rows=_SONGS,
    acts=[asks("connection.check_constraints(), then save() of a duplicate", _check_first)],
    answers={
        "immediate": "The statement is rejected.",
        "deferred": "The statement passes, and the commit is rejected: Django's check_constraints()"
        " leaves every deferrable constraint of the transaction deferred.",
        "not_supported": "The duplicate is stored: Django creates no deferrable uniqueness there.",
    },
    words=_by_stage(
        {Stage.STATEMENT: "immediate", Stage.COMMIT: "deferred", None: "not_supported"}
    ),
    sources=[DEFERRABLE],
    aliases=["SET CONSTRAINTS ALL DEFERRED", "loaddata", "check_constraints"],
)
