"""Where something was observed, in few words: `PostgreSQL 14-18, SQLite 3.40.1 on Django 5.2`.

A label stands for the observed places that it names, and for no others. Servers without a Django
are those servers on every Django they were observed on; a Django without servers is every server
observed on it; servers on Djangos are each of the ones on each of the others. (In the words
themselves a range has an en dash.)
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from matrix_project.results.contract import Environment, series
from matrix_project.results.versions import version_key
from matrix_project.vendors import VENDORS

__all__ = ["Place", "Places", "djangos", "of_server", "place", "servers"]


_RANGE = "\N{EN DASH}"

_Pair = tuple[str, str]


@dataclass(frozen=True)
class Place:
    """One environment as a label sees it: a server (`10.11`) on a Django series (`6.1`)."""

    environment: str
    vendor: str
    backend: str
    server: str
    django: str

    @property
    def name(self) -> str:
        """The vendor as it is written: `PostgreSQL`."""
        known = VENDORS.get(self.vendor)
        return known.title if known else self.vendor

    @property
    def order(self) -> tuple[object, ...]:
        """The key to sort by: the vendor, then the server and the Django, oldest first."""
        known = list(VENDORS)
        position = known.index(self.vendor) if self.vendor in known else len(known)
        versions = version_key(self.server), version_key(self.django)
        return position, self.vendor, *versions, self.environment


def place(id_: str, environment: Environment) -> Place:
    """Return the place of an environment."""
    return of_server(
        id_,
        environment.vendor,
        environment.backend,
        environment.server_version,
        environment.django,
    )


def of_server(id_: str, vendor: str, backend: str, version: str | None, django: str) -> Place:
    """Return the place of a backend, whose server tells this version, on a Django."""
    known = VENDORS.get(vendor)
    # A server that is a library of Python goes by its whole version, which is the interpreter's.
    library = known is not None and known.library is not None
    server = backend.removeprefix(f"{vendor}-")
    if (library or backend == vendor) and version:
        server = version
    return Place(id_, vendor, backend, server, series(django))


@dataclass(frozen=True)
class _Term:
    """Servers on Djangos; where one side is empty, every one that was observed on the other's."""

    servers: tuple[str, ...]
    djangos: tuple[str, ...]


class Places:
    """All places of a document that were observed, and the words for any part of them."""

    def __init__(self, observed: Iterable[Place]) -> None:
        """Take them."""
        told = _told_apart(sorted(observed, key=lambda each: each.order))
        self._places = {each.environment: each for each in told}
        self._names = {each.vendor: each.name for each in told}

    def known(self, place: Place) -> Place:
        """Return the place as the labels name it; one that was not observed as it is."""
        return self._places.get(place.environment, place)

    @property
    def environments(self) -> list[str]:
        """The ids of the environments in their order."""
        return list(self._places)

    @property
    def djangos(self) -> list[str]:
        """The Django series that anything was observed on."""
        return sorted({each.django for each in self._places.values()}, key=version_key)

    def of(self, vendor: str) -> list[str]:
        """Return the ids of the vendor's environments."""
        return [id_ for id_, each in self._places.items() if each.vendor == vendor]

    def servers(self, vendor: str) -> list[str]:
        """Return the servers of the vendor, oldest first."""
        return list(dict.fromkeys(self._places[id_].server for id_ in self.of(vendor)))

    def every_server(self, vendor: str) -> str:
        """Return the words for all servers of a vendor: only whole numbers make a range."""
        return _fold(self.servers(vendor), _next_number)

    def within(self, vendor: str, ids: Collection[str]) -> str:
        """Return the words for a part of the vendor's environments: `10.5; 10.11 on Django 5.2`.

        Empty where it is all of them.
        """
        if set(ids) == set(self.of(vendor)):
            return ""
        return "; ".join(self._words(term) for term in self._terms(vendor, ids))

    def across(self, ids: Collection[str]) -> str:
        """Return the words for environments of any vendors: `MySQL 9.7, SQLite on Django 5.2`."""
        said = []
        for vendor, name in self._names.items():
            for term in map(partial(self._with_servers, vendor), self._terms(vendor, ids)):
                between = " " if term.servers else " on "
                said.append(f"{name}{between}{self._words(term)}")
        return ", ".join(said)

    def on_djangos(self, djangos: Iterable[str]) -> str:
        """Return the words for Django series; where one follows the other they are a range."""
        chosen = sorted(set(djangos), key=version_key)
        return f"Django {_fold(chosen, _next_series)}"

    def narrower(self) -> list[str]:
        """Return the servers that were not observed on every Django, with the ones they were on."""
        everywhere = frozenset(self.djangos)
        said = []
        for vendor, name in self._names.items():
            rows = _rows(self._pairs(vendor, self.of(vendor)), frozenset())
            for djangos, servers in rows.items():
                if djangos != everywhere:
                    term = self._sorted(vendor, servers, djangos)
                    said.append(f"{name} {self._words(term)}")
        return said

    def _pairs(self, vendor: str, ids: Iterable[str]) -> frozenset[_Pair]:
        chosen = (self._places[id_] for id_ in ids)
        return frozenset((each.server, each.django) for each in chosen if each.vendor == vendor)

    def _terms(self, vendor: str, ids: Iterable[str]) -> list[_Term]:
        """Return the fewest terms that make up the environments; those without an `on` first."""
        part, whole = self._pairs(vendor, ids), self._pairs(vendor, self.of(vendor))
        by_server = [
            self._sorted(vendor, servers, djangos)
            for djangos, servers in _rows(part, whole).items()
        ]
        by_django = [
            self._sorted(vendor, servers, djangos)
            for servers, djangos in _rows(_turned(part), _turned(whole)).items()
        ]
        return min(by_server, by_django, key=lambda way: (len(way), sum(map(_both, way))))

    def _with_servers(self, vendor: str, term: _Term) -> _Term:
        """Return a term of Djangos with the servers, where they are the same on each of them."""
        columns = _turned(self._pairs(vendor, self.of(vendor)))
        on = {_seconds(columns, django) for django in term.djangos}
        if term.servers or len(on) != 1:
            return term
        return self._sorted(vendor, on.pop(), term.djangos)

    def _sorted(self, vendor: str, servers: Iterable[str], djangos: Iterable[str]) -> _Term:
        order = self.servers(vendor).index
        return _Term(tuple(sorted(servers, key=order)), tuple(sorted(djangos, key=version_key)))

    def _words(self, term: _Term) -> str:
        servers = _fold(term.servers, _next_number)
        djangos = self.on_djangos(term.djangos) if term.djangos else ""
        return " on ".join(filter(None, (servers, djangos)))


