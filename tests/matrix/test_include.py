"""Uniqueness by an index that also covers columns outside of the key."""

from __future__ import annotations

import datetime as dt

from matrix_project.families.documents import INCLUDE, UNIQUE, all_enforce, only
from matrix_project.families.include.models import CoveringBooking, PlainBooking
from matrix_project.observe.case import ConstraintCase

DAY, NEXT_DAY = dt.date(2026, 5, 1), dt.date(2026, 5, 2)


class OnceADay(ConstraintCase):
    good = {"room": 101, "date": NEXT_DAY, "full_name": "Bob"}
    bad = {"room": 101, "date": DAY, "full_name": "Bob"}

    def seed(self, model):
        model.objects.create(room=101, date=DAY, full_name="Ann")

    def test_same_guest(self, model, rejects):
        """save() of the same booking again, the covered column equal too"""
        with rejects:
            model(room=101, date=DAY, full_name="Ann").save()

    def test_other_room(self, model, accepts):
        """save() of another room on the same day"""
        with accepts:
            model(room=102, date=DAY, full_name="Ann").save()


class TestCovering(OnceADay):
    """A room is booked once a day at the most; the index covers the guest's name."""

    id = "include.covering"
    title = "Covering unique"
    models = (CoveringBooking,)
    feature = "supports_covering_indexes"
    sources = (INCLUDE,)
    claims = only("postgresql", source=INCLUDE)


class TestPlain(OnceADay):
    """Control: a room is booked once a day at the most."""

    id = "include.plain"
    title = "Unique, not covering (control)"
    models = (PlainBooking,)
    sources = (UNIQUE,)
    claims = all_enforce(UNIQUE)
