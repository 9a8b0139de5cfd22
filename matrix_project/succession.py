"""Which of several results of one environment stand; pure.

The later ones do, unless they saw less: then the earlier ones stay, with a note of the attempt.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from matrix_project.results import Attempt, Cell, EnvironmentResult, Verdict, encode

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
    """Return the one that stands, with the time since when each of its answers does.

    `at` is the time of the later attempt, by RFC 3339; where nobody knows it, none is noted.
    """
    if earlier is None:
        return _dated(later, {})
    notes = [earlier.environment.last_attempt, later.environment.last_attempt]
    missed = _seen(earlier) - _seen(later)
    if later.cases:
        missed &= later.cases.keys()
    if missed:
        stands = earlier
        if at is not None:
            environment = later.environment
            notes.append(Attempt(status=environment.status, reason=str(environment.reason), at=at))
    else:
        stands = _dated(later, {cell.case: cell for cell in earlier.cells})
    after = [note for note in notes if note is not None and note.at > _age(stands)]
    newest = max(after, key=lambda note: (note.at, note.status, note.reason), default=None)
    return replace(stands, environment=replace(stands.environment, last_attempt=newest))


def _dated(result: EnvironmentResult, before: dict[str, Cell]) -> EnvironmentResult:
    """Return the results with the time since when each known answer stands."""

    def since(cell: Cell) -> str | None:
        own = cell.since or _age(result) or None
        earlier = before.get(cell.case)
        if earlier is None or earlier.since is None:
            return own
        return earlier.since if _answer(earlier) == _answer(cell) else own

    cells = [
        replace(cell, since=since(cell)) if cell.verdict != Verdict.UNKNOWN else cell
        for cell in result.cells
    ]
    return replace(result, cells=cells)


def _age(result: EnvironmentResult) -> str:
    return result.environment.observed_at or ""


def _answer(cell: Cell) -> tuple[Verdict, bool]:
    return cell.verdict, bool(cell.system_checks)


def _seen(result: EnvironmentResult) -> set[str]:
    """Return the cells that a run observed."""
    return {cell.case for cell in result.cells if cell.verdict != Verdict.UNKNOWN}
