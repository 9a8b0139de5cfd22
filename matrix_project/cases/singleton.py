"""A remote API's access token: a model of which one row may exist.

After https://adamj.eu/tech/2021/02/04/django-check-constraints-limit-model-single-instance/
"""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

from django.db.models import (
    CharField,
    CheckConstraint,
    DateTimeField,
    IntegerField,
    Q,
    UniqueConstraint,
)
from django.forms import modelform_factory
from django.http import HttpRequest

from matrix_project.cases.case import Promise, Question, accepts, asks, rejects, shows
from matrix_project.cases.documents import CHECK, SINGLETON_POST, UNIQUE, all_enforce
from matrix_project.observe import Tables
from matrix_project.results.contract import Observation, Outcome

_NOON = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
_FIRST = {"access_token": "first", "access_token_expires": _NOON}
_SECOND = {"access_token": "second", "access_token_expires": _NOON + dt.timedelta(hours=12)}
_FIELDS = {"access_token": CharField(max_length=120), "access_token_expires": DateTimeField()}
_SINGLE_ROW = CheckConstraint(condition=Q(id=1), name="single_row")


def _refresh(tables: Tables) -> None:
    tables.objects.update_or_create(id=1, defaults=_SECOND)


def _unfit(tables: Tables) -> str:
    return str(list(tables.objects.exclude(id=1).values_list("id", flat=True)))


def _form_of_second_row(tables: Tables) -> str:
    form = modelform_factory(tables.model, fields=list(_FIRST))(_SECOND)
    return f"is_valid() is {form.is_valid()}, errors: {form.errors.as_json()}"


def _admin(tables: Tables) -> Any:
    """Return an admin that offers "add" only while there is no row, and gives the one key."""
    from django.contrib.admin import AdminSite, ModelAdmin

    class AccountAdmin(ModelAdmin):  # type: ignore[type-arg]
        def has_add_permission(self, request: HttpRequest) -> bool:
            return super().has_add_permission(request) and not tables.objects.exists()

        def save_model(self, request: object, obj: Any, form: object, change: object) -> None:  # noqa: ARG002
            obj.pk = 1
            obj.save(using=tables.using)

    return AccountAdmin(tables.model, AdminSite())


def _admin_add(tables: Tables) -> str:
    """Return what the admin says beside a row and without one."""
    request: Any = SimpleNamespace(user=SimpleNamespace(has_perm=lambda _: True))
    beside = _admin(tables).has_add_permission(request)
    tables.objects.all().delete()
    alone = _admin(tables).has_add_permission(request)
    return f"has_add_permission() is {beside} beside a row, {alone} in the empty table"


def _admin_after_deletion(tables: Tables) -> None:
    tables.objects.all().delete()
    request: Any = None
    _admin(tables).save_model(request, tables.build(_SECOND), form=None, change=False)


def _create_after_deletion(tables: Tables) -> None:
    tables.objects.all().delete()
    tables.objects.create(**_SECOND)


_ACTS = [
    rejects(
        "save() of a second row beside the first",
        lambda t: t.save({"id": 2, **_SECOND}),
        rows=[{"id": 1, **_FIRST}],
    ),
    accepts("update_or_create(id=1, defaults=…) that makes the row", _refresh),
    accepts(
        "update_or_create(id=1, defaults=…) that refreshes the token",
        _refresh,
        rows=[{"id": 1, **_FIRST}],
    ),
    accepts(
        "save_model() of an admin that gives the one key, the first row deleted",
        _admin_after_deletion,
        rows=[{"id": 1, **_FIRST}],
    ),
]
_FACTS = [
    shows(
        "The keys of the rows in the way of the migration, by exclude(id=1)",
        _unfit,
        rows=[{"id": 1, **_FIRST}, {"id": 7, **_SECOND}],
        without=True,
    ),
    shows(
        "A form of a second row that leaves the key out",
        _form_of_second_row,
        rows=[{"id": 1, **_FIRST}],
    ),
    shows(
        'An admin that offers "add" while there is no row', _admin_add, rows=[{"id": 1, **_FIRST}]
    ),
]

