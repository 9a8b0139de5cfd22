"""Drivers that this Python borrows: out of the cache, with nothing installed anywhere.

What is borrowed is found behind all that is installed, so that it takes the place of nothing: a
project that has psycopg or psycopg2 is observed with that.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from matrix_project.servers import Room, ServerUnavailableError, mysqlclient
from matrix_project.servers.environ import BORROWED, borrow_drivers
from matrix_project.servers.tools import LINKED_DRIVER, build_once, lacks_driver
from matrix_project.servers.wheels import fetched, folder_of_driver, unpack
from matrix_project.vendors import Vendor

__all__ = ["Borrowed", "drivers_beside"]

_PSYCOPG = Path(__file__).with_name("psycopg.txt")

Say = Callable[[str], object]


@dataclass(frozen=True)
class Borrowed:
    """What a process needs to find the drivers that are borrowed."""

    environ: Mapping[str, str]
    """Its environment variables; in the process, `environ.borrow_drivers` heeds them."""
    lacks: Mapping[str, str]
    """By vendor, why there is no driver and what to do, in one line."""


def drivers_beside(vendors: Iterable[Vendor], room: Room, say: Say) -> Borrowed:
    """Have this process find a driver of each vendor, and return how another one finds them.

    Args:
        vendors: those that servers of will be reached.
        room: the room of the run.
        say: called with a line before a driver is fetched or built; not where the cache has it.

    Returns:
        What another process of the same Python needs.

    Raises:
        KeyboardInterrupt: the run was cancelled.
    """
    os.environ.pop(BORROWED, None)  # what somebody exported
    folders: dict[str, Path] = {}
    environ: dict[str, str] = {}
    failed: dict[str, str] = {}
    lacks: dict[str, str] = {}
    for vendor in vendors:
        driver, reason = vendor.driver, lacks_driver(vendor)
        # One that is there and cannot be imported is found before any other.
        if reason is not None and driver in _BORROWED and not _is_installed(vendor):
            if driver not in folders | failed:
                try:
                    folders[driver], more = _BORROWED[driver](room, say)
                except ServerUnavailableError as error:
                    own = f"or install it in {sys.executable}"
                    failed[driver] = f"{driver} could not be had: {error}; {own}"
                else:
                    environ |= more | {BORROWED: "\n".join(map(str, folders.values()))}
                    os.environ.update(environ)
                    borrow_drivers()
            reason = failed.get(driver) or lacks_driver(vendor)
        if reason is not None:
            lacks[vendor.name] = reason
    return Borrowed(environ, lacks)


def _is_installed(vendor: Vendor) -> bool:
    return any(map(importlib.util.find_spec, vendor.drivers))


def _psycopg(room: Room, say: Say) -> tuple[Path, dict[str, str]]:
    """Return a folder with psycopg, its library and what it imports, for this Python."""
    pinned = hashlib.sha256(_PSYCOPG.read_bytes()).hexdigest()[:12]
    path = folder_of_driver(f"psycopg-{pinned}")
    with build_once(path, room) as new:
        if new is not None:
            say(f"{sys.executable} has no psycopg and no psycopg2: psycopg goes into the cache")
            words = ("--require-hashes", "--requirement", str(_PSYCOPG))
            with fetched("psycopg", room, *words) as wheels:
                unpack(wheels, new, path)
    return path, {}


_BORROWED: Mapping[str, Callable[[Room, Say], tuple[Path, dict[str, str]]]] = {
    "psycopg": _psycopg,
    LINKED_DRIVER: mysqlclient.borrowed,
}
"""By driver, what gives a folder with it and the environment variables that it needs."""
