"""What changed from one document to another: each cell's news, folded where they are alike.

Two cells are compared where both were observed, under the same declaration of the case. What was
not observed in one of the documents is told as such, and is never a better or a worse verdict.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec

from matrix_project.report.change_types import (
    VERDICT_CHANGED,
    Change,
    Changes,
    Document,
    Kind,
    Move,
)
from matrix_project.report.differences import ASKED, OUTCOME, Difference, compared
from matrix_project.report.labels import Place, Places, place
from matrix_project.report.ranking import rank
from matrix_project.report.reading import UNKNOWN, Answer, answer
from matrix_project.report.surroundings import surroundings
from matrix_project.results.cells import cells
from matrix_project.results.contract import (
    Case,
    Matrix,
    Record,
    Status,
    Verdict,
    declared,
)

__all__ = ["compare"]


class _News(msgspec.Struct, kw_only=True, frozen=True):
    """What became of one cell."""

    kind: Kind
    old: Answer | None = None
    new: Answer | None = None
    why: str = ""
    differences: tuple[Difference, ...] = ()


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
    before, after = _Side(old), _Side(new)
    # Many environments share a record; two of them are compared once. The documents keep them
    # alive, so that a record is known by its identity.
    seen: dict[tuple[str, int, int], _News | None] = {}
    for case, id_ in before.cells | after.cells:
        was, now = before.cells.get((case, id_)), after.cells.get((case, id_))
        news: _News | None
        if now is None:
            news = _gone(before, new, case, id_)
        elif was is None:
            news = _News(kind=Kind.ADDED, new=after.answer(case, id_))
        elif UNKNOWN in (before.answer(case, id_), after.answer(case, id_)):
            news = _unseen(before, after, case, id_)
        else:
            pair = case, id(was), id(now)
            if pair not in seen:
                seen[pair] = _seen(old.cases[case], was, new.cases[case], now)
            news = seen[pair]
        if news is not None:
            yield case, id_, news


class _Side:
    """One of the two documents, with the record of each cell by case and environment."""

    def __init__(self, matrix: Matrix) -> None:
        self._matrix = matrix
        self.cells = {
            (case, id_): record
            for case, found in cells(matrix).items()
            for id_, record in found.items()
        }

    def answer(self, case: str, id_: str) -> Answer:
        """Return what a cell answers; nothing that was seen before a server was lost counts."""
        if self._matrix.environments[id_].status != Status.OBSERVED:
            return UNKNOWN
        return answer(self._matrix.cases[case], self.cells[case, id_])

    def why_unknown(self, case: str, id_: str) -> str:
        """Return why a cell is unknown."""
        environment = self._matrix.environments[id_]
        if environment.status != Status.OBSERVED:
            return f"{environment.status}: {environment.reason}"
        return self.cells[case, id_].summary


def _gone(before: _Side, new: Matrix, case: str, id_: str) -> _News | None:
    """Return the news of a cell that the new document has not; none where it was unknown before."""
    if before.answer(case, id_) == UNKNOWN:
        return None
    what = "case" if id_ in new.environments else "environment"
    return _News(kind=Kind.NOT_OBSERVED, why=f"the new document has no such {what}")


def _unseen(before: _Side, after: _Side, case: str, id_: str) -> _News | None:
    """Return the news of a cell that was not observed in both documents."""
    given = after.answer(case, id_)
    if given != UNKNOWN:
        return _News(kind=Kind.NEWLY_OBSERVED, new=given)
    if before.answer(case, id_) == UNKNOWN:
        return None
    return _News(kind=Kind.NOT_OBSERVED, new=given, why=after.why_unknown(case, id_))


def _seen(described: Case, was: Record, redescribed: Case, now: Record) -> _News | None:
    """Return the news of a cell that was observed in both documents."""
    before, after = answer(described, was), answer(redescribed, now)
    if declared(described) != declared(redescribed) or described.kind != redescribed.kind:
        return _News(kind=Kind.DECLARED_OTHERWISE, old=before, new=after)
    differences, evidence = compared(was, now)
    kind, why = _judged(before, after), now.summary
    if kind is not None:
        differences += tuple(each for each in evidence if each.what == ASKED)
    elif any(each.what == OUTCOME for each in differences):
        kind = Kind.OTHER
    elif differences:
        kind, why = Kind.MESSAGE, ""
    elif evidence:
        kind, why, differences = Kind.EVIDENCE, "", evidence
    else:
        return None
    return _News(kind=kind, old=before, new=after, why=why, differences=differences)


def _judged(before: Answer, after: Answer) -> Kind | None:
    """Return whether one answer is worse or better than the other; None where they are alike."""
    if (before.word, before.by) == (after.word, after.by) and before.silent == after.silent:
        return None
    if before.level is None or after.level is None:  # answers to a question
        return Kind.OTHER
    one, other = (rank(Verdict(each.word), warned=each.warned) for each in (before, after))
    if one == other:
        return Kind.OTHER
    return Kind.WORSE if other > one else Kind.BETTER


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
