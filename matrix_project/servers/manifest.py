"""What a folder of the cache has to be, written beside it when it is whole.

A manifest lists every path in the folder. On use, what `lstat` tells is compared. A file with other
times is read: a cache that was copied has other times and the same bytes.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

from matrix_project.servers.safety import WRITABLE, flaw

__all__ = ["damage", "discard", "manifest_of", "seal"]

# A file that changes again within a tick of the system's clock keeps its times. One so young is
# read again at its next use, as git does: https://git-scm.com/docs/racy-git
_NANOSECONDS_TO_SETTLE = 100_000_000


class _Item(msgspec.Struct, frozen=True, array_like=True):
    mode: int
    """With the kind, as `st_mode` has both."""
    size: int = 0
    times: tuple[int, int] = (0, 0)
    """When its content and when its inode changed last, in nanoseconds. The second none can set."""
    content: str = ""
    """The SHA-256 of a file, the target of a link."""


def manifest_of(folder: Path) -> Path:
    """Return the path of the manifest of a folder, whether or not there is one."""
    return Path(f"{folder}.manifest")


def seal(built: Path, folder: Path) -> None:
    """Write the manifest of what is built at one path and is going to be the folder `folder`.

    From then on nobody but the owner can write it.

    Raises:
        OSError: it cannot be read or written.
    """
    for _, path, status in _walk(built):
        if not stat.S_ISLNK(status.st_mode) and status.st_mode & (WRITABLE | 0o7000):
            Path(path).chmod(stat.S_IMODE(status.st_mode) & 0o755)
    items = {key: _item(status, _content(path, status)) for key, path, status in _walk(built)}
    _write(manifest_of(folder), items)


def discard(path: Path) -> None:
    """Remove what is at a path, if anything is; a link, and not what it leads to.

    Raises:
        OSError: it cannot be removed.
    """
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def damage(folder: Path, *, full: bool = False) -> str | None:
    """Return in a few words the first thing in a folder that is not as its manifest has it.

    None where it is whole. `full`: each file is read, whatever its times.
    """
    try:
        wanted = _read(manifest_of(folder))
        if isinstance(wanted, str):
            return wanted
        found = {key: (path, status) for key, path, status in _walk(folder)}
        fresh = {}
        for key in sorted(wanted.keys() | found.keys()):
            if key not in found:
                return f"{key} is gone"
            if key not in wanted:
                return f"{key} is none of it"
            path, status = found[key]
            new = _compared(path, status, wanted[key], full=full)
            if isinstance(new, str):
                return f"{key} {new}"
            fresh[key] = new
    except OSError as error:
        where = os.path.relpath(error.filename, folder) if error.filename else "a file"
        return f"{where} cannot be read: {error.strerror or type(error).__name__}"
    if fresh != wanted:
        # Where that cannot be written, the same files are read each time.
        with suppress(OSError):
            _write(manifest_of(folder), fresh)
    return None


def _compared(path: str, status: os.stat_result, wanted: _Item, *, full: bool) -> _Item | str:
    """Return the item as it is now, or in a few words what is wrong with it."""
    is_file = stat.S_ISREG(status.st_mode)
    if stat.S_IFMT(status.st_mode) != stat.S_IFMT(wanted.mode):
        wrong = "is of another kind"
    elif (found := flaw(status)) is not None:
        wrong = found
    elif status.st_mode != wanted.mode:
        wrong = f"has the mode {stat.S_IMODE(status.st_mode):o}"
    elif is_file and status.st_size != wanted.size:
        wrong = f"has {status.st_size} bytes of {wanted.size}"
    elif is_file and not full and (status.st_mtime_ns, status.st_ctime_ns) == wanted.times:
        return wanted
    elif (content := _content(path, status)) != wanted.content:
        wrong = "has other bytes" if is_file else "leads elsewhere"
    else:
        return _item(status, content)
    return wrong


def _walk(folder: Path) -> Iterator[tuple[str, str, os.stat_result]]:
    """Yield the folder and all that is in it: a name for it, its path, and its status.

    No link is followed, that in the folder's own place included.
    """
    status = folder.lstat()
    yield ".", str(folder), status
    left = [("", str(folder))] if stat.S_ISDIR(status.st_mode) else []
    while left:
        prefix, path = left.pop()
        with os.scandir(path) as entries:
            for entry in entries:
                key = prefix + _text(entry.name)
                status = entry.stat(follow_symlinks=False)
                yield key, entry.path, status
                if stat.S_ISDIR(status.st_mode):
                    left.append((f"{key}/", entry.path))


def _text(name: str) -> str:
    # A name may be of any bytes, and JSON is of text.
    return name if name.isascii() else os.fsencode(name).decode(errors="backslashreplace")


def _content(path: str, status: os.stat_result) -> str:
    if stat.S_ISLNK(status.st_mode):
        return _text(str(Path(path).readlink()))
    if stat.S_ISREG(status.st_mode):
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    return ""


def _item(status: os.stat_result, content: str) -> _Item:
    if not stat.S_ISREG(status.st_mode):
        return _Item(status.st_mode, content=content)
    young = time.time_ns() - status.st_ctime_ns < _NANOSECONDS_TO_SETTLE
    times = (0, 0) if young else (status.st_mtime_ns, status.st_ctime_ns)
    return _Item(status.st_mode, status.st_size, times, content)


def _read(path: Path) -> dict[str, _Item] | str:
    """Return what a manifest lists, or in a few words why it cannot be trusted."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return "its manifest is gone"
    if not stat.S_ISREG(status.st_mode):
        return "its manifest is no file"
    if (found := flaw(status)) is not None:
        return f"its manifest {found}"
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, _Item])
    except (ValueError, RecursionError):
        return "its manifest is broken"


def _write(path: Path, items: dict[str, _Item]) -> None:
    # The name is that of a build which has not ended, should this one not end.
    folder = path.with_suffix("").name
    handle, name = tempfile.mkstemp(prefix=f"{folder}.", suffix=".partial", dir=path.parent)
    new = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.encode(items))
        new.chmod(0o644)
        if path.is_dir():
            discard(path)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
