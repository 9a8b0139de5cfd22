"""How much of what a suite declares is there, complete; pure.

A probe counts as held where it was answered on each way that the constraint came by, or where the
answer to the DDL left no table to ask it of. A case counts where all its probes do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import get_args

from matrix_project.results.contract import (
    Case,
    Count,
    EnvironmentResult,
    Record,
    Status,
    Step,
    Way,
    known,
)

__all__ = ["complete", "declared", "held", "wrong_counts"]

_WAYS = get_args(Way)


def declared(cases: Iterable[Case]) -> Count:
    """Return how much these cases declare."""
    probes = [case.probes for case in cases]
    return Count(cases=len(probes), probes=sum(probes))


def held(cases: Mapping[str, Case], records: Mapping[str, Record]) -> Count:
    """Return how much of these cases, by id, their records hold."""
    found = _by_case(cases, records)
    return Count(cases=len(_complete(cases, found)), probes=sum(found.values()))


def complete(cases: Mapping[str, Case], records: Mapping[str, Record]) -> set[str]:
    """Return the cases, by id, of which every probe is held."""
    return _complete(cases, _by_case(cases, records))


def _complete(cases: Mapping[str, Case], found: Mapping[str, int]) -> set[str]:
    return {id_ for id_, probes in found.items() if probes == cases[id_].probes}


def _by_case(cases: Mapping[str, Case], records: Mapping[str, Record]) -> dict[str, int]:
    """Return how many probes are held of each case, by id, whose record is an observation."""
    return {
        id_: _held(case, records[id_])
        for id_, case in cases.items()
        if id_ in records and _asked(records[id_])
    }


def _held(case: Case, record: Record) -> int:
    """Return how many probes of a case its record holds."""
    steps = [step for step in record.steps if step.name in _WAYS]
    if any(step.outcome is None for step in steps):
        return 0
    came = [_answered(record, step) for step in steps if step.outcome == "accepted"]
    return min(came, default=case.probes)


def _answered(record: Record, step: Step) -> int:
    """Return how many probes are settled on the way that a step brings the constraint by."""
    probes = [probe for probe in record.probes if probe.way in {step.name, "both"}]
    return len({probe.id for probe in probes if probe.outcome is not None}) + len(step.unasked)


def _asked(record: Record) -> bool:
    """Return whether the record is an observation, and not the want of one."""
    return known(record) or bool(record.steps)


def wrong_counts(result: EnvironmentResult, *, as_run: bool) -> Iterator[str]:
    """Yield what of an environment's counts is not so.

    `as_run`: the result is as a run wrote it; in a document, an observation of another declaration
    than the document's counts as none.
    """
    environment = result.environment
    whole, here = environment.declared, environment.held
    if environment.status == Status.NOT_RUN:
        if whole or here or result.records:
            yield "it is not-run, and holds something"
        return
    if whole is None or here is None:
        # Documents made before there were counts have none.
        if as_run:
            yield f"it is {environment.status}, and does not count what it declares and holds"
        return
    if as_run and here != held(result.cases, result.records):
        yield "it does not hold as many cases and probes as it counts"
    if environment.status != Status.OBSERVED:
        return
    if environment.selection is None and len(result.cases) < whole.cases:
        yield f"it is observed, and has {len(result.cases)} of {whole.cases} cases"
    wanted = whole if environment.selection is None else declared(result.cases.values())
    if as_run and here != wanted:
        yield (
            f"it is observed, and holds {here.cases} of {wanted.cases} cases,"
            f" {here.probes} of {wanted.probes} probes"
        )
