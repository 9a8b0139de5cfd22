"""MySQL, and what MariaDB shares with it.

https://dev.mysql.com/doc/mysql-errors/9.7/en/server-error-reference.html
"""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from typing import Any

from matrix_project.vendors import mysql_held, mysql_plan, mysql_server
from matrix_project.vendors.base import Entry, Locks, Raised, Vendor
from matrix_project.which_constraint import which_constraint

__all__ = [
    "ENGLISH",
    "FAULTS",
    "LOCKS",
    "SETTINGS",
    "VENDOR",
    "catalogue",
    "read_error",
    "server_version",
    "tells_fault",
]

ENGLISH = "SET SESSION lc_messages = 'en_US'"

# The disk, the memory, connections, shutting down, locks, a storage engine's own trouble; rights,
# and a password that has to be changed: by them no database answers a constraint.
FAULTS = mysql_server.DENIED | frozenset(
    (
        *("0", "3", "11", "28", "1021", "1026", "1030", "1037", "1038", "1040", "1041", "1042"),
        *("1043", "1045", "1046", "1049", "1053", "1077", "1078", "1079", "1080", "1081"),
        *("1114", "1129", "1130", "1135", "1152", "1158", "1159", "1160", "1161"),
        *("1180", "1184", "1203", "1205", "1206", "1213", "1226", "1290", "1317", "1792"),
        *("1698", "1820", "1836", "1862", "1874"),
    )
)
# Locks of rows and, by the session's state, those of tables.
# https://dev.mysql.com/doc/refman/en/information-schema-innodb-trx-table.html
LOCKS = Locks(
    limit="SET SESSION innodb_lock_wait_timeout = {0}, lock_wait_timeout = {0}",
    timed_out=frozenset(("1205",)),
    session="SELECT CONNECTION_ID()",
    waits="SELECT (SELECT COUNT(*) FROM information_schema.innodb_trx"
    " WHERE trx_mysql_thread_id = {0} AND trx_state = 'LOCK WAIT')"
    " + (SELECT COUNT(*) FROM information_schema.processlist"
    " WHERE id = {0} AND state LIKE 'Waiting for % lock')",
    # https://dev.mysql.com/doc/refman/en/general-thread-states.html
    alters="SELECT COUNT(*) FROM information_schema.processlist"
    " WHERE id = {} AND state IN ('altering table', 'copy to tmp table')",
    # What anybody asked for within the last tenth of a second is told again as it was.
    # https://dev.mysql.com/doc/refman/en/innodb-information-schema-internal-data.html
    seconds_between=0.12,
)
# Time-outs of a statement, of a lock that is not waited for, and of a connection: MySQL's alone.
_OWN_FAULTS = FAULTS | {"3024", "3572", "4031"}
# https://dev.mysql.com/doc/mysql-errors/9.7/en/client-error-reference.html
_CLIENT = range(2000, 3000)

# In quotes of MySQL's or, by the SQL mode ANSI_QUOTES, the standard's.
_QUOTED = r"""(`(?:[^`]|``)+`|"(?:[^"]|"")+")"""
# A line of SHOW CREATE TABLE: a constraint or an index.
# https://dev.mysql.com/doc/refman/en/show-create-table.html
_LINE = re.compile(
    rf"(?:CONSTRAINT {_QUOTED} |(?:UNIQUE |FULLTEXT |SPATIAL |VECTOR )?KEY {_QUOTED} |PRIMARY )"
)
_COLUMN_CHECK = re.compile(rf"^{_QUOTED} .* (CHECK \(.*\))$", re.DOTALL)

SETTINGS = {
    "sql_mode": "SELECT @@SESSION.sql_mode",
    # Of the database, and so of a column that names none: Django's name none.
    "character_set": "SELECT @@character_set_database",
    "collation": "SELECT @@collation_database",
    "server_character_set": "SELECT @@GLOBAL.character_set_server",
    "server_collation": "SELECT @@GLOBAL.collation_server",
    "connection_collation": "SELECT @@SESSION.collation_connection",
    "isolation": "SELECT @@SESSION.transaction_isolation",
    "storage_engine": "SELECT @@default_storage_engine",
    "lower_case_table_names": "SELECT @@lower_case_table_names",
    "foreign_key_checks": "SELECT @@SESSION.foreign_key_checks",
    "time_zone": "SELECT @@SESSION.time_zone",
    "time_zone_tables": "SELECT CASE WHEN CONVERT_TZ('2000-01-01', 'UTC', 'Europe/Paris') IS NULL"
    " THEN 'empty' ELSE 'loaded' END",
}


def read_error(error: BaseException) -> Raised:
    """Read mysqlclient's exception: its arguments are the errno and the message."""
    match error.args:
        case (int(code), message):
            return Raised.of(str(code), str(message), which_constraint(error))
    return Raised(None, str(error))


def _unquoted(name: str) -> str:
    """Return a name without the quotes around it, which are doubled in it."""
    return name[1:-1].replace(name[0] * 2, name[0])


def tells_fault(code: str | None, faults: Container[str]) -> bool:
    """Tell whether the server or the connection is in trouble; the client's own codes all do."""
    return code is None or code in faults or int(code) in _CLIENT


def catalogue(cursor: Any, tables: Sequence[str]) -> list[Entry]:
    """Read the constraints and indexes of tables from `SHOW CREATE TABLE`."""
    cursor.execute(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()"  # noqa: S608
        f" AND table_name IN ({', '.join(['%s'] * len(tables))})",
        list(tables),
    )
    found = []
    for (table,) in cursor.fetchall():
        cursor.execute(f"SHOW CREATE TABLE {_quoted(table)}")
        create = cursor.fetchone()[1]
        lines = (line.strip().removesuffix(",") for line in create.split("\n")[1:-1])
        found += [entry for line in lines if (entry := _entry(table, line)) is not None]
    return found


def _entry(table: str, line: str) -> Entry | None:
    if (match := _LINE.match(line)) is not None:
        name = match[1] or match[2]
        return Entry(table, _unquoted(name) if name else "PRIMARY", line)
    if (match := _COLUMN_CHECK.match(line)) is not None:
        # MariaDB names the check of a column after it. https://mariadb.com/docs/server/reference
        return Entry(table, f"{table}.{_unquoted(match[1])}", match[2])
    return None


def _quoted(name: str) -> str:
    return "`{}`".format(name.replace("`", "``"))


def server_version(connection: Any) -> str:
    """Return the server's version without what a distribution adds to it."""
    return ".".join(str(part) for part in connection.get_database_version())


VENDOR = Vendor(
    name="mysql",
    title="MySQL",
    engine="django.db.backends.mysql",
    drivers=("MySQLdb",),
    serves=lambda connection: connection.vendor == "mysql" and not connection.mysql_is_mariadb,
    read_error=read_error,
    is_fault=lambda code: tells_fault(code, _OWN_FAULTS),
    catalogue=catalogue,
    settings=SETTINGS,
    server_version=server_version,
    locks=LOCKS,
    planning=mysql_plan.PLANNING,
    reading=mysql_held.READING,
    session=(ENGLISH,),
    oldest=mysql_server.oldest,
    driver_help=mysql_server.DRIVER_HELP,
    access=mysql_server.ACCESS,
    image=mysql_server.IMAGE,
    recipe=mysql_server.RECIPE,
)
