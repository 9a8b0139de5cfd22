"""Conditions made from a model's choices."""

from __future__ import annotations

import operator
from functools import reduce

from django.db.models import IntegerChoices, Q

__all__ = ["value_matches_type"]


def value_matches_type(types: type[IntegerChoices]) -> Q:
    """Return the condition that of the columns `value_<type>` just the row's own type is set.

    `types` has one member a column: `POINTS` goes with `value_points`. A new member needs a new
    column, and no new condition.
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
