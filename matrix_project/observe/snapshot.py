"""The rows of tables as they are read back, without what differs from run to run."""

from __future__ import annotations

import datetime as dt
import decimal
import math
import uuid
from collections import Counter
from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from django.db import models
from django.db.models import ForeignKey, Model

from matrix_project.results.evidence import Change

__all__ = ["Reader", "Snapshot", "changes", "is_now"]

Snapshot = Mapping[str, "Counter[str]"]
"""By table, the rows as JSON, each with how often it is there."""

_UNSEEN = "…"
"""What stands for a value that differs from run to run."""
_CONTROL_KEY = "control_key"


class Reader:
    """Reads the rows of models' tables, by one connection."""

    def __init__(
        self,
        connection: Any,
        tables: Sequence[type[Model]],
        given: Container[tuple[type[Model], str]],
        counted: Mapping[str, str],
        unsteady: Container[tuple[type[Model], str]] = (),
    ) -> None:
        """Take the models.

        `given` are the fields that some row gives a value for, `counted` by table the column of a
        key that the database counts, `unsteady` the fields that store another value each time.
        """
        self._connection = connection
        self._models = tables
        self._counted = counted
        self._columns = {
            model._meta.db_table: dict(_columns(model, given, counted, unsteady))
            for model in tables
        }

    @property
    def leaves_out(self) -> bool:
        """Whether a row has values that differ from run to run."""
        return any(_UNSEEN in columns.values() for columns in self._columns.values())

    def snapshot(self, without: Collection[type[Model]] = ()) -> Snapshot:
        """Read all rows back but those of some models.

        A key that the database counted shows in none of them.
        """
        read = [model for model in self._models if model not in without]
        found = {model._meta.db_table: self._read(model) for model in read}
        keys = {
            table: {key: f"#{number}" for number, key in enumerate(_keys(found[table], column), 1)}
            for table, column in self._counted.items()
            if table in found
        }
        return {
            table: Counter(
                msgspec.json.encode(self._shown(table, row, keys)).decode() for row in rows
            )
            for table, rows in found.items()
        }

    def _read(self, model: type[Model]) -> list[dict[str, Any]]:
        with self._connection.cursor() as cursor:
            table = self._connection.ops.quote_name(model._meta.db_table)
            cursor.execute(f"SELECT * FROM {table}")  # noqa: S608
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def _shown(
        self, table: str, row: Mapping[str, Any], keys: Mapping[str, Mapping[Any, str]]
    ) -> dict[str, Any]:
        """Return a row without what differs from run to run."""
        shown = {}
        for column, value in row.items():
            how = self._columns[table].get(column)
            if column == self._counted.get(table) or column == _CONTROL_KEY:
                continue
            if how == _UNSEEN:
                shown[column] = value if value is None else _UNSEEN
            elif how is not None:
                shown[column] = keys.get(how, {}).get(value, value)
            else:
                shown[column] = _plain(value)
        return shown


def changes(before: Snapshot, after: Snapshot) -> list[Change]:
    """Return what was added to each table and what was removed; unchanged tables are left out."""
    found = []
    for table, rows in after.items():
        added, removed = rows - before[table], before[table] - rows
        if added or removed:
            found.append(Change(table=table, added=_decoded(added), removed=_decoded(removed)))
    return found


def _columns(
    model: type[Model],
    given: Container[tuple[type[Model], str]],
    counted: Mapping[str, str],
    unsteady: Container[tuple[type[Model], str]],
) -> Iterator[tuple[str, str]]:
    """Yield the columns whose values differ from run to run: with the table of the key, or `…`."""
    for field in model._meta.concrete_fields:
        column = str(field.column)
        if isinstance(field, ForeignKey):
            to = field.target_field
            if counted.get(to.model._meta.db_table) == to.column:
                yield column, to.model._meta.db_table
        elif _differs(field, given=(model, field.name) in given) or (model, field.name) in unsteady:
            yield column, _UNSEEN


def _differs(field: Any, *, given: bool) -> bool:
    return is_now(field) or (not given and _varies(field))


def is_now(field: Any) -> bool:
    """Return whether the time of its insertion is stored, whatever is given."""
    return bool(getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False))


def _varies(field: Any) -> bool:
    default = getattr(field, "db_default", models.NOT_PROVIDED)
    by_database = hasattr(default, "resolve_expression") and not isinstance(default, models.Value)
    return bool(by_database or (callable(field.default) and field.has_default()))


def _keys(rows: Sequence[Mapping[str, Any]], column: str) -> list[Any]:
    return sorted(row[column] for row in rows if row.get(column) is not None)


def _plain(value: Any) -> Any:  # noqa: PLR0911 (a table of types)
    """Return a value as JSON has it."""
    match value:
        case float() if not math.isfinite(value):
            return str(value)  # JSON has no such number
        case None | bool() | int() | float() | str():
            return value
        case bytes() | memoryview():
            return bytes(value).hex()
        case dt.datetime() | dt.date() | dt.time():
            return value.isoformat()
        case decimal.Decimal() | uuid.UUID() | dt.timedelta():
            return str(value)
        case list() | tuple():
            return [_plain(each) for each in value]
        case dict():
            return {str(key): _plain(each) for key, each in value.items()}
        case _:
            return str(value)


def _decoded(rows: Counter[str]) -> list[dict[str, Any]]:
    return [msgspec.json.decode(row) for row in sorted(rows.elements())]
