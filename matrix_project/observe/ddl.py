"""Bring a case's constraint into the database and out again, the ways a Django project does."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache

from django.db import Error as DjangoError
from django.db import connection, migrations, models
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ModelState, ProjectState

from matrix_project.observe import catalog
from matrix_project.observe.capture import captured
from matrix_project.observe.errors import read_ddl_error
from matrix_project.results import DdlStep, LeftBehind

__all__ = ["Family", "Schema", "constraint_name", "family"]

# What defines or moves data; Django's own looking around and bookkeeping are left out.
_DDL = re.compile(
    r"(CREATE|ALTER|DROP|INSERT|UPDATE|DELETE|BEGIN|COMMIT|ROLLBACK)\b", re.IGNORECASE
)
_BOOKKEEPING = MigrationRecorder.Migration._meta.db_table


def constraint_name(model: type[models.Model]) -> str | None:
    """Return the name of the constraint that the model declares; None in a control without one."""
    names = [constraint.name for constraint in model._meta.constraints]
    return names[0] if names else None


class Family:
    """The migrations of one family's app, applied and unapplied by Django's own executor.

    Each is applied to the state that the ones before it describe, whether the database has taken
    those or refused them: a refused constraint is not to stop the family's next one.
    """

    def __init__(self, app_label: str) -> None:
        """Take the app as it is; nothing is migrated yet."""
        self._executor = MigrationExecutor(connection)
        on_disk = self._executor.loader.disk_migrations
        self.tables_sql: list[str] = []
        """What `create_tables` sent."""
        self.migrations = [each for (app, _), each in sorted(on_disk.items()) if app == app_label]

    def apply(self, migration: migrations.Migration) -> None:
        """Run one migration forwards."""
        self._executor.apply_migration(self._state_before(migration), migration)

    def unapply(self, migration: migrations.Migration) -> None:
        """Run one migration backwards."""
        self._executor.unapply_migration(self._state_before(migration), migration)

    def create_tables(self) -> None:
        """Run the migrations that add no constraint: the tables alone."""
        with captured(connection) as sent:
            for migration in self.migrations:
                if not _added(migration):
                    self.apply(migration)
        self.tables_sql = _defining(sent)

    def drop_tables(self) -> None:
        """Undo what `create_tables` did."""
        for migration in reversed(self.migrations):
            if not _added(migration):
                self.unapply(migration)

    def is_recorded(self, migration: migrations.Migration) -> bool:
        """Tell whether the database counts the migration as applied."""
        applied = self._executor.recorder.applied_migrations()
        return (migration.app_label, migration.name) in applied

    def constraint_migrations(self, names: set[str]) -> list[migrations.Migration]:
        """Return the migrations that add these constraints, in their order.

        Raises:
            LookupError: there is none for some constraint.
        """
        found = [each for each in self.migrations if names & _added(each)]
        missing = names.difference(*map(_added, found))
        if missing:
            message = f"no migration of {self.migrations[0].app_label} adds {', '.join(missing)}"
            raise LookupError(message)
        return found

    def _state_before(self, migration: migrations.Migration) -> ProjectState:
        node = (migration.app_label, migration.name)
        return self._executor.loader.project_state(node, at_end=False)


def _defining(sent: list[str]) -> list[str]:
    """Return of what was sent what defines or moves data, and the transactions around it."""
    kept: list[str] = []
    for sql in sent:
        if not _DDL.match(sql) or _BOOKKEEPING in sql:
            continue
        if sql == "COMMIT" and kept[-1:] == ["BEGIN"]:
            kept.pop()
        else:
            kept.append(sql)
    return kept


def _added(migration: migrations.Migration) -> set[str]:
    """Return the names of the constraints that a migration adds to a table that is there."""
    return {
        operation.constraint.name
        for operation in migration.operations
        if isinstance(operation, migrations.AddConstraint)
    }


@cache
def family(app_label: str) -> Family:
    """Return the one `Family` of an app."""
    return Family(app_label)


class Schema:
    """The tables of one case, and its constraint on them."""

    def __init__(self, case_models: Sequence[type[models.Model]]) -> None:
        """Take the case's models; nothing is sent yet."""
        self.models = case_models
        self.family = family(case_models[0]._meta.app_label)
        self._added_by: list[str] = []
        names = {name for model in case_models if (name := constraint_name(model))}
        self._migrations = self.family.constraint_migrations(names)

    def create(self) -> DdlStep:
        """Create the tables together with the constraint."""
        return self._step(self._create_models, [], recorded=lambda: False)

    def drop(self) -> None:
        """Drop what `create` made, as far as it came."""
        there = catalog.tables(connection)
        with connection.schema_editor() as editor:
            for model in self.models:
                if model._meta.db_table in there:
                    editor.delete_model(model)

    def add(self, rows: Sequence[str] = ()) -> DdlStep | None:
        """Run the migrations that add the constraint; None where there are none.

        `rows` is the SQL of the rows that are in the tables.
        """
        if not self._migrations:
            return None
        setup = [*self._tables_sql(), *rows]
        step = self._step(self._add_constraints, setup, recorded=self._recorded)
        self._added_by = step.sql
        return step

    def remove(self) -> DdlStep | None:
        """Undo the migrations that added the constraint; None where none counts as applied."""
        if not self._migrations or not self._recorded():
            return None
        setup = [*self._tables_sql(), *self._added_by]
        return self._step(self._remove_constraints, setup, recorded=self._recorded)

    def definition(self) -> str | None:
        """Return the catalogue's definitions of the constraint, a line each; None without one."""
        found = []
        for model in self.models:
            name = constraint_name(model)
            if name is not None:
                found.append(catalog.definition(connection, model._meta.db_table, name))
        return "\n".join(each for each in found if each is not None) or None

    def _tables_sql(self) -> list[str]:
        """Return what made the case's own tables, without their constraint."""
        names = [connection.ops.quote_name(model._meta.db_table) for model in self.models]
        return [sql for sql in self.family.tables_sql if any(name in sql for name in names)]

    def _create_models(self) -> None:
        for model in self.models:
            state = ModelState.from_model(model)
            migration = migrations.Migration("create", state.app_label)
            create = migrations.CreateModel(state.name, list(state.fields.items()), state.options)
            migration.operations = [create]  # type: ignore[misc]
            with connection.schema_editor(atomic=migration.atomic) as editor:
                migration.apply(ProjectState(), editor)

    def _add_constraints(self) -> None:
        for migration in self._migrations:
            self.family.apply(migration)

    def _remove_constraints(self) -> None:
        for migration in reversed(self._migrations):
            if self.family.is_recorded(migration):
                self.family.unapply(migration)

    def _recorded(self) -> bool:
        return any(self.family.is_recorded(migration) for migration in self._migrations)

    def _step(
        self, act: Callable[[], None], setup: list[str], *, recorded: Callable[[], bool]
    ) -> DdlStep:
        error = None
        with captured(connection) as sent:
            try:
                act()
            except DjangoError as raised:
                names = [name for model in self.models if (name := constraint_name(model))]
                said = [name for name in names if name in str(raised)]
                name = next(iter(said or names), None)
                error = read_ddl_error(raised, connection, name)
        return DdlStep(
            setup=setup,
            sql=_defining(sent),
            outcome="refused" if error else "accepted",
            error=error,
            definition=self.definition(),
            left_behind=self._left_behind(recorded=recorded()) if error else None,
        )

    def _left_behind(self, *, recorded: bool) -> LeftBehind:
        there = catalog.tables(connection)
        left = [model for model in self.models if model._meta.db_table in there]
        return LeftBehind(
            tables=[model._meta.db_table for model in left],
            rows=sum(model._base_manager.count() for model in left) if left else None,
            constraint=self.definition() is not None,
            recorded=recorded,
        )
