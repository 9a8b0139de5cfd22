"""Which constraint failed, from the `IntegrityError` that Django raised: one function a vendor.

The page shows these functions as they stand; they can be copied into any Django project. The words
of MySQL's and MariaDB's messages depend on the server's `lc_messages`, their quotes do not.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.db import IntegrityError, models

__all__ = ["FUNCTIONS", "mariadb", "mysql", "postgresql", "sqlite"]


def postgresql(error: IntegrityError) -> str | None:
    """The name comes beside the message, as a field of its own."""
    cause: Any = error.__cause__
    name: str | None = cause.diag.constraint_name
    return name


def mysql(error: IntegrityError) -> str | None:
    """The number tells what failed, the quotes where the name is."""
    code, message = error.args
    pattern = {
        1062: r"'(?:[^']*\.)?(?P<name>[^'.]+)'[^']*$",  # unique: 'table.name'
        3819: r"'(?P<name>[^']+)'",  # check: the first
        1451: r"CONSTRAINT `(?P<name>[^`]+)` FOREIGN KEY",
        1452: r"CONSTRAINT `(?P<name>[^`]+)` FOREIGN KEY",
    }.get(code)
    found = pattern and re.search(pattern, message)
    return found["name"] if found else None


def mariadb(error: IntegrityError) -> str | None:
    """The number tells what failed, the quotes where the name is."""
    code, message = error.args
    pattern = {
        1062: r"'(?P<name>[^']+)'[^']*$",  # unique: 'name', the last
        4025: r"`(?P<name>[^`]+)`",  # check: the first
        1451: r"CONSTRAINT `(?P<name>[^`]+)` FOREIGN KEY",
        1452: r"CONSTRAINT `(?P<name>[^`]+)` FOREIGN KEY",
    }.get(code)
    found = pattern and re.search(pattern, message)
    return found["name"] if found else None


def sqlite(error: IntegrityError, model: type[models.Model]) -> str | tuple[str, ...] | None:
    """A name is a `str`; unique fields have none, but a `tuple` of columns.

    Of a check without a name, as fields have them, SQLite tells the
    expression, which is no name.
    """
    kind, _, failed = str(error).partition(" constraint failed: ")
    if kind == "CHECK":
        names = {constraint.name for constraint in model._meta.constraints}
        return failed if failed in names else None
    if kind != "UNIQUE":
        return None
    if failed.startswith("index '"):  # unique expressions
        return failed.removeprefix("index '").removesuffix("'").replace("''", "'")
    return tuple(failed.split(", "))  # "table.column, table.other"


FUNCTIONS: dict[str, Callable[..., str | tuple[str, ...] | None]] = {
    "PostgreSQL": postgresql,
    "MySQL": mysql,
    "MariaDB": mariadb,
    "SQLite": sqlite,
}
"""The functions by the vendor's name as it is written."""
