"""What of a server and its driver changes behaviour: versions and settings."""

from __future__ import annotations

import ctypes
import platform
from importlib.metadata import version
from pathlib import Path

import django
from django.db import Error as DjangoError
from django.db.backends.base.base import BaseDatabaseWrapper

from matrix_project.observe.scrub import scrub
from matrix_project.results import Driver

__all__ = ["driver", "lacks_library", "python_version", "server_version", "settings", "vendor"]

_DRIVERS = {"postgresql": "psycopg", "mysql": "mysqlclient"}

_MYSQL = {
    "sql_mode": "SELECT @@SESSION.sql_mode",
    "character_set": "SELECT @@character_set_database",
    "collation": "SELECT @@collation_database",
    "isolation": "SELECT @@SESSION.transaction_isolation",
    "storage_engine": "SELECT @@default_storage_engine",
    "lower_case_table_names": "SELECT @@lower_case_table_names",
    "foreign_key_checks": "SELECT @@SESSION.foreign_key_checks",
    "time_zone_tables": "SELECT CASE WHEN CONVERT_TZ('2000-01-01', 'UTC', 'Europe/Paris') IS NULL"
    " THEN 'empty' ELSE 'loaded' END",
}

_SETTINGS = {
    "postgresql": {
        "encoding": "SHOW server_encoding",
        "collation": "SELECT datcollate FROM pg_database WHERE datname = current_database()",
        "isolation": "SHOW transaction_isolation",
        "lc_messages": "SHOW lc_messages",
        "standard_conforming_strings": "SHOW standard_conforming_strings",
        "time_zone": "SHOW timezone",
    },
    "mysql": _MYSQL,
    "mariadb": {**_MYSQL, "check_constraint_checks": "SELECT @@SESSION.check_constraint_checks"},
    "sqlite": {
        "encoding": "PRAGMA encoding",
        "foreign_keys": "PRAGMA foreign_keys",
        "ignore_check_constraints": "PRAGMA ignore_check_constraints",
        "journal_mode": "PRAGMA journal_mode",
        "source_id": "SELECT sqlite_source_id()",
    },
}


def vendor(connection: BaseDatabaseWrapper) -> str:
    """Return the vendor: Django itself takes MariaDB for a MySQL."""
    return "mariadb" if getattr(connection, "mysql_is_mariadb", False) else connection.vendor


def server_version(connection: BaseDatabaseWrapper) -> str:
    """Return the server's own version: `18.6`, `19rc1`, `9.7.4`."""
    if connection.vendor == "postgresql":
        # Django's number does not tell a pre-release from the release.
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_version")
            return str(cursor.fetchone()[0]).partition(" ")[0]
    return ".".join(str(part) for part in connection.get_database_version())


def lacks_library(connection: BaseDatabaseWrapper, path: str) -> str | None:
    """Return why SQLite is not the library at the path; None where it is.

    https://www.sqlite.org/c3ref/libversion.html
    """
    asked = ctypes.CDLL(path).sqlite3_sourceid
    asked.restype = ctypes.c_char_p
    wanted = asked().decode()
    with connection.cursor() as cursor:
        cursor.execute("SELECT sqlite_source_id()")
        (found,) = cursor.fetchone()
    if found == wanted:
        return None
    return f"this Python does not take SQLite from {Path(path).name}: it has {found}"


def settings(connection: BaseDatabaseWrapper) -> dict[str, str | None]:
    """Return the settings that matter, as the server gives them; None where it has no such one."""
    found: dict[str, str | None] = {}
    with connection.cursor() as cursor:
        for name, sql in _SETTINGS[vendor(connection)].items():
            try:
                cursor.execute(sql)
                row = cursor.fetchone()
                found[name] = scrub(str(row[0]), connection) if row else None
            except DjangoError:
                found[name] = None
    return found


def driver(connection: BaseDatabaseWrapper) -> Driver:
    """Return the DB-API driver; SQLite's is of the standard library and has Python's version."""
    name = _DRIVERS.get(connection.vendor)
    if name is None:
        return Driver(name="sqlite3", version=platform.python_version())
    return Driver(name=name, version=version(name))


def python_version() -> str:
    """Return the running interpreter's version."""
    return platform.python_version()


def django_version() -> str:
    """Return the running Django's version."""
    return django.get_version()
