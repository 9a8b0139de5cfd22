"""The reader's words: one table for the page, the terminal, Markdown, CSV, JUnit and the badges.

The contract's own word (`enforced-other-error`) stays where a program or a link reads it, and in
the evidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from matrix_project.results.contract import Case, Verdict

__all__ = ["NEVER_CREATED", "WORDS", "counted", "family", "is_comparison", "reads", "uncounted"]

NEVER_CREATED = "never created"
"""What is said of an `ignored` for which Django sent no SQL: the database is not to blame."""

WORDS = {
    Verdict.ENFORCED: "enforced",
    Verdict.ENFORCED_UNNAMED: "enforced, unnamed",
    Verdict.ENFORCED_OTHER_ERROR: "enforced, other error",
    Verdict.REDUNDANT: "redundant",
    Verdict.TOO_STRICT: "too strict",
    Verdict.PARTIAL: "partial",
    Verdict.IGNORED: "not enforced",
    Verdict.REFUSED: "refused",
    Verdict.UNUSABLE: "takes no row",
    Verdict.ABSENT: "not available",
    Verdict.UNKNOWN: "not observed",
}

_COMPARISON = "(for comparison)"
_NOT_COUNTED = "Ways round and what is there for comparison are in the picture, and not counted."


_PROBE = re.compile(r"\b(violating|valid) probe(s?)\b")
"""What an experimenter calls a probe is a row that is written in one of the ways in."""


def reads(summary: str) -> str:
    """Return a summary of the document in the reader's words."""
    return _PROBE.sub(r"\1 write\2", summary)


def family(name: str) -> str:
    """Return a family as it reads: `deferrable unique`."""
    return name.replace("_", " ")


def is_comparison(case: Case) -> bool:
    """Return whether a case is there to compare others with: a promise that nobody doubts."""
    return case.title.endswith(_COMPARISON)


def counted(cases: Iterable[tuple[str, Case]]) -> list[str]:
    """Return the ids of the promises that count where promises are counted.

    A way round does not, as it is no promise of its own, nor does what is there for comparison.
    """
    return [id_ for id_, case in cases if case.kind == "promise" and _counts(case)]


def uncounted(cases: Iterable[Case]) -> str:
    """Return what is to be said where some promise is not counted, else an empty text."""
    some = any(case.kind == "promise" and not _counts(case) for case in cases)
    return _NOT_COUNTED if some else ""


def _counts(case: Case) -> bool:
    return case.instead_of is None and not is_comparison(case)
