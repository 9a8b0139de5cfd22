"""Tables to measure on: made as Django makes them, and filled by statements of many rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from django.core.management.color import no_style
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BaseConstraint, Index, Model

from matrix_project.cases.classes import make_models
from matrix_project.observe.capture import captured

__all__ = ["BATCH", "SEED", "Table", "drop", "empty", "inserts", "literal", "make"]

BATCH = 500
"""How many rows a statement inserts."""
SEED = 10
"""What gives the order of rows, and that of tables within a round."""


@dataclass(frozen=True)
class Table:
    """A table that is there."""

    model: type[Model]
    sql: list[str]
    """The DDL that made it."""
    created: bool
    """Whether the constraint is in the DDL."""


def make(
    connection: BaseDatabaseWrapper,
    name: str,
    fields: Mapping[str, Any],
    option: BaseConstraint | Index | None = None,
) -> Table:
    """Make a table in the place of one of its name.

    Raises:
        django.db.Error: the database refuses it.
    """
    kind = "indexes" if isinstance(option, Index) else "constraints"
    described = [(name, fields, {kind: [option]}) if option else (name, fields, {})]
    (model,) = make_models("cost", described)
    (plain,) = make_models("cost", [(name, fields, {})])
    without = _create(connection, plain)
    return Table(model, sql := _create(connection, model), created=sql != without)


def _create(connection: BaseDatabaseWrapper, model: type[Model]) -> list[str]:
    drop(connection, model)
    with captured(connection) as sent, connection.schema_editor() as editor:
        editor.create_model(model)
    return [sql for sql in sent if sql.startswith(("CREATE", "ALTER"))]


def drop(connection: BaseDatabaseWrapper, model: type[Model]) -> None:
    """Drop a model's table, where it is there."""
    if model._meta.db_table in connection.introspection.table_names():
        with connection.schema_editor() as editor:
            editor.delete_model(model)


def empty(connection: BaseDatabaseWrapper, tables: Sequence[Table]) -> None:
    """Take all rows out of tables, as if they were just made."""
    names = [table.model._meta.db_table for table in tables]
    sql = connection.ops.sql_flush(no_style(), names, reset_sequences=True)
    connection.ops.execute_sql_flush(sql)


def inserts(
    connection: BaseDatabaseWrapper, table: Table, rows: Sequence[Mapping[str, int | str]]
) -> Iterator[str]:
    """Yield statements that insert all rows, in an order that has nothing to do with theirs.

    The values stand in them, so that no driver spends time on filling them in.
    """
    shuffled = [*rows]
    Random(SEED).shuffle(shuffled)  # noqa: S311 (nothing is kept secret)
    quote = connection.ops.quote_name
    columns = ", ".join(quote(name) for name in rows[0])
    into = f"INSERT INTO {quote(table.model._meta.db_table)} ({columns}) VALUES"
    for start in range(0, len(shuffled), BATCH):
        values = (", ".join(map(literal, row.values())) for row in shuffled[start : start + BATCH])
        yield f"{into} {', '.join(f'({each})' for each in values)}"


def literal(value: object) -> str:
    """Return a value as SQL; the values are this project's own."""
    return str(value) if isinstance(value, int) else f"'{value}'"
