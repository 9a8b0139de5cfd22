"""One column a type of value, of which the one that the type names is set."""

from __future__ import annotations

import datetime as dt

from matrix_project.families.documents import CHECK, ONE_FIELD_SET_POST, all_enforce
from matrix_project.families.one_field_set.models import (
    ArcadeScore,
    GeneratedScore,
    Score,
    ScoreType,
    SportScoreType,
    TrackScore,
)
from matrix_project.observe.case import ConstraintCase

MINUTE = dt.timedelta(minutes=1)
POINTS, DURATION = ScoreType.POINTS, ScoreType.DURATION


class ValueMatchesType(ConstraintCase):
    feature = "supports_table_check_constraints"
    sources = (ONE_FIELD_SET_POST, CHECK)
    claims = all_enforce(CHECK)
    good = {"type": POINTS, "value_points": 1, "value_duration": None}
    bad = {"type": POINTS, "value_points": 1, "value_duration": MINUTE}

    def test_other_type(self, model, accepts):
        """save() of a valid row of the other type"""
        with accepts:
            model(type=DURATION, value_duration=MINUTE).save()

    def test_no_value(self, model, rejects):
        """save() of a row with no value set"""
        with rejects:
            model(type=POINTS).save()

    def test_wrong_column(self, model, rejects):
        """save() of a row with the other type's column set"""
        with rejects:
            model(type=POINTS, value_duration=MINUTE).save()

    def test_unknown_type(self, model, rejects):
        """save() of a row whose type is not among the choices"""
        with rejects:
            model(type=9, value_points=1).save()

    def test_type_alone(self, model, rejects):
        """QuerySet.update() of the type without the values"""
        model.objects.create(**self.good)
        with rejects:
            model.objects.update(type=DURATION)

    def test_bulk_update_of_values(self, model, rejects):
        """QuerySet.update() of all rows to both values, as the post warns of"""
        model.objects.bulk_create(
            [model(type=POINTS, value_points=1), model(type=DURATION, value_duration=MINUTE)]
        )
        with rejects:
            model.objects.update(value_points=1, value_duration=MINUTE)


class TestValueMatchesType(ValueMatchesType):
    """Of a score's two values just the one that its type names is set."""

    id = "one_field_set.value_matches_type"
    title = "One of two fields set"
    models = (Score,)


class TestGenerated(ValueMatchesType):
    """Of a score's three values just the one that its type names is set; the condition is made
    from the choices."""

    id = "one_field_set.generated"
    title = "One of three fields set, generated"
    models = (GeneratedScore,)

    def test_third_type(self, model, accepts):
        """save() of a valid row of the third type"""
        with accepts:
            model(type=SportScoreType.DISTANCE, value_distance=100).save()

    def test_third_type_wrong_column(self, model, rejects):
        """save() of a row of the third type with another type's column set"""
        with rejects:
            model(type=SportScoreType.DISTANCE, value_points=1).save()


class TestAbstractBase(ValueMatchesType):
    """The same for each model made from the abstract base that declares the constraint."""

    id = "one_field_set.abstract_base"
    title = "One of two fields set, inherited"
    models = (ArcadeScore, TrackScore)
