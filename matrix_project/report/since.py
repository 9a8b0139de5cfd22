"""Since which server and which Django a behaviour is as it is, as far as it was observed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from matrix_project.report import labels
from matrix_project.report.folding import Folding
from matrix_project.report.labels import Place
from matrix_project.report.reading import NEVER_CREATED, UNKNOWN, Answer, answer
from matrix_project.results.contract import Matrix
from matrix_project.results.versions import version_key

__all__ = ["Since", "since"]


@dataclass(frozen=True)
class Since:
    """How far back the answer of a vendor's newest series goes."""

    vendor: str
    name: str
    sentence: str


def since(matrix: Matrix, folding: Folding, case: str) -> list[Since]:
    """Return for each vendor since when its answer to the case is as it is.

    Servers are compared on the newest Django that each was observed on, Djangos on the newest
    server; the variants of a backend do not count.
    """
    return [
        Since(column.vendor, column.name, told)
        for column in folding.columns
        if (told := _sentence(matrix, folding, case, column.vendor))
    ]


def _sentence(matrix: Matrix, folding: Folding, case: str, vendor: str) -> str:
    described = matrix.cases[case]
    places = [each for each in folding.places if each.vendor == vendor and "~" not in each.backend]
    observed = [each for each in places if each.environment in folding.observed]
    if not observed:
        return ""

    def told(place: Place) -> Answer:
        given = answer(described, folding.record(case, place.environment))
        return Answer(given.word, given.level, by=given.by)  # whether Django warns says another

    newest = {each.backend: each for each in observed}
    servers = list(newest.values())
    on_newest = sorted(
        (each for each in observed if each.backend == servers[-1].backend),
        key=lambda each: version_key(each.django),
    )
    if told(servers[-1]) == UNKNOWN:
        return ""
    name = servers[-1].name
    missing = {each.server for each in places if each.backend not in newest}
    everything = dict.fromkeys(each.server for each in places)
    of_servers = _back(servers, told, lambda each: each.server, name, fold=labels.servers)
    of_djangos = _back(on_newest, told, lambda each: each.django, "Django", fold=labels.djangos)
    between = [each for each in everything if each in missing]
    gap = f" {name} {', '.join(between)} {_were(between)} not observed." if between else ""
    return f"{of_servers} {of_djangos}{gap}"


def _were(several: Sequence[str]) -> str:
    return "was" if len(several) == 1 else "were"


def _back(
    places: Sequence[Place],
    told: Callable[[Place], Answer],
    version: Callable[[Place], str],
    name: str,
    fold: Callable[[Sequence[str]], str],
) -> str:
    """Return since which of the places the last one's answer is so: oldest come first."""
    runs = [
        (given, [version(each) for each in alike]) for given, alike in groupby(places, key=told)
    ]
    _, alike = runs[-1]
    if len(runs) == 1:
        if len(alike) == 1:
            return f"Observed on {name} {alike[0]} alone."
        return f"Unchanged over {name} {fold(alike)}."
    before, older = runs[-2]
    by = " by Django" if before.by == "django" and before.mark != NEVER_CREATED else ""
    return (
        f"So on {name} {fold(alike)}; differs before {alike[0]}:"
        f" {before.words}{by} on {fold(older)}."
    )
