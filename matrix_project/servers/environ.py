"""What a process that a run starts gets of the run's own environment variables.

A variable that somebody exported must not change what is observed: libpq, MariaDB's connector,
Python, pytest and Django all read some. So each process gets an environment made from nothing, of
what is listed here. A server's process gets none of it (`packages`).
"""

from __future__ import annotations

import importlib
import os
import site
import sys
from fnmatch import fnmatchcase
from pathlib import Path

from matrix_project.servers.room import Room

__all__ = [
    "BORROWED",
    "PASSED_ON",
    "TAKEN_OUT",
    "borrow_drivers",
    "environ_of_project",
    "environ_of_suite",
    "environ_of_tool",
    "take_out",
]

BORROWED = "MATRIX_BORROWED"
"""The environment variable with the folders of borrowed drivers (`drivers`), one a line."""

PASSED_ON: dict[str, str] = {
    "PATH": "programs are found by it",
    "HOME": "pip and git read the user's settings there",
    "USER": "git names the user by it",
    "LOGNAME": "git names the user by it",
    "TMPDIR": "the user's choice of a disk",
    "XDG_CONFIG_HOME": "pip and git read the user's settings there",
    "XDG_CONFIG_DIRS": "pip reads the machine's settings there",
    "XDG_CACHE_HOME": "the cache is there",
    "MATRIX_CACHE": "the cache is there",
    "MATRIX_DEBIAN_MIRROR": "Debian's packages are fetched from there",
    "[hH][tT][tT][pP]_[pP][rR][oO][xX][yY]": "packages are fetched through it",
    "[hH][tT][tT][pP][sS]_[pP][rR][oO][xX][yY]": "packages are fetched through it",
    "[aA][lL][lL]_[pP][rR][oO][xX][yY]": "packages are fetched through it",
    "[nN][oO]_[pP][rR][oO][xX][yY]": "packages are fetched past a proxy",
    "SSL_CERT_*": "the mirror's certificate is checked by it",
    "REQUESTS_CA_BUNDLE": "the index's certificate is checked by it",
    "PIP_INDEX_URL": "pip fetches from there",
    "PIP_EXTRA_INDEX_URL": "pip fetches from there",
    "PIP_FIND_LINKS": "pip fetches from there",
    "PIP_NO_INDEX": "pip fetches from nowhere else",
    "PIP_CONFIG_FILE": "pip reads the user's settings there",
    "PIP_TRUSTED_HOST": "pip's connection to the index",
    "PIP_CERT": "pip's connection to the index",
    "PIP_CLIENT_CERT": "pip's connection to the index",
    "PIP_PROXY": "pip's connection to the index",
    "PIP_DEFAULT_TIMEOUT": "pip's connection to the index",
    "PIP_RETRIES": "pip's connection to the index",
    "PIP_KEYRING_PROVIDER": "pip's password for the index",
    "CC": "mysqlclient is built with it",
    "CFLAGS": "mysqlclient is built with it",
    "CPPFLAGS": "mysqlclient is built with it",
    "LDFLAGS": "mysqlclient is built with it",
    "PKG_CONFIG_PATH": "the machine's own connector is found by it",
}
"""What a tool (apt-get, pip, a compiler, git) gets, by pattern, and why."""

TAKEN_OUT: dict[str, str] = {
    "PG*": "libpq: https://www.postgresql.org/docs/current/libpq-envars.html",
    "MYSQL_*": "https://dev.mysql.com/doc/refman/en/environment-variables.html",
    "LIBMYSQL_*": "https://dev.mysql.com/doc/c-api/en/c-api-environment-variables.html",
    "MARIADB_TLS_*": "https://mariadb.com/docs/connectors/mariadb-connector-c",
    "SQLITE_*": "https://www.sqlite.org/tempfiles.html",
}
"""What the run's own process forgets, for the drivers in it, by pattern, and who would read it."""


_forgotten: dict[str, str] = {}
"""What this process has forgotten."""


def environ_of_tool(**more: str) -> dict[str, str]:
    """Return the environment of a program that fetches, unpacks or builds, with `more` in it."""
    passed = {
        name: value
        for name, value in os.environ.items()
        if any(fnmatchcase(name, pattern) for pattern in PASSED_ON)
    }
    return {**passed, **more}


def environ_of_suite(room: Room, **more: str) -> dict[str, str]:
    """Return the environment of a Python that runs the suite, with `more` in it.

    Nothing of the run's own is in it. Its home is the room, so that no file of the user's
    (`~/.pgpass`, `~/.postgresql`) is read; where packages of the user's own site are is fixed.
    """
    return {
        "LC_ALL": "C.UTF-8",
        "HOME": str(room.folder),
        "TMPDIR": str(room.folder),
        "PYTHONUSERBASE": str(Path(site.getuserbase()).absolute()),
        **more,
    }


def environ_of_project(room: Room, **more: str) -> dict[str, str]:
    """Return the environment of a Python that loads a user's project, with `more` in it.

    A project's settings may read any variable. What a driver would read is forgotten by that
    process itself (`take_out`), once the project is loaded.
    """
    # Django keeps `unique_together` in a set: its indexes come in the same order at each run.
    steady = {"PYTHONHASHSEED": "0"}
    return {**steady, **os.environ, **_forgotten, "TMPDIR": str(room.folder), **more}


def borrow_drivers() -> None:
    """Have this process find the drivers that it was handed, behind all modules of its own."""
    folders = os.environ.get(BORROWED, "").splitlines()
    sys.path += [each for each in folders if each not in sys.path]
    importlib.invalidate_caches()


def take_out() -> None:
    """Forget in this process what a driver would read: every setting of a connection is given."""
    for name in list(os.environ):
        if any(fnmatchcase(name, pattern) for pattern in TAKEN_OUT):
            _forgotten[name] = os.environ.pop(name)
