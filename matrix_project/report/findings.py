"""What of an audit does not hold, what of it fails a job, and what its baseline accepts; pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from glob import escape

from matrix_project.report.ranking import BEST_FIRST, HOLDS
from matrix_project.results.audit_baseline import Accepted, names
from matrix_project.results.cells import cells
from matrix_project.results.contract import Matrix, Record, Status, Verdict
from matrix_project.results.verdicts import LEVELS

__all__ = [
    "THRESHOLDS",
    "Finding",
    "audited",
    "failing",
    "failures",
    "findings",
    "outdated",
    "rewritten",
]

_LEVELS = [level for level in dict.fromkeys(LEVELS.values()) if level is not None]
_BELOW = [verdict for verdict in BEST_FIRST if verdict not in HOLDS]

THRESHOLDS: dict[str, frozenset[Verdict]] = {
    **{str(each): frozenset(_BELOW[at:]) for at, each in enumerate(_BELOW)},
    **{
        str(level): frozenset(each for each in _BELOW if LEVELS[each] in _LEVELS[at:])
        for at, level in enumerate(_LEVELS)
        if at
    },
    str(Verdict.UNKNOWN): frozenset({Verdict.UNKNOWN}),
}
"""What `--fail-on` takes, and the verdicts that fail by it: a verdict or a level stands for itself
and for all that is worse; `unknown`, which is neither better nor worse, for itself alone."""


@dataclass(frozen=True)
class Finding:
    """A constraint that does not hold in an environment, or of which that is unknown."""

    case: str
    environment: str
    backend: str
    record: Record
    verdict: Verdict
    accepted: str | None = None
    """The reason by which the baseline accepts it; None where it does not."""
    fails: bool = False
    """Whether it is one of those that fail, and is not accepted."""


def audited(matrix: Matrix) -> bool:
    """Return whether a document is of an audit: a file of a project declares its cases."""
    return any(case.file for case in matrix.cases.values())


def failing(words: str) -> frozenset[Verdict]:
    """Return the verdicts that fail by what `--fail-on` is given: `partial`, `ignored,unknown`.

    Raises:
        ValueError: a word is none of `THRESHOLDS`.
    """
    given = [word.strip() for word in words.split(",")]
    if unknown := [word for word in given if word not in THRESHOLDS]:
        message = f"{unknown[0]!r} is none of {', '.join(THRESHOLDS)}"
        raise ValueError(message)
    return frozenset().union(*(THRESHOLDS[word] for word in given))


def findings(
    matrix: Matrix,
    fail_on: Collection[Verdict] = (),
    baseline: Sequence[Accepted] = (),
) -> list[Finding]:
    """Return every constraint that does not hold, or is unknown, in an environment that was run.

    Args:
        matrix: the document of the audit.
        fail_on: the verdicts that fail, as `failing` returns them.
        baseline: what is accepted; the first entry that fits gives the reason.
    """
    found = []
    for case, by_environment in cells(matrix).items():
        for id_, record in by_environment.items():
            environment = matrix.environments[id_]
            verdict = record.verdict
            if environment.status == Status.NOT_RUN or verdict is None or verdict in HOLDS:
                continue
            reason = _reason(case, environment.backend, verdict, baseline)
            found.append(
                Finding(
                    case=case,
                    environment=id_,
                    backend=environment.backend,
                    record=record,
                    verdict=verdict,
                    accepted=reason,
                    fails=reason is None and verdict in fail_on,
                )
            )
    return found


def failures(
    matrix: Matrix, fail_on: Collection[Verdict], baseline: Sequence[Accepted] = ()
) -> list[Finding]:
    """Return what fails: all that is of the verdicts `fail_on`, and that no entry accepts."""
    return [each for each in findings(matrix, fail_on, baseline) if each.fails]


def outdated(matrix: Matrix, baseline: Sequence[Accepted]) -> list[str]:
    """Return a line for each entry, and backend of one, that no longer applies.

    What was not observed this time says nothing of an entry.
    """
    return [
        f"{entry.constraint} is accepted as {entry.verdict} on {pattern}, and is so no more: take"
        " it out of the baseline"
        for entry in baseline
        for pattern in _past(entry, matrix)
    ]


def rewritten(
    matrix: Matrix, fail_on: Collection[Verdict], baseline: Sequence[Accepted]
) -> list[Accepted]:
    """Return the entries that accept all that fails; what is new has an empty reason.

    The entries that there are stay, but for those that apply nowhere any more.
    """
    kept = [each for each in baseline if len(_past(each, matrix)) < len(each.backends)]
    grouped: dict[tuple[str, Verdict], list[str]] = {}
    for each in failures(matrix, fail_on, kept):
        backends = grouped.setdefault((escape(each.case), each.verdict), [])
        if (backend := escape(each.backend)) not in backends:
            backends.append(backend)
    return kept + [
        Accepted(constraint=constraint, backend=backends, verdict=verdict, reason="")
        for (constraint, verdict), backends in grouped.items()
    ]


def _past(entry: Accepted, matrix: Matrix) -> list[str]:
    """Return the backends of an entry on which all was observed, and nothing has its verdict.

    They are all of them where the whole audit has no such constraint.
    """
    fitting = {
        case: by_environment
        for case, by_environment in cells(matrix).items()
        if fnmatchcase(case, entry.constraint)
    }
    if not fitting and all(each.selection is None for each in matrix.environments.values()):
        return entry.backends
    still = {entry.verdict, Verdict.UNKNOWN}
    past = []
    for pattern in entry.backends:
        there = {
            record.verdict
            for by_environment in fitting.values()
            for id_, record in by_environment.items()
            if names(pattern, matrix.environments[id_].backend)
        }
        if there and there.isdisjoint(still):
            past.append(pattern)
    return past


def _reason(case: str, backend: str, verdict: Verdict, baseline: Sequence[Accepted]) -> str | None:
    fitting = (
        each.reason
        for each in baseline
        if each.verdict == verdict and each.speaks_of(case, backend)
    )
    return next(fitting, None)
