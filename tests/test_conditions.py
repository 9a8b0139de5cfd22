"""The condition that is made from choices, beside the one that is written out."""

from __future__ import annotations

from django.db import models

from matrix_project.cases.one_field_set import (
    ArcadeScore,
    Score,
    ScoreType,
    TrackScore,
    value_matches_type,
)


def test_the_generated_condition_is_the_written_one():
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
    assert names == ["arcadescore_value_matches_type", "trackscore_value_matches_type"]
