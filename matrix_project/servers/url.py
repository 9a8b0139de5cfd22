"""Provider `url`: a server that the user already runs, at MATRIX_POSTGRESQL_URL and the like.

In it, a database of our own is made for each Django and dropped again; nothing else is touched.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from typing import Any

import dj_database_url

from matrix_project.backends import Backend
from matrix_project.servers import Provider, Room, Server, ServerUnavailableError
from matrix_project.servers.databases import DIALECTS, connect, new_name
from matrix_project.servers.tools import lacks_driver

__all__ = ["addresses", "provider", "server_series"]

_SECONDS_TO_CONNECT = 10
# Options that Django takes for itself. https://docs.djangoproject.com/en/stable/ref/databases/
_DJANGO_OPTIONS = {"assume_role", "isolation_level", "pool", "server_side_binding"}


@dataclass(frozen=True)
class _Vendor:
    """What differs from vendor to vendor."""

    scheme: str
    engine: str
    version: str
    """The statement that asks for the server's version."""
    series: str
    """What of the version is the series, as a regular expression."""
    localhost: str = "localhost"
    """What `localhost` with a port has to be called, for the driver to use the port."""
    foreign: tuple[str, str] | None = None
    """Another vendor that speaks the same protocol, and a pattern of its versions."""


_MYSQL = _Vendor(
    scheme="mysql",
    engine="django.db.backends.mysql",
    version="SELECT VERSION()",
    series=r"\d+\.\d+",
    localhost="127.0.0.1",
    foreign=("mariadb", "MariaDB"),
)
_VENDORS: Mapping[str, _Vendor] = {
    "postgresql": _Vendor(
        scheme="postgresql",
        engine="django.db.backends.postgresql",
        version="SHOW server_version",
        series=r"\d+([a-z]+\d*)?",
    ),
    "mysql": _MYSQL,
    "mariadb": replace(_MYSQL, scheme="mariadb", foreign=("mysql", r"^(?!.*MariaDB)")),
}


class _Url(Provider):
    name = "url"

    def lacks(self, backend: Backend) -> str | None:
        return _lacks(backend.vendor)

    @contextmanager
    def serve(self, backend: Backend, room: Room) -> Iterator[Server]:  # noqa: ARG002 (the protocol's)
        entry = _settings(backend.vendor)[1]
        with _said_plainly(backend.vendor, entry), closing(_connect(entry)) as connection:
            series = _series(connection, backend.vendor)
            if not backend.serves(series):
                message = f"the server is of series {series}, not {backend.series}"
                raise ServerUnavailableError(message)
        with ExitStack() as stack:

            def create() -> dict[str, Any]:
                name = new_name()
                stack.callback(_drop, backend.vendor, entry, name)
                with (
                    _said_plainly(backend.vendor, entry, name),
                    closing(_connect(entry)) as connection,
                ):
                    connection.cursor().execute(f"CREATE DATABASE {name}".encode())
                return {**entry, "NAME": name}

            yield Server(create(), f"server of your own ({_variable(backend.vendor)})", create)


provider = _Url()


def _drop(vendor: str, entry: Mapping[str, Any], name: str) -> None:
    try:
        with _said_plainly(vendor, entry), closing(_connect(entry)) as connection:
            connection.cursor().execute(DIALECTS[entry["ENGINE"]].drop.format(name=name).encode())
    except ServerUnavailableError as error:
        # What was observed stands.
        logging.getLogger(__name__).warning("%s is left to be dropped: %s", name, error)


def server_series(vendor: str) -> str:
    """Return the series (`18`, `9.7`) of the server that the vendor's variable names.

    Raises:
        ServerUnavailableError: it is not set, does not answer, or is another vendor's.
    """
    entry = _settings(vendor)[1]
    with _said_plainly(vendor, entry), closing(_connect(entry)) as connection:
        return _series(connection, vendor)


def _variable(vendor: str) -> str:
    return f"MATRIX_{vendor.upper()}_URL"


