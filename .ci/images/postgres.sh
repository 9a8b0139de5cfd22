#!/bin/bash
# The contract of the official image `postgres`, as far as this project relies on it:
# https://github.com/docker-library/docs/blob/master/postgres/README.md
#
# POSTGRES_PASSWORD (required), POSTGRES_USER, POSTGRES_DB, POSTGRES_INITDB_ARGS, PGDATA; what
# follows the image's name in `docker run` are options of the server, or another command.
set -euo pipefail

if [ "${1:0:1}" = - ]; then
    set -- postgres "$@"
fi
bin=(/usr/lib/postgresql/*/bin)
export PATH="${bin[0]}:$PATH" PGDATA="${PGDATA:-/var/lib/postgresql/data}"

if [ "$1" = postgres ] && [ "$(id -u)" = 0 ]; then
    install --directory --owner postgres --group postgres --mode 700 "$PGDATA"
    install --directory --owner postgres --group postgres --mode 3777 /var/run/postgresql
    # The server refuses to run as root.
    exec setpriv --reuid postgres --regid postgres --init-groups "$0" "$@"
fi

if [ "$1" = postgres ] && [ ! -s "$PGDATA/PG_VERSION" ]; then
    if [ -z "${POSTGRES_PASSWORD:-}" ]; then
        echo >&2 "Error: Database is uninitialized and superuser password is not specified."
        exit 1
    fi
    user="${POSTGRES_USER:-postgres}"
    # Split into words, as the official image does.
    # shellcheck disable=SC2086
    initdb --username "$user" --pwfile <(printf '%s\n' "$POSTGRES_PASSWORD") \
        ${POSTGRES_INITDB_ARGS:-}
    printf '\nhost all all all scram-sha-256\n' >>"$PGDATA/pg_hba.conf"

    # The temporary server: no network, so that nobody takes it for the one that stays.
    pg_ctl --wait start --options "-c listen_addresses=''"
    database="${POSTGRES_DB:-$user}"
    if [ "$database" != postgres ]; then
        psql --username "$user" --dbname postgres --no-psqlrc --quiet --set ON_ERROR_STOP=1 \
            --set name="$database" <<<'CREATE DATABASE :"name"'
    fi
    pg_ctl --wait --mode fast stop
    echo "PostgreSQL init process complete; ready for start up."
fi

unset POSTGRES_PASSWORD
if [ "$1" = postgres ]; then
    set -- "$@" -c listen_addresses='*'
fi
exec "$@"
