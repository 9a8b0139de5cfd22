"""Make the tables and put the probes that the suite puts, in plain Django; observe nothing.

`python plain.py`, the entry of Django's `DATABASES` as JSON on standard input.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import groupby
from typing import Any

import django
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.color import no_style
from django.db import DatabaseError, connection, transaction
from django.db.models import AutoField, BaseConstraint, Model

from matrix_project import vendors
from matrix_project.cases import load
from matrix_project.observe import Row, Subject, Tables, Target
from matrix_project.observe.contents import build
from matrix_project.observe.states import state_of
from matrix_project.observe.ways_in import Question, questions
from matrix_project.suite.observing import too_old

ALIASES = ("default", "second")


def create(models: Iterable[type[Model]]) -> None:
    """Make tables, in one transaction where the database can."""
    with connection.schema_editor() as editor:
        for model in models:
            editor.create_model(model)


def drop(models: Sequence[type[Model]]) -> None:
    """Drop them."""
    with connection.schema_editor() as editor:
        for model in reversed(models):
            editor.delete_model(model)


def models_of(subject: Subject, without: Sequence[Target] = ()) -> list[type[Model]]:
    """Return the subject's models, without some of their constraints."""
    if not without:
        return list(subject.models)
    apps = state_of(subject.models, without).apps
    return [apps.get_model(each._meta.label) for each in subject.models]


def fill(subject: Subject, rows: Iterable[Row | Any], model: type[Model]) -> None:
    """Empty the tables, let their keys begin anew, and put rows in."""
    with connection.cursor() as cursor:
        for each in reversed(subject.models):
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(each._meta.db_table)}")  # noqa: S608
        for sql in restarts(subject):
            cursor.execute(sql)
    put(subject, rows, model)


def restarts(subject: Subject) -> list[str]:
    """Return the statements that let keys begin anew, where the suite needs them to."""
    keys = [
        {"table": each._meta.db_table, "column": each._meta.pk.column}
        for each in subject.models
        if isinstance(each._meta.pk, AutoField)
    ]
    wanted = keys and vendors.of(connection).shows_keys
    return connection.ops.sequence_reset_by_name_sql(no_style(), keys) if wanted else []


def put(subject: Subject, rows: Iterable[Row | Any], model: type[Model]) -> None:
    """Insert rows."""
    instances = [build(subject, row, model) for row in rows]
    with transaction.atomic():
        for type_, group in groupby(instances, key=type):
            type_._base_manager.bulk_create(group)  # type: ignore[attr-defined]


def ask(subject: Subject, tables: Tables, question: Question) -> None:
    """Put one probe, in a transaction."""
    with suppress(Exception):
        fill(subject, question.rows, tables.model)
        if question.base is not None:
            put(subject, [question.base], tables.model)
        with transaction.atomic():
            question.do(tables)


def ask_all(subject: Subject) -> None:
    """Put all probes."""
    for model in subject.observed:
        tables = Tables(subject, ALIASES, model)
        for question in questions(subject, model):
            ask(subject, tables, question)


def validate(subject: Subject, model: type[Model]) -> None:
    """Have Django validate each row."""
    for row in [*subject.violating, *subject.valid]:
        with suppress(ValidationError, NotImplementedError):
            build(subject, row, model).full_clean()


def look(subject: Subject, *, without: bool) -> None:
    """Look at what else the subject shows."""
    model = subject.observed[0]
    for fact in subject.facts:
        if fact.without == without:
            fill(subject, [*subject.rows, *fact.rows], model)
            with suppress(Exception):
                fact.look(Tables(subject, ALIASES, model))


def add(subject: Subject) -> bool:
    """Add the constraints that are observed; False where the database refuses one."""
    try:
        with connection.schema_editor() as editor:
            for target in subject.targets:
                editor.add_constraint(target.model, constraint_of(target))
    except DatabaseError:
        return False
    return True


def remove(subject: Subject, plain: Iterable[type[Model]]) -> None:
    """Remove them; the editor wants the models as they are afterwards."""
    after = {model._meta.label: model for model in plain}
    with connection.schema_editor() as editor:
        for target in subject.targets:
            editor.remove_constraint(after[target.model._meta.label], constraint_of(target))


def constraint_of(target: Target) -> BaseConstraint:
    """Return the constraint that is observed."""
    return next(each for each in target.model._meta.constraints if each.name == target.name)


def observe_nothing(subject: Subject) -> None:
    """Do with one subject what the engine does: without the constraint, with it added, with it."""
    if subject.targets:
        plain = models_of(subject, subject.targets)
        create(plain)
        fill(subject, subject.rows, subject.observed[0])
        for model in subject.observed:
            validate(subject, model)
        ask_all(subject)
        look(subject, without=True)
        if "add" in subject.ways:
            fill(subject, [*subject.rows, *subject.valid[:1]], subject.observed[0])
            if add(subject):
                ask_all(subject)
                remove(subject, plain)
                fill(subject, [*subject.rows, *subject.violating[:1]], subject.observed[0])
                add(subject)
        drop(plain)
    with suppress(DatabaseError):
        create(subject.models)
        ask_all(subject)
        look(subject, without=False)
        drop(subject.models)


def main() -> None:
    """Go through the cases."""
    entry = json.load(sys.stdin)
    settings.configure(
        DATABASES={"default": entry, "second": entry},
        INSTALLED_APPS=["django.contrib.postgres"] if "postgresql" in entry["ENGINE"] else [],
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    )
    django.setup()
    for case in load().values():
        if too_old(case) is None:
            observe_nothing(case.subject())


if __name__ == "__main__":
    main()
