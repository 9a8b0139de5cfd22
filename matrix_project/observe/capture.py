"""See the SQL that Django sends, with its parameters filled in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.db import Error as DjangoError
from django.db.backends.base.base import BaseDatabaseWrapper

from matrix_project.observe.scrub import number_savepoints, scrub

__all__ = ["captured"]


@contextmanager
def captured(connection: BaseDatabaseWrapper) -> Iterator[list[str]]:
    """Yield a list that holds, once the block is left, each statement sent in it.

    `BEGIN`, `COMMIT` and `ROLLBACK` are among them, as Django logs them.
    """
    statements: list[str] = []
    operations: Any = connection.ops
    log, operations.last_executed_query = (
        operations.last_executed_query,
        partial(_as_sent, operations.last_executed_query),
    )
    forced, connection.force_debug_cursor = connection.force_debug_cursor, True
    connection.queries_log.clear()
    connection.execute_wrappers.append(_remember_failed)
    try:
        yield statements
    finally:
        connection.execute_wrappers.remove(_remember_failed)
        connection.force_debug_cursor = forced
        operations.last_executed_query = log
        sent = [scrub(str(query["sql"]), connection) for query in connection.queries_log]
        statements += number_savepoints(sent)


def _as_sent(log: Callable[..., Any], cursor: Any, sql: str, params: Any) -> str:
    """Return a statement with its parameters, or beside them where the driver can't fill them in.

    Django asks SQLite itself to quote them, which raises the driver's own error of a type that
    SQLite does not know, in the place of Django's.
    """
    try:
        return str(log(cursor, sql, params))
    except Exception:  # noqa: BLE001 (each driver has errors of its own)
        return f"{sql} -- {params!r}"


def _filled_in(cursor: Any, sql: str, params: Any) -> bytes:
    """Return a statement as it was sent; where the driver cannot write a value, beside its values.

    mysqlclient writes no NaN, and raises an error of its own before it sends anything.
    """
    try:
        return str(cursor.mogrify(sql, params)).encode()
    except Exception:  # noqa: BLE001 (the driver's own, which the statement has raised already)
        return f"{sql} -- {params!r}".encode()


def _remember_failed(
    execute: Callable[..., Any],
    sql: str,
    params: Any,
    many: bool,  # noqa: FBT001 (Django's signature)
    context: dict[str, Any],
) -> Any:
    """Have a failed statement logged on MySQL as well.

    mysqlclient notes a statement on its cursor only once it succeeded, so that Django logs `None`,
    or the cursor's last statement, in the place of one that failed.
    """
    try:
        return execute(sql, params, many, context)
    except DjangoError:
        cursor: Any = getattr(context["cursor"].cursor, "cursor", None)
        if hasattr(cursor, "_executed"):
            cursor._executed = _filled_in(cursor, sql, params)  # noqa: SLF001 (what Django reads)
        raise
