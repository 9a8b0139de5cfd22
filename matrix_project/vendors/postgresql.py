"""PostgreSQL.

https://www.postgresql.org/docs/current/errcodes-appendix.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matrix_project.vendors import postgresql_held, postgresql_plan, postgresql_server
from matrix_project.vendors.base import Entry, Locks, Raised, Vendor
from matrix_project.which_constraint import which_constraint

__all__ = ["VENDOR"]

# Lost connections, no resources, an operator's or the system's doing, our own rights.
_FAULTS = ("08", "53", "57", "58", "F0", "XX", "28", "3D", "40001", "40003", "40P01", "42501")
_LOCKED = "55P03"

# NOT NULL has been a constraint of the catalogue since PostgreSQL 18; it is a column's own
# everywhere else. An index that a constraint owns is told by the constraint.
# https://www.postgresql.org/docs/current/catalog-pg-constraint.html
_CATALOGUE = """
SELECT t.relname, c.conname, pg_get_constraintdef(c.oid)
FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
WHERE t.relname = ANY(%(tables)s) AND pg_table_is_visible(t.oid) AND c.contype NOT IN ('n', 't')
UNION ALL
SELECT t.relname, i.relname, pg_get_indexdef(x.indexrelid)
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
WHERE t.relname = ANY(%(tables)s) AND pg_table_is_visible(t.oid)
AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = x.indexrelid AND c.contype <> 'f')
"""


# The columns came one by one: the provider with PostgreSQL 15, its locale by this name with 17.
# https://www.postgresql.org/docs/current/catalog-pg-database.html
_DATABASE = "FROM to_jsonb((SELECT d FROM pg_database d WHERE datname = current_database())) d"


def _read_error(error: BaseException) -> Raised:
    code = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)
    # psycopg2 ends the server's words with a line end.
    return Raised.of(code, str(error).rstrip("\n"), which_constraint(error))


def _is_fault(code: str | None) -> bool:
    return code is None or code.startswith(_FAULTS) or code == _LOCKED


def _catalogue(cursor: Any, tables: Sequence[str]) -> list[Entry]:
    cursor.execute(_CATALOGUE, {"tables": list(tables)})
    return [Entry(*row) for row in cursor.fetchall()]


def _server_version(connection: Any) -> str:
    # Django's number does not tell a pre-release from the release.
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return _text(cursor.fetchone()[0]).partition(" ")[0]


def _text(value: object) -> str:
    # psycopg gives bytes where the server's encoding is SQL_ASCII.
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


VENDOR = Vendor(
    name="postgresql",
    title="PostgreSQL",
    engine="django.db.backends.postgresql",
    drivers=postgresql_server.DRIVERS,
    serves=lambda connection: connection.vendor == "postgresql",
    read_error=_read_error,
    is_fault=_is_fault,
    catalogue=_catalogue,
    settings={
        "encoding": "SHOW server_encoding",
        "collation": f"SELECT d->>'datcollate' {_DATABASE}",
        "character_type": f"SELECT d->>'datctype' {_DATABASE}",
        "locale_provider": "SELECT CASE d->>'datlocprovider' WHEN 'i' THEN 'icu' WHEN 'b' THEN"
        f" 'builtin' ELSE 'libc' END {_DATABASE}",
        "locale": f"SELECT COALESCE(d->>'datlocale', d->>'daticulocale') {_DATABASE}",
        "isolation": "SHOW transaction_isolation",
        "lc_messages": "SHOW lc_messages",
        "standard_conforming_strings": "SHOW standard_conforming_strings",
        "time_zone": "SHOW timezone",
    },
    server_version=_server_version,
    # What pg_stat_activity shows stays the same within a transaction; locks do not.
    # https://www.postgresql.org/docs/current/monitoring-stats.html
    locks=Locks(
        limit="SET lock_timeout = '{}s'",
        timed_out=frozenset((_LOCKED,)),
        session="SELECT pg_backend_pid()",
        waits="SELECT count(*) FROM pg_locks WHERE NOT granted AND pid = {}",
    ),
    planning=postgresql_plan.PLANNING,
    reading=postgresql_held.READING,
    shows_keys=True,
    strict=True,
    apps=("django.contrib.postgres",),
    oldest=postgresql_server.oldest,
    access=postgresql_server.ACCESS,
    image=postgresql_server.IMAGE,
    recipe=postgresql_server.RECIPE,
)
