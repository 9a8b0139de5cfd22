"""Badges: a small SVG a backend that tells how many promises hold there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from jinja2 import Environment as Templates
from jinja2 import PackageLoader, StrictUndefined

from matrix_project.report.characters import cut, line
from matrix_project.report.ranking import BEST_FIRST, HOLDS
from matrix_project.report.words import WORDS, counted
from matrix_project.results.cells import cells
from matrix_project.results.contract import Matrix, Status, Verdict
from matrix_project.results.verdicts import LEVELS

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

    A promise counts as held where it holds on each Django that the backend was observed with, by
    whichever error; the title has the verdicts. Questions do not count, nor do ways round
    and what is there for comparison.
    """
    found = cells(matrix)
    verdicts: dict[str, dict[str, set[Verdict]]] = {}
    for id_, environment in matrix.environments.items():
        cases = verdicts.setdefault(environment.backend, {})
        if environment.status == Status.NOT_RUN:
            continue
        for name in counted(matrix.cases.items()):
            verdict = found[name][id_].verdict or Verdict.UNKNOWN
            cases.setdefault(name, set()).add(verdict)
    return {backend: _badge(backend, cases.values()) for backend, cases in verdicts.items()}


def _badge(backend: str, promises: Collection[set[Verdict]]) -> str:
    """Return a backend's badge by the verdicts on each promise, one a Django."""
    worst = Counter(map(_worst, promises))
    held = sum(worst[each] for each in HOLDS)
    unknown = worst[Verdict.UNKNOWN]
    if set().union(*promises) <= {Verdict.UNKNOWN}:
        words, colour = "not observed", _GREY
    else:
        words = f"{held} of {worst.total()} promises hold"
        words += f", {unknown} not observed" if unknown else ""
        broken = held + unknown < worst.total()
        colour = _ORANGE if broken else _BLUE if unknown else _GREEN
    parts: list[_Part] = []
    texts = (("constraint matrix", _NAME), (_short(backend), _BACKEND), (words, colour))
    for text, shade in texts:
        left = parts[-1].left + parts[-1].width if parts else 0
        parts.append(_Part(text, shade, left))
    counts = ", ".join(f"{worst[verdict]} {WORDS[verdict]}" for verdict in LEVELS if worst[verdict])
    return _TEMPLATES.get_template("badge.svg.jinja").render(
        parts=parts,
        width=sum(part.width for part in parts),
        title=f"constraint matrix: {_short(backend)}: {words}" + (f" ({counts})" if counts else ""),
        padding=_PADDING,
    )


def _worst(verdicts: set[Verdict]) -> Verdict:
    """Return the one that speaks for all Djangos: a known failure, else what is unknown."""
    known = [each for each in BEST_FIRST if each in verdicts]
    if Verdict.UNKNOWN in verdicts and all(each in HOLDS for each in known):
        return Verdict.UNKNOWN
    return known[-1]


def _short(text: str) -> str:
    return cut(line(text), whole=_LONGEST)


_TEMPLATES = Templates(
    loader=PackageLoader("matrix_project.report", "templates"),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    autoescape=True,
)
