"""Provider `in-process`: SQLite, the library of the running Python or one out of a wheel."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from matrix_project.backends import Backend
from matrix_project.servers import Provider, Room, Server, wheels

__all__ = ["provider"]


class _InProcess(Provider):
    name = "in-process"

    def environ(self, backend: Backend, room: Room) -> Mapping[str, str]:
        """Have the suite's Python find the wheel's SQLite before its own.

        The `sqlite3` module stays the interpreter's, so that the library is all that differs.
        https://man7.org/linux/man-pages/man8/ld.so.8.html
        """
        if backend.wheel is None:
            return {}
        library = str(wheels.library(backend.wheel, room))
        # By the second name the suite knows what to look for.
        return {"LD_PRELOAD": library, "MATRIX_SQLITE_LIBRARY": library}

    def lacks(self, backend: Backend) -> str | None:
        if backend.vendor != "sqlite":
            return f"{backend.id} is a server of its own: use another provider"
        return wheels.lacks(backend.wheel) if backend.wheel else None

    @contextmanager
    def serve(self, backend: Backend, room: Room) -> Iterator[Server]:
        folder = room.subfolder(f"{backend.id}_{secrets.token_hex(4)}")

        def create() -> dict[str, Any]:
            # A file, as most users have it: a database in memory has other locks.
            return {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": str(folder / f"{secrets.token_hex(4)}.sqlite3"),
                # Nothing has to outlive a power cut. https://www.sqlite.org/pragma.html
                "OPTIONS": {"init_command": "PRAGMA synchronous=OFF; PRAGMA journal_mode=MEMORY"},
            }

        origin = f"wheel {backend.wheel}" if backend.wheel else "Python's own sqlite3 library"
        try:
            yield Server(create(), origin, create)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


provider = _InProcess()