def addresses() -> list[str]:
    """Return the environment variables that name a server of the user's own.

    Raises:
        ServerUnavailableError: one looks like it and is not: no server would ever be asked.
    """
    known = {_variable(vendor) for vendor in _VENDORS}
    given = [name for name in os.environ if re.fullmatch(r"MATRIX_\w+_URL", name)]
    unknown = sorted(set(given) - known)
    if unknown:
        message = f"{', '.join(unknown)} names no vendor; there are: {', '.join(sorted(known))}"
        raise ServerUnavailableError(message)
    return [name for name in given if os.environ[name]]


def _lacks(vendor: str) -> str | None:
    if vendor not in _VENDORS:
        return f"{vendor} is no server that a URL could name: use another provider"
    variable, known = _variable(vendor), _VENDORS[vendor]
    if not os.environ.get(variable):
        url = f"{known.scheme}://USER:PASSWORD@HOST:PORT/"
        return f"set {variable}={url} to use a server of your own"
    return lacks_driver(DIALECTS[known.engine].driver)


def _settings(vendor: str) -> tuple[_Vendor, dict[str, Any]]:
    """Return what is known of the vendor, and the variable's URL as an entry of `DATABASES`."""
    if (reason := _lacks(vendor)) is not None:
        raise ServerUnavailableError(reason)
    known, variable = _VENDORS[vendor], _variable(vendor)
    # dj-database-url knows MariaDB as MySQL alone.
    url = re.sub("^mariadb:", "mysql:", os.environ[variable])
    try:
        parsed = dj_database_url.parse(url)
    except ValueError as error:
        message = f"{variable} is not a URL: {known.scheme}://USER:PASSWORD@HOST:PORT/ is one"
        raise ServerUnavailableError(message) from error
    if parsed["ENGINE"] != known.engine:
        message = f"{variable} is another vendor's URL: it has to begin with {known.scheme}://"
        raise ServerUnavailableError(message)
    entry: dict[str, Any] = {
        key: str(parsed.get(key) or "")
        for key in ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT")
    }
    if entry["HOST"] == "localhost" and entry["PORT"]:
        entry["HOST"] = known.localhost
    if "OPTIONS" in parsed:
        entry["OPTIONS"] = parsed["OPTIONS"]
    return known, entry


def _connect(entry: Mapping[str, Any]) -> Any:
    options = {"connect_timeout": _SECONDS_TO_CONNECT, **entry.get("OPTIONS", {})}
    of_driver = {key: value for key, value in options.items() if key not in _DJANGO_OPTIONS}
    return connect(entry, **of_driver)


def _series(connection: Any, vendor: str) -> str:
    known = _VENDORS[vendor]
    cursor = connection.cursor()
    cursor.execute(known.version.encode())
    version = str(cursor.fetchone()[0])
    if known.foreign and re.search(known.foreign[1], version):
        message = f"the server is another vendor's: set {_variable(known.foreign[0])} instead"
        raise ServerUnavailableError(message)
    series = re.match(known.series, version)
    if series is None:
        message = f"the server's version is none that is known here: {version}"
        raise ServerUnavailableError(message)
    return series[0]


@contextmanager
def _said_plainly(vendor: str, entry: Mapping[str, Any], name: str = "") -> Iterator[None]:
    """Turn what goes wrong into one line without a password, an address or a generated name."""
    try:
        yield
    except Exception as error:  # the drivers have no common class
        words = " ".join(str(error).split())
        # Names of hosts stand beside their addresses at times, which may hold the port's digits.
        words = re.sub(r" \([0-9a-f.:]*[.:][0-9a-f.:]+\)", "", words)
        words = re.sub(r"\b\d+\.\d+\.\d+\.\d+\b", "HOST", words)
        plain = {
            entry["PASSWORD"]: "***",
            name: "matrix",
            entry["HOST"]: "HOST",
            entry["PORT"]: "PORT",
        }
        for value, instead in plain.items():
            if value:
                words = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", instead, words)
        message = f"{_variable(vendor)}: {words}"
        raise ServerUnavailableError(message) from error
