"""Which constraint failed, from the `IntegrityError` that Django raised: one function a vendor.

The page shows these functions as they stand; they can be copied into any Django project.
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
    """The name is in the message; the number tells where."""
    code, message = error.args
    pattern = {
        1062: r"for key '(?:.*\.)?(?P<name>[^.]+)'$",  # a uniqueness: 'table.name'
        3819: r"^Check constraint '(?P<name>.+)' is violated",
        1451: r"CONSTRAINT `(?P<name>.+?)` FOREIGN KEY",
        1452: r"CONSTRAINT `(?P<name>.+?)` FOREIGN KEY",
    }.get(code)
    found = pattern and re.search(pattern, message, re.DOTALL)
    return found["name"] if found else None


def mariadb(error: IntegrityError) -> str | None:
    """The name is in the message; the number tells where."""
    code, message = error.args
    pattern = {
        1062: r"for key '(?P<name>[^']+)'$",
        4025: r"^CONSTRAINT `(?P<name>.+?)` failed",
        1451: r"CONSTRAINT `(?P<name>.+?)` FOREIGN KEY",
        1452: r"CONSTRAINT `(?P<name>.+?)` FOREIGN KEY",
    }.get(code)
    found = pattern and re.search(pattern, message, re.DOTALL)
    return found["name"] if found else None


def sqlite(error: IntegrityError, model: type[models.Model]) -> str | None:
    """A check's name is in the message; of a uniqueness only the columns are.

    Of two constraints on the same columns this finds the first.
    """
    kind, _, told = str(error.__cause__).partition(" constraint failed: ")
    if kind == "CHECK":
        return told
    if kind != "UNIQUE":
        return None
    if told.startswith("index "):  # a uniqueness of expressions: "index 'name'"
        return told.removeprefix("index ").strip("'")
    table = model._meta.db_table
    columns = {each.name: f"{table}.{each.column}" for each in model._meta.fields}
    for constraint in model._meta.constraints:
        fields = getattr(constraint, "fields", ())
        if fields and ", ".join(columns[name] for name in fields) == told:
            return constraint.name
    return None


FUNCTIONS: dict[str, Callable[..., str | None]] = {
    "PostgreSQL": postgresql,
    "MySQL": mysql,
    "MariaDB": mariadb,
    "SQLite": sqlite,
}
"""The functions by the vendor's name as it is written."""
