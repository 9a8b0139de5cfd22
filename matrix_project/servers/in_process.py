"""Provider `in-process`: SQLite, the library of the running Python."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from matrix_project.backends import Backend
from matrix_project.servers import Room, Server

__all__ = ["provider"]


class _InProcess:
    name = "in-process"

    def lacks(self, backend: Backend) -> str | None:
        if backend.vendor != "sqlite":
            return f"{backend.id} is a server of its own: use another provider"
        return None

    @contextmanager
    def serve(self, backend: Backend, room: Room) -> Iterator[Server]:
        # A file, as most users have it: a database in memory has other locks.
        folder = room.subfolder(f"{backend.vendor}_{secrets.token_hex(4)}")
        entry = {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(folder / "matrix.sqlite3"),
            # Nothing has to outlive a power cut. https://www.sqlite.org/pragma.html
            "OPTIONS": {"init_command": "PRAGMA synchronous=OFF; PRAGMA journal_mode=MEMORY"},
        }
        try:
            yield Server(entry, "Python's own sqlite3 library")
        finally:
            shutil.rmtree(folder, ignore_errors=True)


provider = _InProcess()
