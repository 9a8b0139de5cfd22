"""Which of several results of one environment stands; pure.

The later ones do, unless they saw less: then the earlier ones stay, with a note of the attempt.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from matrix_project.results.codec import encode
from matrix_project.results.contract import (
    Attempt,
    By,
    EnvironmentResult,
    Record,
    Status,
    Verdict,
    known,
)
from matrix_project.results.counts import complete

__all__ = ["stand", "succeed"]


def stand(results: Iterable[EnvironmentResult]) -> EnvironmentResult:
    """Return the results that stand of all these, in whatever order they are given."""
    first, *others = sorted(results, key=lambda each: (_age(each), encode(each)))
    found = succeed(None, first)
    for later in others:
        found = succeed(found, later, at=later.environment.observed_at)
    return found


def succeed(
    earlier: EnvironmentResult | None, later: EnvironmentResult, *, at: str | None = None
) -> EnvironmentResult:
    """Return the one that stands, with the time at which each of its answers was first seen.

    `at` is the time of the later attempt, by RFC 3339; where nobody knows it, none is noted.
    """
    if earlier is None:
        return replace(later, first_seen=_first_seen(later))
    notes = [earlier.environment.last_attempt, later.environment.last_attempt]
    missed = _seen(earlier) - _seen(later)
    lacking = sorted(set(earlier.environment.added) - set(later.environment.added))
    if later.environment.status == Status.OBSERVED and not lacking:
        # A case that its suite no longer declares is not missed.
        missed &= later.cases.keys()
    if missed:
        stands = earlier
        if at is not None:
            environment = later.environment
            reason = environment.reason or f"the cases of {', '.join(lacking)} were not asked"
            notes.append(Attempt(status=environment.status, reason=reason, at=at))
    else:
        stands = replace(later, first_seen=_first_seen(later, earlier))
    after = [note for note in notes if note is not None and note.at > _age(stands)]
    newest = max(after, key=lambda note: (note.at, note.status, note.reason), default=None)
    return replace(stands, environment=replace(stands.environment, last_attempt=newest))


def _first_seen(
    result: EnvironmentResult, earlier: EnvironmentResult | None = None
) -> dict[str, str]:
    """Return when each known answer was first seen: as long ago as it has been the same."""
    found = {}
    for case, record in sorted(result.records.items()):
        if not known(record):
            continue
        time = result.first_seen.get(case) or _age(result)
        before = earlier.records.get(case) if earlier else None
        if earlier and before and known(before):
            if _answer(before) == _answer(record):
                time = min(time, earlier.first_seen.get(case) or time)
            elif time <= _age(earlier):
                time = _age(result)
        if time:
            found[case] = time
    return found


def _age(result: EnvironmentResult) -> str:
    return result.environment.observed_at or ""


def _answer(record: Record) -> tuple[Verdict | None, str | None, By | None, bool]:
    return record.verdict, record.answer, record.by, bool(record.warned)


def _seen(result: EnvironmentResult) -> set[str]:
    """Return the cases that a run observed, whole."""
    whole = complete(result.cases, result.records)
    return {case for case in whole if known(result.records[case])}
