"""The folders of rooms: a run locks its own, so that the next run knows those that are left."""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import tempfile
import uuid
from contextlib import suppress
from functools import cache
from pathlib import Path

from matrix_project.servers import guard

__all__ = ["clear_leftovers", "host", "is_left", "make_folder"]

_PREFIX = "constraint-room-"
# mkdtemp's own eight characters after it, and nobody else's folder.
_NAMES = f"{_PREFIX}????????"


def make_folder() -> tuple[Path, int]:
    """Make a room's folder; return it and the open descriptor that keeps it locked.

    The lock is a shared one of flock(2): whoever inherits the descriptor holds it too, and it ends
    with the last that does.
    """
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        # Another run takes a folder that is not locked yet for one that is left.
        with suppress(FileNotFoundError, BlockingIOError):
            descriptor = _lock(folder, fcntl.LOCK_SH)
            # A server that refuses to run as root runs as another user, who has to get through.
            folder.chmod(0o711)
            return folder, descriptor


def clear_leftovers() -> None:
    """Remove the folders of our own rooms that no run has, and end the processes of these rooms."""
    for folder in Path(tempfile.gettempdir()).glob(_NAMES):
        with suppress(OSError):
            descriptor = _lock(folder, fcntl.LOCK_EX)
            try:
                if os.fstat(descriptor).st_uid == os.geteuid():
                    guard.end(str(folder))
            finally:
                os.close(descriptor)


def is_left(folder: Path) -> bool:
    """Tell whether a room on this `host` is certain to have no run: nothing locks its folder."""
    try:
        os.close(_lock(folder, fcntl.LOCK_EX))
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


@cache
def host() -> str:
    """Return an id of where a path means the same folder: a machine since its start, its mounts."""
    try:
        kernel = Path("/proc/sys/kernel/random/boot_id").read_text()
        where = f"{kernel}{Path('/proc/self/ns/mnt').readlink()}"
    except OSError:
        where = str(uuid.getnode())
    return hashlib.sha256(f"{platform.node()} {where}".encode()).hexdigest()[:16]


def _lock(folder: Path, how: int) -> int:
    """Lock a folder that is no link and return the descriptor of it, which holds the lock.

    Raises:
        BlockingIOError: another has it.
        FileNotFoundError: it is gone.
        OSError: it cannot be locked, or not by us.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
        # It may have been removed in between.
        if os.path.samestat(os.fstat(descriptor), folder.stat()):
            return descriptor
        raise FileNotFoundError(folder)
    except OSError:
        os.close(descriptor)
        raise
