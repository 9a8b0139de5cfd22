"""Connections for the housekeeping around a suite: a database more, one fewer.

Everything here goes through the vendors' drivers, which are slow to import and without stubs.
"""

from __future__ import annotations

import datetime as dt
import re
import secrets
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from matrix_project.servers import ServerUnavailableError
from matrix_project.vendors.serving import Access

__all__ = [
    "connected",
    "create_beside",
    "greet",
    "left_over",
    "new_name",
    "silence",
    "without_name",
]

_SECONDS_TO_ANSWER = 60
_SECONDS_TO_GREET = 5

# Options that Django takes for itself. https://docs.djangoproject.com/en/stable/ref/databases/
_DJANGO_OPTIONS = {"assume_role", "isolation_level", "pool", "server_side_binding"}

# The project's mark, the day in UTC, a random part. PostgreSQL takes 63 bytes, MySQL 64.
_NAME = re.compile(r"constraint_matrix_([0-9]{8})_[0-9a-f]{8}")
# The names, and the folders of `packages`: a socket's path has to be short.
_MADE_UP = re.compile(rf"{_NAME.pattern}|matrix_[0-9a-f]{{8}}(?![0-9a-f])")
# The day in a name may have ended a moment after: two days later, one has passed for certain.
_DAYS = 2


@contextmanager
def connected(
    access: Access, entry: Mapping[str, Any], *, seconds: float = _SECONDS_TO_ANSWER, **options: Any
) -> Iterator[Any]:
    """Yield a cursor of the driver's at an entry of `DATABASES`, for `seconds` at most.

    A server that is there and does not answer would keep a query waiting forever: no driver's
    own time-out is about that. `options` are the driver's, before the entry's and the vendor's own.
    """
    given = entry.get("OPTIONS", {}).items()
    own = {key: value for key, value in given if key not in _DJANGO_OPTIONS}
    connection = access.connect(entry, {**access.options, **own, **options})
    # A second handle on the connection's socket: no other thread may use the connection itself.
    line = socket.fromfd(connection.fileno(), socket.AF_UNIX, socket.SOCK_STREAM)
    end = threading.Timer(seconds, _hang_up, [line])
    end.daemon = True
    end.start()
    try:
        yield connection.cursor()
    finally:
        end.cancel()
        connection.close()
        line.close()


def _hang_up(line: socket.socket) -> None:
    with suppress(OSError):  # it is closed already
        line.shutdown(socket.SHUT_RDWR)


def greet(access: Access, entry: Mapping[str, Any], *, seconds: int) -> None:
    """Put a first query to the server at an entry of `DATABASES`.

    Raises:
        Exception: the driver's error where it does not answer within the seconds.
    """
    with connected(access, entry, seconds=seconds, connect_timeout=seconds) as cursor:
        cursor.execute("SELECT 1")


def silence(access: Access, entry: Mapping[str, Any]) -> str | None:
    """Return that the server at an entry of `DATABASES` does not answer; None where it does."""
    try:
        greet(access, entry, seconds=_SECONDS_TO_GREET)
    except Exception:  # noqa: BLE001 (the drivers have no common class)
        return f"does not answer within {_SECONDS_TO_GREET} s"
    return None


def new_name() -> str:
    """Return a name for a database of ours; no other run has the same."""
    return f"constraint_matrix_{dt.datetime.now(dt.UTC):%Y%m%d}_{secrets.token_hex(4)}"


def without_name(text: str) -> str:
    """Return the text with the names that are made up for a run replaced by `matrix`."""
    return _MADE_UP.sub("matrix", text)


def left_over(name: str) -> bool:
    """Tell whether a database is one of ours, made more than a day ago."""
    made = _NAME.fullmatch(name)
    with suppress(ValueError):  # no such day
        if made is not None:
            day = dt.datetime.strptime(made[1], "%Y%m%d").replace(tzinfo=dt.UTC).date()
            return (dt.datetime.now(dt.UTC).date() - day).days >= _DAYS
    return False


def create_beside(
    access: Access, entry: Mapping[str, Any], statement: str | None = None
) -> dict[str, Any]:
    """Make a database on the server of `entry`, and return the entry of the new one.

    It is like the one of `entry`, but where a statement is given that makes it otherwise.

    Raises:
        ServerUnavailableError: the server is gone, or refuses it.
    """
    name = new_name()
    try:
        with connected(access, entry) as cursor:
            cursor.execute(access.like.encode())
            like_it = access.create.format(*cursor.fetchone(), name="{name}")
            cursor.execute((statement or like_it).format(name=name).encode())
    except Exception as error:
        # The drivers have no common class, and their words may hold an address.
        failed = f"made no database more ({type(error).__name__})"
        asked = f", and does it take `{statement}`" if statement else ""
        message = f"the server {failed}: is it still there{asked}?"
        raise ServerUnavailableError(message) from error
    return {**entry, "NAME": name}
