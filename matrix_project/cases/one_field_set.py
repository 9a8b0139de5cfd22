"""Scores in points or in time: one column a type of value, of which the type's own is set.

After https://adamj.eu/tech/2020/03/25/django-check-constraints-one-field-set/
"""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Iterable
from functools import reduce
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import CheckConstraint, DurationField, IntegerField, Q

from matrix_project.cases.case import Promise, accepts, rejects, shows
from matrix_project.cases.documents import CHECK, ONE_FIELD_SET_POST, all_enforce
from matrix_project.observe import Tables

_MINUTE = dt.timedelta(minutes=1)


class ScoreType(models.IntegerChoices):
    """The types of the post."""

    POINTS = 1, "Points"
    DURATION = 2, "Duration"


class SportScoreType(models.IntegerChoices):
    """A third type beside them."""

    POINTS = 1, "Points"
    DURATION = 2, "Duration"
    DISTANCE = 3, "Distance"


def value_matches_type(types: type[models.IntegerChoices]) -> Q:
    """Return the condition that of the columns `value_<type>` just the row's own type is set.

    A new member needs a new column, and no new condition: `POINTS` goes with `value_points`.
    """
    return reduce(
        operator.or_,
        (
            Q(
                type=own.value,
                **{f"value_{each.name.lower()}__isnull": each is not own for each in types},
            )
            for own in types
        ),
    )


class Score(models.Model):
    """The post's model."""

    type = models.IntegerField(choices=ScoreType)
    value_points = models.IntegerField(null=True, blank=True)
    value_duration = models.DurationField(null=True, blank=True)

    class Meta:
        app_label = "one_field_set"
        constraints = [
            CheckConstraint(
                name="value_matches_type",
                condition=(
                    Q(
                        type=ScoreType.POINTS,
                        value_points__isnull=False,
                        value_duration__isnull=True,
                    )
                    | Q(
                        type=ScoreType.DURATION,
                        value_points__isnull=True,
                        value_duration__isnull=False,
                    )
                ),
            )
        ]

    def __str__(self) -> str:
        return f"score {self.pk}"


class ForcedTypeQuerySet(models.QuerySet[Any]):
    """Rows of a proxy that all have its type: `bulk_create()` does not call `save()`."""

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        """Create the rows with the proxy's type."""
        rows = list(objs)
        for row in rows:
            row.type = self.model.forced_type
        return super().bulk_create(rows, *args, **kwargs)


class ForcedTypeManager(models.Manager.from_queryset(ForcedTypeQuerySet)):  # type: ignore[misc]
    """Manager of a proxy: only the rows of its type are there."""

    def get_queryset(self) -> ForcedTypeQuerySet:
        """Return the rows of the proxy's type."""
        rows: ForcedTypeQuerySet = super().get_queryset().filter(type=self.model.forced_type)
        return rows


class PointsScore(Score):
    """The scores in points: their type is forced, whatever the caller says."""

    forced_type: ClassVar[int] = ScoreType.POINTS
    objects: ClassVar = ForcedTypeManager()

    class Meta:
        app_label = "one_field_set"
        proxy = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the row with the proxy's type."""
        self.type = self.forced_type
        super().save(*args, **kwargs)

    def full_clean(self, *args: Any, **kwargs: Any) -> None:
        """Validate the row as it will be saved."""
        self.type = self.forced_type
        super().full_clean(*args, **kwargs)


class DurationScore(PointsScore):
    """The scores in time."""

    forced_type = ScoreType.DURATION

    class Meta:
        app_label = "one_field_set"
        proxy = True


