"""Provider `url`: a server that the user already runs, at MATRIX_POSTGRESQL_URL and the like.

In it, a database of our own is made for each Django and dropped again. What a killed run left is
dropped by a run of another day, told by its name. Nothing else is touched.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import dj_database_url

from matrix_project.backends import Backend
from matrix_project.servers import Provider, Room, Server, ServerUnavailableError
from matrix_project.servers.databases import connected, left_over, new_name, silence, without_name
from matrix_project.servers.tools import lacks_driver
from matrix_project.vendors import VENDORS, Vendor, vendor
from matrix_project.vendors.serving import Access, Right

__all__ = ["check_addresses", "provider", "server_series"]

_log = logging.getLogger(__name__)


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
        own.clear()
        try:
            origin = f"server of your own ({own.variable})"
            yield Server(own.create(), origin, own.create, own.silence)
        finally:
            own.drop()


provider = _Url()


def server_series(name: str) -> str:
    """Return the series (`18`, `9.7`) of the server that the variable of a vendor names.

    Raises:
        ServerUnavailableError: it is not set, does not answer, or is another vendor's.
    """
    return _OwnServer(name).series()


def check_addresses() -> None:
    """See to it that each environment variable that names a server of the user's own does so.

    Raises:
        ServerUnavailableError: one looks like it and is not, or is no URL: no server would ever be
            asked.
    """
    known = {_variable(each) for each in VENDORS.values() if each.access is not None}
    given = [name for name in os.environ if re.fullmatch(r"MATRIX_\w+_URL", name)]
    unknown = sorted(set(given) - known)
    if unknown:
        message = f"{', '.join(unknown)} names no vendor; there are: {', '.join(sorted(known))}"
        raise ServerUnavailableError(message)
    for each in VENDORS.values():
        if each.access is not None and os.environ.get(_variable(each)):
            _entry(os.environ[_variable(each)], _variable(each), each, each.access)


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
        self._made: set[str] = set()

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

    def create(self, statement: str | None = None) -> dict[str, Any]:
        """Make a database of our own, try what the suite needs there, and return its entry.

        A statement makes it otherwise than the server does by itself.

        Raises:
            ServerUnavailableError: it could not be made, or the account lacks a privilege.
        """
        name = new_name()
        entry = {**self._entry, "NAME": name}
        with self._one_line_errors():
            with self._connected() as cursor:
                if name in self._listed(cursor):
                    message = "a database of the name exists already: run again"
                    raise ServerUnavailableError(message)
                self._try(cursor, self._access.rights, name)
                # From here on it may be there, whether an answer comes or not.
                self._made.add(name)
                try:
                    making = statement or self._access.creates.trial
                    cursor.execute(making.format(name=name).encode())
                except Exception as error:
                    code = self._vendor.read_error(error).code
                    denied = code in self._access.denied
                    if denied or not self._vendor.is_fault(code):
                        self._made.discard(name)
                    if denied:
                        raise _lacking([self._access.creates]) from error
                    raise
            if self._access.rights_within:
                with connected(self._access, entry) as cursor:
                    self._try(cursor, self._access.rights_within, name)
        return entry

    def silence(self) -> str | None:
        """Return that the server does not answer; None where it does."""
        return silence(self._access, self._entry)

    def drop(self) -> None:
        """Drop what `create` made; where it cannot be, what was observed stands."""
        for name in sorted(self._made):
            self._drop(name, self._access.drop)

    def clear(self) -> None:
        """Drop what a killed run left, more than a day ago, where nobody is connected to it."""
        old: list[str] = []
        try:
            with self._one_line_errors(), self._connected() as cursor:
                old = sorted(filter(left_over, self._listed(cursor)))
                if old:
                    cursor.execute(self._access.in_use.encode())
                    used = {_text(row[0]) for row in cursor.fetchall()}
        except ServerUnavailableError as error:
            names = ", ".join(old) or "what an earlier run may have left"
            _log.warning("%s is left to be dropped: %s", names, error)
            return
        for name in old:
            if name in used:
                _log.warning("%s, of an earlier run, is left: somebody is connected to it", name)
            # Without force: who has connected meanwhile keeps it.
            elif self._drop(name, "DROP DATABASE IF EXISTS {name}"):
                _log.warning("%s, which an earlier run left, was dropped", name)

    def _drop(self, name: str, statement: str) -> bool:
        """Tell whether a database is gone; where it is not, say so in one line."""
        try:
            with self._one_line_errors(), self._connected() as cursor:
                cursor.execute(statement.format(name=name).encode())
        except ServerUnavailableError as error:
            _log.warning("%s is left to be dropped: %s", name, error)
            return False
        return True

    def _listed(self, cursor: Any) -> set[str]:
        cursor.execute(self._access.databases.encode())
        return {_text(row[0]) for row in cursor.fetchall()}

    def _try(self, cursor: Any, rights: Sequence[Right], name: str) -> None:
        """Send what is denied without a privilege; any other answer is none about privileges.

        Raises:
            ServerUnavailableError: the account lacks some.
        """
        lacking = []
        for right in rights:
            try:
                cursor.execute(right.trial.format(name=name).encode())
            except Exception as error:  # noqa: BLE001 (the drivers have no common class)
                if self._vendor.read_error(error).code in self._access.denied:
                    lacking.append(right)
        if lacking:
            raise _lacking(lacking)

    def _connected(self) -> Any:
        return connected(self._access, self._entry)

    def _speaks_as(self, other: Vendor, version: str) -> bool:
        """Tell whether a version that is not this vendor's is one of another's."""
        return (
            other.access is not None
            and other.engine == self._vendor.engine
            and re.search(other.access.own, version) is not None
        )

    @contextmanager
    def _one_line_errors(self) -> Iterator[None]:
        """Turn an error into one line without a password, an address or a generated name."""
        try:
            yield
        except Exception as error:  # the drivers have no common class
            words = without_name(" ".join(str(error).split()))
            # Beside a host's name stands its address at times, which may hold the port's digits.
            words = re.sub(r" \([0-9a-f.:]*[.:][0-9a-f.:]+\)", "", words)
            words = re.sub(r"\b\d+\.\d+\.\d+\.\d+\b", "HOST", words)
            plain = {
                self._entry["PASSWORD"]: "***",
                self._entry["HOST"]: "HOST",
                self._entry["PORT"]: "PORT",
            }
            for value, instead in plain.items():
                if value:
                    words = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", instead, words)
            message = f"{self.variable}: {words}"
            raise ServerUnavailableError(message) from error


def _lacking(rights: Sequence[Right]) -> ServerUnavailableError:
    """Return the error that names the privileges, and the statement that grants them."""
    names = ", ".join(right.name for right in rights)
    grants = dict.fromkeys(right.grant.format(names=names) for right in rights)
    return ServerUnavailableError(
        f"the account lacks {names}: have an administrator run {'; '.join(grants)}"
    )


def _text(value: object) -> str:
    # psycopg gives bytes where the server's encoding is SQL_ASCII.
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


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
    # What the URL does not give is the same for everybody: no file of the user's own counts.
    entry["OPTIONS"] = {**access.options, **parsed.get("OPTIONS", {})}
    return entry