def _told_apart(places: Sequence[Place]) -> list[Place]:
    """Return the places, with the backend's id where two backends go by one version."""
    backends: dict[_Pair, set[str]] = defaultdict(set)
    for each in places:
        backends[each.vendor, each.server].add(each.backend)
    return [
        replace(each, server=f"{each.server} ({each.backend})")
        if len(backends[each.vendor, each.server]) > 1
        else each
        for each in places
    ]


def _rows(part: frozenset[_Pair], whole: frozenset[_Pair]) -> dict[frozenset[str], list[str]]:
    """Group the firsts by their seconds, or by none where those are all that the whole has."""
    rows: dict[frozenset[str], list[str]] = {}
    for first in sorted({first for first, _ in part}, key=version_key):
        seconds = _seconds(part, first)
        of = frozenset() if seconds == _seconds(whole, first) else seconds
        rows.setdefault(of, []).append(first)
    return dict(sorted(rows.items(), key=lambda row: bool(row[0])))


def _seconds(pairs: frozenset[_Pair], first: str) -> frozenset[str]:
    return frozenset(second for one, second in pairs if one == first)


def _both(term: _Term) -> bool:
    return bool(term.servers and term.djangos)


def _turned(pairs: Iterable[_Pair]) -> frozenset[_Pair]:
    return frozenset((second, first) for first, second in pairs)


def _fold(versions: Sequence[str], follows: Callable[[str, str], bool]) -> str:
    """Write versions in their order, the ones that follow each other as a range.

    Between other servers than those of whole numbers may lie one that nobody observed.
    """
    runs: list[list[str]] = []
    for version in versions:
        if runs and follows(runs[-1][-1], version):
            runs[-1].append(version)
        else:
            runs.append([version])
    return ", ".join(_RANGE.join(dict.fromkeys((run[0], run[-1]))) for run in runs)


def _next_series(one: str, other: str) -> bool:
    """Tell whether one series of Django follows another: 5.1, 5.2, 6.0, 6.1.

    https://docs.djangoproject.com/en/stable/internals/release-process/
    """
    pattern = r"([0-9]{1,9})\.([0-2])"
    found, next_ = (re.fullmatch(pattern, version) for version in (one, other))
    if found is None or next_ is None:
        return False
    numbers = [3 * int(each[1]) + int(each[2]) for each in (found, next_)]
    return numbers[1] == numbers[0] + 1


def servers(versions: Sequence[str]) -> str:
    """Return the words for servers in their order: `14-18` (with an en dash), `10.5, 10.11`."""
    return _fold(versions, _next_number)


def djangos(series: Sequence[str]) -> str:
    """Return the words for series of Django in their order: `5.2-6.1` (with an en dash)."""
    return _fold(series, _next_series)


def _next_number(one: str, other: str) -> bool:
    return bool(re.fullmatch(r"[0-9]{1,18}", one)) and other == str(int(one) + 1)
