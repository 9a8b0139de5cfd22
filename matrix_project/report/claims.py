"""A claim of a document beside what was observed."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Literal

from matrix_project.report.ranking import HOLDS
from matrix_project.results.contract import Claim, Verdict

__all__ = ["ClaimOutcome", "check"]

ClaimOutcome = Literal["confirmed", "contradicted", "differs", "not observed"]
"""What was observed `differs` from an implied claim; only an explicit one is contradicted."""


def check(claim: Claim, words: AbstractSet[str]) -> ClaimOutcome:
    """Return what the verdicts on the claim's vendor make of it; `unknown` counts neither way.

    Every verdict that holds confirms that the constraint is enforced: such a claim is not about the
    error.
    """
    seen = words - {Verdict.UNKNOWN}
    if not seen:
        return "not observed"
    if seen <= (HOLDS if claim.says == Verdict.ENFORCED else {claim.says}):
        return "confirmed"
    return "contradicted" if claim.explicit else "differs"
