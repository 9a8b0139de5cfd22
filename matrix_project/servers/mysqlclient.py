"""Make `import MySQLdb` work in a Python: `python -m matrix_project.servers.mysqlclient`.

mysqlclient comes as source on Linux, and needs MariaDB's connector to build. Where the machine does
not have it, it is unpacked out of Debian's packages into the cache, and so is the built wheel, so
that the next environment of this Python takes a second and no network.
"""

from __future__ import annotations

import importlib
import os
import platform
import secrets
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from matrix_project.servers import Room, ServerUnavailableError
from matrix_project.servers.debian import cached, lacks, unpacked
from matrix_project.servers.environ import environ_of_tool
from matrix_project.servers.room import open_room
from matrix_project.servers.tools import (
    LIBRARY_VARIABLE,
    LINKED_DRIVER,
    build_once,
    cache,
    damage_of_library,
    run,
)
from matrix_project.servers.wheels import folder_of_driver, lacks_pip, pip, unpack

__all__ = ["DRIVER", "borrowed", "ensure", "main"]

DRIVER = LINKED_DRIVER
"""The module that it brings."""

_MYSQLCLIENT = "mysqlclient==2.3.1"
# Of its source: https://pip.pypa.io/en/stable/topics/secure-installs/
_SHA256 = "c07e1b83b530fd6c5888259f36afad1980d21fcb33ba97384650dd23c8f73ea8"
# What mysqlclient's own setup looks for.
_PKG_CONFIG = ("mysqlclient", "mariadb", "libmariadb")
_OLDEST_CONNECTOR = "bookworm"
_NO_CONNECTOR = (
    "there is no library to build it with: install MariaDB's connector and pkg-config"
    " (on macOS: brew install mariadb-connector-c pkgconf)"
)
_SECONDS = 60
_SECONDS_TO_BUILD = 1800
# The connector looks for its plugins, MySQL's caching_sha2_password among them, where Debian has
# them. https://mariadb.com/docs/connectors/mariadb-connector-c/configuration-settings-for-mariadb-connector-c
_PTH = "constraint_matrix_mysqlclient.pth"
_PTH_LINE = f'import os; os.environ["{LIBRARY_VARIABLE}"] = {{!r}}\n'


def main() -> int:
    """Do it; return the exit status, with a line on standard error where it is not 0."""
    try:
        with open_room() as room:
            ensure(sys.executable, room)
    except ServerUnavailableError as error:
        lines = [f"mysqlclient could not be built: {error}", *getattr(error, "__notes__", ())]
        sys.stderr.writelines(f"{line}\n" for line in lines)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def ensure(python: str, room: Room) -> None:
    """Make `import MySQLdb` work in the Python at a path; the running one can do so at once.

    Raises:
        ServerUnavailableError: mysqlclient could not be built; its text is one line that says why.
        KeyboardInterrupt: the run was cancelled.
    """
    if python != sys.executable:
        run(room, [python, "-P", "-m", __name__], timeout=_SECONDS_TO_BUILD)
    elif not _works():
        _install(room)
        importlib.invalidate_caches()


def borrowed(room: Room, say: Callable[[str], object]) -> tuple[Path, dict[str, str]]:
    """Return a folder of the cache with mysqlclient for this Python, which is left as it is.

    Args:
        room: the room that it is built in, if need be.
        say: called with a line before it is built.

    Returns:
        The folder, and the environment variables that a process needs beside it.

    Raises:
        ServerUnavailableError: mysqlclient could not be built; its text is one line that says why.
        KeyboardInterrupt: the run was cancelled.
    """
    own = _own_connector()
    connector = _connector(room) if own is None else None
    path = folder_of_driver(f"{_MYSQLCLIENT}-{connector.name if connector else own}")
    with build_once(path, room) as new:
        if new is not None:
            say(f"{sys.executable} has no mysqlclient: it is built and goes into the cache")
            wheel = _wheel(room, connector) if connector else _wheel_of_own_connector(room)
            unpack([wheel], new, path)
    return path, {LIBRARY_VARIABLE: str(connector / "plugin")} if connector else {}


def _works() -> bool:
    path = _pth()
    if path.exists() and not path.read_text().startswith(_PTH_LINE.partition("{")[0]):
        return False  # an older one, which lets an exported variable win
    if damage_of_library() is not None:
        return False
    try:
        importlib.import_module(DRIVER)
    except ImportError:
        return False
    return True


def _pth() -> Path:
    return Path(sysconfig.get_path("platlib"), _PTH)


def _install(room: Room) -> None:
    if (reason := lacks_pip()) is not None:
        raise ServerUnavailableError(reason)
    if _own_connector() is not None:
        pip(room, "install", "--force-reinstall", *_source(room))
    else:
        connector = _connector(room)
        # One whose connector is gone may be installed already.
        again = ("install", "--force-reinstall", "--no-deps", "--no-index")
        pip(room, *again, str(_wheel(room, connector)))
        plugins = str(connector / "plugin")
        _pth().write_text(_PTH_LINE.format(plugins))
        # What the file does for every process of this Python but the running one.
        os.environ[LIBRARY_VARIABLE] = plugins
    run(room, [sys.executable, "-c", f"import {DRIVER}"])


