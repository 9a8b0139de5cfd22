"""The rows in a subject's tables: put in, emptied, read back and compared."""

from __future__ import annotations

import datetime as dt
import decimal
import itertools
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from django.core.management.color import no_style
from django.db import connections, models, transaction
from django.db.models import Field, ForeignKey, Model

from matrix_project import vendors
from matrix_project.observe.subject import Row, Rows, Subject
from matrix_project.results.evidence import Change

__all__ = ["Contents", "Snapshot", "build", "changes", "insert_sql"]

Snapshot = Mapping[str, "Counter[str]"]
"""By table, the rows as JSON, each with how often it is there."""

_UNSEEN = "…"
"""What stands for a value that differs from run to run."""


class _Filling:
    """Rows that were put in, and the statements that did it."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows  # by whose identity it is found: they have to live as long
        self.statements: list[tuple[str, Any]] = []

    def note(
        self,
        execute: Callable[..., Any],
        sql: str,
        params: Any,
        many: bool,  # noqa: FBT001 (Django's signature)
        context: dict[str, Any],
    ) -> Any:
        """Execute a statement, and remember it."""
        self.statements.append((sql, params))
        return execute(sql, params, many, context)


class Contents:
    """The rows in a subject's tables, by one connection."""

    def __init__(self, subject: Subject, alias: str) -> None:
        """Take the subject; nothing is sent yet."""
        self._subject = subject
        self._alias = alias
        self._connection = connections[alias]
        self._models = _stored(subject, self._connection)
        self._fillings: dict[tuple[object, ...], _Filling] = {}
        given = _given(subject)
        self._counted = {
            model._meta.db_table: str(model._meta.pk.column)
            for model in self._models
            if isinstance(model._meta.pk, models.AutoField)
            and not given & {(model, model._meta.pk.name)}
        }
        shows_keys = vendors.of(self._connection).shows_keys
        restarted = [
            {"table": model._meta.db_table, "column": model._meta.pk.column}
            for model in self._models
            if isinstance(model._meta.pk, models.AutoField)
            and (shows_keys or model._meta.db_table not in self._counted)
        ]
        sql_of = self._connection.ops.sequence_reset_by_name_sql
        self._restarts: list[str] = sql_of(no_style(), restarted) if restarted else []
        self._linked = any(
            field.is_relation for model in self._models for field in model._meta.concrete_fields
        )
        self._columns = {
            model._meta.db_table: dict(_columns(model, given, self._counted))
            for model in self._models
        }

    def reset(self) -> None:
        """Empty the tables, and let keys begin anew where an error or a row shows them."""
        connection = self._connection
        if self._linked:
            # Rows that point at each other can only go together.
            with connection.constraint_checks_disabled(), transaction.atomic(using=self._alias):
                self._delete()
        else:
            self._delete()
        with connection.cursor() as cursor:
            for sql in self._restarts:
                cursor.execute(sql)

    def _delete(self) -> None:
        with self._connection.cursor() as cursor:
            for model in reversed(self._models):
                table = self._connection.ops.quote_name(model._meta.db_table)
                cursor.execute(f"DELETE FROM {table}")  # noqa: S608

    def fill(self, rows: Rows, model: type[Model]) -> None:
        """Insert rows in one transaction: those without a model's name are the given model's.

        No `save()` and no signal handler runs.
        """
        if not rows:
            return
        key = (model, *map(id, rows))
        if key in self._fillings:
            self._refill(self._fillings[key].statements)
            return
        instances = [build(self._subject, row, model) for row in rows]
        filling = _Filling(rows)
        with (
            transaction.atomic(using=self._alias),
            self._connection.execute_wrapper(filling.note),
        ):
            for type_, group in itertools.groupby(instances, _class):
                if type_._meta.parents:
                    for each in group:
                        each.save_base(using=self._alias, force_insert=True)
                else:
                    type_._base_manager.using(self._alias).bulk_create(group)
        # A child's row holds the key that the database counted for its parent.
        if not any(type(each)._meta.parents for each in instances):
            self._fillings[key] = filling

    def _refill(self, statements: Sequence[tuple[str, Any]]) -> None:
        """Insert the same rows again, by the statements that Django sent for them."""
        with transaction.atomic(using=self._alias), self._connection.cursor() as cursor:
            for sql, params in statements:
                cursor.execute(sql, params)
                if cursor.description:
                    cursor.fetchall()

    def snapshot(self) -> Snapshot:
        """Read all rows back. A key that the database counted shows in none of them."""
        found = {model._meta.db_table: self._read(model) for model in self._models}
        keys = {
            table: {key: f"#{number}" for number, key in enumerate(_keys(found[table], column), 1)}
            for table, column in self._counted.items()
        }
        return {
            table: Counter(
                msgspec.json.encode(self._shown(table, row, keys)).decode() for row in rows
            )
            for table, rows in found.items()
        }

    def count(self, tables: Sequence[str]) -> int:
        """Return how many rows are in the tables, which exist."""
        with self._connection.cursor() as cursor:
            total = 0
            for table in tables:
                cursor.execute(f"SELECT COUNT(*) FROM {self._connection.ops.quote_name(table)}")  # noqa: S608
                total += cursor.fetchone()[0]
        return total

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
                shown[column] = keys[how].get(value, value)
            else:
                shown[column] = _plain(value)
        return shown


