"""What changed, as an Atom feed: when this project first saw what its cells now show.

It needs the address of the published page, for an entry of a feed has an id that stays.
"""

from __future__ import annotations

from collections import defaultdict
from xml.etree import ElementTree as ET

from matrix_project.report.characters import line
from matrix_project.report.folding import Folding
from matrix_project.report.reading import UNKNOWN, answer
from matrix_project.report.site import Site
from matrix_project.results.contract import Matrix

__all__ = ["render"]

_ATOM = "http://www.w3.org/2005/Atom"
_ENTRIES = 20
"""How many days of change the feed goes back."""
_DAY = 10
"""How much of a time is its day."""
_TOLD = 50
"""How many cases an entry tells; the page has them all."""


def render(matrix: Matrix, site: Site) -> str:
    """Return the feed; an entry for each day on which an answer was first seen, newest first."""
    folding = Folding(matrix)
    times: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    latest: dict[str, str] = defaultdict(str)
    for case, seen in matrix.first_seen.items():
        for environment, at in seen.items():
            if environment in folding.observed:
                times[at[:_DAY]][case].append(environment)
                latest[at[:_DAY]] = max(at, latest[at[:_DAY]])
    feed = ET.Element("feed", xmlns=_ATOM)
    _add(feed, "title", "Constraint Matrix: what changed")
    _add(feed, "id", site.address)
    _add(feed, "updated", max(latest.values(), default=matrix.generated_at))
    ET.SubElement(feed, "link", href=site.address)
    ET.SubElement(feed, "link", rel="self", href=f"{site.address}feed.xml")
    _add(ET.SubElement(feed, "author"), "name", "Constraint Matrix")
    for at in sorted(times, reverse=True)[:_ENTRIES]:
        _entry(feed, matrix, folding, site, latest[at], times[at])
    ET.indent(feed, " ")
    body = ET.tostring(feed, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'


def _entry(
    feed: ET.Element,
    matrix: Matrix,
    folding: Folding,
    site: Site,
    at: str,
    seen: dict[str, list[str]],
) -> None:
    told = [
        f"{matrix.cases[case].title}: {given} on {folding.across(alike)}"
        for case, ids in seen.items()
        for given, alike in _alike(matrix, folding, case, ids)
    ]
    entry = ET.SubElement(feed, "entry")
    more = f", and {len(told) - 1} more" if len(told) > 1 else ""
    _add(entry, "title", f"{told[0]}{more}" if told else "Nothing is known")
    _add(entry, "id", f"{site.address}#{at[:_DAY]}")
    _add(entry, "updated", at)
    ET.SubElement(entry, "link", href=site.address)
    rest = [f"and {len(told) - _TOLD} more"] if len(told) > _TOLD else []
    content = _add(entry, "content", "\n".join(map(line, told[:_TOLD] + rest)))
    content.set("type", "text")


def _alike(
    matrix: Matrix, folding: Folding, case: str, ids: list[str]
) -> list[tuple[str, list[str]]]:
    """Return the environments by what they now show of the case; what is unknown is no news."""
    groups: dict[str, list[str]] = defaultdict(list)
    for id_ in ids:
        given = answer(matrix.cases[case], folding.record(case, id_))
        if given != UNKNOWN:
            groups[str(given)].append(id_)
    return list(groups.items())


def _add(parent: ET.Element, tag: str, text: str) -> ET.Element:
    element = ET.SubElement(parent, tag)
    element.text = "\n".join(map(line, text.split("\n")))
    return element
