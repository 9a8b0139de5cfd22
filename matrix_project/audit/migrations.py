"""Run a project's own migrations on a database, up to their end or the first that fails.

https://docs.djangoproject.com/en/stable/ref/django-admin/#migrate
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import Error as DjangoError
from django.db import connections
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations.base import Operation
from django.db.models import Model

from matrix_project.audit.against import compare
from matrix_project.audit.found import Found
from matrix_project.observe import UnreachableError
from matrix_project.observe.capture import Sent, captured
from matrix_project.observe.errors import Fault, read
from matrix_project.results.evidence import Error
from matrix_project.results.migrated import Failure, Migrated

__all__ = ["migrated"]


class _Progress:
    """Which migration and operation is at work."""

    def __init__(self) -> None:
        self.done = 0
        self.migration: Migration | None = None
        self.number = 0
        self.operation: Operation | None = None
        self.tables: set[str] = set()
        self.sql = Sent()


def migrated(found: Sequence[Found], alias: str, models: Iterable[type[Model]] = ()) -> Migrated:
    """Run all migrations of the project as `migrate` does, and compare what is there with models.

    Args:
        found: the constraints that are looked for afterwards.
        alias: Django's connection to an empty database.
        models: those that are looked at whole; see `against.compare`.

    Raises:
        UnreachableError: the server no longer answers.
    """
    connection = connections[alias]
    total, unmigrated = _plan(connection)
    progress = _Progress()
    failure = None
    with _watched(progress, connection):
        try:
            call_command("migrate", database=alias, interactive=False, run_syncdb=True, verbosity=0)
        except (Exception, SystemExit) as raised:  # noqa: BLE001 (a project's own code)
            failure = _failure(raised, progress, connection)
    return Migrated(
        total=total,
        applied=progress.done,
        without_migrations=unmigrated,
        failure=failure,
        against=compare(alias, found, models),
    )


def _plan(connection: Any) -> tuple[int, list[str]]:
    """Return how many migrations there are, and the apps that have models and no migrations."""
    try:
        loader = MigrationExecutor(connection).loader
    except Exception:  # noqa: BLE001 (`migrate` says what is wrong with them)
        return 0, []
    plan = MigrationExecutor(connection).migration_plan(loader.graph.leaf_nodes())
    from django.apps import apps

    without = {
        each.label
        for each in apps.get_app_configs()
        if each.label in loader.unmigrated_apps and any(each.get_models())
    }
    return len(plan), sorted(without)


@contextmanager
def _watched(progress: _Progress, connection: Any) -> Iterator[None]:
    """Note which operation of which migration is at work, and what it sends."""
    apply, apply_all = Migration.apply, MigrationExecutor.apply_migration

    def migration_watched(executor: Any, state: Any, migration: Migration, **given: Any) -> Any:
        progress.migration = migration
        progress.tables = set(connection.introspection.table_names())
        with captured(connection) as progress.sql:
            found = apply_all(executor, state, migration, **given)
        progress.done += 1
        return found

    def operations_watched(migration: Migration, *given: Any, **named: Any) -> Any:
        for number, operation in enumerate(migration.operations, 1):
            watched = partial(_noted, progress, number, operation, operation.database_forwards)
            operation.database_forwards = watched  # type: ignore[method-assign]
        found = apply(migration, *given, **named)
        # What is sent from here on was put off to the migration's end.
        progress.number, progress.operation = 0, None
        return found

    Migration.apply = operations_watched  # type: ignore[method-assign,assignment]
    MigrationExecutor.apply_migration = migration_watched  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        Migration.apply = apply  # type: ignore[method-assign]
        MigrationExecutor.apply_migration = apply_all  # type: ignore[method-assign]


def _noted(
    progress: _Progress, number: int, operation: Operation, forwards: Any, *given: Any
) -> None:
    progress.number, progress.operation = number, operation
    forwards(*given)


def _failure(raised: BaseException, progress: _Progress, connection: Any) -> Failure:
    """Return what failed, and what it leaves behind.

    Raises:
        UnreachableError: the server no longer answers.
    """
    error = _read(raised, connection)
    # A transaction that Django leaves open would keep this connection from all further work.
    with suppress(DjangoError):
        connection.close()
    del connections[connection.alias]
    connection = connections[connection.alias]
    try:
        there = set(connection.introspection.table_names())
    except DjangoError as lost:
        message = f"the server is gone ({error.message})"
        raise UnreachableError(message) from lost
    migration, operation = progress.migration, progress.operation
    stays = not connection.features.can_rollback_ddl or not getattr(migration, "atomic", True)
    return Failure(
        migration=f"{migration.app_label}.{migration.name}" if migration is not None else None,
        operation=operation.describe() if operation is not None else None,
        number=progress.number or None,
        error=error,
        sql=_last(raised, progress.sql),
        stays=[each for each in progress.sql[:-1] if _changes(each)] if stays else [],
        tables=sorted(there - progress.tables),
    )


def _last(raised: BaseException, sent: Sent) -> str | None:
    """Return the statement that failed, or else the last before the project's code raised."""
    if isinstance(raised, DjangoError) and sent.failed:
        return sent[max(sent.failed)]
    return next((each for each in reversed(sent) if not _ends(each)), None)


def _ends(sql: str) -> bool:
    """Return whether Django sends it where it leaves a migration that has failed."""
    return sql.upper().startswith(("ROLLBACK", "RELEASE", "PRAGMA"))


def _changes(sql: str) -> bool:
    return not sql.lstrip().upper().startswith(("SELECT", "BEGIN", "COMMIT", "ROLLBACK", "SHOW"))


def _read(raised: BaseException, connection: Any) -> Error:
    """Return what a migration raised: an error of the database's, or of the project's own code."""
    try:
        if isinstance(raised, Exception):
            return read(raised, connection)
    except Fault:
        pass
    known = isinstance(raised, CommandError | ImproperlyConfigured)
    class_ = type(raised)
    return Error(
        class_=class_.__name__,
        driver_class=f"{class_.__module__}.{class_.__qualname__}",
        code=None,
        message=str(raised) if known else " ".join(str(raised).split()),
        constraint=None,
        names_constraint=False,
    )