def _source(room: Room) -> tuple[str, ...]:
    """Return the words by which pip takes mysqlclient's source, and no other bytes."""
    path = room.subfolder(f"mysqlclient_{secrets.token_hex(4)}") / "requirements.txt"
    path.write_text(f"{_MYSQLCLIENT} --hash=sha256:{_SHA256}\n")
    words = ("--no-deps", "--no-binary", "mysqlclient", "--require-hashes")
    return (*words, "--requirement", str(path))


def _lacks_compiler() -> str | None:
    """Return what is missing to build a wheel and what to do, in one line."""
    compiler = (os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc").split()[0]
    if shutil.which(compiler) is None:
        return f"there is no {compiler}: apt-get install gcc"
    headers = Path(sysconfig.get_path("include"), "Python.h")
    if not headers.exists():
        return f"there is no {headers}: apt-get install python3-dev"
    return None


def _own_connector() -> str | None:
    """Return name and version of the machine's own connector; None where it has none."""
    if shutil.which("pkg-config") is None:
        return None
    options: dict[str, Any] = {"env": environ_of_tool(), "timeout": _SECONDS, "text": True}
    for name in _PKG_CONFIG:
        words = ["pkg-config", "--modversion", "--silence-errors", name]
        done = subprocess.run(words, check=False, stdout=subprocess.PIPE, **options)
        if done.returncode == 0:
            return f"{name}-{done.stdout.strip()}"
    return None


def _connector(room: Room) -> Path:
    """Return a folder with the connector: `include`, `plugin`, and nothing but it in `lib`."""
    release: dict[str, str] = {}
    with suppress(OSError):  # macOS has none
        release = platform.freedesktop_os_release()
    debian = release.get("VERSION_CODENAME") if release.get("ID") == "debian" else None
    wanted = (debian or _OLDEST_CONNECTOR, "libmariadb-dev")
    if cached(*wanted) is None:
        # Nothing is fetched in vain.
        if (reason := _lacks_compiler()) is not None:
            raise ServerUnavailableError(reason)
        if lacks() is not None:
            raise ServerUnavailableError(_NO_CONNECTOR)
    tree = unpacked(*wanted, room)
    path = cache() / "connectors" / f"{wanted[0]}-{tree.release}"
    with build_once(path, room) as new:
        if new is not None:
            # Apart from the C library that is in the tree too: an rpath to that would be lethal.
            (new / "lib").mkdir()
            library = tree.find("usr/lib/*/libmariadb.so.3")
            shutil.copy(library, new / "lib" / library.name)
            shutil.copytree(tree.find("usr/lib/*/libmariadb3/plugin"), new / "plugin")
            shutil.copytree(tree.find("usr/include/mariadb"), new / "include")
    return path


def _wheel(room: Room, connector: Path) -> Path:
    """Return the wheel for this Python that is linked to the connector, built if need be."""
    abi = sysconfig.get_config_var("SOABI")
    path = cache() / "wheels" / f"{abi}-{_MYSQLCLIENT}-{connector.name}"
    with build_once(path, room) as new:
        if new is not None:
            if (reason := _lacks_compiler()) is not None:
                raise ServerUnavailableError(reason)
            lib = connector / "lib"
            pip(
                room,
                *("wheel", "--wheel-dir", str(new), *_source(room)),
                # mysqlclient's setup parts these at each space, wants both, and asks no pkg-config.
                MYSQLCLIENT_CFLAGS="-I.",
                MYSQLCLIENT_LDFLAGS="-l:libmariadb.so.3",
                # What any path may stand in: setuptools parts these as a shell does.
                CPPFLAGS=_flags("CPPFLAGS", f"-I{connector / 'include'}"),
                LDFLAGS=_flags("LDFLAGS", f"-L{lib}", f"-Wl,-rpath,{lib}"),
            )
    return next(path.glob("*.whl"))


def _wheel_of_own_connector(room: Room) -> Path:
    """Return the wheel that is linked to the machine's own connector, built in the room."""
    if (reason := _lacks_compiler()) is not None:
        raise ServerUnavailableError(reason)
    folder = room.subfolder(f"mysqlclient_{secrets.token_hex(4)}")
    pip(room, "wheel", "--wheel-dir", str(folder), *_source(room))
    return next(folder.glob("*.whl"))


def _flags(variable: str, *flags: str) -> str:
    """Return flags for the compiler, after those that the user has in the variable."""
    return f"{os.environ.get(variable, '')} {shlex.join(flags)}".strip()


if __name__ == "__main__":
    sys.exit(main())