auto_primary_key = Promise(
    "singleton.auto_primary_key",
    "One row at the most, its automatic key being 1.",
    title="Singleton on the automatic key",
    fields=_FIELDS,
    constraint=_SINGLE_ROW,
    valid=[{"id": 1, **_FIRST}],
    violating=[{"id": 2, **_FIRST}],
    acts=[
        *_ACTS,
        rejects(
            "create() of a second row, the keys left to the database",
            lambda t: t.objects.create(**_SECOND),
            rows=[_FIRST],
        ),
        rejects(
            "create() of a row once the first is deleted, the keys left to the database",
            _create_after_deletion,
            rows=[_FIRST],
        ),
    ],
    facts=_FACTS,
    feature="supports_table_check_constraints",
    sources=[SINGLETON_POST, CHECK],
    claims=all_enforce(CHECK),
    aliases=["single instance", "one row", "settings table", "3818", "1901"],
)

plain_primary_key = Promise(
    "singleton.plain_primary_key",
    "One row at the most, its key, which is not automatic, being 1.",
    title="Singleton on a plain key",
    fields={"id": IntegerField(primary_key=True), **_FIELDS},
    constraint=_SINGLE_ROW,
    valid=[{"id": 1, **_FIRST}],
    violating=[{"id": 2, **_FIRST}],
    acts=_ACTS,
    facts=_FACTS,
    feature="supports_table_check_constraints",
    sources=[SINGLETON_POST, CHECK],
    claims=all_enforce(CHECK),
    aliases=["single instance", "one row", "settings table"],
    instead_of="singleton.auto_primary_key",
)

constant_unique_column = Promise(
    "singleton.constant_unique_column",
    "One row at the most: a column with a default is checked to be 1, and unique; both constraints"
    " are observed as one.",
    title="Singleton on a constant unique column",
    fields={**_FIELDS, "only": IntegerField(default=1, editable=False)},
    meta={
        "constraints": [
            CheckConstraint(condition=Q(only=1), name="only_1"),
            UniqueConstraint(fields=["only"], name="only_once"),
        ]
    },
    valid=[_FIRST],
    violating=[{"only": 2, **_FIRST}],
    acts=[
        rejects("save() of a second row", lambda t: t.save(_SECOND), rows=[_FIRST]),
        rejects("create() of a second row", lambda t: t.objects.create(**_SECOND), rows=[_FIRST]),
        rejects(
            "bulk_create() of two rows",
            lambda t: t.objects.bulk_create([t.build(_FIRST), t.build(_SECOND)]),
        ),
        rejects("INSERT of a second row in raw SQL", lambda t: t.insert(_SECOND), rows=[_FIRST]),
        accepts(
            "create() of a row once the first is deleted, the keys left to the database",
            _create_after_deletion,
            rows=[_FIRST],
        ),
    ],
    feature="supports_table_check_constraints",
    sources=[SINGLETON_POST, CHECK, UNIQUE],
    claims=all_enforce(CHECK),
    aliases=["single instance", "one row", "settings table"],
    instead_of="singleton.auto_primary_key",
)


def _how_many(observation: Observation) -> str | None:
    outcomes = {probe.outcome for probe in observation.probes if probe.way_in == "own"}
    if outcomes == {Outcome.ACCEPTED}:
        return "many_rows"
    return "one_row" if outcomes == {Outcome.REJECTED} else None


def _update_or_create_without_key(tables: Tables) -> str:
    tables.objects.update_or_create(defaults=_FIRST)
    return "no error"


unconstrained = Question(
    "singleton.unconstrained",
    "For comparison, nothing is declared: how many rows does the table take?",
    title="No constraint (for comparison)",
    fields=_FIELDS,
    acts=[
        asks(
            "save() of a second row beside the first",
            lambda t: t.save({"id": 2, **_SECOND}),
            rows=[{"id": 1, **_FIRST}],
        ),
        asks(
            "INSERT of a second row in raw SQL",
            lambda t: t.insert({"id": 2, **_SECOND}),
            rows=[{"id": 1, **_FIRST}],
        ),
    ],
    facts=[
        shows(
            "update_or_create(defaults=…) beside two rows",
            _update_or_create_without_key,
            rows=[_FIRST, _SECOND],
        ),
        *_FACTS[1:],
    ],
    answers={
        "one_row": "A second row is rejected.",
        "many_rows": "A second row is stored.",
    },
    words=_how_many,
    sources=[SINGLETON_POST],
    aliases=["single instance", "MultipleObjectsReturned"],
)
