"""Rows of which Django's validation and a database, or two databases, say different things."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from matrix_project.report.folding import Folding
from matrix_project.results.contract import Level, Matrix, Outcome, Probe, Record, Verdict

__all__ = ["disagreements"]

_SAYS = {"stricter": ("rejects", "accepts"), "looser": ("accepts", "rejects")}
"""What Django and the database do with a row, by how the two compare."""
_THERE = frozenset((Level.HOLDS, Level.HOLDS_WITH_A_CATCH))
"""Where a constraint is there at all: elsewhere it goes without saying that rows get in."""


def disagreements(matrix: Matrix, folding: Folding) -> list[str]:
    """Return a line for each constraint on which two differ, with the smallest row that shows it.

    The smallest row of all comes first.
    """
    found = [*_with_validation(matrix, folding), *_between(matrix, folding)]
    return [line for _, line in sorted(found, key=lambda each: each[0])]


def _with_validation(matrix: Matrix, folding: Folding) -> Iterator[tuple[int, str]]:
    """Yield where Django's validation and a database differ, each with the size of its row.

    That a database without the constraint takes what Django rejects goes without saying.
    """
    groups: dict[tuple[str, str], list[tuple[str, str, str]]] = defaultdict(list)
    for case, id_, record in _records(matrix, folding):
        for each in record.validation:
            expected = record.verdict == Verdict.IGNORED and each.compared == "stricter"
            if each.compared in _SAYS and not expected:
                why = f" ({each.message})" if each.message else ""
                groups[case, each.compared].append((id_, _sql(record, _probe(each.row)), why))
    for (case, compared), seen in groups.items():
        django, database = _SAYS[compared]
        where = folding.across({id_ for id_, _, _ in seen})
        row, why = min(((sql, why) for _, sql, why in seen), key=lambda each: len(each[0]))
        says = f"`full_clean()` {django}{why} a row that the database {database}"
        yield len(row), f"{case} on {where}: {says}: {row}"


def _between(matrix: Matrix, folding: Folding) -> Iterator[tuple[int, str]]:
    """Yield where two databases that both have a constraint differ on a row."""
    rows: dict[tuple[str, str], dict[Outcome, list[tuple[str, str]]]] = {}
    for case, id_, record in _records(matrix, folding):
        if record.level not in _THERE:
            continue
        for probe in record.probes:
            saves = re.fullmatch(r"(valid_)?save(_\d+)?(\..*)?", probe.id)
            told = probe.outcome in {Outcome.ACCEPTED, Outcome.REJECTED} and not probe.masked
            if saves and told and probe.outcome is not None and probe.way in {"create", "both"}:
                by_outcome = rows.setdefault((case, probe.id), defaultdict(list))
                sql = _sql(record, probe.id) + _beside(probe)
                by_outcome[probe.outcome].append((id_, sql))
    groups: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for (case, _), by_outcome in rows.items():
        if len(by_outcome) == 1:
            continue
        row = min((sql for seen in by_outcome.values() for _, sql in seen), key=len)
        accepts, rejects = (
            folding.across({id_ for id_, _ in by_outcome[outcome]})
            for outcome in (Outcome.ACCEPTED, Outcome.REJECTED)
        )
        smallest = groups[accepts, rejects]
        smallest[case] = min(smallest.get(case, row), row, key=len)
    for (accepts, rejects), smallest in groups.items():
        case, row = min(smallest.items(), key=lambda each: len(each[1]))
        more = f" (so is one of {len(smallest) - 1} more constraints)" if len(smallest) > 1 else ""
        said = f"a row is accepted by {accepts} and rejected by {rejects}"
        yield len(row), f"{case}: {said}{more}: {row}"


def _records(matrix: Matrix, folding: Folding) -> Iterator[tuple[str, str, Record]]:
    for case, described in matrix.cases.items():
        if described.kind == "promise":
            for id_ in folding.observed:
                yield case, id_, folding.record(case, id_)


def _probe(row: str) -> str:
    """Return the id of the probe by which `save()` writes a row of the validation's."""
    kind, _, number = row.partition(" ")
    return ("save" if kind == "violating" else "valid_save") + f"_{number}" * (number != "1")


def _beside(probe: Probe) -> str:
    """Return the row of the same table that was there before, if there was one alone."""
    insert = next((each for each in reversed(probe.sql) if each.startswith("INSERT")), "")
    into = insert.partition("(")[0]
    there = [each for each in probe.setup if into and each.startswith(into)]
    return f", after {_plain(there[0])}" if len(there) == 1 else ""


def _sql(record: Record, probe: str) -> str:
    """Return the statement by which a probe writes its row."""
    id_ = probe.partition(".")[0]
    probes = (each for each in record.probes if each.id.partition(".")[0] == id_)
    sql = next((each.sql for each in probes), [])
    insert = next((each for each in reversed(sql) if each.startswith("INSERT")), probe)
    return _plain(insert)


def _plain(insert: str) -> str:
    return re.sub(r" RETURNING [^']*$", "", insert)
