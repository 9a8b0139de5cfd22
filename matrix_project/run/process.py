"""A process that works on one database: it is handed the database, and sends events.

The suite is one (`SuiteProcess`); what a constraint costs is measured by another (`cost`).
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Generic, Self, TypeVar

import msgspec

import matrix_project.suite
from matrix_project.servers import Room
from matrix_project.servers.environ import environ_of_suite
from matrix_project.suite import events

__all__ = ["PATIENCE", "EventProcess", "SilentServerError", "SuiteError", "SuiteProcess"]

PATIENCE = 60.0
"""After how many seconds without an event the server is asked whether it still answers."""

_SUITE = Path(matrix_project.suite.__file__).parent

# pytest's exit codes after which all events were sent: passed, failed, no test collected; and the
# suite's own for a lost server. https://docs.pytest.org/en/stable/reference/exit-codes.html
_COMPLETE = frozenset((0, 1, 5, events.LOST_CODE))
_USAGE_ERROR = 4
# However well the server answers: no case takes as long.
_SECONDS_OF_SILENCE = 600
_SECONDS_TO_END = 30
_CHUNK = 1 << 16

_Event = TypeVar("_Event")


class SuiteError(Exception):
    """The suite's process could not do its work; its text is one line."""


class SilentServerError(SuiteError):
    """Nothing comes from the suite's process, for its server does not answer."""


class EventProcess(Generic[_Event]):
    """A Python process that sends events, from its start to its last one."""

    called = "the process"
    environ_of: Callable[..., dict[str, str]] = staticmethod(environ_of_suite)
    """Returns the environment that it starts from."""

    def __init__(
        self,
        words: Sequence[str | Path],
        room: Room,
        environ: Mapping[str, str],
        event: Any,
        complete: frozenset[int] = frozenset((0,)),
    ) -> None:
        """Start it.

        Args:
            words: the interpreter, and behind it what stands behind `python -m`.
            room: the room that it runs in.
            environ: what is in its environment beside what every such process gets.
            event: the type of its events.
            complete: the exit codes after which all events were sent.
        """
        self._event, self._complete = event, complete
        self._room = room
        self._hidden = "\0"
        self._log = room.folder / f"suite-{secrets.token_hex(4)}.log"
        reader, writer = os.pipe()
        self._pipe = os.fdopen(reader, "rb", buffering=0)
        # Nothing of the working directory; output and errors in order.
        command = [words[0], "-P", "-u", "-m", *words[1:]]
        try:
            with self._log.open("w") as output:
                self._process = room.spawn(
                    command,
                    env=self.environ_of(room, MATRIX_EVENTS_FD=str(writer), **environ),
                    pass_fds=[writer],
                    stdin=subprocess.PIPE,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                )
        except BaseException:
            self._pipe.close()
            raise
        finally:
            os.close(writer)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._room.stop(self._process)
        self._pipe.close()
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()

    def hand_over(
        self, database: Mapping[str, Any], beside: Mapping[str, Any] = MappingProxyType({})
    ) -> None:
        """Give it the database, password and all, in a way that nobody else can see.

        What is handed over `beside` it stands around the database, under keys of its own.
        """
        given = {"database": database, **beside} if beside else database
        self._hidden = str(database.get("PASSWORD") or "\0")
        if self._process.stdin is not None:
            # If it has ended already, its events and its output say why.
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.write(json.dumps(given) + "\n")
                self._process.stdin.flush()

    def events(
        self, patience: float = PATIENCE, gone: Callable[[], str | None] = lambda: None
    ) -> Iterator[_Event]:
        """Yield what it sends, until it ends.

        Args:
            patience: after how many seconds of silence `gone` is asked.
            gone: returns in one line that the server is gone; None where it answers.

        Raises:
            SuiteError: it ended before it had sent everything, or does not go on.
        """
        rest = b""
        for data in self._read(patience, gone):
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                yield msgspec.json.decode(line, type=self._event)
        try:
            code = self._process.wait(_SECONDS_TO_END)
        except subprocess.TimeoutExpired as error:
            message = f"{self.called} did not end within {_SECONDS_TO_END} s"
            raise SuiteError(message) from error
        output = self._log.read_text(errors="replace").replace(self._hidden, "***")
        if code == _USAGE_ERROR:
            raise SuiteError(_telling(output).removeprefix("ERROR: "))
        if code < 0 or rest:
            by = f"killed by {signal.Signals(-code).name}" if code < 0 else "cut off"
            message = f"{self.called} was {by}"
            raise SuiteError(message)
        if code not in self._complete:
            message = f"{self.called} ended with code {code}: {_telling(output)}"
            raise SuiteError(message)

    def _read(self, patience: float, gone: Callable[[], str | None]) -> Iterator[bytes]:
        """Yield what comes through the pipe, as it comes.

        Raises:
            SilentServerError: nothing comes, and `gone` says why.
            SuiteError: nothing comes, for too long.
        """
        silent_since = time.monotonic()
        with selectors.DefaultSelector() as selector:
            selector.register(self._pipe, selectors.EVENT_READ)
            while True:
                if selector.select(patience):
                    data = self._pipe.read(_CHUNK)
                    if not data:
                        return
                    yield data
                    silent_since = time.monotonic()
                elif (reason := gone()) is not None:
                    raise SilentServerError(reason)
                elif (seconds := time.monotonic() - silent_since) > _SECONDS_OF_SILENCE:
                    message = f"{self.called} has not gone on for {seconds:.0f} s: it was ended"
                    raise SuiteError(message)


class SuiteProcess(EventProcess[events.Event]):
    """The suite's process."""

    called = "the suite"

    def __init__(
        self,
        python: str,
        arguments: Sequence[str],
        room: Room,
        environ: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Start it in the interpreter `python`; `arguments` go to pytest beside its own."""
        words: list[str | Path] = [
            *(python, "pytest"),
            *("-c", _SUITE / "pytest.toml", _SUITE / "test_cases.py"),
            *("--quiet", "--no-header", "--tb=short"),
            *arguments,
        ]
        super().__init__(words, room, environ, events.Event, _COMPLETE)


def _telling(said: str) -> str:
    """Return the line of pytest's output that says best what went wrong."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith(("E  ", "ERROR: ", "INTERNALERROR> "))]
    return (errors or lines or ["it said nothing"])[-1].removeprefix("INTERNALERROR> ")