class AbstractScore(models.Model):
    """A base that declares the constraint once for all models made from it."""

    type = models.IntegerField(choices=ScoreType)
    value_points = models.IntegerField(null=True, blank=True)
    value_duration = models.DurationField(null=True, blank=True)

    class Meta:
        abstract = True
        app_label = "one_field_set"
        constraints = [
            CheckConstraint(
                name="%(class)s_value_matches_type", condition=value_matches_type(ScoreType)
            )
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


class ArcadeScore(AbstractScore):
    """The first heir."""


class TrackScore(AbstractScore):
    """The second heir."""


_POINTS, _DURATION = int(ScoreType.POINTS), int(ScoreType.DURATION)
_VALID: list[dict[str, Any]] = [
    {"type": _POINTS, "value_points": 1},
    {"type": _DURATION, "value_duration": _MINUTE},
]
_BOTH = {"type": _POINTS, "value_points": 1, "value_duration": _MINUTE}
_VIOLATING: list[dict[str, Any]] = [
    _BOTH,
    {"type": _POINTS},
    {"type": _POINTS, "value_duration": _MINUTE},
    {"type": 9, "value_points": 1},
]
_ACTS = [
    rejects(
        "QuerySet.update() of the type without the values",
        lambda t: t.objects.update(type=_DURATION),
        rows=_VALID[:1],
    ),
    rejects(
        "QuerySet.update() of all rows to both values, as the post warns of",
        lambda t: t.objects.update(value_points=1, value_duration=_MINUTE),
        rows=_VALID,
    ),
]


def _points(tables: Tables) -> Any:
    return PointsScore.objects.using(tables.using)


_PROXIES = [
    accepts(
        "save() by a proxy, which forces its type",
        lambda t: PointsScore(value_points=1, type=_DURATION).save(using=t.using),
    ),
    accepts(
        "create() by a proxy, which forces its type",
        lambda t: _points(t).create(value_points=1, type=_DURATION),
    ),
    accepts(
        "bulk_create() by a proxy, which forces its type",
        lambda t: _points(t).bulk_create([PointsScore(value_points=1, type=_DURATION)]),
    ),
    accepts(
        "get_or_create() by a proxy, which forces its type",
        lambda t: _points(t).get_or_create(value_points=1, defaults={"type": _DURATION}),
    ),
    accepts(
        "update_or_create() by a proxy, which forces its type",
        lambda t: _points(t).update_or_create(value_points=1, defaults={"type": _DURATION}),
    ),
    accepts(
        "update_or_create() by a proxy of a row that is there, which keeps its type",
        lambda t: _points(t).update_or_create(
            value_points=1, defaults={"type": _DURATION, "value_points": 2}
        ),
        rows=_VALID[:1],
    ),
    rejects(
        "QuerySet.update() by a proxy, which forces nothing",
        lambda t: _points(t).update(type=_DURATION),
        rows=_VALID[:1],
    ),
]


def _rows_of_proxies(tables: Tables) -> str:
    counts = [each.objects.using(tables.using).count() for each in (PointsScore, DurationScore)]
    return f"of {tables.objects.count()} rows, {counts[0]} in points and {counts[1]} in time"


def _clean_of_proxy(_: Tables) -> str:
    PointsScore(value_points=1).full_clean()
    try:
        PointsScore(value_duration=_MINUTE).full_clean()
    except ValidationError as error:
        return f"needs no type; of the wrong value: {error.messages[0]}"
    return "needs no type; takes the wrong value"


value_matches_type_ = Promise(
    "one_field_set.value_matches_type",
    "Of a score's two values just the one that its type names is set.",
    title="One of two fields set",
    models=[Score],
    valid=_VALID,
    violating=_VIOLATING,
    acts=[*_ACTS, *_PROXIES],
    facts=[
        shows("The rows that the proxies' managers give", _rows_of_proxies, rows=_VALID),
        shows("full_clean() of a proxy", _clean_of_proxy),
    ],
    feature="supports_table_check_constraints",
    sources=[ONE_FIELD_SET_POST, CHECK],
    claims=all_enforce(CHECK),
    aliases=["exactly one field", "mutually exclusive", "polymorphic", "xor", "proxy model"],
)

generated = Promise(
    "one_field_set.generated",
    "Of a score's three values just the one that its type names is set; the condition is made from"
    " the choices.",
    title="One of three fields set, generated",
    fields={
        "type": IntegerField(choices=SportScoreType),
        "value_points": IntegerField(null=True, blank=True),
        "value_duration": DurationField(null=True, blank=True),
        "value_distance": IntegerField(null=True, blank=True),
    },
    constraint=CheckConstraint(
        name="value_matches_type", condition=value_matches_type(SportScoreType)
    ),
    valid=[*_VALID, {"type": int(SportScoreType.DISTANCE), "value_distance": 100}],
    violating=[*_VIOLATING, {"type": int(SportScoreType.DISTANCE), "value_points": 1}],
    acts=_ACTS,
    feature="supports_table_check_constraints",
    sources=[ONE_FIELD_SET_POST, CHECK],
    claims=all_enforce(CHECK),
    aliases=["exactly one field", "mutually exclusive", "choices"],
)

abstract_base = Promise(
    "one_field_set.abstract_base",
    "The same for each model made from the abstract base that declares the constraint.",
    title="One of two fields set, inherited",
    models=[ArcadeScore, TrackScore],
    valid=_VALID,
    violating=_VIOLATING,
    acts=_ACTS,
    feature="supports_table_check_constraints",
    sources=[ONE_FIELD_SET_POST, CHECK],
    claims=all_enforce(CHECK),
    aliases=["exactly one field", "inheritance", "abstract model"],
)
