"""MariaDB, as far as it differs from MySQL.

https://mariadb.com/docs/server/reference/error-codes/mariadb-error-code-reference
"""

from __future__ import annotations

from matrix_project.vendors import mariadb_server, mysql, mysql_held, mysql_plan, mysql_server
from matrix_project.vendors.base import Vendor

__all__ = ["VENDOR"]

# A connection that was killed, and the time-out of a statement: MariaDB's alone.
_FAULTS = mysql.FAULTS | {"1927", "1969"}

VENDOR = Vendor(
    name="mariadb",
    title="MariaDB",
    engine="django.db.backends.mysql",
    drivers=("MySQLdb",),
    # Django itself takes MariaDB for a MySQL.
    serves=lambda connection: connection.vendor == "mysql" and connection.mysql_is_mariadb,
    read_error=mysql.read_error,
    is_fault=lambda code: mysql.tells_fault(code, _FAULTS),
    catalogue=mysql.catalogue,
    settings={
        **mysql.SETTINGS,
        # MySQL's name for it came with MariaDB 11.1.
        "isolation": "SELECT variable_value FROM information_schema.session_variables"
        " WHERE variable_name IN ('TX_ISOLATION', 'TRANSACTION_ISOLATION') LIMIT 1",
        "check_constraint_checks": "SELECT @@SESSION.check_constraint_checks",
        "innodb_snapshot_isolation": "SELECT @@SESSION.innodb_snapshot_isolation",
    },
    server_version=mysql.server_version,
    locks=mysql.LOCKS,
    planning=mysql_plan.PLANNING,
    reading=mysql_held.READING,
    session=(mysql.ENGLISH,),
    oldest=mariadb_server.oldest,
    driver_help=mysql_server.DRIVER_HELP,
    access=mariadb_server.ACCESS,
    image=mariadb_server.IMAGE,
    recipe=mariadb_server.RECIPE,
)
