"""The heatmap of the promises as a picture that stands alone: `heatmap.svg`."""

from __future__ import annotations

from itertools import accumulate

from jinja2 import Environment, PackageLoader, StrictUndefined

from matrix_project.report.characters import cut, line, printable
from matrix_project.report.folding import Folding
from matrix_project.report.heatmap import heatmap
from matrix_project.report.standings import standings
from matrix_project.report.words import uncounted
from matrix_project.results.contract import Matrix

__all__ = ["render"]

_LEFT, _GAP = 180, 8
"""The room for the names of the backends, and between two families."""


def render(matrix: Matrix) -> str:
    """Return the picture: a sentence a vendor, and the promises by the backends."""
    folding = Folding(matrix)
    map_ = heatmap(matrix, folding)
    rooms = accumulate((each.room + _GAP for each in map_.promises), initial=_LEFT)
    told = [f"{each.name} {each.sentence}" for each in standings(matrix, folding) if each.sentence]
    *_, right = accumulate((each.room + _GAP for each in map_.promises), initial=_LEFT)
    return _TEMPLATES.get_template("heatmap.svg.jinja").render(
        map=map_,
        blocks=list(zip(rooms, map_.promises, strict=False)),
        told=told,
        uncounted=uncounted(matrix.cases.values()),
        width=max(right + 12, 900),
        date=matrix.generated_at[:10],
    )


_TEMPLATES = Environment(
    loader=PackageLoader("matrix_project.report", "templates"),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    autoescape=True,
    finalize=lambda value: printable(value) if type(value) is str else value,
)
_TEMPLATES.filters["short"] = lambda text, whole: cut(line(text), whole=whole)
