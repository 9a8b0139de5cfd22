"""Which verdict is better than which, and which ones keep the promise."""

from __future__ import annotations

from matrix_project.results.contract import Level, Verdict
from matrix_project.results.verdicts import LEVELS

__all__ = ["BEST_FIRST", "HOLDS", "LETS_IN", "rank"]

BEST_FIRST = tuple(verdict for verdict in LEVELS if verdict != Verdict.UNKNOWN)
"""The verdicts in the contract's order. `unknown` is no answer: it has no rank."""

HOLDS = frozenset(each for each, level in LEVELS.items() if level == Level.HOLDS)
"""The verdicts by which violating rows are kept out and valid ones let in."""

LETS_IN = frozenset(each for each, level in LEVELS.items() if level == Level.DOES_NOT_HOLD)
"""The verdicts by which the migration passes and violating rows get in."""


def rank(verdict: Verdict, *, warned: bool) -> tuple[int, bool]:
    """Return the key to sort by, the best first.

    Where violating rows get in, a loss of which Django's system checks warn is better than a silent
    one; elsewhere a warning is neither good nor bad.

    Raises:
        ValueError: the verdict is `unknown`.
    """
    return BEST_FIRST.index(verdict), verdict in LETS_IN and not warned
