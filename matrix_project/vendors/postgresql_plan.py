"""PostgreSQL's plans.

https://www.postgresql.org/docs/current/using-explain.html
https://www.postgresql.org/docs/current/indexes-index-only-scans.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from matrix_project.vendors.planning import Access, Planned, Planning, Row

__all__ = ["PLANNING"]


def _read(rows: Sequence[Row]) -> Planned:
    text = "\n".join(str(value) for row in rows for value in row.values())
    fetches = re.search(r"Heap Fetches: (\d+)", text)
    access: Access = "index_only" if "Index Only Scan" in text else "index"
    if "Seq Scan" in text:
        access = "scan"
    return Planned(access, text, int(fetches[1]) if fetches else None)


PLANNING = Planning(
    # VACUUM sets the visibility map, without which every row is looked up; and it passes over rows
    # whose commit is not written yet, as it may be where `synchronous_commit` is off.
    refresh=(
        "SET synchronous_commit = on",
        "ANALYZE {table}",
        "VACUUM {table}",
        "RESET synchronous_commit",
    ),
    explain="EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF, SUMMARY OFF)",
    read=_read,
    durability={
        name: f"SHOW {name}" for name in ("fsync", "synchronous_commit", "full_page_writes")
    },
)
