"""Make the rows for one constraint: its tables on the reference database, and the search.

All of it is one transaction, tables included, that is taken back: nothing is to be dropped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connections, transaction
from django.db.migrations.state import ProjectState

from matrix_project.audit.rows.help import Help
from matrix_project.audit.rows.judge import Bench
from matrix_project.audit.rows.made import Made
from matrix_project.audit.rows.search import search
from matrix_project.observe.checks import absence
from matrix_project.observe.schema import refused_beside
from matrix_project.observe.states import state_of
from matrix_project.observe.subject import Subject
from matrix_project.observe.targets import Target

__all__ = ["make"]


class _RefusedError(Exception):
    """The reference database does not take the tables; the text says why."""


def make(subject: Subject, alias: str, help: Help | None = None) -> Made:  # noqa: A002 (the word)
    """Return rows that satisfy and violate a constraint, proven on the reference database.

    Args:
        subject: plain models and one target, without rows.
        alias: Django's connection to the reference database, which has none of their tables, and
            which takes back DDL with a transaction.
        help: what the project gives.
    """
    connection: Any = connections[alias]
    (target,) = subject.targets
    if reason := absence(target.model, connection):
        return Made(lacking=reason)
    try:
        return _made(subject, alias, help, ())
    except _RefusedError:
        without = refused_beside(subject, alias)
    try:
        return _made(subject, alias, help, without)
    except _RefusedError as error:
        return Made(lacking=f"the reference database does not take the tables: {error}")


def _made(subject: Subject, alias: str, help_: Help | None, left_out: Sequence[Target]) -> Made:
    with _tables(subject, alias, left_out):
        bench = Bench(subject, subject.targets[0], alias)
        with bench.open():
            return search(bench, help_)


@contextmanager
def _tables(subject: Subject, alias: str, left_out: Sequence[Target]) -> Iterator[None]:
    """Have the tables without the constraint for the block.

    Raises:
        _RefusedError: the database does not take them.
    """
    connection: Any = connections[alias]
    state = state_of(subject.models, [*left_out, *subject.targets])
    # Keys are checked where rows are put in.
    with connection.constraint_checks_disabled(), transaction.atomic(using=alias):
        try:
            with transaction.atomic(using=alias), connection.schema_editor(atomic=False) as editor:
                nothing = ProjectState()
                for operation in subject.prerequisites:
                    operation.database_forwards("audit", editor, nothing, nothing)
                for model in state.apps.get_models():
                    if model._meta.can_migrate(connection):
                        editor.create_model(model)
        except Exception as error:
            transaction.set_rollback(True, using=alias)
            raise _RefusedError(" ".join(str(error).split())) from error
        yield
        transaction.set_rollback(True, using=alias)
