"""What a case adds to the ways in: probes of its own, questions and facts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from matrix_project.observe import Act, Fact, Row, Tables

__all__ = ["accepts", "asks", "rejects", "row", "shows", "validates"]

Rows = Sequence[Row | Mapping[str, Any]]


def rejects(title: str, do: Callable[[Tables], object], *, rows: Rows = ()) -> Act:
    """Return a probe of the case's own that breaks the promise."""
    return Act(title=title, do=do, expect="reject", rows=rows)


def accepts(title: str, do: Callable[[Tables], object], *, rows: Rows = ()) -> Act:
    """Return a probe of the case's own that keeps the promise."""
    return Act(title=title, do=do, expect="accept", rows=rows)


def asks(title: str, do: Callable[[Tables], object], *, rows: Rows = ()) -> Act:
    """Return what a question does to find its answer."""
    return Act(title=title, do=do, rows=rows)


def validates(row: Mapping[str, Any], *, title: str, exclude: Collection[str] = ()) -> Act:
    """Return the `save()` of a row of which `full_clean()` is asked, too."""
    return Act(title=title, do=lambda t: t.save(row), validates=row, exclude=exclude)


def shows(
    title: str, look: Callable[[Tables], object], *, rows: Rows = (), without: bool = False
) -> Fact:
    """Return something else to look at; `without` the constraint, where that is asked for."""
    return Fact(title=title, look=look, rows=rows, without=without)


def row(model: str, /, **values: Any) -> Row:
    """Return a row of another of the case's models."""
    return Row(model, values)
