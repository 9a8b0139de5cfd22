"""The report as Markdown: `reports/README.md`, which GitHub shows when one opens the folder."""

from __future__ import annotations

import html
import re

from jinja2 import Environment, PackageLoader, StrictUndefined

from matrix_project.cost.document import Costs
from matrix_project.report.audit_summary import headline
from matrix_project.report.characters import cut, line, log_line, printable
from matrix_project.report.costs import rows
from matrix_project.report.findings import audited
from matrix_project.report.folding import Folding
from matrix_project.report.reading import declared_at
from matrix_project.report.standings import standings
from matrix_project.report.surroundings import differing
from matrix_project.report.upstream import listed
from matrix_project.report.words import uncounted
from matrix_project.results.contract import Matrix

__all__ = ["TEMPLATES", "in_lines", "render"]

_LISTED = re.compile(r"^\d+(?=[.)](?:\s|$))|^(?=[-+=](?:[-=\s]|$))")
"""Behind what a backslash comes: a line that begins so would be a list, a heading or a rule."""
_LINKED = re.compile(r"@|\\#(?=\w)|\bGH-(?=\d)|\b(?:https?|ftp):(?=//)|\bwww(?=\.)", re.IGNORECASE)
"""Behind what a space of no width comes."""


def render(matrix: Matrix, costs: Costs | None = None) -> str:
    """Return the report of the document, and of what constraints cost."""
    folding = Folding(matrix)
    given = [
        entry.what for case in matrix.cases for column in folding.overview(case) for entry in column
    ]
    dates = sorted(each.observed_at for each in folding.observed.values() if each.observed_at)
    page = TEMPLATES.get_template("report.md.jinja").render(
        matrix=matrix,
        folding=folding,
        essence=headline(matrix) if audited(matrix) else "",
        standings=standings(matrix, folding),
        uncounted=uncounted(matrix.cases.values()),
        declared_at=declared_at,
        promises=[id_ for id_, case in matrix.cases.items() if case.kind == "promise"],
        questions=[id_ for id_, case in matrix.cases.items() if case.kind == "question"],
        dates=" to ".join(dict.fromkeys(dates[:1] + dates[-1:])),
        warned=any(each.warned for each in given),
        silent=any(each.silent for each in given),
        varied=any("~" in each.backend for each in folding.observed.values()),
        costs=costs,
        cost_rows=rows(costs),
        upstream=listed(matrix, folding),
    )
    return in_lines(page)


def in_lines(page: str) -> str:
    """Return a page with none of its lines a command to the CI in whose log it is shown."""
    return "".join(f"{log_line(each)}\n" for each in page.split("\n")[:-1])


def _code(text: str | None) -> str:
    """Return the text as code that is safe in a table's cell; empty for None.

    A span in backticks has no escape for the pipe that ends a cell; HTML has.
    """
    shown = _shown(text)
    if "|" in shown:
        return f"<code>{_escaped(shown)}</code>"
    ticks = _ticks(shown, 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}" if shown else ""


def _block(text: str) -> str:
    """Return the text as a block of Python that nothing in it can end."""
    shown = printable(text)
    fence = _ticks(shown, 3)
    return f"{fence}python\n{shown}\n{fence}"


def _ticks(text: str, least: int) -> str:
    """Return more backticks than the text has anywhere in a row."""
    return "`" * max([least, *(len(run) + 1 for run in re.findall("`+", text))])


def _prose(text: str | None) -> str:
    """Return the text with nothing in it that Markdown or HTML takes for markup, or for a name."""
    return _escaped(_shown(text))


def _shown(text: str | None) -> str:
    return cut(line(text or ""))


def _escaped(text: str) -> str:
    """Return a line as text: no markup, no list, no heading, no mathematics, no link.

    GitHub notifies those whom an `@name` names, notes a mention at what `#1` or `GH-1` names, and
    links an address, whatever is escaped in it: a space of no width comes between.
    https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting
    """
    found = re.sub(r"([\\`*_\[\]|#~])", r"\\\1", html.escape(text, quote=False))
    found = _LISTED.sub(r"\g<0>\\", found)
    return _LINKED.sub(r"\g<0>&#8203;", found).replace("$", "&#36;")


def _sentence(text: str | None) -> str:
    """Return a sentence of this project as prose in which a name in backticks is a code span.

    A sentence quotes databases too: what stands between the backticks is a name, or a call with
    names, so that nothing in it can be markup, and every other backtick is escaped.
    """
    parts = re.split(r"(?<!`)(`\w[\w./]*(?:\([\w, ]*\))?`)(?!`)", _shown(text))
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
TEMPLATES.globals["differing"] = differing
TEMPLATES.filters.update(anchor=_anchor, block=_block, code=_code, prose=_prose, sentence=_sentence)
