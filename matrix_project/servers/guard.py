"""Clear a room when the process that opened it is gone, however it went. See `room.py`.

Run as a program of its own: the folder is the one argument, and standard input says line by line
what lives in the room: `process PID`, `container ID`, and `gone ID` once it does no more. When the
input ends, all that is left is ended: process groups killed, the folder and containers removed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

MARK = "MATRIX_ROOM"
"""The environment variable of a room's processes that names the room's folder."""
_SECONDS_TO_REMOVE = 60
_SECONDS_TO_CLEAR = 0.5
_SECONDS_BETWEEN = 0.05


def clear(folder: str, lines: Iterable[str]) -> None:
    """Read `lines` to their end, then end what is left of the room."""
    living: dict[str, str] = {}
    for line in lines:
        kind, _, ident = line.strip().partition(" ")
        if kind == "gone":
            living.pop(ident, None)
        else:
            living[ident] = kind
    groups = [int(ident) for ident, kind in living.items() if kind == "process"]
    killed = Path(folder).exists()
    end(folder, groups)
    # A process that was about to be told of is marked once its program is loaded, which takes a
    # moment longer than the end of the input; and one that is dying may still write a file.
    until = time.monotonic() + _SECONDS_TO_CLEAR
    while killed and time.monotonic() < until:
        time.sleep(_SECONDS_BETWEEN)
        end(folder)
    if containers := [ident for ident, kind in living.items() if kind == "container"]:
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run(
                ["docker", "rm", "--force", "--volumes", *containers],
                check=False,
                capture_output=True,
                timeout=_SECONDS_TO_REMOVE,
            )


def end(folder: str, groups: Iterable[int] = ()) -> None:
    """Kill these process groups and those of the room's marked processes; remove the folder."""
    for group in {*groups, *_marked(folder)}:
        kill(group)
    shutil.rmtree(folder, ignore_errors=True)


def kill(group: int) -> None:
    """Kill a process group, and what its leader started in groups of their own.

    PostgreSQL's do so. They end when they see that their server is gone, unless they are stopped.
    """
    # A leader that has been reaped has no children any more.
    family = _descendants(group) if Path("/proc", str(group)).exists() else []
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
    for process in family:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(process, signal.SIGKILL)


def stopped(process: int) -> bool:
    """Return whether a process is stopped by a signal, where the system shows it in /proc."""
    found = _status(Path("/proc", str(process)))
    return found is not None and found[0] == "T"


def _descendants(process: int) -> list[int]:
    """Return the processes that a process started, and those that these started."""
    parents: dict[int, list[int]] = {}
    for each in Path("/proc").glob("[0-9]*"):
        if (found := _status(each)) is not None:
            parents.setdefault(int(found[1]), []).append(int(each.name))
    family, new = [], [process]
    while new:
        new = [child for parent in new for child in parents.get(parent, ())]
        family += new
    return family


def _status(process: Path) -> list[str] | None:
    """Return a process's state and its parent; None where it is gone.

    https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    """
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()[:2]
    except (OSError, UnicodeDecodeError):
        return None


def _marked(folder: str) -> set[int]:
    """Return the groups of the room's processes, where the system shows processes in /proc."""
    mark, inside = os.fsencode(f"{MARK}={folder}\0"), os.fsencode(f"{folder}/")
    groups = set()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            try:
                marked = mark in (process / "environ").read_bytes()
            except PermissionError:
                # Another user's, as a server that root started, where root may not look into it.
                marked = inside in (process / "cmdline").read_bytes()
            if marked:
                groups.add(os.getpgid(int(process.name)))
    return groups


if __name__ == "__main__":
    clear(sys.argv[1], sys.stdin)
