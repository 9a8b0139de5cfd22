"""What differs from image to image for the provider `container`: a table, a row a vendor.

The images' own documentation: https://github.com/docker-library/docs/blob/master/postgres/README.md,
https://github.com/docker-library/docs/blob/master/mysql/README.md,
https://github.com/docker-library/docs/blob/master/mariadb/README.md
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from matrix_project.servers.databases import DIALECTS, greet

__all__ = ["IMAGES", "Image"]

_SECONDS_TO_CONNECT = 3
# What a MySQL client says of a refused password, and of a plugin that it cannot load.
# https://dev.mysql.com/doc/mysql-errors/en/client-error-reference.html
_FINAL = (1045, 2059)


@dataclass(frozen=True)
class Image:
    """How the official image of a vendor is run."""

    engine: str
    """Django's `ENGINE`."""
    port: int
    user: str
    """The administrator, who has every right that the suite needs."""
    tmpfs: str
    """The folder to keep in memory: the data are in it."""
    environment: Mapping[str, str]
    flags: tuple[str, ...]
    """The server's options. The data are thrown away, so that nothing has to wait for a disk. What
    a user sees of a constraint (SQL mode, collation, isolation level) is as the image has it."""

    def refusal(self, entry: Mapping[str, str]) -> Exception | None:
        """Put a first query to the server at `entry`, one of Django's `DATABASES`.

        Returns None, or the driver's error where there is no answer yet; raises one that no waiting
        mends.
        """
        driver: Any = importlib.import_module(DIALECTS[self.engine].driver)
        try:
            greet(entry, seconds=_SECONDS_TO_CONNECT)
        except driver.OperationalError as error:
            if error.args and error.args[0] in _FINAL:
                raise
            refusal: Exception = error
            return refusal
        return None


_MYSQL_FAMILY = (
    "--innodb-doublewrite=OFF",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-buffer-pool-size=32M",
    "--performance-schema=OFF",
    "--skip-log-bin",
    # As Django asks for. Older servers have another default, which some images change and some not:
    # https://docs.djangoproject.com/en/stable/ref/databases/#encoding
    "--character-set-server=utf8mb4",
)
_MARIADB = Image(
    engine="django.db.backends.mysql",
    port=3306,
    user="root",
    tmpfs="/var/lib/mysql",
    # A server has no time zone tables by itself; the image would fill them.
    environment={"MYSQL_INITDB_SKIP_TZINFO": "1"},
    flags=(*_MYSQL_FAMILY, "--innodb-log-file-size=8M"),
)

IMAGES: Mapping[str, Image] = {
    "postgresql": Image(
        engine="django.db.backends.postgresql",
        port=5432,
        user="postgres",
        # The image's own data folder moved with PostgreSQL 18; this one is the same in all.
        tmpfs="/var/lib/matrix",
        environment={
            "PGDATA": "/var/lib/matrix/data",
            "POSTGRES_INITDB_ARGS": "--encoding=UTF8 --locale=C",
        },
        # https://www.postgresql.org/docs/current/non-durability.html
        flags=("-cfsync=off", "-cfull_page_writes=off", "-csynchronous_commit=off"),
    ),
    "mysql": replace(
        _MARIADB, flags=(*_MYSQL_FAMILY, "--innodb-redo-log-capacity=8M", "--mysqlx=OFF")
    ),
    "mariadb": _MARIADB,
}