_CONTROL_KEY = "control_key"


def changes(before: Snapshot, after: Snapshot) -> list[Change]:
    """Return what was added to each table and what was removed; unchanged tables are left out."""
    found = []
    for table, rows in after.items():
        added, removed = rows - before[table], before[table] - rows
        if added or removed:
            found.append(Change(table=table, added=_decoded(added), removed=_decoded(removed)))
    return found


def build(subject: Subject, row: Row | Mapping[str, Any], model: type[Model]) -> Model:
    """Return an instance with a row's values; a foreign key is given by key or by instance."""
    if isinstance(row, Row):
        model = named(subject, row.model)
        row = row.values
    fields = model._meta
    values = {}
    for name, value in row.items():
        field = fields.get_field(name)
        by_key = isinstance(field, ForeignKey) and not isinstance(value, Model)
        values[field.attname if by_key else name] = value  # type: ignore[union-attr]
    return model(**values)


def named(subject: Subject, name: str) -> type[Model]:
    """Return one of the subject's models by its name."""
    return next(
        each
        for each in [*subject.models, *subject.classes.values()]
        if each._meta.object_name == name
    )


def _class(instance: Model) -> type[Model]:
    return type(instance)


def insert_sql(instance: Model, connection: Any) -> tuple[str, list[Any]]:
    """Return an `INSERT` of our own, with all that Django would put into it."""
    model, quote = type(instance), connection.ops.quote_name
    compiler = (
        model._base_manager.using(connection.alias).all().query.get_compiler(connection=connection)
    )
    columns, marks, values = [], [], []
    for field in model._meta.local_concrete_fields:
        if getattr(field, "generated", False):
            continue
        value = field.pre_save(instance, add=True)
        if hasattr(value, "resolve_expression"):
            continue  # the database has the default
        if value is None and isinstance(field, models.AutoField):
            continue
        value = field.get_db_prep_save(value, connection)
        placeholder = getattr(field, "get_placeholder", None)
        columns.append(quote(field.column))
        marks.append(placeholder(value, compiler, connection) if placeholder else "%s")
        values.append(value)
    table = quote(model._meta.db_table)
    sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(marks)})"  # noqa: S608
    return sql, values


def _stored(subject: Subject, connection: Any) -> list[type[Model]]:
    """Return the models with a table there, automatic many-to-many ones last."""
    own: list[Any] = [each for each in subject.models if each._meta.can_migrate(connection)]
    through = [
        relation.remote_field.through
        for model in own
        for relation in model._meta.local_many_to_many
        if relation.remote_field.through._meta.auto_created
    ]
    return list({each._meta.db_table: each for each in [*own, *through]}.values())


def _given(subject: Subject) -> set[tuple[type[Model], str]]:
    """Return the fields that some row gives a value for."""
    rows = [*subject.rows, *subject.valid, *subject.violating]
    rows += [row for act in subject.acts for row in act.rows]
    found = set()
    for row in rows:
        model_names = [row.model] if isinstance(row, Row) else []
        values = row.values if isinstance(row, Row) else row
        owners = [named(subject, each) for each in model_names] or subject.observed
        for model in owners:
            found |= {(model, str(_field(model, name).name)) for name in values}
    return found


def _field(model: type[Model], name: str) -> Field[Any, Any]:
    return model._meta.pk if name == "pk" else model._meta.get_field(name)  # type: ignore[return-value]


def _columns(
    model: type[Model], given: set[tuple[type[Model], str]], counted: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Yield the columns whose values differ from run to run: with the table of the key, or `…`."""
    for field in model._meta.concrete_fields:
        column = str(field.column)
        if isinstance(field, ForeignKey):
            to = field.target_field
            if counted.get(to.model._meta.db_table) == to.column:
                yield column, to.model._meta.db_table
        elif (model, field.name) not in given and _varies(field):
            yield column, _UNSEEN


def _varies(field: Any) -> bool:
    default = getattr(field, "db_default", models.NOT_PROVIDED)
    by_database = hasattr(default, "resolve_expression") and not isinstance(default, models.Value)
    now = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    return bool(now or by_database or (callable(field.default) and field.has_default()))


def _keys(rows: Sequence[Mapping[str, Any]], column: str) -> list[Any]:
    return sorted(row[column] for row in rows if row.get(column) is not None)


def _plain(value: Any) -> Any:  # noqa: PLR0911 (a table of types)
    """Return a value as JSON has it."""
    match value:
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
