"""Plain rows of awkward models: real tables take them, and each is as plain as it can be."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.postgres.operations import HStoreExtension
from django.db import connections
from django.db.models import ForeignKey

from matrix_project.audit.rows.patterns import matching
from matrix_project.audit.rows.plain_rows import NEW, NoRowError, PlainRows
from matrix_project.observe.contents import Contents
from matrix_project.observe.schema import Schema
from matrix_project.observe.subject import Subject
from tests.audit import awkward
from tests.engine import SERVERS, servers

__all__ = ["servers"]


def needed(model):
    """Return the models that a model's keys refer to, and theirs, before the model itself."""
    found = []

    def add(each):
        for field in each._meta.local_fields:
            if isinstance(field, ForeignKey) and field.related_model not in (*found, each, *doing):
                doing.append(each)
                add(field.related_model)
                doing.remove(each)
        if each not in found:
            found.append(each)

    doing = []
    add(model)
    return found


def two_taken(model, alias, reference, prerequisites=()):
    """Return what a database holds of a model once it is given two plain rows.

    They are made on the reference database, and are the same for all.
    """
    models = [each for each in needed(model) if not each._meta.auto_created]
    subject = Subject(models=models)
    schema = Schema(subject, alias)
    try:
        schema.prepare(prerequisites)
        step = schema.migrate("create", schema.full)
        assert step.outcome == "accepted", step.error or step.fault
        plain = PlainRows(subject, connections[reference])
        rows = [plain.row(model), plain.row(model)]
        Contents(subject, alias).fill([*plain.parents, *rows], model)
        return list(model._base_manager.using(alias).all())
    finally:
        schema.drop()


@pytest.mark.parametrize("vendor", SERVERS)
@pytest.mark.parametrize("model", awkward.EVERYWHERE, ids=lambda model: model.__name__)
def test_every_database_takes_two_plain_rows(servers, vendor, model):
    alias, _ = servers.aliases(vendor)
    reference, _ = servers.aliases("sqlite")
    assert len(two_taken(model, alias, reference)) >= 2


def test_postgresql_takes_two_plain_rows_of_its_own_kinds(servers):
    alias, _ = servers.aliases("postgresql")
    rows = two_taken(awkward.Booking, alias, alias, [HStoreExtension()])
    assert len(rows) == 2


@pytest.fixture
def plain(servers):
    """What makes plain rows of a model, on SQLite, without any table."""
    alias, _ = servers.aliases("sqlite")
    return lambda *models, **more: PlainRows(
        Subject(models=[each for model in models for each in needed(model)]),
        connections[alias],
        **more,
    )


def test_a_row_says_no_more_than_it_has_to(plain):
    row = plain(awkward.Defaults).row(awkward.Defaults)
    assert row.keys() == {"asked", "unknown", "alone"}
    assert row["unknown"] is None


def test_a_shared_parent_is_made_once_and_a_fresh_one_when_it_is_asked_for(plain):
    rows = plain(awkward.House)
    assert [rows.row(awkward.House)["street"] for _ in range(2)] == [1, 1]
    assert [each.model for each in rows.parents] == [
        "awkward.Country",
        "awkward.City",
        "awkward.Street",
    ]
    assert rows.row(awkward.House, {"street": NEW})["street"] == 2
    assert [each.values["id"] for each in rows.parents if each.model == "awkward.Street"] == [1, 2]


def test_a_key_refers_to_the_field_that_it_names(plain):
    rows = plain(awkward.Street)
    key = rows.row(awkward.Street)["city"]
    (city,) = (each for each in rows.parents if each.model == "awkward.City")
    assert city.values["number"] == key


def test_only_what_rows_need_is_told(plain):
    rows = plain(awkward.House)
    first, second = (rows.row(awkward.House, {"street": NEW}) for _ in range(2))
    streets = [each for each in rows.needed([(awkward.House, second)]) if "city" in each.values]
    assert [each.values["id"] for each in streets] == [second["street"]] != [first["street"]]


def test_given_values_stay_and_are_not_given_again(plain):
    rows = plain(awkward.Kinds)
    assert rows.row(awkward.Kinds, {"char": "a", "big": 2})["big"] == 2
    other = rows.row(awkward.Kinds)
    assert (other["char"], other["big"]) == ("b", 1)


def test_values_are_those_that_validate(plain):
    rows = plain(awkward.Validated)
    row = rows.row(awkward.Validated)
    for name, value in row.items():
        awkward.Validated._meta.get_field(name).clean(value, None)


def test_choices_that_some_collation_takes_for_one_are_one(plain):
    field = awkward.Chosen._meta.get_field("called")
    rows = plain(awkward.Chosen)
    assert rows.value(field) == "x"
    assert rows.value(field, distinct=1) not in {"x", "X"}


def test_values_that_are_stored_otherwise_each_time_differ_all_the_same(plain):
    field = awkward.Custom._meta.get_field("secret")
    rows = plain(awkward.Custom)
    assert rows.value(field) != rows.value(field, distinct=1)


def test_a_field_without_another_value_is_told(plain):
    field = awkward.Kinds._meta.get_field("boolean")
    with pytest.raises(NoRowError, match=r"boolean takes no 3 different values: 2 are found"):
        plain(awkward.Kinds).value(field, distinct=2)


def test_a_circle_of_rows_that_each_need_the_other_alone_is_told(plain):
    with pytest.raises(NoRowError, match="each other's row first"):
        plain(awkward.First).row(awkward.First)


def test_preferred_values_come_first_where_a_check_is_broken(plain):
    prefer = {"end": [dt.date(2024, 2, 29)]}
    row = plain(awkward.Checked, prefer=prefer).row(awkward.Checked)
    assert row["end"] == dt.date(2024, 2, 29)


def test_what_a_project_gives_is_taken_before_anything_else(plain):
    class Given:
        def of(self, model):
            yield from [{"char": "y"}, {"char": "z"}] if model is awkward.Kinds else []

    rows = plain(awkward.Kinds, help=Given())
    assert [rows.row(awkward.Kinds)["char"] for _ in range(3)] == ["y", "z", "a"]


@pytest.mark.parametrize(
    "pattern",
    [
        r"^[A-Z]{2}-\d{3}$",
        r"^(pk|sk)_[a-z0-9]{24,}$",
        r"\A(?:\+\d{1,3})? \w+\Z",
        r"^(a|b)\1$",
        "x*",
    ],
)
def test_texts_match_a_pattern_and_differ(pattern):
    texts = list(matching(pattern))
    assert len(texts) == len(set(texts)) >= 2
    assert texts[0]


def test_what_is_no_pattern_gives_no_text():
    assert not list(matching("("))
