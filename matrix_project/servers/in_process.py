"""Provider `in-process`: the library of the running Python, or one out of a wheel."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from matrix_project.backends import Backend
from matrix_project.servers import Download, Provider, Room, Server, ServerUnavailableError, wheels
from matrix_project.vendors import vendor

__all__ = ["provider"]


class _InProcess(Provider):
    name = "in-process"

    def environ(self, backend: Backend, room: Room) -> Mapping[str, str]:
        """Have the suite's Python find the wheel's library before its own.

        Python's own module stays, so that the library is all that differs.
        https://man7.org/linux/man-pages/man8/ld.so.8.html
        """
        library = vendor(backend.vendor).library
        if backend.wheel is None or library is None:
            return {}
        path = str(wheels.library(backend.wheel, library.member, room))
        # By the second name the suite knows what to look for.
        return {"LD_PRELOAD": path, library.variable: path}

    def lacks(self, backend: Backend) -> str | None:
        if vendor(backend.vendor).library is None:
            return f"{backend.id} is a server of its own: use another provider"
        return wheels.lacks(backend.wheel) if backend.wheel else None

    def download(self, backend: Backend) -> Download | None:
        if backend.wheel is None:
            return None
        return Download(f"wheel {backend.wheel}", backend.megabytes, wheels.cached(backend.wheel))

    @contextmanager
    def serve(self, backend: Backend, room: Room) -> Iterator[Server]:
        library = vendor(backend.vendor).library
        if library is None:
            raise ServerUnavailableError(self.lacks(backend))
        folder = room.subfolder(f"{backend.id}_{secrets.token_hex(4)}")

        def create(statement: str | None = None) -> dict[str, Any]:  # noqa: ARG001 (no server)
            return library.database(folder / f"database_{secrets.token_hex(4)}")

        origin = f"wheel {backend.wheel}" if backend.wheel else library.origin
        try:
            yield Server(create(), origin, create)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


provider = _InProcess()
