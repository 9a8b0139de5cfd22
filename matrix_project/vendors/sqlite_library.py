"""SQLite's library.

https://www.sqlite.org/c3ref/libversion.html
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from matrix_project.vendors.serving import Library

__all__ = ["LIBRARY", "oldest"]


def oldest() -> tuple[int, ...] | None:
    """Return the oldest version that the installed Django supports."""
    from django.db.backends.sqlite3.base import DatabaseWrapper

    return DatabaseWrapper.features_class.minimum_database_version


def _database(path: Path) -> dict[str, Any]:
    # A file, as most users have it: a database in memory has other locks.
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        # Nothing has to outlive a power cut. https://www.sqlite.org/pragma.html
        "OPTIONS": {"init_command": "PRAGMA synchronous=OFF; PRAGMA journal_mode=MEMORY"},
    }


def _version() -> tuple[int, ...]:
    import sqlite3

    return sqlite3.sqlite_version_info


def _differs(connection: Any, path: str) -> str | None:
    import ctypes

    asked = ctypes.CDLL(path).sqlite3_sourceid
    asked.restype = ctypes.c_char_p
    with connection.cursor() as cursor:
        cursor.execute("SELECT sqlite_source_id()")
        (found,) = cursor.fetchone()
    if found == asked().decode():
        return None
    return f"this Python does not take SQLite from {Path(path).name}: it has {found}"


LIBRARY = Library(
    database=_database,
    version=_version,
    origin="Python's own sqlite3 library",
    # Python's own module of that name, linked to a SQLite whose functions it exports.
    member="*/_sqlite3*.so",
    variable="MATRIX_SQLITE_LIBRARY",
    differs=_differs,
)
