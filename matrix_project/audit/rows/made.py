"""What is made for a constraint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from matrix_project.observe.subject import Row

__all__ = ["Disagreement", "Made", "Verdict"]

Verdict = Literal["accepted", "rejected"]


@dataclass(frozen=True, kw_only=True)
class Disagreement:
    """A row of which Django's validation and the constraint's condition say different things."""

    row: Mapping[str, Any]
    validation: Verdict
    """What Django's `validate()` says of it."""
    reference: Verdict
    """What a query with the condition says of it on the reference database."""


@dataclass(frozen=True, kw_only=True)
class Made:
    """The rows for one constraint."""

    rows: Sequence[Row | Mapping[str, Any]] = ()
    """What is there before each probe: rows of other models, then those of the observed one."""
    valid: Sequence[Mapping[str, Any]] = ()
    """Each is accepted beside `rows`."""
    violating: Sequence[Mapping[str, Any]] = ()
    """Each violates the constraint; the table without it takes the row, if any row can be had."""
    lacking: str | None = None
    """Why there is no violating or no valid row, and what was tried."""
    disagreements: Sequence[Disagreement] = ()
    """The smallest first."""
