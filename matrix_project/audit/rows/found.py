"""What a search keeps of what it tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from matrix_project.audit.rows.evaluating import Assignment
from matrix_project.audit.rows.judge import Bench, Trial
from matrix_project.audit.rows.made import Disagreement, Verdict
from matrix_project.audit.rows.maker import Maker
from matrix_project.audit.rows.values import NoRowError

__all__ = ["VALID", "VIOLATING", "Found", "Kept"]

VALID = 3
VIOLATING = 3

_DISAGREEMENTS = 3
_REFUSED = 60
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
    given: Sequence[Mapping[str, Any]] = ()
    """What the project gives."""
    there: list[Mapping[str, Any]] = field(default_factory=list)
    """The rows that the others are compared with."""
    valid: list[Kept] = field(default_factory=list)
    violating: list[Kept] = field(default_factory=list)
    refused: list[Kept] = field(default_factory=list)
    """Violating rows that something else keeps out."""
    reasons: dict[str, None] = field(default_factory=dict)
    """Why rows could not be made, or were not taken."""
    disagreements: list[Disagreement] = field(default_factory=list)
    most_valid: int = VALID
    tried: int = 0

    @property
    def enough(self) -> bool:
        """Whether no other row is wanted."""
        return len(self.valid) >= self.most_valid and len(self.violating) >= VIOLATING

    @property
    def stuck(self) -> bool:
        """Whether something else keeps out one violating row after the other."""
        return self.kept_out >= _REFUSED

    kept_out: int = 0
    """How many were kept out since it was last asked."""

    def base(self) -> dict[str, Any]:
        """Return a plain row, to which nothing is given; an empty one where there is none."""
        try:
            self.maker.plain = self.maker.row({})
        except NoRowError as error:
            self.reasons[str(error)] = None
        return dict(self.maker.plain)

    def want(
        self, kind: str, given: Assignment, *, keep: Literal["valid", "violating"] | None = None
    ) -> None:
        """Try a row, unless Django's validation says that it is of a kind that is there.

        `keep` says that it is wanted as that alone.
        """
        try:
            settled = self.maker.settled(given)
        except NoRowError as error:
            self.reasons[str(error)] = None
            return
        self.tried += 1
        rejected = self.bench.validation({**self.maker.plain, **settled})
        if rejected is not None:
            there = self.violating if rejected else self.valid
            enough = VIOLATING if rejected else self.most_valid
            wanted = keep in {None, "violating" if rejected else "valid"}
            if not wanted or len(there) >= enough or kind in {each.kind for each in there}:
                return
        self.attempt(kind, settled)

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
        violates = trial.violates
        if trial.refused is not None:
            self.reasons[trial.refused] = None
            if violates or (meant and violates is None):
                self.kept_out += 1
                self._keep(kind, row, self.refused)
        elif violates is None:
            self._disagree(row, trial)
        else:
            self._keep(kind, row, self.violating if violates else self.valid)

    def _keep(self, kind: str, row: Mapping[str, Any], kept: list[Kept]) -> None:
        if kind not in {each.kind for each in kept} and not self._is_there(row, kept):
            kept.append(Kept(kind, row))

    def _is_there(self, row: Mapping[str, Any], kept: Sequence[Kept]) -> bool:
        """Return whether a row is one that is kept, as far as the constraint reads it."""
        read = [row.get(name, row) for name in self.bench.reads]
        return any(read == [each.row.get(n, each.row) for n in self.bench.reads] for each in kept)

    def _disagree(self, row: Mapping[str, Any], trial: Trial) -> None:
        if trial.validation is None or trial.reference is None:
            return
        words: tuple[Verdict, Verdict] = ("accepted", "rejected")
        told = Disagreement(
            row=row, validation=words[trial.validation], reference=words[trial.reference]
        )
        self.disagreements = sorted(
            [*self.disagreements, told], key=lambda each: len(repr(each.row))
        )[:_DISAGREEMENTS]
