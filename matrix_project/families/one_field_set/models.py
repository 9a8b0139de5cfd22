"""Scores in points or in time: two columns, of which the type says which one is set."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from matrix_project.families.one_field_set.conditions import value_matches_type
from matrix_project.families.one_field_set.proxies import ForcedType, ForcedTypeManager

__all__ = [
    "ArcadeScore",
    "DurationScore",
    "GeneratedScore",
    "PointsScore",
    "Score",
    "ScoreType",
    "SportScoreType",
    "TrackScore",
]


class ScoreType(models.IntegerChoices):
    """The types of the post."""

    POINTS = 1, "Points"
    DURATION = 2, "Duration"


class SportScoreType(models.IntegerChoices):
    """A third type beside them."""

    POINTS = 1, "Points"
    DURATION = 2, "Duration"
    DISTANCE = 3, "Distance"


class Score(models.Model):
    """The post's model."""

    type = models.IntegerField(choices=ScoreType)
    value_points = models.IntegerField(null=True, blank=True)
    value_duration = models.DurationField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_value_matches_type",
                condition=(
                    models.Q(
                        type=ScoreType.POINTS,
                        value_points__isnull=False,
                        value_duration__isnull=True,
                    )
                    | models.Q(
                        type=ScoreType.DURATION,
                        value_points__isnull=True,
                        value_duration__isnull=False,
                    )
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_type_display()}: {self.value_points or self.value_duration}"


class PointsScore(ForcedType, Score):
    """The scores in points."""

    forced_type = ScoreType.POINTS
    objects: ClassVar = ForcedTypeManager()

    class Meta:
        proxy = True


class DurationScore(ForcedType, Score):
    """The scores in time."""

    forced_type = ScoreType.DURATION
    objects: ClassVar = ForcedTypeManager()

    class Meta:
        proxy = True


class GeneratedScore(models.Model):
    """Three types, and a condition that is generated from them."""

    type = models.IntegerField(choices=SportScoreType)
    value_points = models.IntegerField(null=True, blank=True)
    value_duration = models.DurationField(null=True, blank=True)
    value_distance = models.IntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_value_matches_type",
                condition=value_matches_type(SportScoreType),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_type_display()} of {self.pk}"


class AbstractScore(models.Model):
    """A base that declares the constraint once for all models made from it."""

    type = models.IntegerField(choices=ScoreType)
    value_points = models.IntegerField(null=True, blank=True)
    value_duration = models.DurationField(null=True, blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_value_matches_type",
                condition=value_matches_type(ScoreType),
            ),
        ]


class ArcadeScore(AbstractScore):
    """The first heir."""

    def __str__(self) -> str:
        return f"arcade score {self.pk}"


class TrackScore(AbstractScore):
    """The second heir."""

    def __str__(self) -> str:
        return f"track score {self.pk}"
