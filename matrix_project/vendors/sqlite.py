"""SQLite.

https://www.sqlite.org/rescode.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from matrix_project.vendors import sqlite_held, sqlite_library, sqlite_plan
from matrix_project.vendors.base import Entry, Locks, Raised, Vendor
from matrix_project.vendors.sql_text import blank, closing, first_name, parts
from matrix_project.which_constraint import which_constraint

__all__ = ["VENDOR"]

_FAULTS = re.compile(
    r"SQLITE_(BUSY|LOCKED|FULL|IOERR|NOMEM|CORRUPT|CANTOPEN|NOTADB|READONLY|INTERRUPT|PROTOCOL|PERM"
    r"|AUTH|INTERNAL)"
)
_NAME = r"""(?:"((?:[^"]|"")+)"|(\w+))"""
_NAMED = re.compile(rf"CONSTRAINT {_NAME} (.*)", re.DOTALL)
_TABLES_OWN = re.compile(r"(?:UNIQUE|PRIMARY KEY|CHECK|FOREIGN KEY)\b")
# What may stand in a column's own definition, a name before it (here blank).
# https://www.sqlite.org/lang_createtable.html
_OF_COLUMN = re.compile(r"(CONSTRAINT +(?:\w+ +)?)?\b(UNIQUE|PRIMARY KEY|CHECK \(|REFERENCES)")


def _read_error(error: BaseException) -> Raised:
    code = getattr(error, "sqlite_errorname", None)
    return Raised.of(code, str(error), which_constraint(error))


def _is_fault(code: str | None) -> bool:
    return code is None or _FAULTS.match(code) is not None


def _catalogue(cursor: Any, tables: Sequence[str]) -> list[Entry]:
    # https://www.sqlite.org/schematab.html
    marks = ", ".join(["%s"] * len(tables))
    cursor.execute(
        "SELECT type, name, tbl_name, sql FROM sqlite_master"  # noqa: S608 (marks alone)
        f" WHERE sql IS NOT NULL AND type IN ('table', 'index') AND tbl_name IN ({marks})",
        list(tables),
    )
    found: list[Entry] = []
    for type_, name, table, sql in cursor.fetchall():
        if type_ == "index":
            found.append(Entry(table, name, sql, _index_columns(cursor, table, name, sql)))
        else:
            for part in parts(sql):
                found += _of_part(table, part)
    return found


def _of_part(table: str, part: str) -> Iterator[Entry]:
    """Yield the constraints in one part of a `CREATE TABLE`: its own, or a column's."""
    if named := _NAMED.match(part):
        yield Entry(table, first_name(part[len("CONSTRAINT ") :]), part, _columns(table, named[3]))
        return
    if _TABLES_OWN.match(part):
        yield Entry(table, "", part, _columns(table, part))
        return
    plain, column = blank(part), first_name(part)
    for found in _OF_COLUMN.finditer(plain):
        name = first_name(part[found.start(1) + len("CONSTRAINT ") :]) if found[1] else ""
        if found[2] == "CHECK (":
            definition = part[found.start(2) : closing(plain, found.end())]
            yield Entry(table, name, definition)
        elif found[2] == "REFERENCES":
            yield Entry(table, name, part[found.start(2) :])
        else:
            quoted = column.replace('"', '""')
            yield Entry(table, name, f'{found[2]} ("{quoted}")', _as_told(table, [column]))


def _columns(table: str, constraint: str) -> tuple[str, ...]:
    """Return the columns of `UNIQUE ("a", "b")` as an error names them; none of a check."""
    if not constraint.startswith(("UNIQUE", "PRIMARY")):
        return ()
    return _as_told(table, [first_name(part) for part in parts(constraint)])


def _index_columns(cursor: Any, table: str, index: str, sql: str) -> tuple[str, ...]:
    """Return the columns of a unique index as an error names them; none if it has an expression."""
    if not sql.startswith("CREATE UNIQUE"):
        return ()
    # https://www.sqlite.org/pragma.html#pragma_index_info
    cursor.execute("SELECT name FROM pragma_index_info(%s)", [index])
    names = [name for (name,) in cursor.fetchall()]
    return () if None in names else _as_told(table, names)


def _as_told(table: str, columns: Sequence[str]) -> tuple[str, ...]:
    """Return columns as `_read_error` gives them."""
    return tuple(f"{table}.{name}" for name in columns)


def _server_version(connection: Any) -> str:
    return ".".join(str(part) for part in connection.get_database_version())


def _settle(connection: Any) -> None:
    """Put the types of JSON that Django names in its SQL in order: they are a set of texts."""
    types = connection.ops.jsonfield_datatype_values
    connection.ops.jsonfield_datatype_values = tuple(sorted(types))


VENDOR = Vendor(
    name="sqlite",
    title="SQLite",
    engine="django.db.backends.sqlite3",
    drivers=("sqlite3",),
    serves=lambda connection: connection.vendor == "sqlite",
    read_error=_read_error,
    is_fault=_is_fault,
    catalogue=_catalogue,
    settings={
        "encoding": "PRAGMA encoding",
        "foreign_keys": "PRAGMA foreign_keys",
        "ignore_check_constraints": "PRAGMA ignore_check_constraints",
        "journal_mode": "PRAGMA journal_mode",
        "source_id": "SELECT sqlite_source_id()",
        # Those that change what SQL means. https://www.sqlite.org/compile.html
        "compile_options": "SELECT group_concat(compile_options, ' ') FROM"
        " (SELECT compile_options FROM pragma_compile_options WHERE compile_options IN"
        " ('CASE_SENSITIVE_LIKE', 'ENABLE_ICU', 'ENABLE_MATH_FUNCTIONS', 'OMIT_JSON',"
        " 'LIKE_DOESNT_MATCH_BLOBS') OR compile_options GLOB 'DQS=*'"
        " OR compile_options GLOB 'DEFAULT_FOREIGN_KEYS*' ORDER BY 1)",
    },
    server_version=_server_version,
    locks=Locks(limit="PRAGMA busy_timeout = {}000", timed_out=frozenset(("SQLITE_BUSY",))),
    settle=_settle,
    reading=sqlite_held.READING,
    planning=sqlite_plan.PLANNING,
    shows_keys=True,
    oldest=sqlite_library.oldest,
    library=sqlite_library.LIBRARY,
)
