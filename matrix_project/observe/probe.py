"""Ask the database one question, in a transaction that is really committed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from django.db import Error as DjangoError
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from matrix_project.observe.capture import captured
from matrix_project.observe.errors import read_probe_error
from matrix_project.results import Outcome, Path, Probe, Stage

__all__ = ["ask"]


@contextmanager
def ask(  # noqa: PLR0913 (all by keyword, all needed)
    connection: BaseDatabaseWrapper,
    *,
    id_: str,
    title: str,
    expect: Literal["accept", "reject"],
    path: Path,
    constraint: str | None,
    setup: Callable[[], list[str]],
    record: Callable[[Probe], None],
) -> Iterator[None]:
    """Run the block in a transaction of its own, commit it, and record the answer.

    A rejection does not leave the block: it is what was asked for. `setup` says, once the block is
    entered, what was sent to make the rows that are there.

    Raises:
        Fault: the database did not answer; nothing is recorded.
    """
    error = None
    before = setup()
    with captured(connection) as sql:
        try:
            with transaction.atomic():
                yield
        except DjangoError as raised:
            error = read_probe_error(raised, connection, constraint)
    record(
        Probe(
            id=id_,
            title=title,
            expect=expect,
            paths=[path],
            outcome=Outcome.REJECTED if error else Outcome.ACCEPTED,
            stage=_stage(sql) if error else Stage.COMMIT,
            error=error,
            setup=before,
            sql=sql,
        )
    )


def _stage(sql: list[str]) -> Stage:
    """Tell from what was sent last, rollbacks aside, where the rejection came."""
    last = next(statement for statement in reversed(sql) if not statement.startswith("ROLLBACK"))
    if last.startswith("COMMIT"):
        return Stage.COMMIT
    if last.startswith("RELEASE SAVEPOINT"):
        return Stage.SAVEPOINT
    return Stage.STATEMENT
