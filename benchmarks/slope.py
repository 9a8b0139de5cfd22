"""Fit a line to the seconds of parts of the suite over their probes."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from random import Random
from statistics import correlation, linear_regression

from processes import Work, fastest, observed, suite

from matrix_project.results.contract import Record

__all__ = ["measure_slope"]

SIZES = (15, 50, 100, 150)
# These wait for another connection, whatever the number of their probes.
WAITING = ("migrations.add_locks_writes", "transactions.lost_", "transactions.race_")


def measure_slope(work: Work, rounds: int) -> None:
    """Print the line, how well it fits, and what is furthest off it.

    Each part of the suite holds the smaller ones. The cases stand in an order of chance, always the
    same, so that each part has its share of every family.
    """
    records = {each.case: each for each in observed(work)}
    order = sorted(id_ for id_ in records if not id_.startswith(WAITING))
    Random(0).shuffle(order)  # noqa: S311 (nothing is kept secret)
    parts = {str(size): order[:size] for size in SIZES}
    probes = [sum(_puts(records[id_]) for id_ in part) for part in parts.values()]
    acts = {
        size: partial(suite, replace(work, arguments=[f"--case={id_}" for id_ in part]))
        for size, part in parts.items()
    }
    seconds = list(fastest(rounds, acts).values())
    line = linear_regression(probes, seconds)
    placed = list(zip(probes, seconds, strict=True))
    off = max((took - line.slope * put - line.intercept for put, took in placed), key=abs)
    told = (f"{took:.2f} s ({put})" for put, took in placed)
    print(f"  {', '.join(acts)} cases (probes): {', '.join(told)}")
    print(f"    a line of {line.slope * 1e3:.2f} ms a probe + {line.intercept:.2f} s: ", end="")
    print(f"R² {correlation(probes, seconds) ** 2:.4f} (wanted: 1), ", end="")
    print(f"furthest off {off:+.2f} s, {off / seconds[-1]:+.1%} of the largest")


def _puts(record: Record) -> int:
    """Return how often probes were put: on the control's tables, and on those of each way."""
    return sum(
        (probe.control is not None) + (2 if probe.way == "both" else 1) for probe in record.probes
    )
