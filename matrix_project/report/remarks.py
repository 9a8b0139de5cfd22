"""The lines under the terminal's table: why a cell is as it is, and what was not answered."""

from __future__ import annotations

from collections.abc import Callable

from matrix_project.report.folding import Folded, Folding
from matrix_project.report.reading import UNKNOWN, answer
from matrix_project.report.words import reads
from matrix_project.results.contract import Case, Level, Matrix, Record, Verdict

__all__ = ["remarks"]


def remarks(matrix: Matrix, folding: Folding, *, details: bool) -> list[str]:
    """Return the lines, each with the environments that share it.

    Every cell that is unknown or `partial` has its reason; with `details`, every one that does not
    plainly hold. The records with a probe that was not answered follow.
    """
    reason = _reason if details else _doubt
    return [
        f"{case} on {each.where}: {each.what}"
        for read in (reason, _unanswered)
        for case, described in matrix.cases.items()
        for each in _of(folding, case, described, read)
    ]


def _of(
    folding: Folding, case: str, described: Case, read: Callable[[Case, Record], str | None]
) -> list[Folded[str]]:
    return folding.remarks(case, lambda record: read(described, record))


def _reason(case: Case, record: Record) -> str | None:
    """Return the verdict and its reason, but where it holds or a question is answered."""
    given = answer(case, record)
    if given.level == Level.HOLDS or (given.level is None and given != UNKNOWN):
        return None
    return f"{given.words}: {reads(record.summary)}"


def _doubt(case: Case, record: Record) -> str | None:
    """Return the reason of what is unknown, or holds in part."""
    given = answer(case, record)
    partial = given.level is not None and given.word == Verdict.PARTIAL
    return _reason(case, record) if partial or given == UNKNOWN else None


def _unanswered(_case: Case, record: Record) -> str | None:
    """Return what kept answers away, each reason once; None where every probe was answered."""
    faults = [" ".join(each.fault.split()) for each in record.probes if each.fault is not None]
    if not faults:
        return None
    probes = "a probe was" if len(faults) == 1 else f"{len(faults)} probes were"
    return f"{probes} not answered: {'; '.join(dict.fromkeys(faults))}"
