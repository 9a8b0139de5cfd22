"""The report as Markdown: `reports/README.md`, which GitHub shows when one opens the folder."""

from __future__ import annotations

import html
import re

from jinja2 import Environment, PackageLoader, StrictUndefined

from matrix_project.report.reading import (
    MARKS,
    NO_CONSTRAINT,
    columns,
    drawn,
    heading,
    message,
    sentence,
)
from matrix_project.results import Matrix, Verdict

__all__ = ["render"]


_MARKS = [(mark, str(verdict)) for verdict, mark in MARKS.items()] + [
    (NO_CONSTRAINT, "no constraint")
]


def render(matrix: Matrix) -> str:
    """Return the report of the document."""
    template = _TEMPLATES.get_template("report.md.jinja")
    several = len({each.django for each in matrix.environments.values()}) > 1
    ids = columns(matrix)
    dates = sorted(each.observed_at for each in matrix.environments.values() if each.observed_at)
    used = {drawn(matrix.cases[cell.case], cell)[1] for cell in matrix.cells}
    return template.render(
        matrix=matrix,
        observed=" to ".join(dict.fromkeys(dates[:1] + dates[-1:])),
        ids=ids,
        headings={id_: heading(matrix.environments[id_], django=several) for id_ in ids},
        cells={(cell.case, cell.environment): cell for cell in matrix.cells},
        marks={word: mark for mark, word in _MARKS if word in used},
        plain=Verdict.ENFORCED,
        drawn=drawn,
        sentence=sentence,
        message=message,
    )


def _code(text: str | None) -> str:
    """Return the text as a code span that is safe in a table's cell; empty for None."""
    if text is None:
        return ""
    line = " ".join(text.split())
    ticks = "`" * (max((len(run) for run in re.findall("`+", line)), default=0) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{ticks}{pad}{line}{pad}{ticks}".replace("|", "\\|")


def _prose(text: str | None) -> str:
    """Return the text with nothing in it that Markdown or HTML would take for markup."""
    escaped = html.escape(" ".join((text or "").split()), quote=False)
    return re.sub(r"([\\`*_\[\]|#~])", r"\\\1", escaped)


_TEMPLATES = Environment(
    loader=PackageLoader("matrix_project.report", "templates"),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    autoescape=False,  # noqa: S701 (Markdown: the filters `code` and `prose` see to it)
)
_TEMPLATES.filters.update(code=_code, prose=_prose)
