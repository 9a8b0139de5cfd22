"""The cache: folders that were built once, verified when they are used, and built again if damaged.

MATRIX_CACHE names another folder than the platform's.
"""

from __future__ import annotations

import contextlib
import glob
import logging
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from errno import ENOTDIR
from pathlib import Path

import filelock
import platformdirs

from matrix_project.servers import Room, ServerUnavailableError
from matrix_project.servers.manifest import damage, discard, seal
from matrix_project.servers.safety import flaw, flaw_on_the_way

__all__ = ["CACHE_LOCK", "build_once", "cache", "lacks_cache", "leftovers", "mended"]

_log = logging.getLogger(__name__)

CACHE_LOCK = "in-use.lock"
"""The file in the cache that each run locks, together with others, for as long as it uses it."""
# Longer than all that one build waits for.
_SECONDS_TO_BUILD = 1500
_LOCK_MODE = 0o644
_OPEN_TO_ALL = 0o755
# Bytes that are next to nothing for any of our folders.
_FULL = 1 << 22
_ANOTHER = "set MATRIX_CACHE to another folder"
_DAMAGED = "%s in the cache %s is damaged (%s): it is made again (MATRIX_CACHE moves the cache)"


def cache() -> Path:
    """Return the folder for what is worth keeping; `lacks_cache` tells whether it can be used.

    Root gets the machine's and not its own: no other user may enter its home, and PostgreSQL has to
    run as another user.

    Raises:
        ServerUnavailableError: there is no home folder to have it in.
    """
    name = "constraint-matrix"
    default = platformdirs.site_cache_path if os.geteuid() == 0 else platformdirs.user_cache_path
    given = os.environ.get("MATRIX_CACHE")
    path = Path(given) if given else default(name)
    if not given and not path.is_absolute():
        # What `~` leads to where neither HOME nor the system tells a home folder.
        message = "there is no home folder for the cache: set MATRIX_CACHE to a folder for it"
        raise ServerUnavailableError(message)
    return path.absolute()


def lacks_cache() -> str | None:
    """Return in one line why the cache cannot be used and what to do; None where it can."""
    try:
        path = cache()
        _open_safely(path)
        with tempfile.TemporaryFile(dir=path):
            return None
    except ServerUnavailableError as error:
        return str(error)
    except OSError as error:
        why = error.strerror or type(error).__name__
        return f"the cache {path} cannot be written ({why}): {_ANOTHER}"


def _open_safely(path: Path) -> None:
    """Have a folder of the cache be there.

    Raises:
        ServerUnavailableError: another user can write it.
        OSError: it cannot be made.
    """
    _open_to_all(path)
    if (reason := flaw_on_the_way(path)) is not None:
        message = f"the cache {cache()} is not safe: {reason}, or {_ANOTHER}"
        raise ServerUnavailableError(message)


def _open_to_all(path: Path) -> None:
    """Make a folder where there is none; what another user can write is left as it is."""
    try:
        # Whatever the umask, no other user is to write it.
        path.mkdir(mode=_OPEN_TO_ALL, exist_ok=True)
    except FileNotFoundError:
        _open_to_all(path.parent)
        path.mkdir(mode=_OPEN_TO_ALL, exist_ok=True)
    except FileExistsError as error:
        raise NotADirectoryError(ENOTDIR, os.strerror(ENOTDIR), str(path)) from error
    status = path.stat()
    if os.geteuid() == 0 and flaw(status) is None and status.st_mode & _OPEN_TO_ALL != _OPEN_TO_ALL:
        # A server that runs as another user has to get through.
        path.chmod(stat.S_IMODE(status.st_mode) | _OPEN_TO_ALL)


@contextmanager
def build_once(path: Path, room: Room) -> Iterator[Path | None]:
    """Let one process build the folder `path` of the cache, whole or not at all.

    Yields an empty folder that only becomes `path` at the end of the block, or None where `path` is
    there already and whole. A damaged one is logged, and stands until the new one takes its place:
    another run may be using what is left of it.

    Raises:
        ServerUnavailableError: the cache cannot be used, or another run does not end building.
        KeyboardInterrupt: the run was cancelled while another one was building.
    """
    if (reason := lacks_cache()) is not None:
        raise ServerUnavailableError(reason)
    try:
        _open_safely(path.parent)
        room.hold(mended(cache() / CACHE_LOCK))
        if damage(path) is None and not leftovers(path):
            yield None
            return
        with _locked(path, room):
            for leftover in leftovers(path):
                with contextlib.suppress(OSError):
                    discard(leftover)
            if (found := damage(path)) is None:
                yield None
                return
            if os.path.lexists(path):
                _log.warning(_DAMAGED, f"{path.parent.name}/{path.name}", cache(), found)
            with _replaced(path) as new:
                yield new
    except OSError as error:
        why = f"{error.strerror or error}: {error.filename or path}"
        message = f"the cache {cache()} cannot be used ({why}): mend that, or {_ANOTHER}"
        raise ServerUnavailableError(message) from error


def _is_full() -> bool:
    with contextlib.suppress(OSError):
        return shutil.disk_usage(cache()).free < _FULL
    return False


def leftovers(path: Path) -> list[Path]:
    """Return what is being built to be the folder `path`, or was when its build was killed."""
    return list(path.parent.glob(f"{glob.escape(path.name)}.*.partial"))


def mended(lock: Path) -> Path:
    """Return a lock's path, with nothing there but a file that can be locked, or nothing at all.

    Raises:
        OSError: what is there cannot be removed.
    """
    with contextlib.suppress(FileNotFoundError):
        status = lock.lstat()
        if stat.S_ISDIR(status.st_mode):
            lock.rmdir()
        elif not stat.S_ISREG(status.st_mode):
            lock.unlink()
        elif status.st_uid == os.geteuid() and stat.S_IMODE(status.st_mode) != _LOCK_MODE:
            lock.chmod(_LOCK_MODE)
    return lock


@contextmanager
def _locked(path: Path, room: Room) -> Iterator[None]:
    lock = filelock.FileLock(mended(Path(f"{path}.lock")), mode=_LOCK_MODE)
    try:
        lock.acquire(timeout=_SECONDS_TO_BUILD, cancel_check=room.cancelled.is_set)
    except filelock.Timeout as timeout:
        if room.cancelled.is_set():
            raise KeyboardInterrupt from timeout
        message = (
            f"another run has not ended building {path.name} in the cache {cache()}:"
            f" end it, and run again, or {_ANOTHER}"
        )
        raise ServerUnavailableError(message) from timeout
    with lock:
        yield


@contextmanager
def _replaced(path: Path) -> Iterator[Path]:
    """Yield an empty folder that takes the place of `path` at the end of the block."""
    new = Path(tempfile.mkdtemp(prefix=f"{path.name}.", suffix=".partial", dir=path.parent))
    old = Path(f"{new}.old.partial")
    try:
        new.chmod(_OPEN_TO_ALL)
        yield new
        # A manifest before its folder: should we be killed between the two, it is built again.
        seal(new, path)
        with contextlib.suppress(FileNotFoundError):
            path.rename(old)
        new.rename(path)
    except ServerUnavailableError as error:
        if _is_full():
            error.args = (f"{error}: the cache {cache()} is full: make room there, or {_ANOTHER}",)
        raise
    finally:
        for leftover in (new, old):
            with contextlib.suppress(OSError):
                discard(leftover)
