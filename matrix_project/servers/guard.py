"""Clear a room when the process that opened it is gone, however it went. See `room.py`.

Run as a program of its own: the folder is the one argument, and standard input says line by line
what lives in the room: `process PID`, `container ID`, and `gone ID` once it does no more. When the
input ends, all that is left is ended: process groups killed, containers and the folder removed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable

_SECONDS_TO_REMOVE = 60


def clear(folder: str, lines: Iterable[str]) -> None:
    """Read `lines` to their end, then end what is left of the room."""
    living: dict[str, str] = {}
    for line in lines:
        kind, _, ident = line.strip().partition(" ")
        if kind == "gone":
            living.pop(ident, None)
        else:
            living[ident] = kind
    for ident, kind in living.items():
        if kind == "process":
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(int(ident), signal.SIGKILL)
        elif kind == "container":
            with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                subprocess.run(
                    ["docker", "rm", "--force", "--volumes", ident],
                    check=False,
                    capture_output=True,
                    timeout=_SECONDS_TO_REMOVE,
                )
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    clear(sys.argv[1], sys.stdin)
