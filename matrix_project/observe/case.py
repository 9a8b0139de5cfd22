"""A case of the suite: one constraint on one model, and the probes that every constraint gets.

A family's file in `tests/matrix` derives one class a case, gives it rows that the constraint
accepts and rejects, and adds the probes that are the case's own, one method each.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import textwrap
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, ClassVar

from django.db import connection
from django.db.models import Field, Model

from matrix_project.observe.ddl import constraint_name
from matrix_project.results import Case, Claim, Source

__all__ = ["Ask", "BaseCase", "ConstraintCase", "insert"]

Row = dict[str, Any]
"""Values of a row by field name."""
Ask = AbstractContextManager[None]
"""The fixtures `accepts` and `rejects`: the block is the probe, the fixture what it should meet."""


class BaseCase:
    """Base of all cases, a control that declares no constraint included.

    The class's docstring is the promise that the constraint makes.
    """

    id: ClassVar[str]
    """The case's id in the results: `family.case`."""
    title: ClassVar[str]
    models: ClassVar[tuple[type[Model], ...]]
    """The model with the constraint; several where one declaration serves several."""
    feature: ClassVar[str | None] = None
    """The flag of Django's `connection.features` that declares the support."""
    sources: ClassVar[Sequence[Source]] = ()
    claims: ClassVar[Sequence[Claim]] = ()

    sample: ClassVar[Sequence[str]] = ("test_save", "test_valid_save")
    """What is asked on the second path too where the catalogue has the same as on the first."""

    rows: ClassVar[Sequence[str]] = ("good",)
    """The names of the rows that a case has to have."""
    good: ClassVar[Row]
    """A row that the constraint accepts, beside the seed."""
    bad: ClassVar[Row]
    """A row that it rejects, beside the seed; a control without a constraint has none."""

    def __init_subclass__(cls) -> None:
        """Refuse a case that lacks what makes it one."""
        super().__init_subclass__()
        if "id" in cls.__dict__:
            needed = ("title", "models", *cls.rows)
            lacking = [name for name in needed if not hasattr(cls, name)]
            if not cls.__dict__.get("__doc__"):
                lacking.append("docstring, which is its promise")
            if lacking:
                message = f"the case {cls.__name__} has no {', no '.join(lacking)}"
                raise TypeError(message)

    def seed(self, model: type[Model]) -> None:
        """Save the rows that are there before each probe. None by default."""

    def test_valid_save(self, model: type[Model], accepts: Ask) -> None:
        """save() of a valid row"""
        with accepts:
            model(**self.good).save()

    def test_valid_create(self, model: type[Model], accepts: Ask) -> None:
        """objects.create() of a valid row"""
        with accepts:
            model._default_manager.create(**self.good)

    def test_valid_bulk_create(self, model: type[Model], accepts: Ask) -> None:
        """bulk_create() of a valid row"""
        with accepts:
            model._default_manager.bulk_create([model(**self.good)])

    def test_valid_update(self, model: type[Model], accepts: Ask) -> None:
        """QuerySet.update() that leaves a valid row valid"""
        model._default_manager.create(**self.good)
        with accepts:
            model._default_manager.filter(**self.good).update(**self.good)

    def test_valid_raw_sql(self, model: type[Model], accepts: Ask) -> None:
        """INSERT of a valid row in raw SQL"""
        with accepts:
            insert(model, self.good)

    @classmethod
    def describe(cls) -> Case:
        """Return what the results say of the case."""
        names = [name for model in cls.models if (name := constraint_name(model))]
        return Case(
            family=cls.id.partition(".")[0],
            title=cls.title,
            promise=inspect.cleandoc(cls.__doc__ or ""),
            model=", ".join(model._meta.label for model in cls.models),
            constraint=", ".join(names) or None,
            declaration=_declaration(cls.models[0]),
            sources=list(cls.sources),
            claims=list(cls.claims),
        )


class ConstraintCase(BaseCase):
    """Base of the cases that declare a constraint, and so can be violated."""

    rows = ("good", "bad")

    def test_save(self, model: type[Model], rejects: Ask) -> None:
        """save() of a violating row"""
        with rejects:
            model(**self.bad).save()

    def test_create(self, model: type[Model], rejects: Ask) -> None:
        """objects.create() of a violating row"""
        with rejects:
            model._default_manager.create(**self.bad)

    def test_bulk_create(self, model: type[Model], rejects: Ask) -> None:
        """bulk_create() of a valid and a violating row"""
        with rejects:
            model._default_manager.bulk_create([model(**self.good), model(**self.bad)])

    def test_update(self, model: type[Model], rejects: Ask) -> None:
        """QuerySet.update() that makes a valid row violating"""
        model._default_manager.create(**self.good)
        with rejects:
            model._default_manager.filter(**self.good).update(**self.bad)

    def test_raw_sql(self, model: type[Model], rejects: Ask) -> None:
        """INSERT of a violating row in raw SQL"""
        with rejects:
            insert(model, self.bad)


def insert(model: type[Model], row: Row) -> None:
    """Insert a row in SQL of our own, around the ORM."""
    fields: list[Field[Any, Any]] = [
        field for field in model._meta.concrete_fields if field.name in row
    ]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    marks = ", ".join("%s" for _ in fields)
    values = [field.get_db_prep_save(row[field.name], connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({marks})",  # noqa: S608
            values,
        )


def _declaration(model: type[Model]) -> str:
    """Return the source of `Meta.constraints`, from the class in the model's line that has it."""
    for cls in itertools.takewhile(lambda cls: cls is not Model, model.__mro__):
        source = textwrap.dedent(inspect.getsource(cls))
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "constraints":
                lines = source.splitlines()[node.lineno - 1 : node.end_lineno]
                return textwrap.dedent("\n".join(lines))
    return ""
