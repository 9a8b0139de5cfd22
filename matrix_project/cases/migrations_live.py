"""Constraints that are added to tables in use."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db.migrations import AddConstraint
from django.db.migrations.operations.base import Operation
from django.db.models import BaseConstraint, CheckConstraint, IntegerField, Q, UniqueConstraint

from matrix_project import vendors
from matrix_project.cases.case import Question, shows
from matrix_project.cases.question_words import put_in, shown, shown_more, step_of
from matrix_project.observe import OwnStep, Tables
from matrix_project.observe.races import OtherAct, single
from matrix_project.observe.states import state_of
from matrix_project.results.contract import Observation

_SECONDS = 60
_MOMENT = 0.001
_ROWS = (2**16, 2**18, 2**19, 2**19, 2**20, 2**20, 2**20)
"""How many rows there are at each try: an ALTER TABLE has to be met half way, and on a busy machine
another connection may come late."""
_FREE = 2**31 - 1
_CHECK = CheckConstraint(condition=Q(n__gte=0), name="not_negative")
_UNIQUE = UniqueConstraint(fields=["n"], name="one_n")


class _Adding:
    """A session that adds a constraint, met in the midst of it."""

    def __init__(self, tables: Tables, constraint: BaseConstraint) -> None:
        self._tables = tables
        self._operation = AddConstraint(str(tables.model._meta.object_name), constraint)
        self._added, self._release = threading.Event(), threading.Event()
        self.act: OtherAct = tables.on_other(self._add)

    def _add(self, on: Tables) -> None:
        """Run the operation as `migrate` does; its transaction, if there is one, is held open."""
        label = self._tables.model._meta.app_label
        before = state_of([self._tables.model])
        after = before.clone()
        self._operation.state_forwards(label, after)
        with on.connection.schema_editor() as editor:
            self._operation.database_forwards(label, editor, before, after)
            if editor.atomic_migration:
                self._added.set()
                self._release.wait(_SECONDS)

    def met(self) -> bool:
        """Wait until it has added the constraint or is at it; False where it is over already."""
        alters = vendors.of(self._tables.connection).locks.alters
        while not self.act.ended(_MOMENT):
            if self._added.is_set() or (alters is not None and self._asks(alters, self.act)):
                return True
        return False

    def lets(self, writer: OtherAct) -> bool | None:
        """Return whether a writer gets its row in meanwhile; None where that came too late."""
        locks = vendors.of(self._tables.connection).locks
        if locks.waits is None:
            return not self._tables.waits(writer)
        while not writer.ended(_MOMENT):
            if self._asks(locks.waits, writer):
                going_on = locks.alters is None or self._asks(locks.alters, self.act)
                return False if going_on else None
            if self.act.done():
                return None
        return None if self.act.done() else True

    def _asks(self, query: str, act: OtherAct) -> bool:
        told = act.session is not None
        return told and bool(single(self._tables.connection, query.format(act.session)))

    def end(self) -> None:
        """Let it commit."""
        self._release.set()
        self.act.result(_SECONDS)


def _insert(go: threading.Event, on: Tables) -> None:
    go.wait(_SECONDS)
    on.objects.create(n=_FREE)


def _writes_pass(tables: Tables, constraint: BaseConstraint) -> bool:
    """Return whether another connection's INSERT passes while the constraint is added.

    Raises:
        TimeoutError: no INSERT came in time, not even to a table of many rows.
    """
    for number, rows in enumerate(_ROWS):
        if not tables.connection.features.can_rollback_ddl:
            _grow(tables, rows)
        named = constraint.clone()
        named.name = f"{constraint.name}_{number}"
        go = threading.Event()
        writer = tables.on_other(partial(_insert, go))
        adding = _Adding(tables, named)
        try:
            met = adding.met()
            go.set()
            passes = adding.lets(writer) if met else None
        finally:
            go.set()
            adding.end()
        writer.result(_SECONDS)
        tables.objects.filter(n=_FREE).delete()
        if passes is not None:
            return passes
    message = "the constraint was added before another connection's INSERT came"
    raise TimeoutError(message)


def _grow(tables: Tables, rows: int) -> None:
    """Double the rows until there are so many."""
    table = tables.connection.ops.quote_name(tables.model._meta.db_table)
    while (count := tables.objects.count()) < rows:
        tables.sql(f"INSERT INTO {table} (n) SELECT n + %s FROM {table}", [count])  # noqa: S608


def _both(tables: Tables) -> str:
    passes = [_writes_pass(tables, each) for each in (_CHECK, _UNIQUE)]
    word = {
        (False, False): "waits",
        (True, True): "passes",
        (False, True): "check_waits",
        (True, False): "uniqueness_waits",
    }[passes[0], passes[1]]
    told = ["passes" if each else "waits" for each in passes]
    return f"{word}: while the check is added it {told[0]}, while the uniqueness is, it {told[1]}"


_LOCKS = {
    "waits": "It waits until the migration is done.",
    "passes": "It passes while the migration runs.",
    "check_waits": "It waits while the check is added, and passes while the uniqueness is.",
    "uniqueness_waits": "It waits while the uniqueness is added, and passes while the check is.",
}

add_locks_writes = Question(
    "migrations.add_locks_writes",
    "While one connection runs AddConstraint, of a check and of a uniqueness, another one sends an"
    " INSERT: does it wait? Where Django's migration is a transaction it is held before its commit;"
    " elsewhere the table has 65,536 rows or more, and the INSERT comes while ALTER TABLE goes"
    " through them.",
    title="AddConstraint and the writes of others",
    fields={"n": IntegerField()},
    rows=[{"n": 0}],
    facts=[shows("The INSERT of another connection", _both)],
    answers=_LOCKS,
    words=shown(_LOCKS),
    tells=shown_more,
    aliases=["online DDL", "zero downtime", "ACCESS EXCLUSIVE", "metadata lock", "LOCK=NONE"],
)


# ------------------------------------------------------------------ not valid
class _OfPostgres(Operation):
    """An operation of `django.contrib.postgres`, which needs psycopg: made when it is run."""

    def __init__(self, make: Callable[[], Operation]) -> None:
        self._make = make

    def state_forwards(self, app_label: str, state: Any) -> None:
        self._make().state_forwards(app_label, state)

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        self._make().database_forwards(app_label, schema_editor, from_state, to_state)


def _add_not_valid() -> Operation:
    from django.contrib.postgres.operations import AddConstraintNotValid

    return AddConstraintNotValid("AddNotValid", _CHECK)


def _validate() -> Operation:
    from django.contrib.postgres.operations import ValidateConstraint

    return ValidateConstraint("AddNotValid", "not_negative")


def _supported(observation: Observation) -> str | None:
    add, validate = step_of(observation, "add_not_valid"), step_of(observation, "validate")
    if add is None:
        return None
    if add.outcome == "refused":
        return "not_supported"
    return "supported" if validate is not None and validate.outcome == "accepted" else None


add_not_valid = Question(
    "migrations.add_not_valid",
    "AddConstraintNotValid of a check to a table with a row that breaks it, then, that row mended,"
    " ValidateConstraint (both of django.contrib.postgres): do they work?",
    title="A check added NOT VALID, and validated later",
    fields={"n": IntegerField()},
    steps=[
        OwnStep(name="add_not_valid", operations=[_OfPostgres(_add_not_valid)], rows=[{"n": -1}]),
        put_in("AddNotValid", {"n": -2}),
        OwnStep(name="validate", operations=[_OfPostgres(_validate)], rows=[{"n": 1}], anyway=True),
    ],
    answers={
        "supported": "Both work; a new row that breaks the check is rejected in between.",
        "not_supported": "The database does not know NOT VALID.",
    },
    words=_supported,
    aliases=["AddConstraintNotValid", "ValidateConstraint", "NOT VALID", "zero downtime"],
)
