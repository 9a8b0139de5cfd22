"""Observe in this process, on SQLite and on real servers.

A server is started for the first test that needs it, once for all modules that import `servers`.
"""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from django.db import connections

from matrix_project.backends import catalogue
from matrix_project.servers.providers import choose
from matrix_project.servers.room import open_room
from matrix_project.suite.observing import record
from matrix_project.vendors import VENDORS

__all__ = ["SERVERS", "Servers", "observe_on", "servers"]

SERVERS = tuple(VENDORS)
"""The vendors, in the order of all tables."""


class Servers:
    """Databases that come up when they are first asked for."""

    def __init__(self, prefix=""):
        """Take what their aliases begin with, so that others may be up beside them."""
        self._prefix = prefix
        self._stack = ExitStack()
        self._aliases = {}
        self._lacking = {}

    def aliases(self, vendor):
        """Return two connections to the vendor's database; skip where its server cannot be had."""
        if vendor not in self._aliases and vendor not in self._lacking:
            self._start(vendor)
        if vendor in self._lacking:
            pytest.skip(self._lacking[vendor])
        return self._aliases[vendor]

    def close(self):
        """Close the connections and take the servers down."""
        self._stack.close()
        self._aliases.clear()

    def _start(self, vendor):
        (backend,) = (
            each for each in catalogue().values() if each.vendor == vendor and each.default
        )
        choice = choose(backend, "packages")
        if not choice.able:
            self._lacking[vendor] = choice.lacking
            return
        room = self._stack.enter_context(open_room())
        server = self._stack.enter_context(choice.able[0].serve(backend, room))
        alias = f"{self._prefix}{vendor}"
        self._aliases[vendor] = [alias, f"{alias}_second"]
        for alias in self._aliases[vendor]:
            given = connections.configure_settings({"default": {}, alias: dict(server.database)})
            connections.settings[alias] = given[alias]
            self._stack.callback(_forget, alias)


def _forget(alias):
    connections[alias].close()
    del connections[alias]
    del connections.settings[alias]


# Each module that imports the fixture has its own: they share the servers.
_SERVERS = Servers()


@pytest.fixture(scope="session")
def servers(django_db_blocker):
    """All servers, each from its first use to the end of the session."""
    with django_db_blocker.unblock():
        yield _SERVERS
        _SERVERS.close()


def observe_on(servers, vendor, case):
    """Return the record of a case on a vendor's server."""
    return record(case, servers.aliases(vendor))
