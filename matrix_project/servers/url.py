"""Provider `url`: a server that the user already runs, at MATRIX_POSTGRESQL_URL and the like.

In it, a database of our own is made for each Django and dropped again; nothing else is touched.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import dj_database_url

from matrix_project.backends import Backend
from matrix_project.servers import Provider, Room, Server, ServerUnavailableError
from matrix_project.servers.databases import connected, new_name
from matrix_project.servers.tools import lacks_driver
from matrix_project.vendors import VENDORS, Vendor, vendor
from matrix_project.vendors.serving import Access

__all__ = ["addresses", "provider", "server_series"]

# Options that Django takes for itself. https://docs.djangoproject.com/en/stable/ref/databases/
_DJANGO_OPTIONS = {"assume_role", "isolation_level", "pool", "server_side_binding"}


class _Url(Provider):
    name = "url"

    def lacks(self, backend: Backend) -> str | None:
        known = vendor(backend.vendor)
        if known.access is None:
            return f"{known.name} is no server that a URL could name: use another provider"
        variable = _variable(known)
        if not os.environ.get(variable):
            url = f"{known.access.scheme}://USER:PASSWORD@HOST:PORT/"
            return f"set {variable}={url} to use a server of your own"
        return lacks_driver(known)

    @contextmanager
    def serve(self, backend: Backend, room: Room) -> Iterator[Server]:  # noqa: ARG002 (the protocol's)
        own = _OwnServer(backend.vendor)
        series = own.series()
        if not backend.serves(series):
            message = f"{own.variable}: the server is of series {series}, not {backend.series}"
            raise ServerUnavailableError(message)
        with ExitStack() as stack:

            def create() -> dict[str, Any]:
                entry = own.create()
                stack.callback(own.drop, entry["NAME"])
                return entry

            yield Server(create(), f"server of your own ({own.variable})", create)


provider = _Url()


def server_series(name: str) -> str:
    """Return the series (`18`, `9.7`) of the server that the variable of a vendor names.

    Raises:
        ServerUnavailableError: it is not set, does not answer, or is another vendor's.
    """
    return _OwnServer(name).series()


def addresses() -> list[str]:
    """Return the environment variables that name a server of the user's own.

    Raises:
        ServerUnavailableError: one looks like it and is not: no server would ever be asked.
    """
    known = {_variable(each) for each in VENDORS.values() if each.access is not None}
    given = [name for name in os.environ if re.fullmatch(r"MATRIX_\w+_URL", name)]
    unknown = sorted(set(given) - known)
    if unknown:
        message = f"{', '.join(unknown)} names no vendor; there are: {', '.join(sorted(known))}"
        raise ServerUnavailableError(message)
    return [name for name in given if os.environ[name]]


class _OwnServer:
    """The server that the environment variable of a vendor names."""

    def __init__(self, name: str) -> None:
        """Read the variable.

        Raises:
            ServerUnavailableError: it is not set, or is no URL of this vendor's.
        """
        self._vendor = vendor(name)
        reason = provider.lacks(Backend(name))
        if self._vendor.access is None or reason is not None:
            raise ServerUnavailableError(reason)
        self._access = self._vendor.access
        self.variable = _variable(self._vendor)
        self._entry = _entry(os.environ[self.variable], self.variable, self._vendor, self._access)

    def series(self) -> str:
        """Return the server's series.

        Raises:
            ServerUnavailableError: it does not answer, or is another vendor's.
        """
        with self._one_line_errors(), self._connected() as cursor:
            cursor.execute(self._access.version.encode())
            version = str(cursor.fetchone()[0])
            if re.search(self._access.own, version) is None:
                others = [each for each in VENDORS.values() if self._speaks_as(each, version)]
                instead = f": set {_variable(others[0])} instead" if others else ""
                message = f"the server is another vendor's{instead}"
                raise ServerUnavailableError(message)
            series = re.match(self._access.series, version)
            if series is None:
                message = f"the server's version is none that is known here: {version}"
                raise ServerUnavailableError(message)
            return series[0]

    def create(self) -> dict[str, Any]:
        """Make a database of our own, and return its entry of `DATABASES`.

        Raises:
            ServerUnavailableError: it could not be made.
        """
        name = new_name()
        with self._one_line_errors(name), self._connected() as cursor:
            cursor.execute(f"CREATE DATABASE {name}".encode())
        return {**self._entry, "NAME": name}

    def drop(self, name: str) -> None:
        """Drop a database that `create` made; where it cannot be, what was observed stands."""
        try:
            with self._one_line_errors(), self._connected() as cursor:
                cursor.execute(self._access.drop.format(name=name).encode())
        except ServerUnavailableError as error:
            logging.getLogger(__name__).warning("%s is left to be dropped: %s", name, error)

    def _connected(self) -> Any:
        options = {
            key: value
            for key, value in self._entry.get("OPTIONS", {}).items()
            if key not in _DJANGO_OPTIONS
        }
        return connected(self._access, self._entry, **options)

    def _speaks_as(self, other: Vendor, version: str) -> bool:
        """Tell whether a version that is not this vendor's is one of another's."""
        return (
            other.access is not None
            and other.engine == self._vendor.engine
            and re.search(other.access.own, version) is not None
        )

    @contextmanager
    def _one_line_errors(self, name: str = "") -> Iterator[None]:
        """Turn an error into one line without a password, an address or a generated name."""
        try:
            yield
        except Exception as error:  # the drivers have no common class
            words = " ".join(str(error).split())
            # Beside a host's name stands its address at times, which may hold the port's digits.
            words = re.sub(r" \([0-9a-f.:]*[.:][0-9a-f.:]+\)", "", words)
            words = re.sub(r"\b\d+\.\d+\.\d+\.\d+\b", "HOST", words)
            plain = {
                self._entry["PASSWORD"]: "***",
                name: "matrix",
                self._entry["HOST"]: "HOST",
                self._entry["PORT"]: "PORT",
            }
            for value, instead in plain.items():
                if value:
                    words = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", instead, words)
            message = f"{self.variable}: {words}"
            raise ServerUnavailableError(message) from error


def _variable(known: Vendor) -> str:
    return f"MATRIX_{known.name.upper()}_URL"


def _entry(url: str, variable: str, known: Vendor, access: Access) -> dict[str, Any]:
    """Return a URL as an entry of `DATABASES`.

    Raises:
        ServerUnavailableError: it is no URL, or another vendor's.
    """
    if access.parsed_as is not None:
        url = re.sub(f"^{access.scheme}:", f"{access.parsed_as}:", url)
    try:
        parsed: Mapping[str, Any] = dj_database_url.parse(url)
    except ValueError as error:
        message = f"{variable} is not a URL: {access.scheme}://USER:PASSWORD@HOST:PORT/ is one"
        raise ServerUnavailableError(message) from error
    if parsed["ENGINE"] != known.engine:
        message = f"{variable} is another vendor's URL: it has to begin with {access.scheme}://"
        raise ServerUnavailableError(message)
    entry: dict[str, Any] = {
        key: str(parsed.get(key) or "")
        for key in ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT")
    }
    if entry["HOST"] == "localhost" and entry["PORT"]:
        entry["HOST"] = access.localhost
    if "OPTIONS" in parsed:
        entry["OPTIONS"] = parsed["OPTIONS"]
    return entry
