"""MariaDB, as far as it differs from MySQL.

https://mariadb.com/docs/server/reference/error-codes/mariadb-error-code-reference
"""

from __future__ import annotations

import re

from matrix_project.vendors import mariadb_server, mysql, mysql_plan, mysql_server
from matrix_project.vendors.base import Raised, Vendor

__all__ = ["VENDOR"]

# A connection that was killed, and the time-out of a statement: MariaDB's alone.
_FAULTS = mysql.FAULTS | {"1927", "1969"}
_QUOTED = re.compile(mysql.QUOTED)


def _read_error(error: BaseException) -> Raised:
    code, message = mysql.told(error)
    constraint = None
    if code in {"1062", "1586"}:
        constraint = mysql.duplicate_key(message)
    elif code == "4025":
        # "CONSTRAINT `name` failed for `database`.`table`": the name stands first in all languages.
        found = _QUOTED.search(message)
        constraint = mysql.unquoted(found[0]) if found else None
    elif code in {"1451", "1452"}:
        constraint = mysql.foreign_key(message, doubled=True)
    return Raised(code, message, constraint)


VENDOR = Vendor(
    name="mariadb",
    title="MariaDB",
    engine="django.db.backends.mysql",
    driver="MySQLdb",
    distribution="mysqlclient",
    # Django itself takes MariaDB for a MySQL.
    serves=lambda connection: connection.vendor == "mysql" and connection.mysql_is_mariadb,
    read_error=_read_error,
    is_fault=lambda code: mysql.tells_fault(code, _FAULTS),
    catalogue=mysql.catalogue,
    settings={
        **mysql.SETTINGS,
        "check_constraint_checks": "SELECT @@SESSION.check_constraint_checks",
    },
    server_version=mysql.server_version,
    planning=mysql_plan.PLANNING,
    session=(mysql.ENGLISH,),
    oldest=mariadb_server.oldest,
    driver_help=mysql_server.DRIVER_HELP,
    access=mariadb_server.ACCESS,
    image=mariadb_server.IMAGE,
    recipe=mariadb_server.RECIPE,
)
