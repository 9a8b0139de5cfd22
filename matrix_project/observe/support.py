"""Which servers the installed Django supports, asked of Django's own backends; no server is needed.

`python -m matrix_project.observe.support` prints it as JSON.
"""

from __future__ import annotations

import platform
import sqlite3
import sys
from types import SimpleNamespace
from typing import Any

import django
import msgspec
from django.db.backends.mysql.features import DatabaseFeatures as MySqlFeatures
from django.db.backends.postgresql.features import DatabaseFeatures as PostgresqlFeatures
from django.db.backends.sqlite3.base import DatabaseWrapper as Sqlite

__all__ = ["Support", "support"]


class Support(msgspec.Struct, frozen=True):
    """A Python with a Django in it."""

    python: str
    django: str
    oldest: dict[str, tuple[int, ...]]
    """By vendor, the oldest version that Django connects to."""
    sqlite: tuple[int, ...]
    """The version of the interpreter's own library."""


def support() -> Support:
    """Return what the running Python has.

    Django asks the server which of the two it is; here there is none, and so it is told.
    """
    nobody: Any = SimpleNamespace(mysql_is_mariadb=False)
    mariadb: Any = SimpleNamespace(mysql_is_mariadb=True)
    features: dict[str, Any] = {
        "postgresql": PostgresqlFeatures(nobody),
        "mysql": MySqlFeatures(nobody),
        "mariadb": MySqlFeatures(mariadb),
        "sqlite": Sqlite.features_class(nobody),
    }
    return Support(
        python=platform.python_version(),
        django=django.get_version(),
        oldest={vendor: each.minimum_database_version for vendor, each in features.items()},
        sqlite=sqlite3.sqlite_version_info,
    )


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(support()))
