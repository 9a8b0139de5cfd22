"""Look for mistakes in the declarations of cases, before any server starts.

Django's own validation, on SQLite in memory, tells a violating row from a valid one. It decides
nothing that is observed: it only finds a row that is declared as what it is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import FieldDoesNotExist, FieldError, ValidationError
from django.db import Error as DjangoError
from django.db import IntegrityError, connections
from django.db.models import NOT_PROVIDED, AutoField, Model
from django.db.models.fields.proxy import OrderWrt

from matrix_project.cases.case import Declared, Promise
from matrix_project.observe.checks import system_checks, validations
from matrix_project.observe.contents import Contents, named
from matrix_project.observe.schema import Schema
from matrix_project.observe.subject import Row, Subject
from matrix_project.suite.observing import too_old

__all__ = ["verify"]

_ALIAS = "default"
# "… refers to the nonexistent field …".
# https://docs.djangoproject.com/en/stable/ref/checks/#models
_NO_SUCH_FIELD = "models.E012"


def verify(cases: Iterable[Declared]) -> None:
    """Find the first declaration with a mistake.

    Raises:
        matrix_project.cases.case.CaseError: there is one; its text tells where and what.
    """
    for case in cases:
        if too_old(case) is not None:
            continue
        try:
            subject = case.subject()
            _verify_fields(case, subject)
        except (FieldError, FieldDoesNotExist, ValueError, TypeError) as error:
            case.refuse(str(error))
        if not all(model._meta.can_migrate(connections[_ALIAS]) for model in subject.models):
            continue
        _verify_lookups(case, subject)
        if isinstance(case, Promise) and case.validated:
            _verify_rows(case, subject)


def _verify_fields(case: Declared, subject: Subject) -> None:
    """Refuse a constraint on a field that is not there, and values that no field takes."""
    schema = Schema(subject, _ALIAS)
    for found in system_checks(subject, schema.full, schema.plain, _ALIAS):
        if found.id == _NO_SUCH_FIELD:
            case.refuse(found.message)
    rows = [("row", each) for each in subject.rows]
    rows += [("valid row", each) for each in subject.valid]
    rows += [("violating row", each) for each in subject.violating]
    for kind, row in rows:
        for model in subject.observed:
            if lacking := _lacking(subject, row, model):
                case.refuse(f"a {kind} gives no value for {', '.join(lacking)}")
            try:
                _verify_values(subject, row, model)
            except ValidationError as error:
                case.refuse(f"a {kind} has a value that is none: {' '.join(error.messages)}")


def _lacking(subject: Subject, row: Row | Mapping[str, Any], model: type[Model]) -> list[str]:
    """Return the fields that have no default, and that a row gives no value for."""
    if isinstance(row, Row):
        model, row = named(subject, row.model), row.values
    return [
        field.name
        for field in model._meta.concrete_fields
        if not {field.name, field.attname, "pk" if field.primary_key else field.name} & row.keys()
        and not (
            field.null
            or field.has_default()
            or field.empty_strings_allowed
            or (field.remote_field is not None and field.remote_field.parent_link)
            or getattr(field, "db_default", NOT_PROVIDED) is not NOT_PROVIDED
            or getattr(field, "generated", False)
            or getattr(field, "auto_now", False)
            or getattr(field, "auto_now_add", False)
            or isinstance(field, AutoField | OrderWrt)
        )
    ]


def _verify_values(subject: Subject, row: Row | Mapping[str, Any], model: type[Model]) -> None:
    if isinstance(row, Row):
        model, row = named(subject, row.model), row.values
    for name, value in row.items():
        if not isinstance(value, Model) and not hasattr(value, "resolve_expression"):
            field: Any = model._meta.pk if name == "pk" else model._meta.get_field(name)
            field.to_python(value)


def _verify_lookups(case: Declared, subject: Subject) -> None:
    """Refuse a constraint of which Django can make no SQL, whatever the database."""
    schema = Schema(subject, _ALIAS)
    try:
        error = schema.migrate("create", schema.full).error
        if error is not None and error.class_ == FieldError.__name__:
            case.refuse(error.message)
    finally:
        schema.drop()


def _verify_rows(case: Promise, subject: Subject) -> None:
    schema = Schema(subject, _ALIAS)
    try:
        if schema.migrate("control", schema.plain).outcome != "accepted":
            return
        contents = Contents(subject, _ALIAS)
        for model in subject.observed:
            contents.reset()
            try:
                contents.fill(subject.rows, model)
            except IntegrityError as error:
                message = f"its rows cannot be stored even without the constraint: {error}"
                case.refuse(message)
            except DjangoError:
                return  # SQLite has no such type, which says nothing of the declaration
            _verify_valid(case, subject, contents, model)
            contents.reset()
            contents.fill(subject.rows, model)
            for each in validations(subject, model, _ALIAS):
                wanted = "rejected" if each.row.startswith("violating") else "accepted"
                if each.outcome != wanted:
                    kind, _, number = each.row.partition(" ")
                    message = (
                        f"its {kind} row {number} is {each.outcome} by Django's own validation:"
                        f" give a row that is {wanted}, or say `validated=False` where validation"
                        " cannot tell"
                    )
                    case.refuse(message)
    finally:
        schema.drop()


def _verify_valid(case: Promise, subject: Subject, contents: Contents, model: type[Model]) -> None:
    """Refuse a valid row that cannot be stored beside the rows, even without the constraint."""
    for number, row in enumerate(subject.valid, 1):
        contents.reset()
        try:
            contents.fill([*subject.rows, row], model)
        except IntegrityError as error:
            case.refuse(
                f"its valid row {number} cannot be stored even without the constraint: {error}"
            )
        except DjangoError:
            return
