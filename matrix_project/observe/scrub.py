"""Take out of a text what changes from run to run."""

from __future__ import annotations

import re

from django.db.backends.base.base import BaseDatabaseWrapper

__all__ = ["number_savepoints", "scrub"]

_SAVEPOINT = re.compile(r"\bs\d+_x\d+\b")


def scrub(text: str, connection: BaseDatabaseWrapper) -> str:
    """Return the text with our database's random name replaced by `matrix`.

    MariaDB, for one, gives the database's name in the message of a failed check.
    """
    return text.replace(str(connection.settings_dict["NAME"]), "matrix")


def number_savepoints(statements: list[str]) -> list[str]:
    """Return the statements with Django's savepoints, named after a thread's id, numbered."""
    names = dict.fromkeys(name for sql in statements for name in _SAVEPOINT.findall(sql))
    if not names:
        return statements
    numbers = {name: f"s{number}" for number, name in enumerate(names, 1)}
    return [_SAVEPOINT.sub(lambda match: numbers[match[0]], sql) for sql in statements]
