"""The search for rows that satisfy and violate a constraint.

Values are proposed; the table without the constraint says whether it takes a row; Django's
validation and the constraint's condition say whether the row violates it.
"""

from __future__ import annotations

from typing import Any

from django.db.models import CheckConstraint, Q

from matrix_project.audit.rows.check_rows import search_condition, search_field
from matrix_project.audit.rows.found import Found
from matrix_project.audit.rows.help import Help
from matrix_project.audit.rows.judge import Bench
from matrix_project.audit.rows.made import Made
from matrix_project.audit.rows.maker import Maker
from matrix_project.audit.rows.pair_rows import search_pairs
from matrix_project.audit.rows.proof import proven
from matrix_project.observe.targets import Target

__all__ = ["search"]


def search(bench: Bench, help_: Help | None) -> Made:
    """Return the rows for the bench's constraint; the bench is open."""
    given = list(help_.of(bench.model)) if help_ else []
    found = Found(bench, Maker(bench, help_), given)
    condition = _condition(bench.target)
    with bench.undone():
        if bench.own_check:
            search_field(found)
        elif condition is not None:
            search_condition(found, condition)
        else:
            search_pairs(found)
    return proven(found)


def _condition(target: Target) -> Any:
    """Return the condition of a constraint of single rows; None where it is of several."""
    if target.kind == "check":
        return Q(**{f"{target.fields[0]}__gte": 0})
    if target.kind != "constraint":
        return None
    (constraint,) = (c for c in target.model._meta.constraints if c.name == target.name)
    return constraint.condition if isinstance(constraint, CheckConstraint) else None
