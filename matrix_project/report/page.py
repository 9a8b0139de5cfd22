"""The report as one page that needs nothing beside it: `reports/index.html`.

The picture, the table, each case, the errors, the claims and the servers are static HTML. A script
filters and compares them, and opens the evidence of each cell. Nothing is loaded from anywhere: the
page's security policy allows its own style and script, by their hashes, and no more.

A case is an article of this page with an address of its own (`#case:ID`), and no page of its own:
one file works from a folder and from an e-mail, a search engine reads all of it, and an acceptance
changes one file, not 175.
"""

from __future__ import annotations

import base64
import hashlib
import inspect
import re
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from matrix_project import which_constraint
from matrix_project.cost.document import Costs
from matrix_project.report import labels
from matrix_project.report.audit_summary import headline
from matrix_project.report.characters import cut, line, printable
from matrix_project.report.costs import names, of_case, plans, rows
from matrix_project.report.errors import errors
from matrix_project.report.families import families
from matrix_project.report.findings import audited
from matrix_project.report.folding import Folding
from matrix_project.report.heatmap import heatmap, past_end
from matrix_project.report.page_data import by_django, classes, command, pack, slug
from matrix_project.report.reading import MARKS, also_seen, declared_at
from matrix_project.report.since import since
from matrix_project.report.site import NOWHERE, Site
from matrix_project.report.standings import standings
from matrix_project.report.surroundings import differing
from matrix_project.report.upstream import listed
from matrix_project.report.words import WORDS, uncounted
from matrix_project.results.contract import Matrix, series
from matrix_project.results.versions import version_key

__all__ = ["render"]

_MB = 1_000_000
_TITLE = "Constraint Matrix: what the databases do with Django's constraints"
_STYLES = ("base", "marks", "first", "tables", "controls", "evidence", "media")
_SCRIPTS = (
    "data",
    "labels",
    "address",
    "elements",
    "words",
    "vocabulary",
    "search",
    "filters",
    "table",
    "overview",
    "map",
    "advice",
    "steps",
    "evidence",
    "dialog",
    "choose",
    "own",
    "move",
    "compare",
    "page",
)
_SNIPPET = """\
from django.db import IntegrityError

from matrix_project.which_constraint import Columns, Constraint, which_constraint

TAKEN = {
    Constraint("one_account_an_email"),
    Columns("shop_account", ("email",)),  # SQLite: a uniqueness of columns has no name there
}


def save(account):
    try:
        account.save()
    except IntegrityError as error:
        if which_constraint(error) in TAKEN:
            return "There is an account with this address."
        raise"""


def render(
    matrix: Matrix,
    costs: Costs | None = None,
    *,
    site: Site = NOWHERE,
    sizes: Mapping[str, int] | None = None,
) -> str:
    """Return the page of the document.

    Args:
        matrix: the document.
        costs: what constraints cost, where it was measured.
        site: where the page is published.
        sizes: the bytes of the files beside it, by their names.
    """
    folding = Folding(matrix)
    style = "\n".join(_source(f"{name}.css") for name in _STYLES)
    script = "\n".join(_source(f"{name}.js") for name in _SCRIPTS)
    going_round = [(id_, each) for id_, each in matrix.cases.items() if each.instead_of]
    gone_round = {each.instead_of for _, each in going_round}
    essence = headline(matrix) if audited(matrix) else ""
    given = pack(matrix, folding, costs, site).encode()
    return _TEMPLATES.get_template("page.html.jinja").render(
        matrix=matrix,
        folding=folding,
        title=_TITLE if not essence else "Constraint Matrix: an audit",
        essence=essence,
        site=site,
        size=lambda name: f" ({_size(sizes[name])})" if sizes and name in sizes else "",
        standings=[] if essence else standings(matrix, folding),
        uncounted=uncounted(matrix.cases.values()),
        map=heatmap(matrix, folding),
        families=families(matrix, folding),
        kinds=errors(matrix, folding),
        since=lambda id_: since(matrix, folding, id_),
        rounds={
            id_: [other for other, each in going_round if each.instead_of == id_]
            if id_ in gone_round
            else []
            for id_ in matrix.cases
        },
        cost_of=lambda id_: of_case(costs, id_),
        also_seen=also_seen,
        run_line=lambda id_: command(folding, id_, own=bool(essence)),
        djangos=labels.djangos(
            sorted({series(each.django) for each in folding.observed.values()}, key=version_key)
        ),
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
        snippet=_SNIPPET,
        which_constraint=inspect.getsource(which_constraint),
        costs=costs,
        cost_names=names(costs),
        cost_rows=rows(costs),
        plans=plans(costs),
        upstream=listed(matrix, folding),
        style=Markup(style),  # noqa: S704 (a file of this project)
        script=Markup(script),  # noqa: S704
        data=base64.b64encode(zlib.compress(given, 9)).decode(),
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


def _size(count: int) -> str:
    """Return a number of bytes in words: `6.9 MB`."""
    return f"{count / _MB:.1f} MB" if count >= _MB else f"{max(1, count // 1000)} kB"


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
    short=lambda text, whole: cut(line(text), whole=whole),
    slug=slug,
)
_TEMPLATES.globals.update(
    MARKS=MARKS,
    WORDS=WORDS,
    declared_at=declared_at,
    differing=differing,
    past_end=past_end,
    zip=zip,
)
