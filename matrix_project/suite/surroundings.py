"""What surrounds the answers: versions, the driver, and the settings that change behaviour."""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Mapping
from contextlib import suppress
from importlib.metadata import packages_distributions, version
from typing import Any

import django
from django.db import Error as DjangoError

from matrix_project import vendors
from matrix_project.observe.scrub import scrub
from matrix_project.results.contract import Driver
from matrix_project.suite.events import Started

__all__ = ["answers", "other_library", "settings", "started", "without_address"]


def started(connection: Any) -> Started:
    """Return what answers, and in which surroundings."""
    vendor = vendors.of(connection)
    return Started(
        server_version=vendor.server_version(connection),
        django=django.get_version(),
        python=platform.python_version(),
        driver=_driver(connection),
        settings=settings(vendor.settings, connection),
    )


def answers(connection: Any) -> bool:
    """Return whether the server answers on a new connection."""
    # The old one may be broken, and say so when it is closed.
    with suppress(DjangoError):
        connection.close()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DjangoError:
        return False
    return True


def other_library(connection: Any) -> str | None:
    """Return why the driver does not use the library that the run named; None where it does."""
    library = vendors.of(connection).library
    path = os.environ.get(library.variable) if library is not None else None
    return library.differs(connection, path) if library is not None and path else None


def without_address(text: str, connection: Any) -> str:
    """Return the text of a failed connection without the server's address and port."""
    for key in ("HOST", "PORT"):
        value = str(connection.settings_dict.get(key) or "")
        if value:
            text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", "…", text)
    return scrub(text, connection)


def _driver(connection: Any) -> Driver:
    """Return the distribution of the module that Django really connects with.

    A project may have put another in its place, as PyMySQL does for mysqlclient.
    """
    module = connection.Database.__name__.partition(".")[0]
    if module in sys.stdlib_module_names:
        # In Python's library, and so of its version.
        return Driver(name=module, version=platform.python_version())
    for name in packages_distributions().get(module, ()):
        return Driver(name=name, version=version(name))
    return Driver(name=module, version="unknown")


def settings(queries: Mapping[str, str], connection: Any) -> dict[str, str | None]:
    """Return what each query reads, as the server gives it; None where it has no such setting."""
    found: dict[str, str | None] = {}
    with connection.cursor() as cursor:
        for name, sql in queries.items():
            try:
                cursor.execute(sql)
                value = (cursor.fetchone() or [None])[0]
                found[name] = None if value is None else scrub(str(value), connection)
            except DjangoError:
                found[name] = None
    return found
