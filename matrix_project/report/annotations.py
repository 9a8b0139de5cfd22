"""An audit as annotations of GitHub Actions: a command a line, on the job's standard output.

One annotation is of one constraint, for all backends on which it does not hold: GitHub shows ten
warnings and ten errors of a step. Those that fail come first, as errors.
https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from collections.abc import Sequence

from matrix_project.report.characters import cut, line
from matrix_project.report.findings import Finding
from matrix_project.report.ranking import BEST_FIRST
from matrix_project.report.reading import answer, sentence
from matrix_project.results.contract import Case, Matrix, Verdict

__all__ = ["render"]

_IN_TEXT = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_IN_PROPERTY = _IN_TEXT | {":": "%3A", ",": "%2C"}


def render(matrix: Matrix, found: Sequence[Finding]) -> str:
    """Return a line for each constraint that does not hold somewhere, and is not accepted there.

    Args:
        matrix: the document of the audit.
        found: what `findings` returned of it.
    """
    by_case: dict[str, list[Finding]] = {}
    for each in found:
        if each.accepted is None and (each.fails or each.verdict != Verdict.UNKNOWN):
            by_case.setdefault(each.case, []).append(each)
    ordered = sorted(by_case.values(), key=_urgency, reverse=True)
    return "".join(f"{_command(matrix.cases[each[0].case], each)}\n" for each in ordered)


def _urgency(found: Sequence[Finding]) -> tuple[bool, int]:
    known = [BEST_FIRST.index(each.verdict) for each in found if each.verdict in BEST_FIRST]
    return any(each.fails for each in found), max(known, default=-1)


def _command(case: Case, found: Sequence[Finding]) -> str:
    properties = {
        "file": case.file or None,
        "line": str(case.line) if case.file and case.line else None,
        "title": f"{found[0].case} {_essence(found)}",
    }
    told = ",".join(
        f"{name}={_escaped(line(value), _IN_PROPERTY)}"
        for name, value in properties.items()
        if value is not None
    )
    lines = (
        line(cut(f"{each.environment}: {answer(case, each.record)}. {sentence(case, each.record)}"))
        for each in found
    )
    kind = "error" if any(each.fails for each in found) else "warning"
    return f"::{kind} {told}::{_escaped(chr(10).join(lines), _IN_TEXT)}"


def _essence(found: Sequence[Finding]) -> str:
    unknown = all(each.verdict == Verdict.UNKNOWN for each in found)
    return "is not known to hold everywhere" if unknown else "does not hold everywhere"


def _escaped(text: str, escapes: dict[str, str]) -> str:
    return "".join(escapes.get(character, character) for character in text)
