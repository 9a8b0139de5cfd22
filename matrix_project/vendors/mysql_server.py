"""MySQL's servers, and what MariaDB's share with them.

https://dev.mysql.com/doc/refman/en/server-system-variables.html,
https://github.com/docker-library/docs/blob/master/mysql/README.md
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from typing import Any

from matrix_project.vendors.serving import Access, Image, Recipe, Right

__all__ = [
    "ACCESS",
    "ACCOUNT",
    "DENIED",
    "DRIVER_HELP",
    "ERRORS",
    "IMAGE",
    "IMAGE_FLAGS",
    "OPTIONS",
    "RECIPE",
    "SERVE",
    "oldest",
]

DRIVER_HELP = "run `python -m matrix_project.servers.mysqlclient`, which builds it"


def oldest(*, mariadb: bool = False) -> tuple[int, ...] | None:
    """Return the oldest version that the installed Django supports."""
    from types import SimpleNamespace

    from django.db.backends.mysql.features import DatabaseFeatures

    # Django asks the server which of the two it is; here there is none, and so it is told.
    server: Any = SimpleNamespace(mysql_is_mariadb=mariadb)
    found: tuple[int, ...] = DatabaseFeatures(server).minimum_database_version
    return found


def _connect(entry: Mapping[str, Any], options: Mapping[str, Any]) -> Any:
    host = "unix_socket" if entry["HOST"].startswith("/") else "host"
    names = {
        "USER": "user",
        "PASSWORD": "password",
        "HOST": host,
        "PORT": "port",
        "NAME": "database",
    }
    given = {name: entry[key] for key, name in names.items() if entry[key]}
    if "port" in given:
        given["port"] = int(given["port"])
    return importlib.import_module("MySQLdb").connect(**given, **options)


# Rights of a database, an account, a table, a column, a routine, the server; to grant; to make
# triggers beside a binary log.
# https://dev.mysql.com/doc/mysql-errors/en/server-error-reference.html
DENIED = frozenset({"1044", "1142", "1143", "1227", "1370", "1410", "1419"})

# The server looks at the rights before it looks for the database or the table.
_TRIALS = {
    "DROP": "DROP TABLE {name}.{name}",
    "CREATE": "CREATE TABLE {name}.{name} (id int PRIMARY KEY)",
    "ALTER": "ALTER TABLE {name}.{name} ADD n int",
    "INDEX": "CREATE INDEX n ON {name}.{name} (id)",
    "REFERENCES": "CREATE TABLE {name}.{name} (id int, FOREIGN KEY (id) REFERENCES {name}.n (id))",
    "SELECT": "SELECT * FROM {name}.{name}",
    "INSERT": "INSERT INTO {name}.{name} VALUES (1)",
    "UPDATE": "UPDATE {name}.{name} SET id = 1",
    "DELETE": "DELETE FROM {name}.{name}",
}
# https://dev.mysql.com/doc/refman/en/grant.html
_GRANT = r"GRANT {names} ON `constraint\_matrix\_%`.* TO 'USER'@'HOST'"

ACCESS = Access(
    connect=_connect,
    # An option file is read where one is named, and no other.
    # https://mysqlclient.readthedocs.io/user_guide.html#functions-and-attributes
    options={"charset": "utf8mb4", "connect_timeout": 10, "local_infile": 0},
    databases="SHOW DATABASES",
    # Without PROCESS, the list has the account's own connections alone, and InnoDB's is refused.
    in_use="SELECT db FROM information_schema.processlist"
    " UNION SELECT trx_id FROM information_schema.innodb_trx",
    creates=Right("CREATE", "CREATE DATABASE {name}", _GRANT),
    rights=tuple(Right(name, trial, _GRANT) for name, trial in _TRIALS.items()),
    denied=DENIED,
    like="SELECT @@character_set_database, @@collation_database",
    create="CREATE DATABASE {name} CHARACTER SET {0} COLLATE {1}",
    drop="DROP DATABASE IF EXISTS {name}",
    # A refused password, and a plugin that the client cannot load.
    # https://dev.mysql.com/doc/mysql-errors/en/client-error-reference.html
    hopeless=frozenset({1045, 2059}),
    version="SELECT VERSION()",
    series=r"\d+\.\d+",
    own=r"^(?!.*MariaDB)",
    scheme="mysql",
    localhost="127.0.0.1",
)

IMAGE_FLAGS = (
    "--innodb-doublewrite=OFF",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-buffer-pool-size=32M",
    "--performance-schema=OFF",
    "--skip-log-bin",
    # Where no name server answers, a connection would wait for it.
    "--skip-name-resolve",
    # As Django asks for. Older servers have another default, which some images change and some not:
    # https://docs.djangoproject.com/en/stable/ref/databases/#encoding
    "--character-set-server=utf8mb4",
)

IMAGE = Image(
    name="mysql",
    megabytes=240,
    port=3306,
    user="root",
    account={"MYSQL_ROOT_PASSWORD": "{password}", "MYSQL_DATABASE": "{database}"},
    tmpfs="/var/lib/mysql",
    # A server has no time zone tables by itself; the image would fill them.
    environment={"MYSQL_INITDB_SKIP_TZINFO": "1"},
    flags=(*IMAGE_FLAGS, "--innodb-redo-log-capacity=8M", "--mysqlx=OFF"),
)

OPTIONS = (
    "{server}",
    "--no-defaults",
    "--basedir={root}/usr",
    "--plugin-dir={root}/usr/lib/mysql/plugin",
    "--character-sets-dir={charsets}",
    "--lc-messages-dir={charsets}/..",
    "--datadir={data}",
    # Servers that share one delete each other's temporary tables.
    "--tmpdir={folder}/tmp",
    # As the vendors' images have it. Bare, MariaDB before 11.6 takes latin1.
    "--character-set-server=utf8mb4",
    # Nothing is written twice, waited for, or logged for a replica.
    "--innodb-doublewrite=OFF",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-flush-method=nosync",
    "--innodb-buffer-pool-size=32M",
    "--performance-schema=OFF",
    # Tables come and go at each probe, and a file each would cost most of it.
    "--innodb-file-per-table=OFF",
    "--skip-log-bin",
)
SERVE = (
    "--bind-address=127.0.0.1",
    "--port={port}",
    "--socket={socket}",
    "--pid-file={folder}/pid",
    "--init-file={folder}/init.sql",
    "--skip-name-resolve",
)
# The file is read, as one statement a line, before the first connection is taken.
ACCOUNT = """\
CREATE DATABASE {database};
CREATE USER {user}@'127.0.0.1' IDENTIFIED BY '{password}';
GRANT ALL PRIVILEGES ON *.* TO {user}@'127.0.0.1' WITH GRANT OPTION;
"""
# MariaDB's bootstrap has `ERROR: 1051  Unknown table …` for what SQL it refuses.
ERRORS = re.compile(r"\[ERROR\](?!.*Aborting$)|^ERROR: |No space left|already in use")

_OWN = ("--innodb-redo-log-capacity=8M", "--secure-file-priv=NULL", "--mysqlx=OFF")

RECIPE = Recipe(
    user="matrix",
    programs={"server": "usr/sbin/mysqld"},
    paths={"charsets": "usr/share/mysql*/charsets"},
    initialise=(*OPTIONS, *_OWN, "--initialize-insecure"),
    serve=(*OPTIONS, *_OWN, *SERVE),
    files={"init.sql": f"DROP USER root@localhost;\n{ACCOUNT}"},
    ready="ready for connections",
    errors=ERRORS,
)
