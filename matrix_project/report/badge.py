"""Badges: a small SVG a backend that says how many constraints hold there."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from jinja2 import Environment as Templates
from jinja2 import PackageLoader, StrictUndefined

from matrix_project.report.characters import line
from matrix_project.report.ranking import BEST_FIRST, HOLDS
from matrix_project.results import Cell, Matrix, Status, Verdict

__all__ = ["render"]

_CHARACTER = 6.6
"""The width of a character in pixels: 0.6 of 11, as monospaced fonts have it."""
_PADDING = 6
_LONGEST = 60

# All of them have white text at a contrast of 4.5:1 or more.
_GREEN, _ORANGE, _BLUE, _GREY = "#1a7f37", "#b35900", "#0969da", "#6e7781"
_NAME, _BACKEND = "#24292f", "#57606a"


@dataclass(frozen=True)
class _Part:
    text: str
    colour: str
    left: int

    @property
    def width(self) -> int:
        return round(len(self.text) * _CHARACTER) + 2 * _PADDING


def render(matrix: Matrix) -> dict[str, str]:
    """Return the badge of each backend by its id.

    A constraint counts as enforced where it holds on each Django that the backend was observed
    with, by whichever error; the title has the verdicts. Controls that declare none do not count.
    """
    cells: dict[str, list[Cell]] = {each.backend: [] for each in matrix.environments.values()}
    for cell in matrix.cells:
        environment = matrix.environments[cell.environment]
        if matrix.cases[cell.case].constraint is not None and environment.status != Status.NOT_RUN:
            cells[environment.backend].append(cell)
    return {backend: _badge(backend, of) for backend, of in cells.items()}


def _badge(backend: str, cells: list[Cell]) -> str:
    verdicts: dict[str, set[Verdict]] = defaultdict(set)
    for cell in cells:
        verdicts[cell.case].add(cell.verdict)
    worst = Counter(map(_worst, verdicts.values()))
    held = sum(worst[each] for each in HOLDS)
    unknown = worst[Verdict.UNKNOWN]
    if all(cell.verdict == Verdict.UNKNOWN for cell in cells):
        said, colour = "not observed", _GREY
    else:
        said = f"{held} of {worst.total()} enforced"
        said += f", {unknown} unknown" if unknown else ""
        broken = held + unknown < worst.total()
        colour = _ORANGE if broken else _BLUE if unknown else _GREEN
    parts: list[_Part] = []
    texts = (("constraint matrix", _NAME), (_short(backend), _BACKEND), (said, colour))
    for text, shade in texts:
        left = parts[-1].left + parts[-1].width if parts else 0
        parts.append(_Part(text, shade, left))
    each = ", ".join(f"{worst[verdict]} {verdict}" for verdict in _ORDER if worst[verdict])
    return _TEMPLATES.get_template("badge.svg.jinja").render(
        parts=parts,
        width=sum(part.width for part in parts),
        title=f"constraint matrix: {line(backend)}: {said}" + (f" ({each})" if each else ""),
        padding=_PADDING,
    )


_ORDER = (*BEST_FIRST, Verdict.UNKNOWN)


def _worst(verdicts: set[Verdict]) -> Verdict:
    """Return the one that speaks for all Djangos: a known failure, else what is unknown."""
    known = [each for each in BEST_FIRST if each in verdicts]
    if Verdict.UNKNOWN in verdicts and all(each in HOLDS for each in known):
        return Verdict.UNKNOWN
    return known[-1]


def _short(text: str) -> str:
    said = line(text)
    return said if len(said) <= _LONGEST else f"{said[:_LONGEST]}\N{HORIZONTAL ELLIPSIS}"


_TEMPLATES = Templates(
    loader=PackageLoader("matrix_project.report", "templates"),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    autoescape=True,
)
