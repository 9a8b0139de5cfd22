"""Folds a document of many environments: what is alike is said once, with where it holds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

from matrix_project.report.claims import ClaimOutcome, check
from matrix_project.report.labels import Place, Places, place
from matrix_project.report.reading import (
    ORDER,
    QUESTION,
    UNKNOWN,
    Answer,
    Mark,
    answer,
    message,
    no_error,
    sentence,
)
from matrix_project.results.cells import cells
from matrix_project.results.contract import (
    Case,
    Claim,
    Environment,
    Matrix,
    Record,
    Status,
)

__all__ = [
    "AN_ANSWER",
    "Checked",
    "Column",
    "Finding",
    "Folded",
    "Folding",
    "Gap",
    "Told",
    "told",
]

AN_ANSWER = "an answer"
"""What a legend calls the words of questions, of which each has its own."""


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
    def plain(self) -> str:
        """The servers without those of other settings than a usual one: `18` and not `18~icu`."""
        told = [each for each in self.servers.split(", ") if "~" not in each]
        return ", ".join(told) or self.servers

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
class Checked:
    """A claim beside what was observed."""

    claim: Claim
    vendor: str
    """As it is written: `PostgreSQL`."""
    outcome: ClaimOutcome
    seen: list[Folded[Answer]]


class Folding:
    """A document with its environments folded.

    An environment counts as observed where its run came to the end, or where it was lost and some
    cell of it is known. The others are gaps, and no answer speaks of them.
    """

    def __init__(self, matrix: Matrix) -> None:
        """Read the document."""
        self._matrix = matrix
        self._records = cells(matrix)
        everywhere = [place(id_, each) for id_, each in matrix.environments.items()]
        self._everywhere = sorted(everywhere, key=lambda each: each.order)
        known = {
            id_
            for case, described in matrix.cases.items()
            for id_, record in self._records[case].items()
            if answer(described, record) != UNKNOWN
        }
        self._places = Places(
            each for each in self._everywhere if self._complete(each) or each.environment in known
        )

    def record(self, case: str, environment: str) -> Record:
        """Return the record of a case in an environment; it may be an unknown one."""
        return self._records[case][environment]

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

    @cached_property
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

    def across(self, environments: Collection[str]) -> str:
        """Return the words for environments of any vendors: `MySQL 9.7, SQLite on Django 5.2`."""
        return self._places.across(environments)

    def legend(self, cases: Iterable[str] | None = None) -> dict[str, Mark]:
        """Return the mark of each word that the overview uses; all of questions' are one.

        `cases`: those that are shown; by default all.
        """
        used = {
            AN_ANSWER if entry.what.mark == QUESTION else entry.what.words: entry.what.mark
            for case in (self._matrix.cases if cases is None else cases)
            for entries in self.overview(case)
            for entry in entries
        }
        return dict(sorted(used.items(), key=lambda each: ORDER.index(each[1])))

    def findings(self, case: str) -> list[Folded[Finding]]:
        """Return the answers to a case with their sentences; the plain ones come last."""
        described = self._matrix.cases[case]

        def finding(record: Record) -> Finding:
            given = answer(described, record)
            return Finding(given, "" if given.plain else sentence(described, record))

        found = self._fold(case, finding, self._places.across)
        return sorted(found, key=lambda each: each.what.answer.plain)

    def errors(self, case: str) -> list[Folded[Told]]:
        """Return the errors of a case's violation."""
        described = self._matrix.cases[case]
        return self._fold(case, lambda record: told(described, record), self._places.across)

    def claims(self, case: str) -> list[Checked]:
        """Return what the documents claim of a case, each beside what was observed."""
        names = {column.vendor: column.name for column in self.columns}
        checked = []
        for claim in self._matrix.cases[case].claims:
            seen = [each for each in self._answers(case, claim.vendor) if each.environments]
            outcome = check(claim, {each.what.word for each in seen})
            checked.append(Checked(claim, names.get(claim.vendor, claim.vendor), outcome, seen))
        return checked

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

    def remarks(self, case: str, read: Callable[[Record], str | None]) -> list[Folded[str]]:
        """Return what is said of a case's cells; None says nothing, nor is a gap told again."""
        described = self._matrix.cases[case]
        groups: dict[str, list[str]] = {}
        for each in self._everywhere:
            record = self.record(case, each.environment)
            if not self._complete(each) and answer(described, record) == UNKNOWN:
                continue
            if (said := read(record)) is not None:
                groups.setdefault(said, []).append(each.environment)
        return [Folded(said, self._places.across(ids), tuple(ids)) for said, ids in groups.items()]

    def label(self, environments: Collection[str]) -> str:
        """Return the words for some of the observed environments: `MySQL 9.7, SQLite 3.40.1`."""
        return self._places.across(environments)

    def _complete(self, where: Place) -> bool:
        return self._matrix.environments[where.environment].status == Status.OBSERVED

    def _answers(self, case: str, vendor: str) -> list[Folded[Answer]]:
        described = self._matrix.cases[case]
        found = self._fold(
            case,
            lambda record: answer(described, record),
            lambda ids: self._places.within(vendor, ids),
            self._places.of(vendor),
        )
        found.sort(key=lambda each: (ORDER.index(each.what.mark), each.what.warned))
        return found or [Folded(UNKNOWN, "", ())]

    def _fold(
        self,
        case: str,
        read: Callable[[Record], _T],
        label: Callable[[list[str]], str],
        environments: Iterable[str] | None = None,
    ) -> list[Folded[_T]]:
        """Return what is read out of a case's records, once each, in the environments' order."""
        groups: dict[_T, list[str]] = {}
        for id_ in self._places.environments if environments is None else environments:
            groups.setdefault(read(self.record(case, id_)), []).append(id_)
        return [Folded(what, label(ids), tuple(ids)) for what, ids in groups.items()]


def told(case: Case, record: Record) -> Told:
    """Return the error that a user meets, or why there is none; of a question, what it answers."""
    if case.kind == "question":
        meaning = case.answers.get(record.answer or "", "not observed")
        return Told(None, None, names_constraint=False, message=meaning)
    error = message(record)
    if error is not None:
        return Told(error.class_, error.code, error.names_constraint, error.message)
    return Told(None, None, names_constraint=False, message=no_error(record))
