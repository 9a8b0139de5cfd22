"""What is done to a connection before anything is observed by it."""

from __future__ import annotations

from typing import Any

from django.db import Error as DjangoError

from matrix_project import vendors

__all__ = ["begin"]


def begin(connection: Any) -> None:
    """Have the server answer in English, and Django send the same SQL in each process.

    Raises:
        matrix_project.vendors.UnknownVendorError: no vendor's module knows the database.
    """
    vendor = vendors.of(connection)
    vendor.settle(connection)
    for sql in vendor.session:
        _send_if_it_can(connection, sql)


def _send_if_it_can(connection: Any, sql: str) -> None:
    # A server without this language, or a user without the right, keeps its own.
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
    except DjangoError:
        connection.close()
