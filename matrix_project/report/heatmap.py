"""The heatmap: all cases by all backends, as lines of SVG. It is the index of the page.

A cell is what the newest Django that was observed there shows. What holds is drawn small, what does
not hold fills its cell, so that a loss is seen without its colour, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby

from markupsafe import Markup

from matrix_project.report.folding import Folding
from matrix_project.report.labels import Place
from matrix_project.report.reading import UNKNOWN, answer
from matrix_project.report.words import family
from matrix_project.results.contract import Level, Matrix

__all__ = ["Block", "Heatmap", "Row", "heatmap", "past_end"]

ROW = 13
"""The height of a row in pixels."""
_WIDTH, _GAP, _NARROWEST = 1030, 8, 54
"""The room for a line of blocks, the gap between two, and the width that a block's name needs."""
_PHONE = 266
"""The room for a line of blocks on a phone, beside the names of the rows."""
_PITCHES = range(14, 5, -1)

_CLASSES = {
    Level.HOLDS: "holds",
    Level.HOLDS_WITH_A_CATCH: "catch",
    Level.DOES_NOT_HOLD: "lost",
    Level.CANNOT_BE_HAD: "cannot",
}
_UNKNOWN, _NOT_OBSERVED = "unknown", "missing"
_ANSWERS = 4
"""How many answers of a question are told apart."""


@dataclass(frozen=True)
class Row:
    """A backend."""

    backend: str
    vendor: str
    name: str
    """As it is written where it is the vendor's first, else empty."""
    server: str
    note: str
    """That it was not observed, or is past its end of life."""
    y: float
    """The middle of it."""


@dataclass(frozen=True)
class Block:
    """A family's cases; a large family has several blocks."""

    family: str
    kind: str
    start: int
    """The place of its first case among those of its kind."""
    cases: list[str]
    pitch: int
    height: int
    paths: list[tuple[str, Markup]]
    """The style's class of each kind of cell, and the lines."""
    leads: bool
    """Whether it begins a line on a phone, and has the rows' names beside it there."""

    @property
    def name(self) -> str:
        """The family as it reads."""
        return family(self.family)

    @property
    def width(self) -> int:
        """That of the drawing."""
        return len(self.cases) * self.pitch

    @property
    def room(self) -> int:
        """That of the drawing with its name."""
        return max(self.width, _NARROWEST)


@dataclass(frozen=True)
class Heatmap:
    """The rows, and the blocks of the promises and of the questions."""

    rows: list[Row]
    promises: list[Block]
    questions: list[Block]

    @property
    def height(self) -> int:
        """That of every block."""
        return len(self.rows) * ROW


def heatmap(matrix: Matrix, folding: Folding) -> Heatmap:
    """Return the heatmap of the document."""
    backends = {each.backend: each for each in folding.places}
    newest = backends | {
        each.backend: each for each in folding.places if each.environment in folding.observed
    }
    places = list(newest.values())
    rows = list(_rows(matrix, folding, places))
    drawn = {kind: _blocks(matrix, folding, places, kind) for kind in ("promise", "question")}
    return Heatmap(rows, drawn["promise"], drawn["question"])


def past_end(matrix: Matrix, environment: str) -> bool:
    """Return whether the server was past its end of life when the document was made."""
    end = matrix.environments[environment].end_of_life
    # `2029-06` is to the end of the month: what is compared has the same length.
    return bool(end) and end < matrix.generated_at[: len(end)]  # type: ignore[operator,arg-type]


def _rows(matrix: Matrix, folding: Folding, places: Sequence[Place]) -> Iterator[Row]:
    before = None
    for at, place in enumerate(places):
        missing = place.environment not in folding.observed
        ended = "past its end" if past_end(matrix, place.environment) else ""
        yield Row(
            backend=place.backend,
            vendor=place.vendor,
            name="" if place.vendor == before else place.name,
            server=place.server,
            note="not observed" if missing else ended,
            y=at * ROW + ROW / 2,
        )
        before = place.vendor


def _blocks(matrix: Matrix, folding: Folding, places: Sequence[Place], kind: str) -> list[Block]:
    cases = [(id_, case.family) for id_, case in matrix.cases.items() if case.kind == kind]
    families = [[id_ for id_, _ in alike] for _, alike in groupby(cases, key=lambda each: each[1])]
    pitch = next((each for each in _PITCHES if _fits(families, each)), _PITCHES[-1])
    most = _WIDTH // pitch
    parts = [
        alike[first : first + most] for alike in families for first in range(0, len(alike), most)
    ]
    starts = accumulate((len(part) for part in parts), initial=0)
    leads = _leads([max(len(part) * pitch, _NARROWEST) for part in parts])
    return [
        Block(
            family=matrix.cases[part[0]].family,
            kind=kind,
            start=start,
            cases=part,
            pitch=pitch,
            height=len(places) * ROW,
            paths=_paths(matrix, folding, places, part, pitch),
            leads=lead,
        )
        for part, start, lead in zip(parts, starts, leads, strict=False)
    ]


def _leads(widths: Sequence[int]) -> list[bool]:
    """Return for each block whether it begins a line on a phone."""
    leads = []
    room = 0
    for width in widths:
        lead = width + _GAP > room
        room = (_PHONE if lead else room) - width - _GAP
        leads.append(lead)
    return leads


def _fits(families: Sequence[Sequence[str]], pitch: int) -> bool:
    widths = [max(len(each) * pitch, _NARROWEST) for each in families]
    return sum(widths) + _GAP * len(widths) <= _WIDTH


def _paths(
    matrix: Matrix, folding: Folding, places: Sequence[Place], cases: Sequence[str], pitch: int
) -> list[tuple[str, Markup]]:
    """Return the lines of a block: cells beside each other that are alike are one dashed line."""
    lines: dict[str, list[str]] = {}
    for at, place in enumerate(places):
        seen = place.environment in folding.observed
        kinds = [_kind(matrix, folding, case, place) if seen else _NOT_OBSERVED for case in cases]
        start = 0
        for kind, alike in groupby(kinds):
            count = len(list(alike))
            y = f"{at * ROW + ROW / 2:g}"
            lines.setdefault(kind, []).append(f"M{start * pitch} {y}h{count * pitch - 1}")
            start += count
    return [(kind, Markup("").join(Markup(each) for each in all_)) for kind, all_ in lines.items()]  # noqa: S704 (numbers)


def _kind(matrix: Matrix, folding: Folding, id_: str, place: Place) -> str:
    case = matrix.cases[id_]
    given = answer(case, folding.record(id_, place.environment))
    if given == UNKNOWN:
        return _UNKNOWN
    if given.level is not None:
        return _CLASSES[given.level]
    words = list(case.answers)
    return f"answer-{min(words.index(given.word), _ANSWERS - 1) if given.word in words else 0}"
