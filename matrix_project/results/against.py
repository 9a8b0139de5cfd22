"""What a comparison of a project's models with its own database found."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, get_args

import msgspec

__all__ = ["KINDS", "Against", "Finding", "Kind"]

Kind = Literal[
    "missing",
    "not-validated",
    "not-enforced",
    "different",
    "undeclared",
    "no-table",
    "not-compared",
    "renamed",
    "never-created",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""All kinds, those that need something done before the others."""


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A constraint that is not there as it is declared, or that is there and not declared."""

    id: str
    """`app_label.Model/constraint`; of what no model declares `table/constraint`."""
    kind: Kind
    summary: str
    """What was found, in one sentence."""
    table: str
    name: str | None = None
    """Its name in the database."""
    declared: str | None = None
    """The SQL that Django sends for it."""
    there: str | None = None
    """Its definition, as the catalogue prints it."""
    query: str | None = None
    """The query that finds the rows that are in its way."""
    file: str | None = None
    line: int | None = None


class Against(msgspec.Struct, frozen=True, kw_only=True):
    """A comparison."""

    alias: str
    vendor: str
    server_version: str
    compared: int
    """How many declared constraints were looked for."""
    same: int
    """How many of them are there as they are declared."""
    findings: list[Finding]

    def fails(self, kinds: Collection[str]) -> bool:
        """Return whether there is a finding of one of the kinds."""
        return any(each.kind in kinds for each in self.findings)
