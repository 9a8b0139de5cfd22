"""Connections for the housekeeping around a suite: a database more, one fewer.

Everything here goes through the vendors' drivers, which are slow to import and without stubs.
"""

from __future__ import annotations

import secrets
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from matrix_project.servers import ServerUnavailableError
from matrix_project.vendors.serving import Access

__all__ = ["connected", "create_beside", "greet", "new_name"]

_SECONDS_TO_CONNECT = 10
_SECONDS_TO_ANSWER = 60


@contextmanager
def connected(
    access: Access, entry: Mapping[str, Any], *, seconds: float = _SECONDS_TO_ANSWER, **options: Any
) -> Iterator[Any]:
    """Yield a cursor of the driver's at an entry of `DATABASES`, for `seconds` at most.

    A server that is there and does not answer would keep a query waiting forever: no driver's
    own time-out is about that. `options` are the driver's; its time to connect is one.
    """
    connection = access.connect(entry, {"connect_timeout": _SECONDS_TO_CONNECT, **options})
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


def new_name() -> str:
    """Return a name for a database of ours; no other run has the same."""
    return f"matrix_{secrets.token_hex(4)}"


def create_beside(access: Access, entry: Mapping[str, Any]) -> dict[str, Any]:
    """Make a database like the one of `entry` on its server, and return the entry of the new one.

    Raises:
        ServerUnavailableError: the server is gone, or refuses it.
    """
    name = new_name()
    try:
        with connected(access, entry) as cursor:
            cursor.execute(access.like.encode())
            cursor.execute(access.create.format(*cursor.fetchone(), name=name).encode())
    except Exception as error:
        # The drivers have no common class, and their words may hold an address.
        message = f"the server made no database more ({type(error).__name__}): is it still there?"
        raise ServerUnavailableError(message) from error
    return {**entry, "NAME": name}
