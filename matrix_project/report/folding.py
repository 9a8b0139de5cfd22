"""Folds a document of many environments: what is alike is said once, with where it holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from matrix_project.report.labels import Place, Places, place
from matrix_project.report.reading import (
    MARKS,
    NO_CONSTRAINT,
    UNKNOWN,
    Answer,
    Mark,
    answer,
    message,
    sentence,
)
from matrix_project.results import Cell, Claim, Environment, Matrix, Status, Verdict

__all__ = [
    "Checked",
    "Column",
    "Doubt",
    "Finding",
    "Folded",
    "Folding",
    "Gap",
    "Told",
    "told",
]

_ORDER = [*MARKS.values(), NO_CONSTRAINT]

_T = TypeVar("_T")


@dataclass(frozen=True)
class Folded(Generic[_T]):
    """Something that is the same in several environments."""

    what: _T
    where: str
    """The label of the environments; empty where no other of the column differs."""
    environments: tuple[str, ...]


@dataclass(frozen=True)
class Column:
    """A vendor."""

    vendor: str
    name: str
    """As it is written: `PostgreSQL`."""
    servers: str
    """What was observed of it: `14-18` (with an en dash); empty where nothing was."""

    @property
    def heading(self) -> str:
        """The name with the servers."""
        return f"{self.name} {self.servers}".strip()


@dataclass(frozen=True)
class Finding:
    """An answer and why it was given."""

    answer: Answer
    sentence: str
    """Empty where the answer is plain."""


@dataclass(frozen=True)
class Told:
    """The error that a user meets; without a class there is none, and the message says why."""

    class_: str | None
    code: str | None
    names_constraint: bool
    message: str


@dataclass(frozen=True)
class Gap:
    """Why environments of one backend were not observed, or not to the end."""

    status: Status
    reason: str | None


@dataclass(frozen=True)
class Doubt:
    """A cell that is unknown, or that holds in part, and why."""

    case: str
    verdict: Verdict
    summary: str


@dataclass(frozen=True)
class Checked:
    """A claim beside what was observed."""

    claim: Claim
    vendor: str
    """As it is written: `PostgreSQL`."""
    outcome: Literal["confirmed", "contradicted", "not observed"]
    seen: list[Folded[Answer]]


class Folding:
    """A document with its environments folded.

    An environment counts as observed where its run came to the end, or where it was lost and some
    cell of it is known. The others are gaps, and no answer speaks of them.
    """

    def __init__(self, matrix: Matrix) -> None:
        """Read the document."""
        self._matrix = matrix
        self._cells = {(cell.case, cell.environment): cell for cell in matrix.cells}
        everywhere = [place(id_, each) for id_, each in matrix.environments.items()]
        self._everywhere = sorted(everywhere, key=lambda each: each.order)
        known = {cell.environment for cell in matrix.cells if cell.verdict != Verdict.UNKNOWN}
        self._places = Places(
            each for each in self._everywhere if self._complete(each) or each.environment in known
        )

    @property
    def observed(self) -> dict[str, Environment]:
        """The environments that were observed: by vendor, then oldest first."""
        return {id_: self._matrix.environments[id_] for id_ in self._places.environments}

    @property
    def places(self) -> list[Place]:
        """All places, observed or not, in the order of `observed`."""
        return [self._places.known(each) for each in self._everywhere]

    @property
    def djangos(self) -> str:
        """Which Django series were observed: `Django 5.2, 6.0 and 6.1`, and what was not on all.

        Empty where nothing was observed.
        """
        *others, last = self._places.djangos or [""]
        said = f"Django {' and '.join(filter(None, (', '.join(others), last)))}" if last else ""
        return "; ".join([said, *(f"{each} alone" for each in self._places.narrower())])

    @property
    def columns(self) -> list[Column]:
        """The vendors of the document, those too that were not observed."""
        names = {each.vendor: each.name for each in self._everywhere}
        return [
            Column(vendor, name, self._places.every_server(vendor))
            for vendor, name in names.items()
        ]

    def overview(self, case: str) -> list[list[Folded[Answer]]]:
        """Return what each column answers to a case, the best answer first."""
        return [self._answers(case, column.vendor) for column in self.columns]

    def legend(self) -> dict[str, Mark]:
        """Return the mark of each word that the overview uses."""
        used = {
            entry.what.word: entry.what.mark
            for case in self._matrix.cases
            for entries in self.overview(case)
            for entry in entries
        }
        return dict(sorted(used.items(), key=lambda each: _ORDER.index(each[1])))

    def findings(self, case: str) -> list[Folded[Finding]]:
        """Return the answers to a case with their sentences; the plain ones come last."""

        def finding(cell: Cell) -> Finding:
            given = answer(self._matrix.cases[case], cell)
            return Finding(given, "" if given.plain else sentence(cell))

        found = self._fold(case, finding, self._places.across)
        return sorted(found, key=lambda each: each.what.answer.plain)

    def errors(self, case: str) -> list[Folded[Told]]:
        """Return the errors of a case's violation."""
        return self._fold(case, told, self._places.across)

    def claims(self, case: str) -> list[Checked]:
        """Return what the documents claim of a case, each beside what was observed.

        Where a claim is that the constraint is enforced, by which error is not the question.
        """
        names = {column.vendor: column.name for column in self.columns}
        return [
            Checked(
                claim,
                names.get(claim.vendor, claim.vendor),
                self._outcome(case, claim),
                [each for each in self._answers(case, claim.vendor) if each.environments],
            )
            for claim in self._matrix.cases[case].claims
        ]

    def gaps(self) -> list[Folded[Gap]]:
        """Return the environments that were not observed, or not to the end."""
        groups: dict[tuple[str, Gap], list[Place]] = {}
        for each in self._everywhere:
            if not self._complete(each):
                environment = self._matrix.environments[each.environment]
                gap = Gap(environment.status, environment.reason)
                groups.setdefault((each.backend, gap), []).append(each)
        return [
            Folded(
                gap,
                f"{backend} on {self._places.on_djangos(each.django for each in places)}",
                tuple(each.environment for each in places),
            )
            for (backend, gap), places in groups.items()
        ]

    def doubts(self) -> list[Folded[Doubt]]:
        """Return the cells that need a word, but for what a gap has said."""

        def doubtful(cell: Cell) -> Doubt | None:
            complete = self._matrix.environments[cell.environment].status == Status.OBSERVED
            if cell.verdict == Verdict.PARTIAL or (cell.verdict == Verdict.UNKNOWN and complete):
                return Doubt(cell.case, cell.verdict, cell.summary)
            return None

        return [
            Folded(each.what, each.where, each.environments)
            for case in self._matrix.cases
            for each in self._fold(case, doubtful, self._places.across)
            if each.what is not None
        ]

    def _outcome(
        self, case: str, claim: Claim
    ) -> Literal["confirmed", "contradicted", "not observed"]:
        found = {self._cells[case, id_].verdict for id_ in self._places.of(claim.vendor)}
        seen = found - {Verdict.UNKNOWN}
        if not seen:
            return "not observed"
        meant = {claim.says}
        if claim.says == Verdict.ENFORCED:
            meant.add(Verdict.ENFORCED_OTHER_ERROR)
        return "confirmed" if seen <= meant else "contradicted"

    def _complete(self, where: Place) -> bool:
        return self._matrix.environments[where.environment].status == Status.OBSERVED

    def _answers(self, case: str, vendor: str) -> list[Folded[Answer]]:
        described = self._matrix.cases[case]
        found = self._fold(
            case,
            lambda cell: answer(described, cell),
            lambda ids: self._places.within(vendor, ids),
            self._places.of(vendor),
        )
        found.sort(key=lambda each: (_ORDER.index(each.what.mark), each.what.warned))
        return found or [Folded(UNKNOWN, "", ())]

    def _fold(
        self,
        case: str,
        read: Callable[[Cell], _T],
        label: Callable[[list[str]], str],
        environments: Iterable[str] | None = None,
    ) -> list[Folded[_T]]:
        """Return what is read out of a case's cells, once each, in the environments' order."""
        groups: dict[_T, list[str]] = {}
        for id_ in self._places.environments if environments is None else environments:
            groups.setdefault(read(self._cells[case, id_]), []).append(id_)
        return [Folded(what, label(ids), tuple(ids)) for what, ids in groups.items()]


def told(cell: Cell) -> Told:
    """Return the error that a user meets in a cell, or why there is none."""
    error = message(cell)
    if error is not None:
        return Told(error.class_, error.code, error.names_constraint, error.message)
    unknown = cell.verdict == Verdict.UNKNOWN
    why = "not observed" if unknown else "no error: the row is accepted"
    return Told(None, None, names_constraint=False, message=why)
