"""Make `import MySQLdb` work in a Python: `python -m matrix_project.servers.mysqlclient`.

mysqlclient comes as source on Linux, and needs MariaDB's connector to build. Where the machine does
not have it, it is unpacked out of Debian's packages into the cache, and so is the built wheel, so
that the next environment of this Python takes a second and no network.
"""

from __future__ import annotations

import importlib
import os
import platform
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from matrix_project.servers import Room, ServerUnavailableError
from matrix_project.servers.debian import cached, unpacked
from matrix_project.servers.room import open_room
from matrix_project.servers.tools import build_once, cache, run
from matrix_project.servers.wheels import lacks_pip, pip

__all__ = ["main"]

_MYSQLCLIENT = "mysqlclient==2.3.1"
# What mysqlclient's own setup looks for.
_PKG_CONFIG = ("mysqlclient", "mariadb", "libmariadb")
_OLDEST_CONNECTOR = "bookworm"
# The connector looks for its plugins, MySQL's caching_sha2_password among them, where Debian has
# them. https://mariadb.com/docs/connectors/mariadb-connector-c/configuration-settings-for-mariadb-connector-c
_PTH = "constraint_matrix_mysqlclient.pth"
_PTH_LINE = 'import os; os.environ.setdefault("MARIADB_PLUGIN_DIR", {!r})\n'


def main() -> int:
    """Do it; return the exit status, with a line on standard error where it is not 0."""
    if _works():
        return 0
    try:
        with open_room() as room:
            _install(room)
    except ServerUnavailableError as error:
        lines = [f"mysqlclient could not be built: {error}", *getattr(error, "__notes__", ())]
        sys.stderr.writelines(f"{line}\n" for line in lines)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _works() -> bool:
    try:
        importlib.import_module("MySQLdb")
    except ImportError:
        return False
    return True


def _install(room: Room) -> None:
    if (reason := lacks_pip()) is not None:
        raise ServerUnavailableError(reason)
    if _has_connector():
        pip(room, "install", "--force-reinstall", "--no-deps", _MYSQLCLIENT)
    else:
        connector = _connector(room)
        # One whose connector is gone may be installed already.
        again = ("install", "--force-reinstall", "--no-deps", "--no-index")
        pip(room, *again, str(_wheel(room, connector)))
        pth = Path(sysconfig.get_path("platlib")) / _PTH
        pth.write_text(_PTH_LINE.format(str(connector / "plugin")))
    run(room, [sys.executable, "-c", "import MySQLdb"])


def _lacks_compiler() -> str | None:
    """Return what is missing to build a wheel and what to do, in one line."""
    compiler = (os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc").split()[0]
    if shutil.which(compiler) is None:
        return f"there is no {compiler}: apt-get install gcc"
    headers = Path(sysconfig.get_path("include"), "Python.h")
    if not headers.exists():
        return f"there is no {headers}: apt-get install python3-dev"
    return None


def _has_connector() -> bool:
    if shutil.which("pkg-config") is None:
        return False
    asked = (["pkg-config", "--exists", name] for name in _PKG_CONFIG)
    return any(subprocess.run(words, check=False).returncode == 0 for words in asked)


def _connector(room: Room) -> Path:
    """Return a folder with the connector: `include`, `plugin`, and nothing but it in `lib`."""
    release = platform.freedesktop_os_release()
    debian = release.get("VERSION_CODENAME") if release.get("ID") == "debian" else None
    wanted = (debian or _OLDEST_CONNECTOR, "libmariadb-dev")
    if cached(*wanted) is None and (reason := _lacks_compiler()) is not None:
        # Nothing is fetched in vain.
        raise ServerUnavailableError(reason)
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
            folder = room.subfolder("mysqlclient")
            pip(
                room,
                *("wheel", "--no-deps", "--no-binary", "mysqlclient", "--wheel-dir", str(new)),
                _MYSQLCLIENT,
                MYSQLCLIENT_CFLAGS=_flags(folder / "c", f"-I{connector / 'include'}"),
                MYSQLCLIENT_LDFLAGS=_flags(
                    folder / "ld", f"-L{lib}", "-l:libmariadb.so.3", f"-Wl,-rpath,{lib}"
                ),
            )
    return next(path.glob("*.whl"))


def _flags(path: Path, *flags: str) -> str:
    """Return one word for the compiler that stands for flags with any path in them.

    mysqlclient's setup parts its flags at each space.
    https://gcc.gnu.org/onlinedocs/gcc/Overall-Options.html#index-file
    """
    path.write_text(shlex.join(flags))
    return f"@{path}"


if __name__ == "__main__":
    sys.exit(main())
