"""Uniqueness that may be broken for a while inside a transaction."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F

from matrix_project.families.deferrable_unique.models import (
    DeferredTrack,
    ImmediateTrack,
    PlainTrack,
)
from matrix_project.families.documents import DEFERRABLE, UNIQUE, all_enforce, only
from matrix_project.observe.case import ConstraintCase


def shift(model):
    """Move all tracks one place down, in one statement."""
    model.objects.update(position=F("position") + 1)


def swap(model):
    """Let the first two tracks change places, in two statements."""
    model.objects.filter(title="Intro").update(position=2)
    model.objects.filter(title="Verse").update(position=1)


class Order(ConstraintCase):
    good = {"title": "Coda", "position": 4}
    bad = {"title": "Coda", "position": 3}

    def seed(self, model):
        model.objects.bulk_create(
            [
                model(title="Intro", position=1),
                model(title="Verse", position=2),
                model(title="Outro", position=3),
            ]
        )

    def test_duplicate_at_commit(self, model, rejects):
        """A duplicate that is still there at the commit"""
        with rejects:
            model.objects.filter(title="Intro").update(position=2)
            model.objects.filter(title="Outro").update(position=5)


class TestDeferred(Order):
    """No two tracks have one position once a transaction is committed."""

    id = "deferrable_unique.deferred"
    title = "Deferrable unique, initially deferred"
    models = (DeferredTrack,)
    feature = "supports_deferrable_unique_constraints"
    sources = (DEFERRABLE,)
    claims = only("postgresql", source=DEFERRABLE)

    def test_shift(self, model, accepts):
        """A shift of all positions by one, in one statement"""
        with accepts:
            shift(model)

    def test_swap(self, model, accepts):
        """A swap of two positions, in two statements of one transaction"""
        with accepts:
            swap(model)

    def test_duplicate_in_savepoint(self, model, accepts):
        """A duplicate at a savepoint's release, mended before the commit"""
        with accepts:
            with transaction.atomic():
                model.objects.filter(title="Intro").update(position=2)
            model.objects.filter(title="Verse").update(position=1)


class TestImmediate(Order):
    """No two tracks have one position once a statement is done."""

    id = "deferrable_unique.immediate"
    title = "Deferrable unique, initially immediate"
    models = (ImmediateTrack,)
    feature = "supports_deferrable_unique_constraints"
    sources = (DEFERRABLE,)
    claims = only("postgresql", source=DEFERRABLE)

    def test_shift(self, model, accepts):
        """A shift of all positions by one, in one statement"""
        with accepts:
            shift(model)

    def test_swap(self, model, rejects):
        """A swap of two positions, in two statements of one transaction"""
        with rejects:
            swap(model)


class TestNotDeferrable(Order):
    """Control: no two rows have one position at any time, not even within a statement."""

    id = "deferrable_unique.not_deferrable"
    title = "Unique, not deferrable (control)"
    models = (PlainTrack,)
    sources = (UNIQUE,)
    claims = all_enforce(UNIQUE)

    def test_shift(self, model, rejects):
        """A shift of all positions by one, in one statement"""
        with rejects:
            shift(model)

    def test_swap(self, model, rejects):
        """A swap of two positions, in two statements of one transaction"""
        with rejects:
            swap(model)
