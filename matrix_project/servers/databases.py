"""Connections for the housekeeping around a suite: a database more, one fewer.

Everything here goes through the vendors' drivers, which are slow to import and without stubs.
"""

from __future__ import annotations

import importlib
import secrets
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from matrix_project.servers import ServerUnavailableError

__all__ = ["DIALECTS", "Dialect", "connect", "create_beside", "greet", "new_name"]


@dataclass(frozen=True)
class Dialect:
    """How a kind of server is talked to; `Any` is a connection of its driver."""

    driver: str
    """The module that Django reaches it through."""
    connect: Callable[[Mapping[str, Any], Mapping[str, Any]], Any]
    create: str
    """The statement that makes a database."""
    drop: str
    """The statement that drops a database, whoever of ours is in it still."""
    like: str = "SELECT 1"
    """The question whose answers `create` takes, so that the new database is like this one."""


def _connect_postgresql(entry: Mapping[str, Any], options: Mapping[str, Any]) -> Any:
    return importlib.import_module("psycopg").connect(
        dbname=entry["NAME"] or "postgres",
        user=entry["USER"] or None,
        password=entry["PASSWORD"] or None,
        host=entry["HOST"] or None,
        port=entry["PORT"] or None,
        autocommit=True,
        **options,
    )


def _connect_mysql(entry: Mapping[str, Any], options: Mapping[str, Any]) -> Any:
    host = "unix_socket" if entry["HOST"].startswith("/") else "host"
    names = {
        "USER": "user",
        "PASSWORD": "password",
        "HOST": host,
        "PORT": "port",
        "NAME": "database",
    }
    given = {name: entry[key] for key, name in names.items() if entry[key]}
    if "port" in given:
        given["port"] = int(given["port"])
    return importlib.import_module("MySQLdb").connect(**given, **options)


DIALECTS: Mapping[str, Dialect] = {
    "django.db.backends.postgresql": Dialect(
        driver="psycopg",
        connect=_connect_postgresql,
        create="CREATE DATABASE {name}",
        drop="DROP DATABASE IF EXISTS {name} WITH (FORCE)",
    ),
    "django.db.backends.mysql": Dialect(
        driver="MySQLdb",
        connect=_connect_mysql,
        like="SELECT @@character_set_database, @@collation_database",
        create="CREATE DATABASE {name} CHARACTER SET {0} COLLATE {1}",
        drop="DROP DATABASE IF EXISTS {name}",
    ),
}
"""By Django's `ENGINE`."""


def connect(entry: Mapping[str, Any], **options: Any) -> Any:
    """Return the driver's connection to an entry of `DATABASES`; each statement is its own."""
    return DIALECTS[entry["ENGINE"]].connect(entry, options)


def greet(entry: Mapping[str, Any], *, seconds: int) -> None:
    """Put a first query to the server at an entry of `DATABASES`.

    Raises:
        Exception: the driver's error where it does not answer within the seconds.
    """
    with closing(connect(entry, connect_timeout=seconds)) as connection:
        connection.cursor().execute("SELECT 1")


def new_name() -> str:
    """Return a name for a database of ours; no other run has the same."""
    return f"matrix_{secrets.token_hex(4)}"


def create_beside(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Make a database like the one of `entry` on its server, and return the entry of the new one.

    Raises:
        ServerUnavailableError: the server is gone, or refuses it.
    """
    dialect, name = DIALECTS[entry["ENGINE"]], new_name()
    try:
        with closing(connect(entry)) as connection:
            cursor = connection.cursor()
            cursor.execute(dialect.like.encode())
            cursor.execute(dialect.create.format(*cursor.fetchone(), name=name).encode())
    except Exception as error:
        # The drivers have no common class, and their words may hold an address.
        message = f"the server made no database more ({type(error).__name__}): is it still there?"
        raise ServerUnavailableError(message) from error
    return {**entry, "NAME": name}
