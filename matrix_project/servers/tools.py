"""What the providers share: a program run to its end, and a folder kept in the cache.

MATRIX_CACHE names another cache than the platform's.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import filelock
import platformdirs

from matrix_project.servers import Room, ServerUnavailableError
from matrix_project.vendors import Vendor

__all__ = [
    "CACHE_LOCK",
    "build_once",
    "cache",
    "lacks_cache",
    "lacks_driver",
    "last_words",
    "run",
]

CACHE_LOCK = "in-use.lock"
"""The file in the cache that each run locks, together with others, for as long as it uses it."""
# Longer than all that one build waits for.
_SECONDS_TO_BUILD = 1500

# The time and the process of a line of log; the name of a folder being built.
_CHANGING = re.compile(
    r"\d{4}-\d\d-\d\d[T ] ?[\d:.]+Z? (?:UTC )?\[?\d+\]? |(?<=\.)\w+\.(?=partial)"
)
# InnoDB gives the system's number alone.
_DISK_FULL = re.compile(r"\berror 28\b")
_TELLING = re.compile(r"^E: |\berror\b|fatal|cannot|failed|no space left", re.IGNORECASE)


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
        _open_to_all(path)
        with tempfile.TemporaryFile(dir=path):
            return None
    except ServerUnavailableError as error:
        return str(error)
    except OSError as error:
        why = error.strerror or type(error).__name__
        return f"the cache {path} cannot be written ({why}): set MATRIX_CACHE to another folder"


def _open_to_all(path: Path) -> None:
    path.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        # Whatever root's umask: a server that runs as another user has to get through.
        path.chmod(0o755)


def last_words(output: str | Iterable[str], room: Room, telling: re.Pattern[str] = _TELLING) -> str:
    """Return in one line what a program had to say in the end.

    That is its first telling line, which often is the cause, and the last two, or else the last
    line of all; without what another run would say otherwise: the room's folder, the time.
    """
    lines = output.splitlines() if isinstance(output, str) else output
    lines = [_CHANGING.sub("", line.strip().replace(str(room.folder), "…")) for line in lines]
    lines = [_DISK_FULL.sub("error 28 (No space left on device)", line) for line in lines if line]
    told = list(dict.fromkeys(line for line in lines if telling.search(line)))
    return " ".join([*told[:1], *told[1:][-2:]] or lines[-1:]) or "it said nothing"


def run(
    room: Room,
    argv: Sequence[str | Path],
    *,
    stdin: str | None = None,
    timeout: float = 120,
    telling: re.Pattern[str] = _TELLING,
    **options: Any,
) -> str:
    """Run a program of the room to its end and return what it wrote, errors included.

    Raises:
        ServerUnavailableError: it failed, or took more than `timeout` seconds; its last words are
            in the text, all that it wrote is in a note.
        KeyboardInterrupt: the run was cancelled.
    """
    process = room.spawn(
        argv,
        stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        **options,
    )
    try:
        output, _ = process.communicate(stdin, timeout=timeout)
    except subprocess.TimeoutExpired:
        output = f"not done within {timeout:.0f} s"
    finally:
        code = room.stop(process)
        for stream in filter(None, (process.stdin, process.stdout)):
            with contextlib.suppress(BrokenPipeError):
                stream.close()
    if room.cancelled.is_set():
        raise KeyboardInterrupt
    if code:
        name = Path(argv[0]).name
        ended = f"was ended by {signal.Signals(-code).name}" if code < 0 else "failed"
        message = f"{name} {ended}: {last_words(output, room, telling)}"
        unavailable = ServerUnavailableError(message)
        unavailable.add_note(output)
        raise unavailable
    return output


@contextmanager
def build_once(path: Path, room: Room, *, owner: int | None = None) -> Iterator[Path | None]:
    """Let one process build the folder `path`, whole or not at all.

    Yields an empty folder that only becomes `path` at the end of the block, or None where `path` is
    there already. `owner` is the user id that it is made for; default: ours.

    Raises:
        ServerUnavailableError: the cache cannot be used, or another run does not end building.
        KeyboardInterrupt: the run was cancelled while another one was building.
    """
    if (reason := lacks_cache()) is not None:
        raise ServerUnavailableError(reason)
    room.hold(cache() / CACHE_LOCK)
    if path.is_dir():
        yield None
        return
    _open_to_all(path.parent)
    lock = filelock.FileLock(f"{path}.lock")
    try:
        lock.acquire(timeout=_SECONDS_TO_BUILD, cancel_check=room.cancelled.is_set)
    except filelock.Timeout as timeout:
        if room.cancelled.is_set():
            raise KeyboardInterrupt from timeout
        message = f"another run has not ended building {path.name}: end it, and run again"
        raise ServerUnavailableError(message) from timeout
    with lock:
        for leftover in path.parent.glob(f"{path.name}.*.partial"):
            shutil.rmtree(leftover, ignore_errors=True)
        if path.is_dir():
            yield None
            return
        new = Path(tempfile.mkdtemp(prefix=f"{path.name}.", suffix=".partial", dir=path.parent))
        try:
            if owner is None:
                new.chmod(0o755)
            else:
                os.chown(new, owner, owner)
            yield new
            new.rename(path)
        finally:
            shutil.rmtree(new, ignore_errors=True)


def lacks_driver(vendor: Vendor) -> str | None:
    """Return why a vendor's driver cannot be imported and what to do; None where it can."""
    # It may be there and its library gone, as the cache is that mysqlclient's is in.
    try:
        importlib.import_module(vendor.driver)
    except ImportError as error:
        if isinstance(error, ModuleNotFoundError) and error.name == vendor.driver:
            return f"there is no {vendor.driver}: {vendor.driver_help}"
        words = " ".join(str(error).split())
        return f"{vendor.driver} cannot be imported ({words}): {vendor.driver_help}"
    return None
