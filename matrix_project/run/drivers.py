"""Drivers that a Python lacks: the suite's are installed there, an audit's are borrowed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import msgspec

from matrix_project.backends import Backend
from matrix_project.interpreters import Interpreter, ask, own
from matrix_project.servers import Room, ServerUnavailableError, mysqlclient
from matrix_project.servers.drivers import drivers_beside
from matrix_project.vendors import VENDORS, vendor

__all__ = ["borrow", "install"]


def borrow(backends: Iterable[Backend], room: Room, say: Callable[[str], object]) -> Interpreter:
    """Have the running Python find a driver for each backend, with nothing installed in it.

    Args:
        backends: those that will be observed.
        room: the room of the run.
        say: called with a line before a driver is fetched or built.

    Returns:
        The running Python, which tells what it still lacks. Another process of it finds the same
        drivers by this one's environment (`environ.borrow_drivers` heeds it there).

    Raises:
        KeyboardInterrupt: the run was cancelled.
    """
    names = dict.fromkeys(each.vendor for each in backends)
    borrowed = drivers_beside(map(vendor, names), room, say)
    here = own()
    lacks = {**here.has.lacks, **borrowed.lacks}
    has = msgspec.structs.replace(here.has, lacks=lacks)
    return replace(here, has=has)


def install(
    backends: Iterable[Backend],
    interpreters: Sequence[Interpreter],
    room: Room,
    say: Callable[[str], object],
) -> list[Interpreter]:
    """Build mysqlclient in each Python that lacks it, where a backend needs it.

    The running Python needs it too: it makes the databases.

    Args:
        backends: those that the run will observe.
        interpreters: those that the suite will run in.
        room: the room of the run.
        say: called with a line before a driver is built, and where that fails.

    Returns:
        The interpreters, as they are then; each tells what it still lacks.

    Raises:
        KeyboardInterrupt: the run was cancelled.
    """
    needing = {each.vendor for each in backends} & _reached_by(mysqlclient.DRIVER)
    found = []
    for interpreter in dict.fromkeys([*interpreters, *_running(interpreters)]):
        lacking = needing & interpreter.has.lacks.keys()
        found.append(_with_driver(interpreter, lacking, room, say) if lacking else interpreter)
    return found[: len(interpreters)]


def _reached_by(driver: str) -> set[str]:
    return {name for name, each in VENDORS.items() if each.driver == driver}


def _running(interpreters: Sequence[Interpreter]) -> list[Interpreter]:
    """Return the running Python, where it is none of those."""
    return [] if any(each.path == sys.executable for each in interpreters) else [own()]


def _with_driver(
    interpreter: Interpreter, lacking: set[str], room: Room, say: Callable[[str], object]
) -> Interpreter:
    say(f"{interpreter.path} has no mysqlclient: it is built and installed there")
    try:
        mysqlclient.ensure(interpreter.path, room)
    except ServerUnavailableError as error:
        reason = f"mysqlclient could not be built: {error}"
        say(reason)
        lacks = {**interpreter.has.lacks, **dict.fromkeys(lacking, reason)}
        return replace(interpreter, has=msgspec.structs.replace(interpreter.has, lacks=lacks))
    return own() if interpreter.path == sys.executable else ask([interpreter.path], room)[0]
