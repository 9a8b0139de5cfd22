"""Servers for the benchmark, brought up by the providers `packages` and `in-process`."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from matrix_project.backends import Backend
from matrix_project.servers import Server
from matrix_project.servers.providers import choose
from matrix_project.servers.room import Room, open_room
from matrix_project.servers.tools import cache

__all__ = ["cold_start", "serving"]


@contextmanager
def serving(backend: Backend) -> Iterator[tuple[Server, Room]]:
    """Yield the backend's running server, and the room that it is in."""
    provider = choose(backend, "packages").able[0]
    with open_room() as room, provider.serve(backend, room) as server:
        yield server, room


def cold_start(backend: Backend) -> float:
    """Return the seconds to a first query on a data folder that is initialised anew."""
    with tempfile.TemporaryDirectory() as folder:
        # The same packages, but none of the initialised data folders.
        Path(folder).chmod(0o755)
        for entry in cache().iterdir():
            if entry.name != "templates":
                Path(folder, entry.name).symlink_to(entry)
        os.environ["MATRIX_CACHE"] = folder
        begun = time.monotonic()
        try:
            with serving(backend):
                return time.monotonic() - begun
        finally:
            del os.environ["MATRIX_CACHE"]
