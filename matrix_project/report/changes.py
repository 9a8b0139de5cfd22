"""What changed from one document to another: each cell's news, folded where they are alike.

Two cells are compared where both were observed, under the same declaration of the case. What was
not observed in one of the documents is told as such, and is never a better or a worse verdict.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from enum import StrEnum

import msgspec

from matrix_project.report.differences import ASKED, OUTCOME, Difference, compared
from matrix_project.report.labels import Place, Places, place
from matrix_project.report.ranking import rank
from matrix_project.report.reading import UNKNOWN, Answer, answer
from matrix_project.report.surroundings import surroundings
from matrix_project.results import Case, Cell, Matrix, Project, Status, Verdict, declared

__all__ = [
    "SCHEMA",
    "VERDICT_CHANGED",
    "Change",
    "Changes",
    "Difference",
    "Document",
    "Kind",
    "Move",
    "State",
    "compare",
]

SCHEMA = 1
"""The version of the JSON of `Changes`."""


class Kind(StrEnum):
    """What became of a cell; the most urgent first."""

    WORSE = "worse"
    """The verdict is a worse one, or Django announces no more what does not hold."""
    BETTER = "better"
    """The verdict is a better one, or Django announces now what does not hold."""
    OTHER = "other"
    """The verdict is the same, and yet a probe, a DDL step or `full_clean()` ends otherwise."""
    MESSAGE = "message"
    """All ends as before, but what a user reads of it, or when, is another thing."""
    DECLARED_OTHERWISE = "declared otherwise"
    """The case is another one by now: its verdicts cannot be compared."""
    NO_LONGER_OBSERVED = "no longer observed"
    """It is unknown by now, or its environment was not run, or lost."""
    NEWLY_OBSERVED = "newly observed"
    ADDED = "added"
    """The case or the environment is new."""
    REMOVED = "removed"
    """The case or the environment is there no more."""
    EVIDENCE = "evidence"
    """Nothing that a user meets: SQL, catalogue definitions, the probes that were asked."""


VERDICT_CHANGED = (Kind.WORSE, Kind.BETTER, Kind.OTHER)
"""The kinds that a CI job should stop at."""


class _Record(msgspec.Struct, kw_only=True, frozen=True):
    """Base of all records: keyword-only, and never altered."""


class Document(_Record, kw_only=True, frozen=True):
    """One of the two documents."""

    generated_at: str
    project: Project


class State(_Record, kw_only=True, frozen=True):
    """What a cell answers, in the words of the report: a verdict, or `no constraint`."""

    word: str
    warned: bool
    """Whether Django's system checks announced it."""

    def __str__(self) -> str:
        """Return its words: `ignored (warned)`."""
        return f"{self.word} (warned)" if self.warned else self.word


class _News(_Record, kw_only=True, frozen=True):
    kind: Kind
    old: State | None = None
    new: State | None = None
    why: str = ""
    differences: tuple[Difference, ...] = ()


class Change(_Record, kw_only=True, frozen=True):
    """The same news of some cells: each of the cases in each of the environments."""

    kind: Kind
    cases: tuple[str, ...]
    where: str
    """The label of the environments; it counts those of both documents."""
    old: State | None
    """What was answered; null where it is no part of the news."""
    new: State | None
    why: str
    """A sentence: the new verdict's, or why it is no longer observed; else empty."""
    differences: tuple[Difference, ...]
    environments: tuple[str, ...]


class Move(_Record, kw_only=True, frozen=True):
    """Surroundings that moved between two observations: a server's patch version, a setting."""

    what: str
    old: str | None
    new: str | None
    where: str
    environments: tuple[str, ...]


class Changes(_Record, kw_only=True, frozen=True):
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


def compare(old: Matrix, new: Matrix) -> Changes:
    """Return what changed from the old document to the new one."""
    places = _places(old, new)
    order = {id_: index for index, id_ in enumerate(places.environments)}
    changes = sorted(
        _folded(_cells(old, new), places, order),
        key=lambda each: (
            list(Kind).index(each.kind),
            each.cases,
            [order[id_] for id_ in each.environments],
        ),
    )
    moves = _moves(old, new, places)
    counted = Counter[Kind]()
    for each in changes:
        counted[each.kind] += len(each.cases) * len(each.environments)
    counts = {kind: counted[kind] for kind in Kind if counted[kind]}
    moved = {id_ for each in moves for id_ in each.environments}
    return Changes(
        headline=_headline(counts, len(moved)),
        verdict_changed=any(kind in counts for kind in VERDICT_CHANGED),
        old=Document(generated_at=old.generated_at, project=old.project),
        new=Document(generated_at=new.generated_at, project=new.project),
        cases=len(old.cases | new.cases),
        counts=counts,
        changes=changes,
        moves=moves,
    )


def _cells(old: Matrix, new: Matrix) -> Iterator[tuple[str, str, _News]]:
    """Yield case, environment and news of each cell that has some."""
    before = {(cell.case, cell.environment): cell for cell in old.cells}
    after = {(cell.case, cell.environment): cell for cell in new.cells}
    for case, id_ in before | after:
        was, now = before.get((case, id_)), after.get((case, id_))
        news: _News | None
        if was is None or now is None:
            news = _News(
                kind=Kind.REMOVED if now is None else Kind.ADDED,
                new=_state(new, now) if now else None,
            )
        elif not (_observed(old, was) and _observed(new, now)):
            news = _unseen(old, was, new, now)
        else:
            news = _seen(old.cases[case], was, new.cases[case], now)
        if news is not None:
            yield case, id_, news


