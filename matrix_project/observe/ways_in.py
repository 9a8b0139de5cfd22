"""The ways in which a row comes into a table, each applied to the rows of every subject."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from django.db.models import AutoField, ForeignKey, Model
from django.db.models.expressions import DatabaseDefault

from matrix_project.observe.snapshot import is_now
from matrix_project.observe.subject import Row, Rows, Subject
from matrix_project.observe.tables import Tables
from matrix_project.results.evidence import EMPTY_TABLE

__all__ = ["Question", "how_many", "questions"]

_BASE_KEY = 1001
"""The key of a row that a probe changes, so that the statement is the same on all servers."""

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Question:
    """A probe as it is asked, of each observed model."""

    id: str
    title: str
    way_in: str
    expect: Literal["accept", "reject"] | None
    do: Callable[[Tables], object]
    rows: Rows = ()
    """The rows that it finds."""
    base: Values | None = None
    """A valid row that it finds too, and changes."""


@dataclass(frozen=True)
class _WayIn:
    name: str
    valid: str
    """The title of the probe of a valid row."""
    violating: str
    do: Callable[[Tables, Values, Values | None], object]
    """Put a row in; the last is a valid row that the probe finds, or puts in beside it."""
    changes_row: bool = False
    """Whether it changes a valid row into the row that is asked of."""


def _save(tables: Tables, row: Values, _: Values | None) -> None:
    tables.save(row)


def _create(tables: Tables, row: Values, _: Values | None) -> None:
    tables.objects.create(**_attributes(tables.model, row))


def _bulk_create(tables: Tables, row: Values, beside: Values | None) -> None:
    rows = [row] if beside is None else [beside, row]
    tables.objects.bulk_create([tables.build(each) for each in rows])


def _update(tables: Tables, row: Values, found: Values | None) -> None:
    rows = tables.objects.filter(**_found(tables.model, found or row))
    if not rows.update(**_whole(tables.build(row), row)):
        message = "update() finds no row to change"
        raise LookupError(message)


def _raw_sql(tables: Tables, row: Values, _: Values | None) -> None:
    tables.insert(row)


_WAYS_IN = (
    _WayIn("save", "save() of a valid row", "save() of a violating row", _save),
    _WayIn(
        "create", "objects.create() of a valid row", "objects.create() of a violating row", _create
    ),
    _WayIn(
        "bulk_create",
        "bulk_create() of a valid row",
        "bulk_create() of a valid and a violating row",
        _bulk_create,
    ),
    _WayIn(
        "update",
        "QuerySet.update() that leaves a valid row valid",
        "QuerySet.update() that makes a valid row violating",
        _update,
        changes_row=True,
    ),
    _WayIn(
        "raw_sql",
        "INSERT of a valid row in raw SQL",
        "INSERT of a violating row in raw SQL",
        _raw_sql,
    ),
)


def questions(subject: Subject, model: type[Model]) -> Iterator[Question]:
    """Yield the probes of one observed model, that of the empty table first."""
    suffix = f".{model._meta.model_name}" if len(subject.observed) > 1 else ""
    for question in _of_rows(subject, model):
        yield replace(question, id=question.id + suffix)
    for number, act in enumerate(subject.acts, 1):
        rows = [*subject.rows, *act.rows]
        yield Question(f"own_{number}{suffix}", act.title, "own", act.expect, act.do, rows)


def how_many(subject: Subject) -> int:
    """Return how many probes there are, of all observed models."""
    return sum(len(list(questions(subject, model))) for model in subject.observed)


def _of_rows(subject: Subject, model: type[Model]) -> Iterator[Question]:
    """Yield the probes that the subject's rows give: each row through each way in."""
    own = [row for row in subject.rows if not isinstance(row, Row)]
    others = [row for row in subject.rows if isinstance(row, Row)]
    base = next(iter(subject.valid), None)
    first = next(iter([*own, *subject.valid]), None)
    names = {model._meta.object_name, model._meta.label}
    if first is not None and not any(row.model in names for row in others):
        yield Question(
            EMPTY_TABLE,
            "save() of a valid row into the empty table",
            "save",
            "accept",
            lambda tables: tables.save(first),
            others,
        )
    if len(own) > 1:
        yield Question(
            "rows",
            "save() of the rows that the other probes find",
            "save",
            "accept",
            lambda tables: [tables.save(row) for row in own],
            others,
        )
    for number, row in enumerate(subject.valid, 1):
        for way_in in _WAYS_IN:
            found = row if way_in.changes_row else None
            yield _question(subject, model, way_in, "accept", (number, row), found)
    for number, row in enumerate(subject.violating, 1):
        for way_in in _WAYS_IN:
            if base is not None or not way_in.changes_row:
                yield _question(subject, model, way_in, "reject", (number, row), base)


def _question(
    subject: Subject,
    model: type[Model],
    way_in: _WayIn,
    expect: Literal["accept", "reject"],
    numbered: tuple[int, Values],
    found: Values | None,
) -> Question:
    number, row = numbered
    id_ = way_in.name if expect == "reject" else f"valid_{way_in.name}"
    title = way_in.violating if expect == "reject" else way_in.valid
    several = len(subject.violating if expect == "reject" else subject.valid) > 1
    changed = None
    if way_in.changes_row and found is not None:
        found = changed = _with_key(model, found)
    return Question(
        id=f"{id_}_{number}" if number > 1 else id_,
        title=f"{title} ({number})" if several else title,
        way_in=way_in.name,
        expect=expect,
        do=lambda tables: way_in.do(tables, row, found),
        rows=subject.rows,
        base=changed,
    )


def _attributes(model: type[Model], row: Values) -> dict[str, Any]:
    """Return a row's values as `create()` and `update()` take them: a foreign key by its column."""
    values = {}
    for name, value in row.items():
        field: Any = model._meta.get_field(name)
        by_key = isinstance(field, ForeignKey) and not isinstance(value, Model)
        values[field.attname if by_key else name] = value
    return values


def _whole(instance: Model, row: Values) -> dict[str, Any]:
    """Return what makes another row into this one: its values, and the defaults of the others."""
    values = {}
    for field in instance._meta.concrete_fields:
        if getattr(field, "generated", False):
            continue
        value = getattr(instance, field.attname)
        given = field.name in row or field.attname in row
        if not given and (field.primary_key or (value is None and not field.null)):
            continue
        # Outside an INSERT the default of the database is written out.
        default = isinstance(value, DatabaseDefault)
        values[field.attname] = value.expression if default else value
    return values


def _with_key(model: type[Model], row: Values) -> Values:
    key = model._meta.pk
    counted = isinstance(key, AutoField) and key.name not in row
    return {**row, key.name: _BASE_KEY} if counted else row


def _found(model: type[Model], row: Values) -> dict[str, Any]:
    """Return by what a row is found: its key, or else all of its values.

    What is stored as the time of its insertion is none of them.
    """
    fields = getattr(model._meta, "pk_fields", [model._meta.pk])
    keys = [field.name for field in fields if not is_now(field)]
    values = {
        name: value
        for name, value in _attributes(model, row).items()
        if not is_now(model._meta.get_field(name))
    }
    names = {name: values.get(name, values.get(f"{name}_id")) for name in keys}
    return values if None in names.values() else names
