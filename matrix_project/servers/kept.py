"""What the cache holds, and how it is emptied."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from matrix_project.servers import ServerUnavailableError
from matrix_project.servers.tools import CACHE_LOCK, cache

__all__ = ["PARTS", "clear", "sizes"]

PARTS: Mapping[str, str] = {
    "debian": "servers and what they need, out of Debian's packages",
    "npm": "servers out of npm's packages",
    "templates": "data folders, initialised",
    "connectors": "the library that mysqlclient is linked to",
    "wheels": "mysqlclient as it was built, and SQLite's library",
}
"""The folders in the cache, and what each is for."""


def sizes() -> dict[str, int]:
    """Return how many bytes each part that is there takes on the disk."""
    folders = {part: cache() / part for part in PARTS}
    return {part: _size(folder) for part, folder in folders.items() if folder.is_dir()}


def clear() -> None:
    """Remove what this project put into the cache, and nothing else that is in the folder.

    Raises:
        ServerUnavailableError: a run is using it.
        OSError: something could not be removed.
    """
    folder = cache()
    if not folder.is_dir():
        return
    with (folder / CACHE_LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            message = f"a run is using the cache {folder}: clear it once the run has ended"
            raise ServerUnavailableError(message) from error
        for part in PARTS:
            for path in list(_ours(folder / part)):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            _remove_empty(folder / part)
        (folder / CACHE_LOCK).unlink()
    _remove_empty(folder)


def _ours(part: Path) -> Iterator[Path]:
    """Yield the entries that were built here: each has a lock beside it."""
    if part.is_symlink() or not part.is_dir():
        return
    for lock in part.glob("*.lock"):
        built = lock.with_suffix("")
        yield from part.glob(f"{_literal(built.name)}.*.partial")
        if built.is_dir() and not built.is_symlink():
            yield built
        yield lock


def _literal(name: str) -> str:
    return "".join(f"[{character}]" if character in "*?[" else character for character in name)


def _remove_empty(folder: Path) -> None:
    with suppress(OSError):  # something else is in it, or it is not there
        folder.rmdir()


def _size(folder: Path) -> int:
    # As `du` counts: what a small file takes is more than what is in it.
    return sum(path.lstat().st_blocks * 512 for path in folder.rglob("*"))
