"""Send the statements of a file, by the driver alone: what nobody can do in less.

`python bare.py FILE DRIVER`, the entry of Django's `DATABASES` as JSON on standard input.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any


def connect(driver: str, entry: dict[str, Any]) -> Any:
    """Return a connection on which each statement is its own transaction."""
    if driver == "sqlite3":
        import sqlite3

        connection = sqlite3.connect(entry["NAME"], isolation_level=None)
        connection.executescript(entry["OPTIONS"]["init_command"])
        return connection
    where = {"host": entry["HOST"], "port": int(entry["PORT"]), "user": entry["USER"]}
    if driver == "psycopg":
        import psycopg

        return psycopg.connect(
            **where, password=entry["PASSWORD"], dbname=entry["NAME"], autocommit=True
        )
    return importlib.import_module(driver).connect(
        **where, password=entry["PASSWORD"], database=entry["NAME"], autocommit=True
    )


def main() -> None:
    """Send all, and fetch what comes; errors are part of it."""
    file, driver = sys.argv[1:]
    connection = connect(driver, json.load(sys.stdin))
    cursor = connection.cursor()
    with Path(file).open() as statements:
        for line in statements:
            try:
                cursor.execute(json.loads(line))
                if cursor.description:
                    cursor.fetchall()
            except Exception:  # noqa: BLE001, S110 (the suite met it too)
                pass
    connection.close()


if __name__ == "__main__":
    main()
