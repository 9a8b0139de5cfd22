"""An act on a second connection: what it sends, what it comes to, and whether it waits."""

from __future__ import annotations

import time
from concurrent.futures import Future
from typing import Any

from matrix_project import vendors
from matrix_project.observe.errors import Fault, driver_error
from matrix_project.observe.snapshot import Snapshot

__all__ = ["SECONDS_TO_END", "OtherAct", "begin", "note_error", "number_of", "single", "waits"]

SECONDS_TO_END = 60
_SECONDS_TO_WAIT = 20
"""How long a second connection waits for a lock before its statement fails."""
_SLOWER = 1.3
_SECONDS_WITHOUT_NEWS = 0.2
"""What is longer under way waits, where no query tells of it."""


class OtherAct(Future[object]):
    """What an act on the second connection came to."""

    asked = False
    """Whether the act on the first connection has looked at it."""
    after: Snapshot | None = None
    """The committed rows once it ended."""
    session: object = None
    """Its session's number, once it is connected."""
    code: str | None = None
    """The code of the error that ended it."""
    timed_out = False
    """Whether it waited for a lock in vain."""

    def __init__(self) -> None:
        """Take nothing: the act is yet to come."""
        super().__init__()
        self.sql: list[str] = []

    def result(self, timeout: float | None = None) -> object:
        """Return the act's result, or raise its error: it is looked at."""
        self.asked = True
        return super().result(timeout)

    def exception(self, timeout: float | None = None) -> BaseException | None:
        """Return the act's error: it is looked at."""
        self.asked = True
        return super().exception(timeout)

    def ended(self, seconds: float) -> bool:
        """Wait so long at most, and return whether it has ended; its error is not looked at."""
        try:
            super().exception(seconds)
        except TimeoutError:
            return False
        return True


def begin(connection: Any) -> None:
    """Have a session's statements fail where a lock is not to be had, that none waits for ever."""
    with connection.cursor() as cursor:
        cursor.execute(vendors.of(connection).locks.limit.format(_SECONDS_TO_WAIT))


def note_error(act: OtherAct, connection: Any, raised: Exception) -> None:
    """Write down what an act's error says."""
    vendor = vendors.of(connection)
    act.code = vendor.read_error(driver_error(raised)).code
    act.timed_out = act.code in vendor.locks.timed_out


def number_of(connection: Any) -> object:
    """Return a session's own number; None where no query tells of sessions."""
    query = vendors.of(connection).locks.session
    return single(connection, query) if query is not None else None


def waits(connection: Any, act: OtherAct) -> bool:
    """Return whether an act waits for a lock, as soon as it does or has ended.

    The server tells, by the connection. Where it cannot (SQLite has none; another asks for a right
    that we lack), an act that does not end within a fifth of a second waits.

    Raises:
        Fault: the server tells that it neither waits nor ends.
    """
    locks = vendors.of(connection).locks
    query, seconds = locks.waits, locks.seconds_between
    until = time.monotonic() + SECONDS_TO_END
    while not act.ended(seconds):
        # Who asks at another pace than others is not told for ever what they were.
        seconds *= _SLOWER
        if query is None:
            return not act.ended(_SECONDS_WITHOUT_NEWS)
        if act.session is not None:
            try:
                if single(connection, query.format(act.session)):
                    return True
            except Exception:  # noqa: BLE001 (each driver has errors of its own)
                query = None
        if time.monotonic() > until:
            message = f"the second connection neither waits nor ends within {SECONDS_TO_END} s"
            raise Fault(message)
    return False


def single(connection: Any, query: str) -> Any:
    """Return the one value that a query gives, past Django, whose log is part of the answer."""
    connection.ensure_connection()
    cursor = connection.connection.cursor()
    try:
        cursor.execute(query)
        return cursor.fetchone()[0]
    finally:
        cursor.close()
