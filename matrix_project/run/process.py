"""The process that runs the suite on one database: it is handed the database, and sends events."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

import msgspec

import matrix_project.suite
from matrix_project.servers import Room
from matrix_project.suite import events

__all__ = ["SuiteError", "SuiteProcess"]

_SUITE = Path(matrix_project.suite.__file__).parent

# pytest's exit codes after which all events were sent: passed, failed, no test collected; and the
# suite's own for a lost server. https://docs.pytest.org/en/stable/reference/exit-codes.html
_COMPLETE = frozenset((0, 1, 5, events.LOST_CODE))
_USAGE_ERROR = 4

# What the suite's process takes over of what surrounds the run. All else could change what is
# observed: settings of Django, pytest, Python and the drivers.
_PASSED_ON = ("PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT")


class SuiteError(Exception):
    """The suite's process could not do its work; its text is one line."""


class SuiteProcess:
    """The suite's process, from its start to its last event."""

    def __init__(
        self,
        python: str,
        arguments: list[str],
        room: Room,
        environ: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Start it in the interpreter `python`; `arguments` go to pytest beside its own."""
        self._room = room
        self._hidden = "\0"
        self._log = room.folder / f"suite-{secrets.token_hex(4)}.log"
        reader, writer = os.pipe()
        self._pipe = os.fdopen(reader, "rb")
        command: list[str | Path] = [
            # Nothing of PYTHON…, nothing of the working directory; output and errors in order.
            *(python, "-E", "-P", "-u", "-m", "pytest"),
            *("-c", _SUITE / "pytest.toml", _SUITE / "test_cases.py"),
            *("--quiet", "--no-header", "--tb=short"),
            *arguments,
        ]
        try:
            with self._log.open("w") as output:
                self._process = room.spawn(
                    command,
                    env={
                        **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
                        "LC_ALL": "C.UTF-8",
                        "MATRIX_EVENTS_FD": str(writer),
                        **environ,
                    },
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

    def hand_over(self, database: dict[str, Any]) -> None:
        """Give it the database, password and all, in a way that nobody else can see."""
        self._hidden = str(database.get("PASSWORD") or "\0")
        if self._process.stdin is not None:
            # If it has ended already, its events and its output say why.
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.write(json.dumps(database) + "\n")
                self._process.stdin.flush()

    def events(self) -> Iterator[events.Event]:
        """Yield what it sends, until it ends.

        Raises:
            SuiteError: it ended before it had sent everything.
        """
        whole = True
        for line in self._pipe:
            whole = line.endswith(b"\n")
            if whole:
                yield msgspec.json.decode(line, type=events.Event)
        code = self._process.wait()
        said = self._log.read_text(errors="replace").replace(self._hidden, "***")
        if code == _USAGE_ERROR:
            raise SuiteError(_telling(said).removeprefix("ERROR: "))
        if code < 0 or not whole:
            by = f"killed by {signal.Signals(-code).name}" if code < 0 else "cut off"
            message = f"the suite's process was {by}"
            raise SuiteError(message)
        if code not in _COMPLETE:
            message = f"the suite ended with code {code}: {_telling(said)}"
            raise SuiteError(message)


def _telling(said: str) -> str:
    """Return the line of pytest's output that says best what went wrong."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith(("E  ", "ERROR: ", "INTERNALERROR> "))]
    return (errors or lines or ["it said nothing"])[-1].removeprefix("INTERNALERROR> ")
