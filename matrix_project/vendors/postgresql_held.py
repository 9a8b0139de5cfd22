"""What PostgreSQL's catalogue tells of a table's constraints and unique indexes.

https://www.postgresql.org/docs/current/catalog-pg-constraint.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matrix_project.vendors.held import Held, Kind, Reading

__all__ = ["READING"]

# As Django quotes a name: `schema"."table` is one of another schema.
_TABLES = """
SELECT c.oid, asked FROM unnest(%(tables)s::text[]) asked
JOIN pg_class c ON c.oid = to_regclass('"' || asked || '"') WHERE c.relkind IN ('r', 'p', 'f')
"""

# Columns that came with a later version are asked for in the row as JSON: `indnullsnotdistinct`
# with PostgreSQL 15, `conenforced` with 18. `pg_get_indexdef` of a key leaves its collation out.
_INDEXES = """
SELECT t.oid AS table, COALESCE(c.conname, i.relname) AS name,
    CASE WHEN c.contype = 'x' THEN 'x' WHEN x.indisprimary THEN 'p'
        WHEN x.indisunique THEN 'u' ELSE 'i' END AS type,
    COALESCE(pg_get_constraintdef(c.oid), pg_get_indexdef(x.indexrelid)) AS definition,
    ARRAY(SELECT pg_get_indexdef(x.indexrelid, n, false)
        || COALESCE((SELECT ' COLLATE ' || quote_ident(o.collname) FROM pg_collation o
            WHERE o.oid = x.indcollation[n - 1] AND o.oid <> COALESCE((SELECT a.attcollation
                FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attnum = x.indkey[n - 1]
                AND a.attnum <> 0), 100)), '')
        FROM generate_series(1, x.indnkeyatts) n ORDER BY n) AS keys,
    ARRAY(SELECT pg_get_indexdef(x.indexrelid, n, false)
        FROM generate_series(x.indnkeyatts + 1, x.indnatts) n ORDER BY n) AS include,
    ARRAY(SELECT o.oprname FROM unnest(c.conexclop) WITH ORDINALITY u(op, n)
        JOIN pg_operator o ON o.oid = u.op ORDER BY n) AS operators,
    m.amname AS method,
    pg_get_expr(x.indpred, x.indrelid) AS condition,
    COALESCE(c.condeferrable, false) AS deferrable, COALESCE(c.condeferred, false) AS deferred,
    COALESCE((to_jsonb(x)->>'indnullsnotdistinct')::boolean, false) AS nulls_not_distinct,
    x.indisvalid AS validated
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_am m ON m.oid = i.relam
    JOIN pg_class t ON t.oid = x.indrelid
    LEFT JOIN pg_constraint c ON c.conindid = x.indexrelid AND c.contype IN ('p', 'u', 'x')
WHERE x.indrelid = ANY(%(tables)s)
"""
_CONSTRAINTS = """
SELECT t.oid AS table, c.conname AS name, c.contype::text AS type,
    pg_get_constraintdef(c.oid) AS definition,
    ARRAY(SELECT quote_ident(a.attname) FROM unnest(c.conkey) WITH ORDINALITY k(num, n)
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.num ORDER BY n) AS keys,
    pg_get_expr(c.conbin, c.conrelid) AS condition,
    c.condeferrable AS deferrable, c.condeferred AS deferred, c.convalidated AS validated,
    COALESCE((to_jsonb(c)->>'conenforced')::boolean, true) AS enforced,
    r.relname AS referred,
    ARRAY(SELECT a.attname::text FROM unnest(c.confkey) WITH ORDINALITY k(num, n)
        JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.num ORDER BY n)
        AS referred_columns
FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
    LEFT JOIN pg_class r ON r.oid = c.confrelid
WHERE c.conrelid = ANY(%(tables)s) AND c.contype IN ('c', 'f')
"""
_KINDS: Mapping[str, Kind] = {
    "p": "primary_key",
    "u": "unique",
    "x": "exclusion",
    "i": "index",
    "c": "check",
    "f": "foreign_key",
}
_BYTES_OF_A_NAME = 63


def _held(cursor: Any, tables: Sequence[str]) -> dict[str, list[Held]]:
    cursor.execute(_TABLES, {"tables": list(tables)})
    there: dict[int, str] = dict(cursor.fetchall())
    found: dict[str, list[Held]] = {table: [] for table in there.values()}
    for query in (_INDEXES, _CONSTRAINTS):
        cursor.execute(query, {"tables": list(there)})
        names = [column[0] for column in cursor.description]
        for values in cursor.fetchall():
            row = dict(zip(names, values, strict=True))
            table = there[row["table"]]
            found[table].append(_of(table, row))
    return found


def _of(table: str, row: Mapping[str, Any]) -> Held:
    referred = [row["referred"], *row["referred_columns"]] if row.get("referred") else []
    return Held(
        table=table,
        name=row["name"],
        kind=_KINDS[row["type"]],
        definition=row["definition"],
        keys=tuple(row["keys"]),
        condition=row["condition"],
        operators=tuple(row.get("operators", ())),
        method=row["method"] if row["type"] == "x" else None,
        include=tuple(row.get("include", ())),
        deferrable=("deferred" if row["deferred"] else "immediate") if row["deferrable"] else None,
        nulls_distinct=not row.get("nulls_not_distinct", False),
        validated=row["validated"],
        enforced=row.get("enforced", True),
        references=tuple(referred),
    )


def _settings(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the same without a pool, whose connections are opened on their own."""
    options = {key: value for key, value in entry.get("OPTIONS", {}).items() if key != "pool"}
    return {**entry, "OPTIONS": options}


def _same_name(name: str) -> str:
    """Cut a name as the server does, and leave a table's schema out.

    https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS
    """
    return name.rpartition('"."')[2].encode()[:_BYTES_OF_A_NAME].decode(errors="ignore")


READING = Reading(
    held=_held, begin=("SET TRANSACTION READ ONLY",), settings=_settings, same_name=_same_name
)
