"""A lock on a folder of results: one file, locked by flock(2), that says who holds it."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

__all__ = ["LockedError", "locked"]

_SECONDS_BETWEEN = 0.05
_LONGEST = 4096


class LockedError(Exception):
    """Another process has the lock; its text says which one."""


@contextmanager
def locked(folder: Path, patience: float) -> Iterator[None]:
    """Keep every other process out that asks for the same folder's lock.

    Where one has it, a warning tells at once who, and that we wait. A process that ends, however it
    does, lets go of it.

    Raises:
        LockedError: another one had it for all of `patience` seconds.
        OSError: the lock cannot be written.
    """
    descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _wait(descriptor, folder, patience)
        _write(descriptor, _facts())
        try:
            yield
        finally:
            _write(descriptor, b"")
            # A child that another thread starts has the descriptor, too, until it executes its
            # program; closed here alone, it would stay locked as long. See flock(2).
            fcntl.flock(descriptor, fcntl.LOCK_UN)
    finally:
        os.close(descriptor)


def _wait(descriptor: int, folder: Path, patience: float) -> None:
    until = time.monotonic() + patience
    told = False
    while True:
        with suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        busy = f"{_holder(descriptor)} is writing into {folder}"
        if time.monotonic() >= until:
            raise LockedError(busy)
        if not told:
            logging.getLogger(__name__).warning("%s: waiting up to %.0f s for it", busy, patience)
            told = True
        time.sleep(_SECONDS_BETWEEN)


def _facts() -> bytes:
    since = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return json.dumps({"process": os.getpid(), "since": since, "host": platform.node()}).encode()


def _write(descriptor: int, facts: bytes) -> None:
    # A lock without a word on who has it is one, too: on a full disk there is no room for it.
    with suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, facts, 0)


def _holder(descriptor: int) -> str:
    try:
        facts = json.loads(os.pread(descriptor, _LONGEST, 0))
        where = "" if facts["host"] == platform.node() else f" on {facts['host']}"
        return f"process {facts['process']}{where} (since {facts['since']})"
    except (ValueError, TypeError, LookupError):
        return "another run"
