"""One field set, beside the constraint: conditions made from choices, and a proxy a type."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import models

from matrix_project.families.one_field_set.conditions import value_matches_type
from matrix_project.families.one_field_set.models import (
    ArcadeScore,
    DurationScore,
    PointsScore,
    Score,
    ScoreType,
    TrackScore,
)

MINUTE = dt.timedelta(minutes=1)
POINTS, DURATION = ScoreType.POINTS, ScoreType.DURATION


def test_generated_condition_is_the_posts_own():
    (written,) = Score._meta.constraints
    assert value_matches_type(ScoreType) == written.condition


def test_a_new_type_needs_no_new_condition():
    class Types(models.IntegerChoices):
        A, B, C = 1, 2, 3

    branches = value_matches_type(Types).children
    assert len(branches) == 3
    assert all(len(branch.children) == 4 for branch in branches)


def test_an_abstract_base_gives_each_heir_a_name_of_its_own():
    names = [model._meta.constraints[0].name for model in (ArcadeScore, TrackScore)]
    assert names == [
        "one_field_set_arcadescore_value_matches_type",
        "one_field_set_trackscore_value_matches_type",
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "make",
    [
        lambda: PointsScore(value_points=1).save(),
        lambda: PointsScore(type=DURATION, value_points=1).save(),
        lambda: PointsScore.objects.create(type=DURATION, value_points=1),
        lambda: PointsScore.objects.bulk_create([PointsScore(type=DURATION, value_points=1)]),
        lambda: PointsScore.objects.get_or_create(value_points=1, defaults={"type": DURATION}),
        lambda: PointsScore.objects.update_or_create(value_points=1, defaults={"type": DURATION}),
    ],
    ids=["save", "save other", "create", "bulk_create", "get_or_create", "update_or_create"],
)
def test_a_proxy_forces_its_type_on_every_way_of_making_a_row(make):
    make()
    assert list(Score.objects.values_list("type", "value_points")) == [(POINTS, 1)]


@pytest.mark.django_db
def test_update_or_create_keeps_the_type_of_a_row_that_is_there():
    row = PointsScore.objects.create(value_points=1)
    PointsScore.objects.update_or_create(pk=row.pk, defaults={"type": DURATION, "value_points": 2})
    assert list(Score.objects.values_list("type", "value_points")) == [(POINTS, 2)]


@pytest.mark.django_db
def test_a_proxys_manager_shows_its_type_alone():
    PointsScore.objects.create(value_points=1)
    DurationScore.objects.create(value_duration=MINUTE)
    assert Score.objects.count() == 2
    assert [row.value_points for row in PointsScore.objects.all()] == [1]
    assert [row.value_duration for row in DurationScore.objects.all()] == [MINUTE]


@pytest.mark.django_db
def test_full_clean_of_a_proxy_needs_no_type_and_sees_the_wrong_value():
    PointsScore(value_points=1).full_clean()
    with pytest.raises(ValidationError, match="value_matches_type"):
        PointsScore(value_duration=MINUTE).full_clean()
