"""MariaDB's servers, as far as they differ from MySQL's.

https://mariadb.com/docs/server/server-management/variables-and-modes/server-system-variables,
https://github.com/docker-library/docs/blob/master/mariadb/README.md
"""

from __future__ import annotations

from dataclasses import replace

from matrix_project.vendors import mysql_server
from matrix_project.vendors.serving import Recipe

__all__ = ["ACCESS", "IMAGE", "RECIPE", "oldest"]


def oldest() -> tuple[int, ...] | None:
    """Return the oldest version that the installed Django supports."""
    return mysql_server.oldest(mariadb=True)


# dj-database-url knows MariaDB as MySQL alone.
ACCESS = replace(mysql_server.ACCESS, own="MariaDB", scheme="mariadb", parsed_as="mysql")

IMAGE = replace(
    mysql_server.IMAGE,
    name="mariadb",
    megabytes=120,
    flags=(*mysql_server.IMAGE_FLAGS, "--innodb-log-file-size=8M"),
)

_OPTIONS = (*mysql_server.OPTIONS, "--innodb-log-file-size=8M", "--skip-ssl")

RECIPE = Recipe(
    user="matrix",
    programs={"server": "usr/sbin/mariadbd"},
    paths={"charsets": "usr/share/m*/charsets"},
    # What mariadb-install-db does, but for the accounts of root, the help tables and `sys`.
    initialise=(*_OPTIONS, "--bootstrap"),
    preface="CREATE DATABASE mysql;\nUSE mysql;\n",
    feed=(
        "usr/share/m*/m*_system_tables.sql",
        "usr/share/m*/m*_performance_tables.sql",
        "usr/share/m*/maria_add_gis_sp_bootstrap.sql",
    ),
    serve=(*_OPTIONS, *mysql_server.SERVE),
    files={"init.sql": mysql_server.ACCOUNT},
    ready="ready for connections",
    errors=mysql_server.ERRORS,
)
