"""Which verdict is better than which, and which ones keep the promise."""

from __future__ import annotations

from matrix_project.results import Verdict

__all__ = ["BEST_FIRST", "HOLDS", "rank"]

BEST_FIRST = (
    Verdict.ENFORCED,
    Verdict.ENFORCED_OTHER_ERROR,
    Verdict.REFUSED,
    Verdict.PARTIAL,
    Verdict.IGNORED,
)
"""The verdicts by how much wrong data can get in without a word.

None gets in where the constraint holds; an error that says less is the smaller good. None gets in
by a refusal either, and it is loud: the migration fails before there is a row. What is partial lets
some in, what is ignored all, and both pass their migration. `unknown` is no answer: it has no rank.
"""

HOLDS = (Verdict.ENFORCED, Verdict.ENFORCED_OTHER_ERROR)
"""The verdicts by which violating rows are kept out and valid ones let in."""


def rank(verdict: Verdict, *, warned: bool) -> tuple[int, bool]:
    """Return the key to sort by, the best first.

    Where a constraint does not hold, the one that Django's system checks announce is better than
    the silent one; where it holds, a warning is neither good nor bad.

    Raises:
        ValueError: the verdict is `unknown`.
    """
    return BEST_FIRST.index(verdict), verdict not in HOLDS and not warned
