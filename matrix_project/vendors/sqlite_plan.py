"""SQLite's plans.

https://www.sqlite.org/eqp.html
"""

from __future__ import annotations

from collections.abc import Sequence

from matrix_project.vendors.planning import Access, Planned, Planning, Row

__all__ = ["PLANNING"]


def _read(rows: Sequence[Row]) -> Planned:
    text = "\n".join(str(row["detail"]) for row in rows)
    access: Access = "index_only" if "USING COVERING INDEX" in text else "index"
    if "INDEX" not in text and "PRIMARY KEY" not in text:
        access = "scan"
    return Planned(access, text)


PLANNING = Planning(
    refresh=("ANALYZE {table}",),
    explain="EXPLAIN QUERY PLAN",
    read=_read,
    durability={name: f"PRAGMA {name}" for name in ("synchronous", "journal_mode")},
)
