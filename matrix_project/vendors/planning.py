"""How a vendor tells a query's plan, and whether it waits for its disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

__all__ = ["Access", "Planned", "Planning", "Row"]

Access = Literal["index_only", "index", "scan"]
"""What answers a query: the index alone, the index and the rows, or the whole table."""
Row = Mapping[str, object]
"""A line of EXPLAIN by the names of its columns."""


@dataclass(frozen=True)
class Planned:
    """What a plan tells."""

    access: Access
    text: str
    heap_fetches: int | None = None
    """How many rows had to be looked up; None where the plan does not tell."""


@dataclass(frozen=True)
class Planning:
    """How to ask one vendor."""

    refresh: Sequence[str]
    """What brings up to date what the planner knows of `{table}`."""
    explain: str
    """What stands before the query."""
    read: Callable[[Sequence[Row]], Planned]
    """Read the lines of a plan."""
    durability: Mapping[str, str]
    """The settings by which it waits for its disk, each with the query that reads it."""
