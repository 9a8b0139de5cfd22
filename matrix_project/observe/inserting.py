"""An `INSERT` of our own, around the ORM."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Model
from django.db.models.expressions import DatabaseDefault

__all__ = ["insert_sql"]


def insert_sql(instance: Model, connection: Any) -> tuple[str, list[Any]]:
    """Return an `INSERT` of our own, with all that Django would put into it."""
    model, quote = type(instance), connection.ops.quote_name
    compiler = (
        model._base_manager.using(connection.alias).all().query.get_compiler(connection=connection)
    )
    columns: list[str] = []
    marks: list[str] = []
    values: list[Any] = []
    for field in model._meta.local_concrete_fields:
        if getattr(field, "generated", False):
            continue
        value = field.pre_save(instance, add=True)
        if isinstance(value, DatabaseDefault):
            continue
        if hasattr(value, "resolve_expression"):
            resolved = value.resolve_expression(compiler.query, allow_joins=False, for_save=True)
            sql, parameters = compiler.compile(resolved)
            columns.append(quote(field.column))
            marks.append(sql)
            values += parameters
            continue
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
