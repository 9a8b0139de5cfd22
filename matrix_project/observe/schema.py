"""Make a subject's tables as Django does: by the migrations that `makemigrations` would write.

https://docs.djangoproject.com/en/stable/topics/migrations/
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import connections
from django.db.migrations import Migration
from django.db.migrations.operations.base import Operation
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState

from matrix_project import vendors
from matrix_project.observe.capture import captured
from matrix_project.observe.contents import Contents
from matrix_project.observe.errors import Fault, OccupiedError, read
from matrix_project.observe.states import CreateModels, migrations_between, state_of, tables_of
from matrix_project.observe.subject import Subject
from matrix_project.observe.targets import Target, targets_of
from matrix_project.results.evidence import LeftBehind, Step
from matrix_project.vendors import Entry

__all__ = ["Schema", "refused_beside"]

# What defines or moves data; Django's own looking around and bookkeeping are left out.
_DEFINES = re.compile(
    r"\s*((CREATE|ALTER|DROP|INSERT|UPDATE|DELETE|RENAME|COMMENT|BEGIN|COMMIT|ROLLBACK)\b"
    # Django drops a foreign key of PostgreSQL's in one text with this.
    r"|SET CONSTRAINTS (?!ALL\b))",
    re.IGNORECASE,
)
_BOOKKEEPING = "django_migrations"
# What a table can be made without.
_BESIDE = frozenset(("constraint", "unique", "unique_together"))


class Schema:
    """The tables of one subject in one database."""

    def __init__(self, subject: Subject, alias: str, left_out: Sequence[Target] = ()) -> None:
        """Take the subject; nothing is sent yet.

        `left_out` are constraints of its models, not observed ones, that the database refuses.
        """
        self._connection = connections[alias]
        self._recorder = MigrationRecorder(self._connection)
        self._contents = Contents(subject, alias)
        self._labels = {model._meta.app_label for model in subject.models}
        # With the constraint, without it, and without it until it is added.
        self.full = state_of(subject.models, left_out)
        self.plain = state_of(subject.models, [*left_out, *subject.targets])
        self.added = state_of(subject.models, left_out)
        for target in subject.targets:
            target.loosen_references(self.added)
        # What stays when the tables are dropped.
        self.base = ProjectState()
        self._state = self.base
        self._names = tables_of(subject.models)

    def migrate(
        self, name: str, to: ProjectState, setup: Sequence[str] = (), names: Sequence[str] = ()
    ) -> Step:
        """Migrate from the present state to another, and return the step.

        `names` are the catalogue's names of the constraint, where they are known already.
        """
        step = self._step(name, lambda: migrations_between(self._state, to), setup, names)
        if step.outcome == "accepted":
            self._state = to
        return step

    def operate(self, name: str, operations: Sequence[Operation], setup: Sequence[str]) -> Step:
        """Run operations of the subject's own on the present state."""
        label = min(self._labels)
        migration = Migration(name, label)
        migration.operations = list(operations)  # type: ignore[misc]
        after = self._state.clone()

        def found() -> list[Migration]:
            for operation in operations:
                operation.state_forwards(label, after)
            self._names |= tables_of(after.apps.get_models())
            return [migration]

        step = self._step(name, found, setup, ())
        if step.outcome == "accepted":
            self._state = after
        return step

    def prepare(self, operations: Sequence[Operation]) -> Step:
        """Run what has to be there before the tables: extensions, collations."""
        return self.operate("prerequisites", operations, ())

    def make_base(self, subject: Subject) -> Step:
        """Make the tables of the subject's base, which are dropped with nothing else."""
        base = state_of(subject.base)
        migration = Migration("base", min(self._labels))
        migration.operations = [CreateModels(base.models.values())]  # type: ignore[misc]
        step = self._step("prerequisites", lambda: [migration], (), ())
        if step.outcome == "accepted":
            self.stand_on(base)
        return step

    def stand_on(self, base: ProjectState) -> None:
        """Take the tables of a base for made; they stay."""
        self.base = self._state = base
        self._names -= tables_of(base.apps.get_models())

    def drop_all(self) -> None:
        """Drop the tables, and those of the base."""
        self._names |= tables_of(self.base.apps.get_models())
        self.base = ProjectState()
        self.drop()

    def undo(self, operations: Sequence[Operation]) -> None:
        """Take back what was prepared, as far as Django knows how and nothing else needs it."""
        label = min(self._labels)
        for operation in reversed(operations):
            if operation.reversible:
                with self._connection.schema_editor() as editor:
                    state = ProjectState()
                    operation.database_backwards(label, editor, state, state)

    def drop(self) -> None:
        """Drop every table that a migration made or left behind."""
        connection = self._connection
        quote = connection.ops.quote_name
        there = connection.introspection.table_names()
        if tables := self._own(there):
            with connection.constraint_checks_disabled(), connection.schema_editor() as editor:
                for table in tables:
                    editor.execute(editor.sql_delete_table % {"table": quote(table)})
        if _BOOKKEEPING in there:
            self._recorder.migration_qs.filter(app__in=self._labels).delete()
        self._state = self.base

    def find_room(self) -> None:
        """See to it that no table of somebody else's is in the way: it would be dropped.

        Raises:
            OccupiedError: there is one.
        """
        if tables := self.existing():
            there = f"{', '.join(tables)} in the database of {self._connection.alias!r}"
            message = f"there is {there} already: give observe() an empty database"
            raise OccupiedError(message)

    def existing(self) -> list[str]:
        """Return those of the tables that exist."""
        return self._own(self._connection.introspection.table_names())

    def _own(self, there: Iterable[str]) -> list[str]:
        found = {name.lower(): name for name in there}
        return [found[name.lower()] for name in sorted(self._names) if name.lower() in found]

    def catalogue(self) -> list[Entry]:
        """Return the constraints and indexes that the database has of the tables."""
        with self._connection.cursor() as cursor:
            return sorted(vendors.of(self._connection).catalogue(cursor, sorted(self._names)))

    def _step(
        self,
        name: str,
        migrations: Callable[[], list[Migration]],
        setup: Sequence[str],
        names: Sequence[str],
    ) -> Step:
        error = fault = None
        recorded = False
        with captured(self._connection) as sent:
            try:
                state = self._state.clone()
                for migration in migrations():
                    state = self._apply(migration, state)
                recorded = True
            except Exception as raised:  # noqa: BLE001 (read tells an answer from a fault)
                try:
                    error = read(raised, self._connection, names)
                except Fault as trouble:
                    fault = str(trouble)
        return Step(
            name=name,
            setup=self._contents.steady(setup),
            sql=_defining(sent),
            outcome=None if fault else "refused" if error else "accepted",
            error=error,
            definition=None,
            left_behind=self._left_behind(recorded=recorded) if error else None,
            fault=fault,
        )

    def _apply(self, migration: Migration, state: ProjectState) -> ProjectState:
        """Run one migration, and record it, as `MigrationExecutor.apply_migration()` does."""
        key = (migration.app_label, migration.name)
        editor = self._connection.schema_editor(atomic=migration.atomic)
        try:
            with editor:
                state = migration.apply(state, editor)
                deferred = bool(editor.deferred_sql)
                if not deferred:
                    self._recorder.record_applied(*key)
        except Exception as raised:
            self._roll_back(editor, raised)
            raise
        if deferred:
            self._recorder.record_applied(*key)
        return state

    def _roll_back(self, editor: Any, raised: Exception) -> None:
        """End the transaction that Django leaves open where a deferred statement fails.

        The schema editor sends it on its way out, and does not come to the end of its transaction.
        """
        if editor.atomic_migration and self._connection.in_atomic_block:
            editor.atomic.__exit__(type(raised), raised, raised.__traceback__)
            self._connection.enable_constraint_checking()

    def _left_behind(self, *, recorded: bool) -> LeftBehind:
        tables = self.existing()
        return LeftBehind(
            tables=tables,
            rows=self._contents.count(tables) if tables else None,
            constraints=[],
            recorded=recorded,
        )


def refused_beside(subject: Subject, alias: str, base: ProjectState | None = None) -> list[Target]:
    """Return the constraints beside the observed ones that keep the tables from being made.

    `base` is the state of the tables that are there; by default there are none.
    """
    beside = [
        target
        for model in subject.models
        for target in targets_of(model)
        if target.kind in _BESIDE and target not in subject.targets
    ]
    refused = list(beside)
    for target in beside:
        # Those that were taken stay: of two with one name the second is refused.
        schema = Schema(subject, alias, [each for each in refused if each != target])
        schema.stand_on(base or ProjectState())
        schema.drop()
        if schema.migrate("control", schema.plain).outcome == "accepted":
            refused.remove(target)
        schema.drop()
    return refused


def _defining(sent: Sequence[str]) -> list[str]:
    """Return of what was sent what defines or moves data, and the transactions around it."""
    kept: list[str] = []
    for sql in sent:
        if not _DEFINES.match(sql) or _BOOKKEEPING in sql:
            continue
        if sql == "COMMIT" and kept[-1:] == ["BEGIN"]:
            kept.pop()
        else:
            kept.append(sql)
    return kept
