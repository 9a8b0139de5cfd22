"""PostgreSQL's servers.

https://www.postgresql.org/docs/current/runtime-config.html,
https://github.com/docker-library/docs/blob/master/postgres/README.md
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
from collections.abc import Mapping
from typing import Any

from matrix_project.vendors.serving import Access, Image, Instance, Recipe, Right, first_importable

__all__ = ["ACCESS", "DRIVERS", "IMAGE", "RECIPE", "oldest"]

DRIVERS = ("psycopg", "psycopg2")
"""As Django looks for them: https://docs.djangoproject.com/en/stable/ref/databases/#postgresql-notes"""

_SECONDS = 20


def oldest() -> tuple[int, ...] | None:
    """Return the oldest version that the installed Django supports."""
    from django.db.backends.postgresql.features import DatabaseFeatures

    return DatabaseFeatures.minimum_database_version


def _connect(entry: Mapping[str, Any], options: Mapping[str, Any]) -> Any:
    # Django asks for UTF8 too. Without it, a server with SQL_ASCII answers in bytes.
    connection = first_importable(DRIVERS).connect(
        dbname=entry["NAME"] or "postgres",
        user=entry["USER"] or None,
        password=entry["PASSWORD"] or None,
        host=entry["HOST"] or None,
        port=entry["PORT"] or None,
        **{"client_encoding": "UTF8", **options},
    )
    connection.autocommit = True
    return connection


def _forget(server: Instance) -> None:
    import subprocess

    # The id of a segment of System V shared memory ends the seventh line. The segment guards the
    # data folder from a second server; marked now, it goes with the last process that has it.
    # https://www.postgresql.org/docs/current/kernel-resources.html
    with contextlib.suppress(OSError, IndexError, subprocess.TimeoutExpired):
        line = (server.data / "postmaster.pid").read_text().splitlines()[6]
        words = ["ipcrm", "--shmem-id", line.split()[1]]
        subprocess.run(words, check=False, capture_output=True, timeout=_SECONDS)


def _open(server: Instance) -> None:
    _forget(server)
    # Whoever can get at the socket is us.
    entry = {
        "HOST": str(server.folder),
        "PORT": server.port,
        "USER": server.user,
        "PASSWORD": None,
        "NAME": "postgres",
    }
    with contextlib.closing(_connect(entry, {"connect_timeout": _SECONDS})) as connection:
        cursor = connection.cursor()
        cursor.execute(f"ALTER ROLE {server.user} PASSWORD '{_verifier(connection, server)}'")
        cursor.execute(f"CREATE DATABASE {server.database}")


def _verifier(connection: Any, server: Instance) -> str:
    """Return what the server keeps of the password: hashed here, so that no log can hold it."""
    driver, method = first_importable(DRIVERS), "scram-sha-256"
    if hasattr(driver, "extensions"):  # psycopg2
        hashed: str = driver.extensions.encrypt_password(
            server.password, server.user, connection, method
        )
        return hashed
    words = (server.password.encode(), server.user.encode(), method.encode())
    verifier: bytes = connection.pgconn.encrypt_password(*words)
    return verifier.decode()


# Where there is no file; an empty path would stand for the one in the user's home.
_NOWHERE = f"{os.devnull}/none"

ACCESS = Access(
    connect=_connect,
    # https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
    options={
        "hostaddr": "",
        "options": "",
        "application_name": "constraint-matrix",
        "connect_timeout": 10,
        "channel_binding": "prefer",
        "gssencmode": "disable",
        "sslmode": "prefer",
        "sslcert": _NOWHERE,
        "sslkey": _NOWHERE,
        "sslrootcert": _NOWHERE,
        "sslcrl": _NOWHERE,
        "passfile": _NOWHERE,
        "requirepeer": "",
        "target_session_attrs": "any",
    },
    databases="SELECT datname FROM pg_database",
    in_use="SELECT datname FROM pg_stat_activity",
    # https://www.postgresql.org/docs/current/sql-createdatabase.html
    creates=Right("CREATEDB", "CREATE DATABASE {name}", "ALTER ROLE USER CREATEDB"),
    # The new database belongs to the account, and its schema to whoever template1 says.
    rights_within=(
        Right(
            "CREATE on the schema public",
            "BEGIN; CREATE TABLE trial (id int); ROLLBACK",
            "GRANT ALL ON SCHEMA public TO pg_database_owner (in template1)",
        ),
    ),
    denied=frozenset({"42501"}),
    create="CREATE DATABASE {name}",
    drop="DROP DATABASE IF EXISTS {name} WITH (FORCE)",
    version="SHOW server_version",
    series=r"\d+([a-z]+\d*)?",
    scheme="postgresql",
)

IMAGE = Image(
    name="postgres",
    megabytes=160,
    port=5432,
    user="postgres",
    account={
        "POSTGRES_USER": "{user}",
        "POSTGRES_PASSWORD": "{password}",
        "POSTGRES_DB": "{database}",
    },
    # The image's own data folder moved with PostgreSQL 18; this one is the same in all.
    tmpfs="/var/lib/matrix",
    environment={
        "PGDATA": "/var/lib/matrix/data",
        "POSTGRES_INITDB_ARGS": "--encoding=UTF8 --locale=C",
    },
    # https://www.postgresql.org/docs/current/non-durability.html
    flags=("-cfsync=off", "-cfull_page_writes=off", "-csynchronous_commit=off"),
)

RECIPE = Recipe(
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
    errors=re.compile(r"FATAL|PANIC|error:|No space left|already in use"),
    open=_open,
    # An immediate shutdown: it leaves the data as they are, and takes its children along.
    ask=signal.SIGQUIT,
    killed=_forget,
)
