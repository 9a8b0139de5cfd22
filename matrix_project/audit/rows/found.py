"""What a search keeps of what it tried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from matrix_project.audit.rows.judge import Bench, Trial
from matrix_project.audit.rows.made import Disagreement
from matrix_project.audit.rows.maker import Maker
from matrix_project.audit.rows.reaching import Assignment
from matrix_project.audit.rows.values import NoRowError

__all__ = ["Found", "Kept"]

_DISAGREEMENTS = 3
_REFUSED = 12
"""How many violating rows that the table refuses are tried before the search ends."""


@dataclass(frozen=True)
class Kept:
    """A row, and of which kind it is."""

    kind: str
    row: Mapping[str, Any]


@dataclass
class Found:
    """The rows found so far, and those that are still wanted."""

    bench: Bench
    maker: Maker
    valid: list[Kept] = field(default_factory=list)
    violating: list[Kept] = field(default_factory=list)
    refused: list[Kept] = field(default_factory=list)
    """Violating rows that something else keeps out."""
    reasons: dict[str, None] = field(default_factory=dict)
    """Why rows could not be made, or were not taken."""
    disagreements: list[Disagreement] = field(default_factory=list)
    tried: int = 0

    def attempt(self, kind: str, given: Assignment, *, meant: bool = False) -> None:
        """Make a row and try it; keep it as what it is, if its kind is not there yet.

        `meant` says that it violates the constraint where nobody else can say so.
        """
        self.tried += 1
        try:
            row = self.maker.row(given)
        except NoRowError as error:
            self.reasons[str(error)] = None
            return
        self._sort(kind, row, self.bench.tried(row), meant=meant)

    def _sort(self, kind: str, row: Mapping[str, Any], trial: Trial, *, meant: bool) -> None:
        kept = Kept(kind, row)
        violates = trial.violates
        if trial.refused is not None:
            self.reasons[trial.refused] = None
            if (violates or (meant and violates is None)) and len(self.refused) < _REFUSED:
                self.refused.append(kept)
            return
        if violates is None:
            self._disagree(row, trial)
            return
        where = self.violating if violates else self.valid
        if kind not in {each.kind for each in where}:
            where.append(kept)

    def _disagree(self, row: Mapping[str, Any], trial: Trial) -> None:
        if trial.validation is None or trial.reference is None:
            return
        words = ("accepted", "rejected")
        told = Disagreement(
            row=row, validation=words[trial.validation], reference=words[trial.reference]
        )
        self.disagreements = sorted(
            [*self.disagreements, told], key=lambda each: len(repr(each.row))
        )[:_DISAGREEMENTS]
