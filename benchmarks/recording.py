"""Record every statement that the suite sends: given to it by `--cases`, as if it held cases.

One statement a line, as JSON, its values filled in, transaction control among them. What Django
asks when it connects is left out.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

_FILE = Path(os.environ["BENCHMARK_RECORD"]).open("w", buffering=1)  # noqa: SIM115 (until the end)
# How a driver begins and ends a transaction where Django sets its autocommit.
_AUTOCOMMIT = {
    "postgresql": {False: "BEGIN"},
    "mysql": {False: "SET autocommit = 0", True: "SET autocommit = 1"},
}


def _write(sql: object) -> None:
    text = sql.decode() if isinstance(sql, bytes | bytearray) else str(sql)
    _FILE.write(json.dumps(text) + "\n")


def _record(execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:  # noqa: FBT001 (Django's signature)
    cursor = context["cursor"].cursor
    cursor = getattr(cursor, "cursor", cursor)  # Django wraps mysqlclient's
    for values in params if many else [params]:
        _write(sql if values is None else cursor.mogrify(sql, values))
    return execute(sql, params, many, context)


def _tell_transactions(connection: Any) -> None:
    """Have a connection tell of its transactions too, which go past the cursor."""
    begins = _AUTOCOMMIT[connection.vendor]
    wrapped: dict[str, Any] = {
        "_set_autocommit": begins.get,
        "_commit": lambda: "COMMIT",
        "_rollback": lambda: "ROLLBACK",
    }
    for name, text in wrapped.items():
        method = getattr(connection, name)

        def tell(*values: Any, method: Any = method, text: Any = text) -> Any:
            if (sql := text(*values)) is not None:
                _write(sql)
            return method(*values)

        setattr(connection, name, tell)


def _listen(connection: BaseDatabaseWrapper, **_: object) -> None:
    if hasattr(connection.connection, "set_trace_callback"):
        # SQLite's module tells all by itself, and has no `mogrify`.
        connection.connection.set_trace_callback(_write)
    elif _record not in connection.execute_wrappers:
        connection.execute_wrappers.append(_record)
        _tell_transactions(connection)


connection_created.connect(_listen)
