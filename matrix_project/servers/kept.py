"""What the cache holds, and how it is verified and emptied."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from matrix_project.servers import ServerUnavailableError
from matrix_project.servers.caching import CACHE_LOCK, cache, lacks_cache, leftovers, mended
from matrix_project.servers.manifest import damage, discard, manifest_of

__all__ = ["PARTS", "clear", "sizes", "verify"]

PARTS: Mapping[str, str] = {
    "debian": "servers and what they need, out of Debian's packages",
    "npm": "servers out of npm's packages",
    "templates": "data folders, initialised",
    "connectors": "the library that mysqlclient is linked to",
    "wheels": "mysqlclient as it was built, and SQLite's library",
    "drivers": "drivers that a Python borrows which has none",
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
    with _alone(folder):
        for part in PARTS:
            for entry in _entries(folder / part):
                _remove(entry)
                discard(Path(f"{entry}.lock"))
            _remove_empty(folder / part)
        (folder / CACHE_LOCK).unlink()
    _remove_empty(folder)


def verify() -> Iterator[tuple[str, str | None]]:
    """Read every file of the cache, and remove each entry that is not as it was built.

    The next run that needs it makes it again. What builds that were cut off have left goes, too.

    Yields:
        The name of an entry (`npm/some-1.2`), and what is damaged in it; None where it is whole.

    Raises:
        ServerUnavailableError: a run is using the cache, or another user can write it.
        OSError: something could not be removed.
    """
    folder = cache()
    if not os.path.lexists(folder):
        return
    if (reason := lacks_cache()) is not None:
        raise ServerUnavailableError(reason)
    with _alone(folder):
        for part in PARTS:
            for entry in _entries(folder / part):
                there = _is_ours(entry)
                found = damage(entry, full=True) if there else "it is not there"
                if found is None:
                    _remove_leftovers(entry)
                else:
                    _remove(entry)
                if there:
                    yield f"{part}/{entry.name}", found


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Have the cache for oneself: runs that begin meanwhile wait for the end of the block.

    Raises:
        ServerUnavailableError: a run is using it.
    """
    with mended(folder / CACHE_LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            message = (
                f"a run is using the cache {folder}: wait for its end,"
                " or set MATRIX_CACHE to another folder"
            )
            raise ServerUnavailableError(message) from error
        yield


def _entries(part: Path) -> list[Path]:
    """Return what was built here, be it there or not: each has a lock or a manifest beside it."""
    if part.is_symlink() or not part.is_dir():
        return []
    beside = (*part.glob("*.lock"), *part.glob("*.manifest"))
    return sorted({path.with_suffix("") for path in beside})


def _is_ours(entry: Path) -> bool:
    """Tell whether an entry is there; a link without a manifest is somebody else's."""
    known = os.path.lexists(manifest_of(entry)) or not entry.is_symlink()
    return os.path.lexists(entry) and known


def _remove(entry: Path) -> None:
    """Remove an entry and all that is beside it but the lock."""
    _remove_leftovers(entry)
    if _is_ours(entry):
        discard(entry)
    discard(manifest_of(entry))


def _remove_leftovers(entry: Path) -> None:
    for path in leftovers(entry):
        discard(path)


def _remove_empty(folder: Path) -> None:
    with suppress(OSError):  # something else is in it, or it is not there
        folder.rmdir()


def _size(folder: Path) -> int:
    size = 0
    for path, folders, files in os.walk(folder):
        for name in (*folders, *files):
            with suppress(FileNotFoundError):
                # As `du` counts: what a small file takes is more than what is in it.
                size += Path(path, name).lstat().st_blocks * 512
    return size
