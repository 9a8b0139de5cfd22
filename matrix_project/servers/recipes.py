"""What differs from server to server for the provider `packages`: a table, a row a vendor.

Manuals: https://www.postgresql.org/docs/current/runtime-config.html,
https://dev.mysql.com/doc/refman/en/server-system-variables.html,
https://mariadb.com/docs/server/server-management/variables-and-modes/server-system-variables
"""

from __future__ import annotations

import contextlib
import signal
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["RECIPES", "Place", "Recipe"]


@dataclass(frozen=True)
class Place:
    """One server of one run. The texts of a recipe name these fields in braces."""

    folder: Path
    """A folder of the room that only the server and we may enter."""
    data: Path
    port: int
    user: str
    password: str
    database: str
    owner: int | None
    """The user id that it runs as; None: ours."""

    @property
    def socket(self) -> Path:
        """Return the Unix socket's path. Only the folder's owner gets to it."""
        return self.folder / f".s.PGSQL.{self.port}"


@dataclass(frozen=True)
class Recipe:
    """How to initialise, start and greet a vendor's server."""

    engine: str
    """Django's `ENGINE`."""
    user: str
    programs: Mapping[str, str]
    """Globs of the programs to run, in the unpacked tree."""
    initialise: tuple[str, ...]
    """The command that fills an empty data folder; what does not depend on the run."""
    serve: tuple[str, ...]
    """The command that serves it until it is stopped."""
    ready: str
    """What the server writes to its log once it takes connections."""
    paths: Mapping[str, str] = field(default_factory=dict)
    """Globs of other paths that the commands name."""
    feed: tuple[str, ...] = ()
    """Globs of the SQL files that `initialise` reads."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Files to write into the folder before the start, for the server alone to read."""
    open: Callable[[Place], None] = lambda _: None
    """Have our account and our database in it, where `files` have not seen to it."""
    ask: signal.Signals | None = None
    """The signal that ends it quickly and with all its processes."""
    killed: Callable[[Place], None] = lambda _: None
    """Remove what a server that was killed while it started leaves outside its folder."""


def _forget_postgresql(place: Place) -> None:
    # The id of a segment of System V shared memory ends the seventh line. The segment guards the
    # data folder from a second server; marked now, it goes with the last process that has it.
    # https://www.postgresql.org/docs/current/kernel-resources.html
    with contextlib.suppress(OSError, IndexError):
        line = (place.data / "postmaster.pid").read_text().splitlines()[6]
        subprocess.run(["ipcrm", "--shmem-id", line.split()[1]], check=False, capture_output=True)


def _open_postgresql(place: Place) -> None:
    import psycopg

    _forget_postgresql(place)
    # Whoever can get at the socket is us.
    with psycopg.connect(
        host=str(place.folder), port=place.port, user=place.user, dbname="postgres", autocommit=True
    ) as connection:
        # Hashed here, so that no log can hold it.
        password, user = place.password.encode(), place.user.encode()
        verifier = connection.pgconn.encrypt_password(password, user, b"scram-sha-256").decode()
        connection.execute(f"ALTER ROLE {place.user} PASSWORD '{verifier}'".encode())
        connection.execute(f"CREATE DATABASE {place.database}".encode())


_MYSQL_FAMILY = (
    "{server}",
    "--no-defaults",
    "--basedir={root}/usr",
    "--plugin-dir={root}/usr/lib/mysql/plugin",
    "--character-sets-dir={charsets}",
    "--lc-messages-dir={charsets}/..",
    "--datadir={data}",
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
_MYSQL = ("--innodb-redo-log-capacity=8M", "--secure-file-priv=NULL", "--mysqlx=OFF")
_MARIADB = ("--innodb-log-file-size=8M", "--skip-ssl")
_MYSQL_SERVE = (
    "--bind-address=127.0.0.1",
    "--port={port}",
    "--socket={socket}",
    "--pid-file={folder}/pid",
    "--init-file={folder}/init.sql",
    "--skip-name-resolve",
)
# The file is read, as one statement a line, before the first connection is taken.
_MYSQL_ACCOUNT = """\
CREATE DATABASE {database};
CREATE USER {user}@'127.0.0.1' IDENTIFIED BY '{password}';
GRANT ALL PRIVILEGES ON *.* TO {user}@'127.0.0.1' WITH GRANT OPTION;
"""

RECIPES: Mapping[str, Recipe] = {
    "postgresql": Recipe(
        engine="django.db.backends.postgresql",
        user="postgres",
        programs={
            # Debian's `postgresql/18`, npm's `npm/native`.
            "initdb": "usr/lib/*/*/bin/initdb",
            "server": "usr/lib/*/*/bin/postgres",
        },
        initialise=(
            "{initdb}",
            "--pgdata={data}",
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
        ),
        serve=(
            "{server}",
            "-D{data}",
            "-cport={port}",
            "-clisten_addresses=127.0.0.1",
            "-cunix_socket_directories={folder}",
            "-chba_file={folder}/hba.conf",
            "-clog_line_prefix=",
            "-cfsync=off",
            "-cfull_page_writes=off",
            "-csynchronous_commit=off",
            "-cwal_level=minimal",
            "-cmax_wal_senders=0",
            "-cmax_connections=30",
            # In a file of the data folder: nothing is left in /dev/shm, which may be tiny.
            "-cdynamic_shared_memory_type=mmap",
        ),
        files={"hba.conf": "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"},
        ready="database system is ready to accept connections",
        open=_open_postgresql,
        # An immediate shutdown: it leaves the data as they are, and takes its children along.
        ask=signal.SIGQUIT,
        killed=_forget_postgresql,
    ),
    "mysql": Recipe(
        engine="django.db.backends.mysql",
        user="matrix",
        programs={"server": "usr/sbin/mysqld"},
        paths={"charsets": "usr/share/mysql*/charsets"},
        initialise=(*_MYSQL_FAMILY, *_MYSQL, "--initialize-insecure"),
        serve=(*_MYSQL_FAMILY, *_MYSQL, *_MYSQL_SERVE),
        files={"init.sql": f"DROP USER root@localhost;\n{_MYSQL_ACCOUNT}"},
        ready="ready for connections",
    ),
    "mariadb": Recipe(
        engine="django.db.backends.mysql",
        user="matrix",
        programs={"server": "usr/sbin/mariadbd"},
        paths={"charsets": "usr/share/m*/charsets"},
        # What mariadb-install-db does, but for the accounts of root, the help tables and `sys`.
        initialise=(*_MYSQL_FAMILY, *_MARIADB, "--bootstrap"),
        feed=(
            "usr/share/m*/m*_system_tables.sql",
            "usr/share/m*/m*_performance_tables.sql",
            "usr/share/m*/maria_add_gis_sp_bootstrap.sql",
        ),
        serve=(*_MYSQL_FAMILY, *_MARIADB, *_MYSQL_SERVE),
        files={"init.sql": _MYSQL_ACCOUNT},
        ready="ready for connections",
    ),
}
