"""Run subjects and cases in this process: on SQLite in a file, and on real servers.

A server is started for the first test that needs it, once for all modules, and taken down at the
end of the session.
"""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from django.db import connections

from matrix_project.backends import catalogue
from matrix_project.observe import observe
from matrix_project.servers.providers import choose
from matrix_project.servers.room import open_room
from matrix_project.suite.observing import record
from matrix_project.vendors import VENDORS

__all__ = ["SERVERS", "observe_on", "servers", "sqlite", "subject_on"]

SERVERS = tuple(VENDORS)


class _Servers:
    """The databases that were brought up, each with two connections: `mysql` and `mysql_second`."""

    def __init__(self):
        self._stack = ExitStack()
        self._aliases = {}
        self._lacks = {}

    def aliases(self, vendor):
        """Return the vendor's two connections; skip the test where its server cannot be had."""
        if vendor in self._lacks:
            pytest.skip(self._lacks[vendor])
        if vendor not in self._aliases:
            self._aliases[vendor] = self._connect(vendor)
        return self._aliases[vendor]

    def _connect(self, vendor):
        aliases = [vendor, f"{vendor}_second"]
        database = self._serve(vendor)
        for alias in aliases:
            connections.settings[alias] = connections.configure_settings(
                {"default": {}, alias: dict(database)}
            )[alias]
        return aliases

    def _serve(self, vendor):
        (backend,) = (
            each for each in catalogue().values() if each.vendor == vendor and each.default
        )
        choice = choose(backend, "packages")
        if not choice.able:
            self._lacks[vendor] = choice.lacking
            pytest.skip(choice.lacking)
        room = self._stack.enter_context(open_room())
        return self._stack.enter_context(choice.able[0].serve(backend, room)).database

    def close(self):
        """Close the connections and take the servers down."""
        for aliases in self._aliases.values():
            for alias in aliases:
                connections[alias].close()
                del connections[alias]
                del connections.settings[alias]
        self._aliases.clear()
        self._stack.close()


_SERVERS = _Servers()


@pytest.fixture(scope="session")
def servers(django_db_blocker):
    """All servers that are needed, each from its first use to the end of the session."""
    with django_db_blocker.unblock():
        yield _SERVERS
        _SERVERS.close()


@pytest.fixture(scope="session")
def sqlite(servers):
    """The two connections to a SQLite database in a file."""
    return servers.aliases("sqlite")


def observe_on(servers, vendor, case):
    """Return the record of a case on a vendor's server."""
    return record(case, servers.aliases(vendor))


def subject_on(servers, vendor, subject):
    """Return the observation of a subject on a vendor's server."""
    return observe(subject, servers.aliases(vendor))
