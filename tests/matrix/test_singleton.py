"""A model of which one row may exist."""

from __future__ import annotations

import datetime as dt

import pytest

from matrix_project.families.documents import CHECK, SINGLETON_POST, all_enforce
from matrix_project.families.singleton.models import (
    PlainKeyAPIAccount,
    RemoteAPIAccount,
    UnconstrainedAPIAccount,
)
from matrix_project.observe.case import BaseCase, ConstraintCase, insert

NOON = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
TOKEN = {"access_token": "first", "access_token_expires": NOON}
NEW_TOKEN = {"access_token": "second", "access_token_expires": NOON + dt.timedelta(hours=12)}


class SingleRow(ConstraintCase):
    feature = "supports_table_check_constraints"
    sources = (SINGLETON_POST, CHECK)
    claims = all_enforce(CHECK)
    good = {"id": 1, **TOKEN}
    bad = {"id": 2, **TOKEN}

    def test_second_row(self, model, rejects):
        """save() of a second row beside the first"""
        model.objects.create(**self.good)
        with rejects:
            model(**self.bad).save()

    def test_first_token(self, model, accepts):
        """update_or_create(id=1, defaults=…) that makes the row"""
        with accepts:
            model.refresh(**_arguments(TOKEN))

    def test_next_token(self, model, accepts):
        """update_or_create(id=1, defaults=…) that refreshes the token"""
        model.refresh(**_arguments(TOKEN))
        with accepts:
            model.refresh(**_arguments(NEW_TOKEN))


class TestAutoPrimaryKey(SingleRow):
    """One row at the most, its automatic key being 1."""

    id = "singleton.auto_primary_key"
    title = "Singleton on the automatic key"
    models = (RemoteAPIAccount,)

    def test_counted_up(self, model, rejects):
        """create() of a second row, the keys left to the database"""
        model.objects.create(**TOKEN)
        with rejects:
            model.objects.create(**TOKEN)


class TestPlainPrimaryKey(SingleRow):
    """One row at the most, its key, which is not automatic, being 1."""

    id = "singleton.plain_primary_key"
    title = "Singleton on a plain key"
    models = (PlainKeyAPIAccount,)


class TestUnconstrained(BaseCase):
    """Control: nothing is declared, any number of rows may exist."""

    id = "singleton.unconstrained"
    title = "No constraint (control)"
    models = (UnconstrainedAPIAccount,)
    sources = (SINGLETON_POST,)
    good = {"id": 1, **TOKEN}
    second = {"id": 2, **TOKEN}

    def test_second_row(self, model, accepts):
        """save() of a second row beside the first"""
        model.objects.create(**self.good)
        with accepts:
            model(**self.second).save()

    def test_second_row_in_raw_sql(self, model, accepts):
        """INSERT of a second row in raw SQL"""
        model.objects.create(**self.good)
        with accepts:
            insert(model, self.second)

    def test_two_tokens(self, model, accepts):
        """Two rows; from then on update_or_create(defaults=…) raises MultipleObjectsReturned"""
        with accepts:
            model.objects.create(**TOKEN)
            model.objects.create(**NEW_TOKEN)
        with pytest.raises(model.MultipleObjectsReturned):
            model.objects.update_or_create(defaults=TOKEN)


def _arguments(token):
    return {"access_token": token["access_token"], "expires": token["access_token_expires"]}
