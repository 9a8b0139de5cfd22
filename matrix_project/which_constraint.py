"""Which constraint was it? Read it out of the exception that Django raised.

    try:
        customer.save()
    except IntegrityError as error:
        if which_constraint(error) == Constraint("customer_is_of_age"):
            form.add_error("age", "You have to be 18.")

It works on PostgreSQL, MySQL, MariaDB and SQLite, whatever the language of the server's messages.
This file needs Python's library alone (3.10 or newer): it can be copied into a project.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from traceback import walk_tb
from typing import Any

__all__ = ["Columns", "Constraint", "which_constraint"]


@dataclass(frozen=True)
class Constraint:
    """A constraint, or a unique index."""

    name: str
    """As the database has it: it may have cut the name, or made it where Django gives none."""


@dataclass(frozen=True)
class Columns:
    """What an error names where it names no constraint."""

    table: str | None
    """None on MySQL and MariaDB, whose message does not have it."""
    names: tuple[str, ...]
    null: bool = False
    """True: the column must not be NULL. False: the columns must be unique, which SQLite tells in
    the place of a name, unless there is an expression among them."""


def which_constraint(error: BaseException) -> Constraint | Columns | None:
    """Return the constraint that the error names, or the columns; None where it names neither.

    `error` is Django's exception, or the driver's, as it was caught: its traceback leads to the
    connection and the statement, which decide where a message alone is ambiguous (a dot in a name
    on MariaDB, a check without a name on SQLite). Nothing is raised, and nothing is written.

    SQLite names no foreign key, and no check that has no name, as those of `PositiveIntegerField`
    and `JSONField`.
    """
    fields = getattr(error, "diag", None) or getattr(error.__cause__, "diag", None)
    if fields is not None:
        return _in_postgresql(fields)
    connection, sql = _sent(error)
    match error.args:
        case (int(code), str(message)):
            return _in_mysql(code, message, connection, sql)
        case (str(message),):
            return _in_sqlite(message, connection, sql)
    return None


def _in_postgresql(fields: Any) -> Constraint | Columns | None:
    # https://www.postgresql.org/docs/current/protocol-error-fields.html
    if fields.constraint_name:
        return Constraint(fields.constraint_name)
    if fields.column_name:
        return Columns(fields.table_name, (fields.column_name,), null=True)
    return None


# "Duplicate entry 'VALUE' for key 'KEY'": what stands between the two, in each language. The value
# may have these words too: the last count.
_FOR_KEY = (
    r" for key | für Schlüssel | pour la clef | para la clave | per la chiave | voor zoeksleutel "
    r"| duplicada para a chave | e duplicat pentru cheia | för nyckel | for indeks | for nøkkel "
    r"| dla klucza | a | \(číslo klíče | \(číslo kľúča | za ključ | по ключу | для ключа "
    r"| για το κλειδί | võtmele | kwa ufunguo wa | გასაღებისთვის | は索引 |键|: key "  # noqa: RUF001
)
# Where a message has the name, by its code.
# https://dev.mysql.com/doc/mysql-errors/9.7/en/server-error-reference.html
# https://mariadb.com/docs/server/reference/error-codes/mariadb-error-code-reference
_UNIQUE = dict.fromkeys((1062, 1586), rf"(?:.*'(?:{_FOR_KEY})'|.* ')(.+)'[^']*")
_CHECK = dict.fromkeys((3819, 3822), r"[^']*'(.+)'[^']*")
_CHECK_OF_MARIADB = {4025: r"[^`\"]*(`(?:[^`]|``)+`|\"(?:[^\"]|\"\")+\").*"}
_FOREIGN_KEY = dict.fromkeys((1451, 1452), r".*?CONSTRAINT ([`\"].+?[`\"]) FOREIGN KEY.*")
_NULL = dict.fromkeys((1048, 1364), r"[^']*'(.+)'(?!t ).*")  # "… doesn't have a default value"
_NAMES = _UNIQUE | _CHECK | _CHECK_OF_MARIADB | _FOREIGN_KEY | _NULL


def _in_mysql(code: int, message: str, connection: Any, sql: str) -> Constraint | Columns | None:
    found = re.fullmatch(_NAMES.get(code, "(?!)"), message, re.DOTALL)
    if found is None:
        return None
    name, mariadb = found[1], getattr(connection, "mysql_is_mariadb", False)
    if code in _NULL:
        return Columns(None, (name,), null=True)
    if code in _UNIQUE and "." in name and not mariadb:  # MySQL's `table.key`
        _, name = _table_and_rest(name, sql)
    elif code in _CHECK_OF_MARIADB or code in _FOREIGN_KEY:
        quote, name = name[0], name[1:-1]
        if mariadb or code in _CHECK_OF_MARIADB:  # MySQL does not double a quote in the name
            name = name.replace(quote * 2, quote)
    return Constraint(name)


def _in_sqlite(message: str, connection: Any, sql: str) -> Constraint | Columns | None:
    kind, _, failed = message.partition(" constraint failed: ")
    if kind == "CHECK":
        return Constraint(failed) if _names_a_check(failed, connection, sql) else None
    if kind == "UNIQUE" and failed.startswith("index '"):  # an index with an expression in it
        return Constraint(failed.removeprefix("index '")[:-1].replace("''", "'"))
    if kind in {"UNIQUE", "NOT NULL"} and failed:
        table, names = _table_and_rest(failed, sql)
        return Columns(table, tuple(names.split(f", {table}.")), null=kind == "NOT NULL")
    return None


def _names_a_check(text: str, connection: Any, sql: str) -> bool:
    """Return whether what SQLite tells of a check is its name.

    Of one without a name it tells the expression or, where this begins with a quoted column, that
    column alone. A name stands behind CONSTRAINT in a table of the statement; where the table is
    no longer there (a migration was rolled back), it stands nowhere in the statement.
    """
    quoted = re.escape(text.replace('"', '""'))
    raw: Any = getattr(connection, "connection", None)
    seen = sql
    with suppress(Exception):  # no connection any more, or a locked database
        for table, create in raw.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'table'"
        ):
            if table.lower() in sql.lower():
                seen += create
                if re.search(
                    rf"""CONSTRAINT\s+["`[]?{quoted}["`\]]?\s+CHECK""", create, re.IGNORECASE
                ):
                    return True
    elsewhere = re.search(rf"(?<!\w){re.escape(text)}(?!\w)", seen)
    return elsewhere is None and re.search(r'["()<>=]', text) is None


def _table_and_rest(text: str, sql: str) -> tuple[str, str]:
    """Split `table.rest`; where there are several dots, the statement tells the table."""
    for dot in reversed([each.start() for each in re.finditer(r"\.", text)]):
        if re.search(rf"""["`]{re.escape(text[:dot])}["`]""", sql, re.IGNORECASE):
            return text[:dot], text[dot + 1 :]
    table, _, rest = text.partition(".")
    return table, rest


def _sent(error: BaseException) -> tuple[Any, str]:
    """Return Django's connection and the statement: its cursor, in the traceback, has both."""
    for frame, _ in walk_tb(error.__traceback__):
        local = frame.f_locals
        if frame.f_globals.get("__name__") == "django.db.backends.utils" and "sql" in local:
            return local["self"].db, str(local["sql"])
    return None, ""
