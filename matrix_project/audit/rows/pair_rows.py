"""Rows for a constraint between rows: uniqueness, exclusion."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from matrix_project.audit.rows.evaluating import Assignment
from matrix_project.audit.rows.found import VIOLATING, Found
from matrix_project.audit.rows.pairs import Pairs
from matrix_project.audit.rows.values import NoRowError

__all__ = ["search_pairs"]

_MOST = 400
"""How many rows are tried."""


def search_pairs(found: Found) -> None:
    """Try rows beside one that is there: equal to it and not, out of the condition, with NULL."""
    pairs = Pairs.of(found.bench.target, found.maker.scene(found.base()))
    found.bench.reads = [each.name for each in pairs.keys]
    try:
        found.maker.prepare(pairs.keys, 2)
    except NoRowError as error:
        found.reasons[str(error)] = None
    for base in itertools.chain(found.given, pairs.bases()):
        if found.tried > _MOST:
            return
        found.there.clear()
        with found.maker.undone():
            row = _laid(found, base)
            if row is None:
                continue
            # What is valid beside one row may not be so beside another.
            found.valid.clear()
            read = {
                name: row[name]
                for name in dict.fromkeys([*base, *found.bench.reads])
                if name in row
            }
            for given in found.given:
                if given is not base:
                    found.attempt("given", given)
            _beside(found, pairs, read, row)
            _with_nulls(found, pairs, read, row)
        if found.violating or (found.refused and found.valid):
            return


def _laid(found: Found, given: Assignment) -> Mapping[str, Any] | None:
    """Put a row into the table that others are compared with, and that goes with what is there."""
    found.tried += 1
    try:
        row = found.maker.row(given)
    except NoRowError as error:
        found.reasons[str(error)] = None
        return None
    if (found.there or found.maker.has_put_own) and found.bench.tried(row).violates is not False:
        return None
    if refused := found.bench.put([row]):
        found.reasons[refused] = None
        return None
    found.there.append(row)
    return row


def _beside(found: Found, pairs: Pairs, base: Assignment, row: Assignment) -> None:
    """Try rows beside the one that is there."""
    for kind, values in pairs.equal(base, row):
        if len(found.violating) >= VIOLATING:
            break
        if found.bench.continues:
            found.attempt(kind, values, meant=True)
        else:
            found.want(kind, values, keep="violating")
    for options in (pairs.apart(base), pairs.outside(base), pairs.other_case(base)):
        before = len(found.valid)
        for kind, values in options:
            if len(found.valid) > before:
                break
            found.want(kind, values, keep=None if pairs.excludes else "valid")


def _with_nulls(found: Found, pairs: Pairs, base: Assignment, row: Assignment) -> None:
    """Try two rows with NULL in what is compared."""
    for given in pairs.nulls(base, row):
        if _laid(found, given) is None:
            continue
        before = len(found.valid) + len(found.violating)
        found.attempt("NULL", given)
        if len(found.valid) + len(found.violating) > before:
            return
        found.there.pop()
