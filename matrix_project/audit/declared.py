"""What Django would send for a constraint that a model declares, by its parts; nothing is sent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db.models import (
    CheckConstraint,
    F,
    Field,
    Model,
    UniqueConstraint,
)
from django.db.models.sql import Query

from matrix_project.observe.in_the_way import bare, unique_fields
from matrix_project.observe.targets import Target
from matrix_project.vendors.held import Held

__all__ = ["NeverCreatedError", "NotReadError", "declared", "is_declared", "types"]

_TYPES = {
    "text": ("varchar", "text", "longtext"),
    "number": ("integer", "bigint", "smallint", "serial", "bigserial", "int"),
}


class NeverCreatedError(Exception):
    """Django creates no such constraint on this database; its text says so."""


class NotReadError(Exception):
    """The parts of a constraint cannot be told; its text says why."""


def declared(target: Target, connection: Any) -> Held:
    """Return the constraint as its database should have it.

    Raises:
        NeverCreatedError: Django sends no SQL for it on this database.
        NotReadError: it is of a class that is not known here, or its SQL cannot be made.
    """
    try:
        return _DECLARED.get(target.kind, _unique)(target, connection)
    except (NeverCreatedError, NotReadError):
        raise
    except Exception as error:
        words = " ".join(f"{type(error).__name__}: {error}".split())
        message = f"its SQL cannot be made: {words}"
        raise NotReadError(message) from error


def is_declared(target: Target, connection: Any) -> bool:
    """Return whether it is a constraint on this vendor, and not the column's type alone.

    The check of a field is none where its type takes no other value, such as JSON's.
    """
    if target.kind != "check":
        return True
    parameters = _parameters(target, connection)
    return parameters["check"] is not None or "unsigned" in str(parameters["type"]).lower()


def types(model: type[Model], connection: Any) -> Mapping[str, str]:
    """Return `text`, `number` or `other` by column."""
    found = {}
    for field in model._meta.local_concrete_fields:
        word = re.split(r"[ (]", str(field.db_type(connection) or "").lower())[0]
        fitting = (name for name, words in _TYPES.items() if word in words)
        found[str(field.column)] = next(fitting, "other")
    return found


def _constraint(target: Target, connection: Any) -> Held:
    constraint: Any = next(
        each for each in target.model._meta.constraints if each.name == target.name
    )
    # Made by hand, and not entered: it collects the SQL and begins no transaction.
    editor = connection.schema_editor(collect_sql=True)
    sql = constraint.create_sql(target.model, editor)
    if sql is None:
        message = f"Django never creates it on {connection.display_name}"
        raise NeverCreatedError(message)
    deferrable = getattr(constraint, "deferrable", None)
    # A class of the project's own may send something else than its parts say.
    own = not str(constraint.create_sql.__module__).startswith("django.")
    common: dict[str, Any] = {
        "unusual": ("its class makes its SQL by itself",) if own else (),
        "table": target.model._meta.db_table,
        "name": target.name,
        "definition": str(sql),
        "deferrable": None if deferrable is None else deferrable.value,
        "include": tuple(_columns(target.model, getattr(constraint, "include", ()), connection)),
    }
    if isinstance(constraint, CheckConstraint):
        condition = _compiled(target.model, constraint.condition, connection, editor)
        return Held(kind="check", condition=condition, **common)
    if getattr(constraint, "condition", None) is not None:
        common["condition"] = _compiled(target.model, constraint.condition, connection, editor)
    if isinstance(constraint, UniqueConstraint):
        if constraint.fields:
            keys = list(_columns(target.model, constraint.fields, connection))
        else:
            keys = [
                _compiled(target.model, bare(each), connection, editor)
                for each in constraint.expressions
            ]
        distinct = constraint.nulls_distinct is not False
        return Held(kind="unique", keys=tuple(keys), nulls_distinct=distinct, **common)
    # The class of exclusions cannot be imported without PostgreSQL's driver.
    if hasattr(constraint, "index_type"):
        return Held(
            kind="exclusion",
            keys=tuple(
                _compiled(target.model, bare(each), connection, editor)
                for each, _ in constraint.expressions
            ),
            operators=tuple(operator for _, operator in constraint.expressions),
            method=constraint.index_type.lower(),
            **common,
        )
    message = f"its class {type(constraint).__qualname__} is not known here"
    raise NotReadError(message)


def _unique(target: Target, connection: Any) -> Held:
    """Return a uniqueness that a field, `unique_together` or a many-to-many table makes."""
    model = target.rows_of
    keys = tuple(_columns(model, unique_fields(target), connection))
    primary = target.kind == "primary_key"
    return Held(
        table=model._meta.db_table,
        name="",
        kind="primary_key" if primary else "unique",
        definition=f"{'PRIMARY KEY' if primary else 'UNIQUE'} ({', '.join(keys)})",
        keys=keys,
    )


def _check(target: Target, connection: Any) -> Held:
    """Return the check of a field, or the type that does its work."""
    parameters = _parameters(target, connection)
    (column,) = _columns(target.model, target.fields, connection)
    table = target.model._meta.db_table
    if (check := parameters["check"]) is not None:
        sql = f"CHECK ({check})"
        return Held(
            table=table, name="", kind="check", definition=sql, keys=(column,), condition=check
        )
    sql = f"{column} {parameters['type']}"
    return Held(table=table, name="", kind="type", definition=sql, keys=(column,))


def _parameters(target: Target, connection: Any) -> Mapping[str, Any]:
    field: Any = target.model._meta.get_field(target.fields[0])
    found: Mapping[str, Any] = field.db_parameters(connection)
    return found


def _foreign_key(target: Target, connection: Any) -> Held:
    features = connection.features
    if not features.supports_foreign_keys:
        message = f"Django never creates it on {connection.display_name}"
        raise NeverCreatedError(message)
    field: Any = target.model._meta.get_field(target.fields[0])
    (column,) = _columns(target.model, target.fields, connection)
    to = field.target_field
    quoted = connection.ops.quote_name
    referred = f"{quoted(to.model._meta.db_table)} ({quoted(to.column)})"
    return Held(
        table=target.model._meta.db_table,
        name="",
        kind="foreign_key",
        definition=f"FOREIGN KEY ({column}) REFERENCES {referred}",
        keys=(column,),
        references=(to.model._meta.db_table, to.column),
        deferrable="deferred" if features.can_defer_constraint_checks else None,
    )


_DECLARED = {"constraint": _constraint, "check": _check, "foreign_key": _foreign_key}


def _columns(model: type[Model], names: Sequence[str], connection: Any) -> Iterator[str]:
    for name in names:
        field: Field[Any, Any] = model._meta.get_field(name)  # type: ignore[assignment]
        yield connection.ops.quote_name(field.column)


def _compiled(model: type[Model], given: Any, connection: Any, editor: Any) -> str:
    """Return the SQL of a condition or an expression as Django sends it in DDL."""
    query = Query(model, alias_cols=False)
    if getattr(given, "conditional", False) and not isinstance(given, F):
        resolved: Any = query.build_where(given)
    else:
        resolved = (F(given) if isinstance(given, str) else given).resolve_expression(query)
    compiler = query.get_compiler(connection=connection)
    sql, values = compiler.compile(resolved)
    # mysqlclient gives bytes for a boolean, which become `b'1'`, and are sent so.
    return str(sql % tuple(editor.quote_value(each) for each in values))
