"""Whether forms, the admin, fixtures and get_or_create() keep a violating row from the database."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.core.management import call_command
from django.db.models import CharField, CheckConstraint, IntegerField, Q, UniqueConstraint
from django.forms import modelform_factory

from matrix_project.cases.case import Question, accepts, asks
from matrix_project.cases.question_forms import WRITTEN, by_write, validated
from matrix_project.observe import Tables

_PERSON = {"name": CharField(max_length=30), "age": IntegerField()}
_OF_AGE = CheckConstraint(condition=Q(age__gte=18), name="of_age")
_ANN, _BOB = {"name": "Ann", "age": 18}, {"name": "Bob", "age": 17}
_MEMBER = {"email": CharField(max_length=30), "code": IntegerField()}
_ONE_CODE = UniqueConstraint(fields=["code"], name="one_code")
_MEMBERS = [{"email": "ann@example.org", "code": 1}]
_TAKEN = {"email": "bob@example.org", "code": 1}


def _written(row: dict[str, Any]) -> dict[str, Any]:
    return {"answers": WRITTEN, "words": by_write(row)}


get_or_create = Question(
    "ways_in.get_or_create",
    "get_or_create() by an e-mail address that is not there, its defaults having a unique code that"
    " is taken: what comes of it?",
    title="get_or_create() and a uniqueness of its defaults",
    fields=_MEMBER,
    constraint=_ONE_CODE,
    rows=_MEMBERS,
    acts=[
        asks(
            "get_or_create(email=…, defaults={code: 1})",
            lambda t: t.objects.get_or_create(email=_TAKEN["email"], defaults={"code": 1}),
        )
    ],
    **_written(_TAKEN),
    aliases=["get_or_create", "IntegrityError", "race"],
)

update_or_create = Question(
    "ways_in.update_or_create",
    "update_or_create() by an e-mail address that is not there, its defaults having a unique code"
    " that is taken: what comes of it?",
    title="update_or_create() and a uniqueness of its defaults",
    fields=_MEMBER,
    constraint=_ONE_CODE,
    rows=_MEMBERS,
    acts=[
        asks(
            "update_or_create(email=…, defaults={code: 1})",
            lambda t: t.objects.update_or_create(email=_TAKEN["email"], defaults={"code": 1}),
        )
    ],
    **_written(_TAKEN),
    aliases=["update_or_create", "upsert", "IntegrityError"],
)


def _instance(tables: Tables, **values: Any) -> Any:
    """Return a new instance whose validation asks the tables' own database."""
    instance = tables.build(values)
    instance._state.db = tables.using  # noqa: SLF001 (Django has no other way to say it)
    return instance


def _by_form(tables: Tables, row: dict[str, Any], **given: Any) -> None:
    form = modelform_factory(tables.model, fields=[each for each in row if each not in given])
    validated(form(row, instance=_instance(tables, **given))).save()


def _by_admin(tables: Tables, row: dict[str, Any]) -> None:
    """Add a row as the admin's "add" page does: its form, then `save_model()`."""
    from django.contrib.admin import AdminSite, ModelAdmin

    request: Any = None
    admin = ModelAdmin(tables.model, AdminSite())
    form = validated(admin.get_form(request)(row, instance=_instance(tables)))
    admin.save_model(request, admin.save_form(request, form, change=False), form, change=False)


model_form = Question(
    "ways_in.model_form",
    "A model form of all fields is given a row that breaks a check: who says so?",
    title="A model form and a check",
    fields=_PERSON,
    constraint=_OF_AGE,
    acts=[
        asks("is_valid() and save() of a form of name Bob, age 17", lambda t: _by_form(t, _BOB)),
        accepts("is_valid() and save() of a form of name Ann, age 18", lambda t: _by_form(t, _ANN)),
    ],
    **_written(_BOB),
    aliases=["ModelForm", "validation", "full_clean", "form"],
)

admin_add = Question(
    "ways_in.admin_add",
    'The "add" page of the admin is given a row that breaks a check: who says so?',
    title="The admin and a check",
    fields=_PERSON,
    constraint=_OF_AGE,
    acts=[
        asks("the admin's form and save_model() of name Bob, age 17", lambda t: _by_admin(t, _BOB)),
        accepts(
            "the admin's form and save_model() of name Ann, age 18", lambda t: _by_admin(t, _ANN)
        ),
    ],
    **_written(_BOB),
    aliases=["ModelAdmin", "admin", "validation"],
)

_PAGE, _TAKEN_PAGE = {"user": "ann", "slug": "tea"}, {"user": "ann", "slug": "oil"}

form_excluded_field = Question(
    "ways_in.form_excluded_field",
    "A user's slugs are unique, and a form has the slug alone, the user being set by the view: who"
    " rejects a slug that is taken?",
    title="A form that excludes a field of the constraint",
    fields={"user": CharField(max_length=30), "slug": CharField(max_length=30)},
    constraint=UniqueConstraint(fields=["user", "slug"], name="one_slug_a_user"),
    rows=[_TAKEN_PAGE],
    acts=[
        asks(
            "is_valid() and save() of a form of slug oil, the user set before",
            lambda t: _by_form(t, _TAKEN_PAGE, user="ann"),
        ),
        accepts(
            "is_valid() and save() of a form of slug tea, the user set before",
            lambda t: _by_form(t, _PAGE, user="ann"),
        ),
    ],
    **_written(_TAKEN_PAGE),
    aliases=["ModelForm", "exclude", "_get_validation_exclusions", "partial form"],
)


@contextmanager
def _installed(tables: Tables) -> Iterator[None]:
    """Let Django's registry know the model: a fixture tells it by its label."""
    label = tables.model._meta.app_label
    config: Any = tables.model._meta.apps.app_configs[label]
    config.path = ""
    apps.app_configs[label] = config
    try:
        yield
    finally:
        del apps.app_configs[label]


def _load(tables: Tables, row: dict[str, Any]) -> None:
    fixture = json.dumps([{"model": tables.model._meta.label_lower, "pk": 1, "fields": row}])
    stdin = sys.stdin
    sys.stdin = io.StringIO(fixture)
    try:
        with _installed(tables):
            call_command("loaddata", "-", format="json", database=tables.using, verbosity=0)
    finally:
        sys.stdin = stdin


loaddata = Question(
    "ways_in.loaddata",
    "loaddata is given a fixture with a row that breaks a check: what comes of it?",
    title="A fixture and a check",
    fields=_PERSON,
    constraint=_OF_AGE,
    acts=[
        asks("loaddata of name Bob, age 17", lambda t: _load(t, _BOB)),
        accepts("loaddata of name Ann, age 18", lambda t: _load(t, _ANN)),
    ],
    **_written(_BOB),
    aliases=["fixture", "loaddata", "raw save", "deserialize"],
)
