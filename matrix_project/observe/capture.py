"""See the SQL that Django sends, with its parameters filled in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.backends.base.base import BaseDatabaseWrapper

from matrix_project.observe.scrub import number_savepoints, scrub

__all__ = ["captured"]


@contextmanager
def captured(connection: BaseDatabaseWrapper) -> Iterator[list[str]]:
    """Yield a list that holds, once the block is left, each statement sent in it.

    `BEGIN`, `COMMIT` and `ROLLBACK` are among them, as Django logs them.
    """
    statements: list[str] = []
    forced, connection.force_debug_cursor = connection.force_debug_cursor, True
    connection.queries_log.clear()
    try:
        yield statements
    finally:
        connection.force_debug_cursor = forced
        sent = [scrub(str(query["sql"]), connection) for query in connection.queries_log]
        statements += number_savepoints(sent)
