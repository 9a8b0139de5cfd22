"""The report as one page that needs nothing beside it: `reports/index.html`.

The overview, the findings, the errors, the claims and the environments are static HTML. A script
folds, filters and compares them, and opens the evidence of each cell. Nothing is loaded from
anywhere: the page's security policy allows its own style and script, by their hashes, and no more.
"""

from __future__ import annotations

import base64
import hashlib
import inspect
import re
import zlib
from datetime import UTC, datetime
from itertools import groupby
from urllib.parse import quote, urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from matrix_project import which_constraint
from matrix_project.cost.document import Costs
from matrix_project.report.characters import printable
from matrix_project.report.costs import plans, rows
from matrix_project.report.folding import Folding
from matrix_project.report.page_data import by_django, classes, pack, slug
from matrix_project.report.reading import MARKS
from matrix_project.report.surroundings import differing
from matrix_project.report.upstream import listed
from matrix_project.results.contract import Matrix

__all__ = ["render"]

_STYLES = ("base", "marks", "tables", "controls", "evidence", "media")
_SCRIPTS = (
    "data",
    "labels",
    "address",
    "elements",
    "filters",
    "table",
    "overview",
    "steps",
    "evidence",
    "dialog",
    "choose",
    "move",
    "page",
)


def render(matrix: Matrix, costs: Costs | None = None) -> str:
    """Return the page of the document, and of what constraints cost."""
    folding = Folding(matrix)
    style = "\n".join(_source(f"{name}.css") for name in _STYLES)
    script = "\n".join(_source(f"{name}.js") for name in _SCRIPTS)
    return _TEMPLATES.get_template("page.html.jinja").render(
        matrix=matrix,
        folding=folding,
        families=[
            (family, [id_ for id_, _ in cases])
            for family, cases in groupby(matrix.cases.items(), lambda each: each[1].family)
        ],
        dates=sorted({each.observed_at or "" for each in folding.observed.values()} - {""}),
        answers=[
            entry.what
            for id_ in matrix.cases
            for column in folding.overview(id_)
            for entry in column
        ],
        varied=any("~" in each.backend for each in folding.observed.values()),
        claims=[(id_, checked) for id_ in matrix.cases for checked in folding.claims(id_)],
        titles={
            source.url: source.title for case in matrix.cases.values() for source in case.sources
        },
        which_constraint=inspect.getsource(which_constraint),
        costs=costs,
        cost_rows=rows(costs),
        plans=plans(costs),
        upstream=listed(matrix, folding),
        style=Markup(style),  # noqa: S704 (a file of this project)
        script=Markup(script),  # noqa: S704
        data=base64.b64encode(zlib.compress(pack(matrix, folding).encode(), 9)).decode(),
        policy="; ".join(
            (
                "default-src 'none'",
                f"script-src '{_hash(script)}'",
                f"style-src '{_hash(style)}'",
                "img-src data:",
                "base-uri 'none'",
                "form-action 'none'",
            )
        ),
    )


def _source(name: str) -> str:
    source, _, _ = _TEMPLATES.loader.get_source(_TEMPLATES, name)  # type: ignore[union-attr]
    return source


def _hash(text: str) -> str:
    """Return the hash by which a security policy names an inlined text."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _link(url: str, text: str | None = None) -> Markup | str:
    """Return a link to a page of the web; whatever else the address is stays text."""
    shown = printable(text or url)
    try:
        parts = urlsplit(url)
    except ValueError:
        return shown
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        return shown
    return Markup('<a href="{}" rel="noreferrer">{}</a>').format(printable(url), shown)


def _prose(text: str | None) -> Markup:
    """Return the text with its `code` as such."""
    escaped = str(escape(printable(text or "")))
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", escaped))  # noqa: S704 (escaped)


def _anchor(text: str) -> str:
    """Return the text for the part of an address behind `#`, as the script writes it."""
    return quote(printable(text), safe="-_.!~*'()+:")


def _harmless(value: object) -> object:
    """Return what an expression gives to the page; of its texts, the characters that do no harm."""
    return printable(value) if type(value) is str else value


def _date(text: str | None) -> Markup:
    """Return the time, in full, and so that the script can tell how long ago it was."""
    try:
        moment = datetime.fromisoformat(text or "").astimezone(UTC)
    except (ValueError, OverflowError):
        return escape(text or "")
    shown = f"{moment.day} {moment:%B %Y, %H:%M} UTC"
    return Markup('<time datetime="{}">{}</time>').format(text, shown)


_TEMPLATES = Environment(
    loader=PackageLoader("matrix_project.report", "templates/page"),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    autoescape=True,
    finalize=_harmless,
)
_TEMPLATES.filters.update(
    anchor=_anchor,
    by_django=by_django,
    classes=classes,
    date=_date,
    link=_link,
    prose=_prose,
    slug=slug,
)
_TEMPLATES.globals.update(MARKS=MARKS, differing=differing)
