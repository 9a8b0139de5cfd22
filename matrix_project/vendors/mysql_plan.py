"""The plans of MySQL and MariaDB.

https://dev.mysql.com/doc/refman/en/explain-output.html
https://mariadb.com/docs/server/reference/sql-statements/administrative-sql-statements/analyze-and-explain-statements/explain
"""

from __future__ import annotations

from collections.abc import Sequence

from matrix_project.vendors.planning import Access, Planned, Planning, Row

__all__ = ["PLANNING"]

_TOLD = ("type", "key", "key_len", "rows", "Extra")


def _read(rows: Sequence[Row]) -> Planned:
    (row,) = rows
    extra = str(row["Extra"] or "").split("; ")
    access: Access = "scan"
    if row["key"] is not None:
        access = "index_only" if "Using index" in extra else "index"
    told = {name: "NULL" if row[name] is None else row[name] for name in _TOLD}
    return Planned(access, ", ".join(f"{name}: {value}" for name, value in told.items()))


PLANNING = Planning(
    refresh=("ANALYZE TABLE {table}",),
    # Elsewhere MySQL tells a tree, which has no word for the lookup of one row.
    explain="EXPLAIN FORMAT=TRADITIONAL",
    read=_read,
    durability={
        name: f"SELECT @@{name}"
        for name in ("innodb_flush_log_at_trx_commit", "innodb_doublewrite", "sync_binlog")
    },
)
