"""What can become of a cell between two documents, and the record of all that changed."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from matrix_project.report.differences import Difference
from matrix_project.report.reading import Answer
from matrix_project.results.contract import Project

__all__ = ["SCHEMA", "VERDICT_CHANGED", "Change", "Changes", "Document", "Kind", "Move"]

SCHEMA = 2
"""The version of the JSON of `Changes`."""


class Kind(StrEnum):
    """What became of a cell; the most urgent first."""

    WORSE = "worse"
    """The verdict is a worse one, or Django announces no more what does not hold."""
    BETTER = "better"
    """The verdict is a better one, or Django announces now what does not hold."""
    OTHER = "other"
    """Neither: a question's answer, who left a constraint out, or how a probe or a step ends."""
    MESSAGE = "message"
    """All ends as before, but what a user reads of it, or when, is another thing."""
    DECLARED_OTHERWISE = "declared otherwise"
    """The case is another one by now: its verdicts cannot be compared."""
    NOT_OBSERVED = "not observed this time"
    """It was known, and is unknown by now, or not in the new document at all."""
    NEWLY_OBSERVED = "newly observed"
    ADDED = "added"
    """The case or the environment is new."""
    EVIDENCE = "evidence"
    """Nothing that a user meets: SQL, catalogue definitions, the probes that were asked."""


VERDICT_CHANGED = (Kind.WORSE, Kind.BETTER, Kind.OTHER)
"""The kinds that a CI job should stop at."""


class Document(msgspec.Struct, kw_only=True, frozen=True):
    """One of the two documents."""

    generated_at: str
    project: Project


class Change(msgspec.Struct, kw_only=True, frozen=True):
    """The same news of some cells: each of the cases in each of the environments."""

    kind: Kind
    cases: tuple[str, ...]
    where: str
    """The label of the environments; it counts those of both documents."""
    old: Answer | None
    """What was answered; null where it is no part of the news."""
    new: Answer | None
    why: str
    """A sentence: the new verdict's, or why it was not observed this time; else empty."""
    differences: tuple[Difference, ...]
    environments: tuple[str, ...]


class Move(msgspec.Struct, kw_only=True, frozen=True):
    """Surroundings that moved between two observations: a server's patch version, a setting."""

    what: str
    old: str | None
    new: str | None
    where: str
    environments: tuple[str, ...]


class Changes(msgspec.Struct, kw_only=True, frozen=True):
    """All that changed."""

    schema: int = SCHEMA
    headline: str
    """The essence in one line: `3 verdicts changed: 2 worse, 1 better`."""
    verdict_changed: bool
    old: Document
    new: Document
    cases: int
    """How many cases there are in the two documents together."""
    counts: dict[Kind, int]
    """How many cells there are of each kind; of the kinds that there are."""
    changes: list[Change]
    moves: list[Move]
