"""What the database's own catalogue says of a constraint."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

__all__ = ["definition", "tables"]


def definition(connection: BaseDatabaseWrapper, table: str, constraint: str) -> str | None:
    """Return the catalogue's definition of a table's constraint; None where it has none."""
    with connection.cursor() as cursor:
        return _READERS[connection.vendor](cursor, table, constraint)


def tables(connection: BaseDatabaseWrapper) -> set[str]:
    """Return the names of the tables in our database."""
    return set(connection.introspection.table_names())


def _postgresql(cursor: CursorWrapper, table: str, constraint: str) -> str | None:
    # A partial or covering uniqueness is an index only, any other a constraint with an index.
    # https://www.postgresql.org/docs/current/functions-info.html
    cursor.execute(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = to_regclass(quote_ident(%s)) AND conname = %s"
        " UNION ALL"
        " SELECT pg_get_indexdef(indexrelid) FROM pg_index"
        " JOIN pg_class ON pg_class.oid = indexrelid"
        " WHERE indrelid = to_regclass(quote_ident(%s)) AND relname = %s"
        " LIMIT 1",
        [table, constraint, table, constraint],
    )
    row = cursor.fetchone()
    return str(row[0]) if row else None


def _mysql(cursor: CursorWrapper, table: str, constraint: str) -> str | None:
    # https://dev.mysql.com/doc/refman/9.7/en/show-create-table.html
    cursor.execute(
        "SELECT 1 FROM information_schema.tables"
        " WHERE table_schema = DATABASE() AND table_name = %s",
        [table],
    )
    if cursor.fetchone() is None:
        return None
    cursor.execute(f"SHOW CREATE TABLE `{table}`")
    (_, create) = cursor.fetchone()
    lines = (line.strip().removesuffix(",") for line in create.splitlines())
    return next((line for line in lines if f"`{constraint}`" in line), None)


def _sqlite(cursor: CursorWrapper, table: str, constraint: str) -> str | None:
    # https://www.sqlite.org/schematab.html
    cursor.execute("SELECT sql FROM sqlite_master WHERE type = 'index' AND name = %s", [constraint])
    row = cursor.fetchone()
    if row:
        return str(row[0])
    cursor.execute("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = %s", [table])
    row = cursor.fetchone()
    return _clause(str(row[0]), constraint) if row else None


def _clause(create: str, constraint: str) -> str | None:
    """Cut `CONSTRAINT "name" …` out of a `CREATE TABLE`, up to the end of its parentheses."""
    found = re.search(rf'CONSTRAINT "{re.escape(constraint)}"[^(]*\(', create)
    if found is None:
        return None
    depth = 1
    for end in range(found.end(), len(create)):
        depth += {"(": 1, ")": -1}.get(create[end], 0)
        if depth == 0:
            return create[found.start() : end + 1]
    return create[found.start() :]


_READERS: dict[str, Callable[[CursorWrapper, str, str], str | None]] = {
    "postgresql": _postgresql,
    "mysql": _mysql,
    "sqlite": _sqlite,
}
