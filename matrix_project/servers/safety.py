"""Who else can write to a path: what another user can write is not run."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from errno import EPERM
from pathlib import Path

__all__ = ["WRITABLE", "flaw", "flaw_on_the_way", "take_over"]

_ALL_USERS = str(2**32 - 1)
WRITABLE = stat.S_IWGRP | stat.S_IWOTH
"""The bits of a mode that let others than the owner write."""


def flaw(status: os.stat_result) -> str | None:
    """Return in a few words who else can write what has this status; None where nobody can."""
    if status.st_uid not in {0, os.geteuid()}:
        return f"belongs to another user ({status.st_uid})"
    # The mode of a link says nothing.
    if not stat.S_ISLNK(status.st_mode) and status.st_mode & WRITABLE:
        return "can be written by other users"
    return None


def flaw_on_the_way(path: Path) -> str | None:
    """Return in one line who else can write a folder, or one that leads to it, and what to do.

    None where nobody can. In a sticky folder, such as `/tmp`, nobody can rename what is another's:
    such a one may lead to the folder.

    Raises:
        OSError: there is no such folder.
    """
    real = path.resolve(strict=True)
    for each in _way(path):
        status = each.lstat()
        if (found := flaw(status)) is None or (each != real and _is_roots_outside(status)):
            continue
        ours = status.st_uid in {0, os.geteuid()}
        if ours and status.st_mode & stat.S_ISVTX and each not in {path, real}:
            continue
        return f"{each} {found}: {f'chmod go-w {each}' if ours else 'make it your own'}"
    return None


def _is_roots_outside(status: os.stat_result) -> bool:
    """Tell whether a folder is that of a root whom this user namespace does not know.

    https://man7.org/linux/man-pages/man7/user_namespaces.7.html
    """
    try:
        whole = Path("/proc/self/uid_map").read_text().split() == ["0", "0", _ALL_USERS]
        unknown = int(Path("/proc/sys/kernel/overflowuid").read_text())
    except (OSError, ValueError):
        return False
    return not whole and status.st_uid == unknown and not status.st_mode & WRITABLE


def _way(path: Path) -> Iterator[Path]:
    """Yield each folder and each link that leads to a path, and the path."""
    for each in (*reversed(path.parents), path):
        yield each
        if each.is_symlink():
            yield from _way(each.parent / each.readlink())


def take_over(folder: Path, owner: int) -> None:
    """Make what a user owns root's, and readable to all.

    The user may have other processes: no path is looked up twice, and no link is followed.

    Raises:
        OSError: a link or another user's file is in the folder.
    """
    for path, _, names, handle in os.fwalk(folder):
        os.fchown(handle, 0, 0)
        os.fchmod(handle, 0o755)
        for name in names:
            file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=handle)
            try:
                if os.fstat(file).st_uid != owner:
                    raise PermissionError(EPERM, os.strerror(EPERM), f"{path}/{name}")
                os.fchown(file, 0, 0)
                os.fchmod(file, 0o644)
            finally:
                os.close(file)
