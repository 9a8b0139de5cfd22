"""From the seconds of each round to a ratio and an answer; pure.

A time says more of the machine than of the database, and so does a sum or a mean, in which one
interruption outweighs a hundred statements. So each statement is compared with its twin on the
other table, which met the same load; a round's ratio is the median of these, and of the rounds'
ratios the median and the middle half are told.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from itertools import permutations
from random import Random
from typing import Literal

from matrix_project.cost.document import Ratio

__all__ = ["answer", "orders", "ratio", "summary"]


def orders(count: int, tables: int, seed: int) -> Iterator[tuple[int, ...]]:
    """Yield in which order each of `count` turns visits the tables.

    Every order comes equally often, in an order that the seed gives.
    """
    random = Random(seed)  # noqa: S311 (nothing is kept secret)
    every = list(permutations(range(tables)))
    for turn in range(count):
        if turn % len(every) == 0:
            random.shuffle(every)
        yield every[turn % len(every)]


def ratio(rounds: Sequence[Sequence[float]], others: Sequence[Sequence[float]]) -> Ratio:
    """Return how many times as long something took as something else.

    Args:
        rounds: of each round, the seconds of each statement.
        others: those of the other, in the same order.

    Raises:
        ValueError: there are fewer than two rounds, or not as many of both.
    """
    found = [
        statistics.median(one / other for one, other in zip(mine, its, strict=True))
        for mine, its in zip(rounds, others, strict=True)
    ]
    if len(found) < 2:  # noqa: PLR2004 (one ratio has no spread)
        message = "a ratio needs two rounds at least"
        raise ValueError(message)
    low, median, high = statistics.quantiles(found, n=4, method="inclusive")
    return Ratio(median=round(median, 3), low=round(low, 3), high=round(high, 3))


def answer(found: Ratio, null: Ratio) -> Literal["costs", "cheaper", "not_measurable"]:
    """Return what a ratio comes to: another than that of two equal tables, or not.

    Of two equal tables either could be the first, so that their ratio turned over is one, too.
    """
    if found.low > max(null.high, 1 / null.low):
        return "costs"
    return "cheaper" if found.high < min(null.low, 1 / null.high) else "not_measurable"


def summary(found: Ratio, null: Ratio, rounds: int) -> str:
    """Return the ratio in a sentence, its spread and the null comparison beside it."""
    return (
        f"Inserts take {found.median:.2f} times as long as without it (half of {rounds} rounds:"
        f" {found.low:.2f} to {found.high:.2f}); two tables without it, {null.median:.2f}"
        f" ({null.low:.2f} to {null.high:.2f})."
    )
