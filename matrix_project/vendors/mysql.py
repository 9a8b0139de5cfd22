"""MySQL, and what MariaDB shares with it.

https://dev.mysql.com/doc/mysql-errors/9.7/en/server-error-reference.html
"""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from typing import Any

from matrix_project.vendors import mysql_plan, mysql_server
from matrix_project.vendors.base import Entry, Raised, Vendor

__all__ = [
    "ENGLISH",
    "FAULTS",
    "QUOTED",
    "SETTINGS",
    "VENDOR",
    "catalogue",
    "duplicate_key",
    "foreign_key",
    "server_version",
    "tells_fault",
    "told",
    "unquoted",
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
# Time-outs of a statement, of a lock that is not waited for, and of a connection: MySQL's alone.
_OWN_FAULTS = FAULTS | {"3024", "3572", "4031"}
# https://dev.mysql.com/doc/mysql-errors/9.7/en/client-error-reference.html
_CLIENT = range(2000, 3000)

# In quotes of MySQL's or, by the SQL mode ANSI_QUOTES, the standard's.
QUOTED = r"""(`(?:[^`]|``)+`|"(?:[^"]|"")+")"""
# A line of SHOW CREATE TABLE: a constraint or an index.
# https://dev.mysql.com/doc/refman/en/show-create-table.html
_LINE = re.compile(
    rf"(?:CONSTRAINT {QUOTED} |(?:UNIQUE |FULLTEXT |SPATIAL |VECTOR )?KEY {QUOTED} |PRIMARY )"
)
_COLUMN_CHECK = re.compile(rf"^{QUOTED} .* (CHECK \(.*\))$", re.DOTALL)
# "Duplicate entry '…' for key '…'". The value may hold these words too, so that the last ones
# count; in other languages the words differ, and the order does not.
_KEY = re.compile(r"Duplicate entry '.*' for key '(.+)'", re.DOTALL)
_KEY_ELSEWHERE = re.compile(r".*[ 键]'(.+)'[^']*", re.DOTALL)
_FOREIGN_KEY = re.compile(r"""CONSTRAINT ([`"])(.+?)\1 FOREIGN KEY""", re.DOTALL)

SETTINGS = {
    "sql_mode": "SELECT @@SESSION.sql_mode",
    "character_set": "SELECT @@character_set_database",
    "collation": "SELECT @@collation_database",
    "isolation": "SELECT @@SESSION.transaction_isolation",
    "storage_engine": "SELECT @@default_storage_engine",
    "lower_case_table_names": "SELECT @@lower_case_table_names",
    "foreign_key_checks": "SELECT @@SESSION.foreign_key_checks",
    "time_zone_tables": "SELECT CASE WHEN CONVERT_TZ('2000-01-01', 'UTC', 'Europe/Paris') IS NULL"
    " THEN 'empty' ELSE 'loaded' END",
}


def told(error: BaseException) -> tuple[str | None, str]:
    """Return the errno and the message of mysqlclient's exception."""
    if len(error.args) == 2 and isinstance(error.args[0], int):  # noqa: PLR2004 (errno and message)
        return str(error.args[0]), str(error.args[1])
    return None, str(error)


def duplicate_key(message: str) -> str | None:
    """Return the key that a duplicate entry is told of, in whatever language."""
    found = _KEY.fullmatch(message) or _KEY_ELSEWHERE.fullmatch(message)
    return found[1] if found else None


def foreign_key(message: str, *, doubled: bool) -> str | None:
    """Return the foreign key that a message tells in the words of its declaration.

    `doubled` says whether the quotes in the name are doubled there.
    """
    found = _FOREIGN_KEY.search(message)
    if found is None:
        return None
    return found[2].replace(found[1] * 2, found[1]) if doubled else found[2]


def unquoted(name: str) -> str:
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
        return Entry(table, unquoted(name) if name else "PRIMARY", line)
    if (match := _COLUMN_CHECK.match(line)) is not None:
        # MariaDB names the check of a column after it. https://mariadb.com/docs/server/reference
        return Entry(table, f"{table}.{unquoted(match[1])}", match[2])
    return None


def _quoted(name: str) -> str:
    return "`{}`".format(name.replace("`", "``"))


def server_version(connection: Any) -> str:
    """Return the server's version without what a distribution adds to it."""
    return ".".join(str(part) for part in connection.get_database_version())


def _read_error(error: BaseException) -> Raised:
    code, message = told(error)
    constraint = None
    if code in {"1062", "1586"}:
        # `table.key`: https://dev.mysql.com/doc/relnotes/mysql/8.0/en/news-8-0-19.html
        key = duplicate_key(message)
        constraint = key and (key.partition(".")[2] or key)
    elif code in {"3819", "3822"}:
        found = re.search(r"'(.+)'", message, re.DOTALL)
        constraint = found[1] if found else None
    elif code in {"1451", "1452"}:
        constraint = foreign_key(message, doubled=False)
    return Raised(code, message, constraint)


VENDOR = Vendor(
    name="mysql",
    title="MySQL",
    engine="django.db.backends.mysql",
    driver="MySQLdb",
    distribution="mysqlclient",
    serves=lambda connection: connection.vendor == "mysql" and not connection.mysql_is_mariadb,
    read_error=_read_error,
    is_fault=lambda code: tells_fault(code, _OWN_FAULTS),
    catalogue=catalogue,
    settings=SETTINGS,
    server_version=server_version,
    planning=mysql_plan.PLANNING,
    session=(ENGLISH,),
    oldest=mysql_server.oldest,
    driver_help=mysql_server.DRIVER_HELP,
    access=mysql_server.ACCESS,
    image=mysql_server.IMAGE,
    recipe=mysql_server.RECIPE,
)
