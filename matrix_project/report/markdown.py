"""The report as Markdown: `reports/README.md`, which GitHub shows when one opens the folder."""

from __future__ import annotations

import html
import re

from jinja2 import Environment, PackageLoader, StrictUndefined

from matrix_project.report.folding import Folding
from matrix_project.results.contract import Matrix

__all__ = ["TEMPLATES", "render"]


def render(matrix: Matrix) -> str:
    """Return the report of the document."""
    folding = Folding(matrix)
    given = [
        entry.what for case in matrix.cases for column in folding.overview(case) for entry in column
    ]
    dates = sorted(each.observed_at for each in folding.observed.values() if each.observed_at)
    return TEMPLATES.get_template("report.md.jinja").render(
        matrix=matrix,
        folding=folding,
        promises=[id_ for id_, case in matrix.cases.items() if case.kind == "promise"],
        questions=[id_ for id_, case in matrix.cases.items() if case.kind == "question"],
        dates=" to ".join(dict.fromkeys(dates[:1] + dates[-1:])),
        warned=any(each.warned for each in given),
        silent=any(each.silent for each in given),
    )


def _code(text: str | None) -> str:
    """Return the text as a code span that is safe in a table's cell; empty for None."""
    if text is None:
        return ""
    line = " ".join(text.split())
    ticks = _ticks(line, 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{ticks}{pad}{line}{pad}{ticks}".replace("|", "\\|")


def _block(text: str) -> str:
    """Return the text as a block of Python that nothing in it can end."""
    fence = _ticks(text, 3)
    return f"{fence}python\n{text}\n{fence}"


def _ticks(text: str, least: int) -> str:
    """Return more backticks than the text has anywhere in a row."""
    return "`" * max([least, *(len(run) + 1 for run in re.findall("`+", text))])


def _prose(text: str | None) -> str:
    """Return the text with nothing in it that Markdown or HTML takes for markup, or for a name.

    GitHub notifies those whom an `@name` names: a space of no width comes between.
    """
    return _escaped(" ".join((text or "").split()))


def _escaped(line: str) -> str:
    escaped = html.escape(line, quote=False)
    return re.sub(r"([\\`*_\[\]|#~])", r"\\\1", escaped).replace("@", "@&#8203;")


def _sentence(text: str | None) -> str:
    """Return a sentence of this project as prose in which a name in backticks is a code span.

    A sentence quotes databases too: what stands between the backticks is a name, or a call without
    arguments, so that nothing in it can be markup, and every other backtick is escaped.
    """
    parts = re.split(r"(?<!`)(`\w[\w.]*(?:\(\))?`)(?!`)", " ".join((text or "").split()))
    return "".join(part if at % 2 else _escaped(part) for at, part in enumerate(parts))


def _anchor(heading: str) -> str:
    """Return the name that GitHub gives to a heading: `include.plain` is at `includeplain`."""
    return re.sub(r"[^\w-]", "", heading.lower())


TEMPLATES = Environment(
    loader=PackageLoader("matrix_project.report", "templates"),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    autoescape=False,  # noqa: S701 (Markdown: the filters see to it)
)
TEMPLATES.filters.update(anchor=_anchor, block=_block, code=_code, prose=_prose, sentence=_sentence)