def _unseen(old: Matrix, was: Cell, new: Matrix, now: Cell) -> _News | None:
    """Return the news of a cell that was not observed in both documents."""
    state = _state(new, now)
    if _observed(new, now):
        return _News(kind=Kind.NEWLY_OBSERVED, new=state)
    if not _observed(old, was):
        return None
    environment = new.environments[now.environment]
    why = now.summary
    if environment.status != Status.OBSERVED:
        why = f"{environment.status}: {environment.reason}"
    return _News(kind=Kind.NO_LONGER_OBSERVED, new=state, why=why)


def _seen(described: Case, was: Cell, redescribed: Case, now: Cell) -> _News | None:
    """Return the news of a cell that was observed in both documents."""
    before, after = _told(answer(described, was)), _told(answer(redescribed, now))
    if declared(described) != declared(redescribed):
        return _News(kind=Kind.DECLARED_OTHERWISE, old=before, new=after)
    told, evidence = compared(was, now)
    ranks = [rank(cell.verdict, warned=bool(cell.system_checks)) for cell in (was, now)]
    why, differences = "", told
    if ranks[0] != ranks[1]:
        kind = Kind.WORSE if ranks[1] > ranks[0] else Kind.BETTER
        why = now.summary
        differences += tuple(each for each in evidence if each.what == ASKED)
    elif any(each.what == OUTCOME for each in told):
        kind, why = Kind.OTHER, now.summary
    elif told:
        kind = Kind.MESSAGE
    elif evidence:
        kind, differences = Kind.EVIDENCE, evidence
    else:
        return None
    return _News(kind=kind, old=before, new=after, why=why, differences=differences)


def _observed(matrix: Matrix, cell: Cell) -> bool:
    status = matrix.environments[cell.environment].status
    return status == Status.OBSERVED and cell.verdict != Verdict.UNKNOWN


def _state(matrix: Matrix, cell: Cell) -> State:
    return _told(answer(matrix.cases[cell.case], cell) if _observed(matrix, cell) else UNKNOWN)


def _told(given: Answer) -> State:
    return State(word=given.word, warned=given.warned)


def _folded(
    cells: Iterable[tuple[str, str, _News]], places: Places, order: dict[str, int]
) -> Iterator[Change]:
    """Yield the news once each: first over environments, then over cases."""
    by_case: dict[tuple[str, _News], list[str]] = {}
    for case, id_, news in cells:
        by_case.setdefault((case, news), []).append(id_)
    by_place: dict[tuple[_News, tuple[str, ...]], list[str]] = {}
    for (case, news), ids in by_case.items():
        environments = tuple(sorted(ids, key=order.__getitem__))
        by_place.setdefault((news, environments), []).append(case)
    for (news, environments), cases in by_place.items():
        yield Change(
            **msgspec.structs.asdict(news),
            cases=tuple(sorted(cases)),
            where=places.across(environments),
            environments=environments,
        )


def _places(old: Matrix, new: Matrix) -> Places:
    """Return the environments of both documents; a server goes by its newest known version."""
    found: list[Place] = []
    for id_ in old.environments | new.environments:
        both = [each.environments[id_] for each in (new, old) if id_ in each.environments]
        known = next((each for each in both if each.server_version), both[0])
        found.append(place(id_, known))
    return Places(found)


def _moves(old: Matrix, new: Matrix, places: Places) -> list[Move]:
    """Return what moved around the environments that were observed in both documents."""
    found: dict[tuple[str, str | None, str | None], list[str]] = {}
    for id_ in places.environments:
        one, other = old.environments.get(id_), new.environments.get(id_)
        if one is None or other is None:
            continue
        if not one.status == other.status == Status.OBSERVED:
            continue
        before, after = surroundings(one), surroundings(other)
        for what in before | after:
            values = before.get(what), after.get(what)
            if values[0] != values[1]:
                found.setdefault((what, *values), []).append(id_)
    return [
        Move(what=what, old=one, new=other, where=places.across(ids), environments=tuple(ids))
        for (what, one, other), ids in found.items()
    ]


def _headline(counts: dict[Kind, int], moved: int) -> str:
    """Say the essence; the numbers are of cells, and of environments."""
    if not counts and not moved:
        return "Nothing changed"
    verdicts = {kind: counts[kind] for kind in VERDICT_CHANGED if kind in counts}
    if verdicts:
        number = sum(verdicts.values())
        each = ", ".join(f"{count} {kind}" for kind, count in verdicts.items())
        said = [f"{number} verdict{'' if number == 1 else 's'} changed: {each}"]
    else:
        said = ["No verdict changed"]
    words = {Kind.MESSAGE: "another message", Kind.EVIDENCE: "other evidence alone"}
    said += [
        f"{_cells_of(count)} {'with ' if kind in words else ''}{words.get(kind, kind)}"
        for kind, count in counts.items()
        if kind not in VERDICT_CHANGED
    ]
    if moved:
        said.append(f"surroundings of {moved} environment{'' if moved == 1 else 's'} moved")
    return "; ".join(said)


def _cells_of(count: int) -> str:
    return f"{count} cell" if count == 1 else f"{count} cells"
