"""What the providers share: a program run to its end, a driver, and a folder kept in the cache."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from matrix_project.servers import Room, ServerUnavailableError
from matrix_project.servers.caching import build_once, cache, lacks_cache
from matrix_project.servers.environ import environ_of_tool
from matrix_project.servers.manifest import damage
from matrix_project.servers.safety import flaw_on_the_way
from matrix_project.vendors import Vendor

__all__ = [
    "LIBRARY_VARIABLE",
    "LINKED_DRIVER",
    "build_once",
    "cache",
    "damage_of_library",
    "lacks_cache",
    "lacks_driver",
    "last_words",
    "run",
]

LINKED_DRIVER = "MySQLdb"
"""The driver that may be linked to a library in the cache."""
LIBRARY_VARIABLE = "MARIADB_PLUGIN_DIR"
"""The environment variable with the folder of that library's plugins."""

# The time and the process of a line of log; the name of a folder being built.
_CHANGING = re.compile(
    r"\d{4}-\d\d-\d\d[T ] ?[\d:.]+Z? (?:UTC )?\[?\d+\]? |(?<=\.)\w+\.(?=partial)"
)
# InnoDB gives the system's number alone.
_DISK_FULL = re.compile(r"\berror 28\b")
_TELLING = re.compile(r"^E: |\berror\b|fatal|cannot|failed|no space left", re.IGNORECASE)


def last_words(output: str | Iterable[str], room: Room, telling: re.Pattern[str] = _TELLING) -> str:
    """Return in one line what a program had to say in the end.

    That is its first telling line, which often is the cause, and the last two, or else the last
    line of all; without what another run would say otherwise: the room's folder, the time.
    """
    lines = output.splitlines() if isinstance(output, str) else output
    lines = [_CHANGING.sub("", line.strip().replace(str(room.folder), "…")) for line in lines]
    lines = [_DISK_FULL.sub("error 28 (No space left on device)", line) for line in lines if line]
    told = list(dict.fromkeys(line for line in lines if telling.search(line)))
    return " ".join([*told[:1], *told[1:][-2:]] or lines[-1:]) or "it said nothing"


def run(
    room: Room,
    argv: Sequence[str | Path],
    *,
    stdin: str | None = None,
    timeout: float = 120,
    telling: re.Pattern[str] = _TELLING,
    **options: Any,
) -> str:
    """Run a program of the room to its end and return what it wrote, errors included.

    Its environment is a tool's, unless `options` (`subprocess.Popen`'s) give another.

    Raises:
        ServerUnavailableError: it failed, or took more than `timeout` seconds; its last words are
            in the text, all that it wrote is in a note.
        KeyboardInterrupt: the run was cancelled.
    """
    process = room.spawn(
        argv,
        stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        **{"env": environ_of_tool(), **options},
    )
    try:
        output, _ = process.communicate(stdin, timeout=timeout)
    except subprocess.TimeoutExpired:
        output = f"not done within {timeout:.0f} s"
    finally:
        code = room.stop(process)
        for stream in filter(None, (process.stdin, process.stdout)):
            with contextlib.suppress(BrokenPipeError):
                stream.close()
    if room.cancelled.is_set():
        raise KeyboardInterrupt
    if code:
        name = Path(argv[0]).name
        ended = f"was ended by {signal.Signals(-code).name}" if code < 0 else "failed"
        message = f"{name} {ended}: {last_words(output, room, telling)}"
        unavailable = ServerUnavailableError(message)
        unavailable.add_note(output)
        raise unavailable
    return output


def damage_of_library() -> str | None:
    """Return in a few words what is wrong with the library that mysqlclient was linked to here.

    None where it is whole, or the machine's own.
    """
    plugins = Path(os.environ.get(LIBRARY_VARIABLE, ""))
    entry = plugins.parent
    if (entry.parent.name, plugins.name) != ("connectors", "plugin"):
        return None
    try:
        found = flaw_on_the_way(entry.parent) or damage(entry)
    except OSError as error:
        found = error.strerror or type(error).__name__
    return found and f"{entry}, below MATRIX_CACHE as it was then: {found}"


def lacks_driver(vendor: Vendor) -> str | None:
    """Return why a vendor's driver cannot be imported and what to do; None where it can."""
    # It may be there and its library gone, as the cache is that mysqlclient's is in. One that was
    # cut off would end this process by a signal.
    if vendor.driver == LINKED_DRIVER and (found := damage_of_library()) is not None:
        return f"{vendor.driver}'s library is not to be used ({found}): {vendor.driver_help}"
    try:
        vendor.import_driver()
    except ImportError as error:
        if isinstance(error, ModuleNotFoundError) and error.name == vendor.driver:
            return f"there is no {vendor.driver}: {vendor.driver_help}"
        words = " ".join(str(error).split())
        return f"{vendor.driver} cannot be imported ({words}): {vendor.driver_help}"
    return None
