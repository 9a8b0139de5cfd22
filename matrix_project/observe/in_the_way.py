"""The rows that are in a constraint's way: the query that finds them before it is added.

A team runs it before the migration. Django's ORM makes it from the declaration, and it looks for
what the declaration forbids: where Django creates no constraint, it finds the rows all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import (
    CheckConstraint,
    CompositePrimaryKey,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    UniqueConstraint,
)
from django.db.models.lookups import GreaterThan, IsNull, PostgresOperatorLookup
from django.db.models.sql.where import AND, WhereNode

from matrix_project.observe.errors import Fault, read
from matrix_project.observe.targets import Target
from matrix_project.results.evidence import InTheWay

__all__ = ["bare", "find", "query_for", "unique_fields"]

_Rows = QuerySet[Any, Any]


def query_for(target: Target, connection: Any) -> str | None:
    """Return the query that finds the rows that keep a constraint from being added to its table.

    It gives the primary key of each row that breaks a check, an exclusion or a foreign key. Of a
    uniqueness it gives the values that several rows share, and how many share them. Its parameters
    are in it as the connection's backend writes them in DDL. None where the constraint is of a
    class that Django does not have.

    Raises:
        django.core.exceptions.EmptyResultSet: no row can break the constraint.
    """
    rows = _rows(target, connection.alias)
    return None if rows is None else _written(rows, connection)


def find(targets: Iterable[Target], connection: Any) -> list[InTheWay]:
    """Send the query of each constraint, and return what each found."""
    found = [_find(target, connection) for target in targets]
    return [each for each in found if each is not None]


def _find(target: Target, connection: Any) -> InTheWay | None:
    sql = error = fault = count = None
    try:
        sql = query_for(target, connection)
        if sql is None:
            return None
        with connection.cursor() as cursor:
            cursor.execute(sql)
            count = len(cursor.fetchall())
    except Exception as raised:  # noqa: BLE001 (read tells an answer from a fault)
        try:
            error = read(raised, connection)
        except Fault as trouble:
            fault = str(trouble)
    return InTheWay(sql=sql, found=count, error=error, fault=fault)


def _rows(target: Target, alias: str) -> _Rows | None:
    model: Any = target.rows_of
    # No manager of the model's, which may hide some of them.
    rows: _Rows = QuerySet(model, using=alias).order_by()
    if target.kind == "foreign_key":
        return _dangling(rows, model._meta.get_field(target.fields[0]))
    if target.kind == "check":
        (name,) = target.fields
        # Of another type's check no lookup tells what it does.
        positive = isinstance(model._meta.get_field(name), IntegerField)
        return _breaking(rows, Q(**{f"{name}__gte": 0})) if positive else None
    if target.kind != "constraint":
        return _equal(rows, unique_fields(target))
    (constraint,) = (each for each in model._meta.constraints if each.name == target.name)
    if isinstance(constraint, CheckConstraint):
        return _breaking(rows, constraint.condition)
    if isinstance(constraint, UniqueConstraint):
        if constraint.condition is not None:
            rows = rows.filter(constraint.condition)
        keys = constraint.fields or [bare(each) for each in constraint.expressions]
        return _equal(rows, keys, nulls_distinct=constraint.nulls_distinct is not False)
    # The class of exclusions cannot be imported without PostgreSQL's driver.
    return _conflicting(rows, constraint) if hasattr(constraint, "index_type") else None


def unique_fields(target: Target) -> Sequence[str]:
    """Return the fields that a uniqueness of another kind than `constraint` is of."""
    model: Any = target.rows_of
    if target.kind == "many_to_many":
        return tuple(model._meta.unique_together[0])
    if target.kind == "primary_key" and isinstance(model._meta.pk, CompositePrimaryKey):
        return [field.name for field in model._meta.pk_fields]
    return target.fields


def _breaking(rows: _Rows, condition: Any) -> _Rows:
    """Return the rows for which the condition is false.

    A check lets a row pass for which it is NULL; `exclude()` would return that row, too.
    """
    rows = _unqualified(rows).values("pk")
    where: Any = rows.query.build_where(condition)
    rows.query.where.add(WhereNode([where], negated=True), AND)
    return rows


def _equal(rows: _Rows, keys: Sequence[Any], *, nulls_distinct: bool = True) -> _Rows:
    """Return what several rows share, and how many of them; `keys` are fields or expressions."""
    rows = _unqualified(rows)
    names = []
    for number, key in enumerate(keys, 1):
        field = rows.model._meta.get_field(key) if isinstance(key, str) else None
        # No field's name ends with an underscore.
        name = key if field is not None else f"key_{number}_"
        if field is None:
            rows = rows.annotate(**{name: key})
        if nulls_distinct and (field is None or field.null or field.generated):
            rows = rows.filter(IsNull(F(name), False))  # noqa: FBT003 (a lookup's right side)
        names.append(name)
    counted: _Rows = rows.values(*names).annotate(rows_=Count("*"))
    return counted.filter(GreaterThan(Count("*"), 1))


def _conflicting(rows: _Rows, constraint: Any) -> _Rows:
    """Return the rows that are beside another with which the exclusion does not go together."""
    if constraint.condition is not None:
        rows = rows.filter(constraint.condition)
    names = {name for each in rows.model._meta.fields for name in (each.name, each.attname)}
    outer = {F(name): OuterRef(name) for name in names}
    others = rows.exclude(pk=OuterRef("pk"))
    for given, operator in constraint.expressions:
        expression = bare(F(given) if isinstance(given, str) else given)
        lookup: Any = PostgresOperatorLookup(expression, expression.replace_expressions(outer))
        lookup.postgres_operator = operator
        others = others.filter(lookup)
    return rows.filter(Exists(others)).values("pk")


def _dangling(rows: _Rows, field: Any) -> _Rows:
    """Return the rows whose key no row of the other table has."""
    to = field.target_field
    there: _Rows = QuerySet(to.model).filter(**{to.name: OuterRef(field.attname)})
    return rows.filter(~Exists(there), **{f"{field.name}__isnull": False}).values("pk")


def _unqualified(rows: _Rows) -> _Rows:
    """Return the rows with columns named by themselves alone, as they are in a constraint's DDL."""
    query: Any = rows.query
    query.alias_cols = False
    return rows


def bare(expression: Any) -> Any:
    """Return an expression of an index without its order and its operator class."""
    bare = getattr(expression, "get_expression_for_validation", None)
    return bare() if bare is not None else expression


def _written(rows: _Rows, connection: Any) -> str:
    sql, values = rows.query.get_compiler(connection=connection).as_sql()
    connection.ensure_connection()
    quote = connection.schema_editor().quote_value
    return str(sql % tuple(_literal(value, quote(value)) for value in values))


def _literal(value: Any, quoted: str | bytes) -> str:
    if isinstance(quoted, str):
        return quoted
    # mysqlclient quotes into bytes, which are no text where the value is none.
    binary = isinstance(value, bytes | bytearray | memoryview)
    return f"X'{bytes(value).hex()}'" if binary else quoted.decode()
