"""See the SQL that Django sends, with its parameters filled in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.db import Error as DjangoError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.transaction import TransactionManagementError

from matrix_project.observe.scrub import number_savepoints, scrub

__all__ = ["Sent", "captured"]

_CAUGHT = " -- its error is caught"


class Sent(list[str]):
    """The statements that were sent."""

    failed: frozenset[int] = frozenset()
    """The numbers of those that failed."""

    def told(self, error: object) -> list[str]:
        """Return the statements, a remark behind each whose error was caught.

        `error` is what they ended with: where there is one the last that failed has raised it.
        """
        failed = sorted(self.failed)
        caught = failed[:-1] if error is not None else failed
        return [sql + _CAUGHT * (number in caught) for number, sql in enumerate(self)]


@contextmanager
def captured(connection: BaseDatabaseWrapper) -> Iterator[Sent]:
    """Yield a list that holds, once the block is left, each statement sent in it.

    `BEGIN`, `COMMIT` and `ROLLBACK` are among them, as Django logs them.
    """
    statements = Sent()
    operations: Any = connection.ops
    logged, operations.last_executed_query = (
        operations.last_executed_query,
        partial(_as_sent, operations.last_executed_query),
    )
    forced, connection.force_debug_cursor = connection.force_debug_cursor, True
    connection.queries_log.clear()
    failed = _Failed(connection)
    connection.execute_wrappers.append(failed)
    try:
        yield statements
    finally:
        connection.execute_wrappers.remove(failed)
        connection.force_debug_cursor = forced
        operations.last_executed_query = logged
        log = [each for each in enumerate(connection.queries_log) if each[0] not in failed.blocked]
        sent = [scrub(str(query["sql"]), connection) for _, query in log]
        statements += number_savepoints(sent)
        statements.failed = frozenset(
            place for place, (number, _) in enumerate(log) if number in failed.numbers
        )


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


class _Failed:
    """The statements that failed, as Django logs them."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._connection = connection
        self.numbers: set[int] = set()
        self.blocked: set[int] = set()
        """The numbers in the log of those that Django did not send, a transaction being broken."""

    def __call__(
        self,
        execute: Callable[..., Any],
        sql: str,
        params: Any,
        many: bool,  # noqa: FBT001 (Django's signature)
        context: dict[str, Any],
    ) -> Any:
        """Have a failed statement logged on MySQL as well, and note one that is not sent.

        mysqlclient notes a statement on its cursor only once it succeeded, so that Django logs
        `None`, or the cursor's last statement, in the place of one that failed.
        """
        try:
            return execute(sql, params, many, context)
        except TransactionManagementError:
            self.blocked.add(len(self._connection.queries_log))
            raise
        except DjangoError:
            self.numbers.add(len(self._connection.queries_log))
            cursor: Any = getattr(context["cursor"].cursor, "cursor", None)
            if hasattr(cursor, "_executed"):
                cursor._executed = _filled_in(cursor, sql, params)  # noqa: SLF001 (what Django reads)
            raise
