"""The proof of what a search found, on tables that are empty again."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import AutoField

from matrix_project.audit.rows.found import VALID, VIOLATING, Found, Kept
from matrix_project.audit.rows.judge import Bench
from matrix_project.audit.rows.made import Made
from matrix_project.observe.subject import Row

__all__ = ["proven"]

_Rows = list[Mapping[str, Any]]


def proven(found: Found) -> Made:
    """Return the rows that are what the search took them for, the others being there as told."""
    valid = [each.row for each in found.valid]
    violating = [each.row for each in sorted(found.violating, key=_size)]
    refused = [each.row for each in found.refused[:2]]
    rows: list[Row | Mapping[str, Any]] = [
        *found.maker.needed([*found.there, *valid, *violating, *refused]),
        *found.there,
    ]
    bench = found.bench
    bench.renew()
    if reason := bench.put(rows):
        found.reasons[reason] = None
        valid, violating, refused, rows = [], [], [], []
    valid = [row for row in valid if _is(bench, row, violating=False)]
    violating = [row for row in violating if _is(bench, row, violating=True)]
    valid = _ordered(bench, _keyed(bench, valid) or valid, violating)[:VALID]
    violating = violating[:VIOLATING] or refused
    rows = [*found.maker.needed([*found.there, *valid, *violating]), *found.there] if rows else []
    return Made(
        rows=rows,
        valid=valid,
        violating=violating,
        lacking=_lacking(found, [] if valid else ["valid"], [] if violating else ["violating"]),
        disagreements=found.disagreements,
    )


def _is(bench: Bench, row: Mapping[str, Any], *, violating: bool) -> bool:
    trial = bench.tried(row)
    return trial.refused is None and trial.violates is violating


def _keyed(bench: Bench, rows: _Rows) -> _Rows:
    """Return the rows that give the key, where the constraint reads one that the database counts.

    What it counts is another number each time, and is valid by chance alone.
    """
    key = bench.model._meta.pk
    if not isinstance(key, AutoField) or key.name not in bench.reads:
        return rows
    return [row for row in rows if key.name in row]


def _ordered(bench: Bench, valid: _Rows, violating: _Rows) -> _Rows:
    """Return the valid rows, one first beside which the table takes each violating one.

    Some ways in put the two in together, or make the one into the other.
    """
    for row in valid:
        with bench.undone():
            if bench.put([row]) is None and all(
                bench.tried(each).refused is None for each in violating
            ):
                return [row, *(each for each in valid if each is not row)]
    return valid


def _lacking(found: Found, *words: Sequence[str]) -> str | None:
    lacking = " and no ".join(itertools.chain.from_iterable(words))
    if not lacking:
        return None
    bench, label = found.bench, found.bench.model._meta.label
    reasons = [*itertools.islice(found.reasons, 2)]
    if bench.unasked and bench.unasked not in reasons:
        reasons.append(f"the reference database cannot say it: {bench.unasked}")
    told = f" ({'; '.join(reasons)})" if reasons else ""
    fields = f", with values of {', '.join(bench.reads)}" if bench.reads else ""
    return (
        f"no {lacking} row is found: {found.tried} were tried{fields}{told}. "
        f'Give some in a file, by --rows: rows = {{"{label}": [{{"field": value}}]}}'
    )


def _size(kept: Kept) -> int:
    return len(repr(kept.row))
