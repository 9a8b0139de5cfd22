"""A connection to one database of a project's that can only read, and the refusal of all others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.utils import load_backend

from matrix_project import vendors

__all__ = ["reading"]


@contextmanager
def reading(alias: str) -> Iterator[Any]:
    """Connect to a database of the project's in a read-only transaction; yield the connection.

    Nothing that would write is sent when it connects, no handler of the project's hears of it, and
    every other connection of Django's is refused meanwhile. The transaction is rolled back.

    Raises:
        django.db.OperationalError: it cannot be connected to.
        matrix_project.vendors.UnknownVendorError: it is of a vendor that is not known here.
    """
    entry: dict[str, Any] = connections.settings[alias]
    own = connections[alias]
    # The name of Django's, for MariaDB is told from MySQL by a connection alone.
    vendor = vendors.vendor(own.vendor)
    backend = load_backend(entry["ENGINE"])
    connection = backend.DatabaseWrapper(
        {**vendor.reading.settings(entry), "CONN_MAX_AGE": 0, "ATOMIC_REQUESTS": False}, alias
    )
    connections[alias] = connection  # what asks for the alias gets this one
    try:
        with _alone(connection), _unheard(), transaction.atomic(using=alias):
            with connection.cursor() as cursor:
                for statement in vendor.reading.begin:
                    cursor.execute(statement)
            yield connection
            transaction.set_rollback(True, using=alias)
    finally:
        connection.close()
        connections[alias] = own


@contextmanager
def _alone(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Refuse each connection of Django's but the given one."""
    kept = BaseDatabaseWrapper.connect

    def connect(other: BaseDatabaseWrapper) -> None:
        if other is not connection:
            message = (
                f"the audit reads {connection.alias!r} alone: {other.alias!r} is not connected to"
            )
            raise OperationalError(message)
        kept(other)

    BaseDatabaseWrapper.connect = connect  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        BaseDatabaseWrapper.connect = kept  # type: ignore[method-assign]


@contextmanager
def _unheard() -> Iterator[None]:
    """Call no handler when a connection is made."""
    kept = connection_created.receivers
    connection_created.receivers = []
    connection_created.sender_receivers_cache.clear()
    try:
        yield
    finally:
        connection_created.receivers = kept
        connection_created.sender_receivers_cache.clear()
