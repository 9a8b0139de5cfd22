#!/bin/bash
# The contract of the official images `mysql` and `mariadb`, as far as this project relies on it:
# https://github.com/docker-library/docs/blob/master/mysql/README.md
# https://github.com/docker-library/docs/blob/master/mariadb/README.md
#
# MYSQL_ROOT_PASSWORD (required), MYSQL_DATABASE, MYSQL_USER, MYSQL_PASSWORD, each also as MARIADB_…;
# what follows the image's name in `docker run` are options of the server, or another command.
# Time zone tables are never filled: it is as if MYSQL_INITDB_SKIP_TZINFO were always set.
set -euo pipefail

if command -v mariadbd >/dev/null; then
    server=mariadbd client=mariadb
else
    server=mysqld client=mysql
fi
if [ "${1:0:1}" = - ] || [ "$1" = mysqld ]; then
    [ "$1" != mysqld ] || shift
    set -- "$server" "$@"
fi
data=/var/lib/mysql socket=/run/mysqld/mysqld.sock
client="$client --no-defaults --user=root --socket=$socket"

quoted() { # a string as an SQL literal
    local text=${1//\\/\\\\}
    printf "'%s'" "${text//\'/\'\'}"
}

if [ "$1" = "$server" ]; then
    install --directory --owner mysql --group mysql --mode 750 "$data"
    install --directory --owner mysql --group mysql --mode 755 /run/mysqld
    install --directory --owner mysql --group mysql --mode 750 /var/lib/mysql-files
    set -- "$@" --user=mysql --datadir="$data" --socket="$socket"
fi

if [ "$1" = "$server" ] && [ ! -d "$data/mysql" ]; then
    root_password="${MARIADB_ROOT_PASSWORD:-${MYSQL_ROOT_PASSWORD:-}}"
    if [ -z "$root_password" ]; then
        echo >&2 "[ERROR] [Entrypoint]: Database is uninitialized and password option is not specified"
        exit 1
    fi
    if [ "$server" = mariadbd ]; then
        install_db="$(command -v mariadb-install-db || command -v mysql_install_db)"
        "$install_db" --user=mysql --datadir="$data" --skip-test-db --rpm \
            --auth-root-authentication-method=normal
    else
        "$@" --initialize-insecure
    fi

    # The temporary server: no network, so that nobody takes it for the one that stays.
    "$@" --skip-networking &
    temporary=$!
    until $client --execute 'SELECT 1' >/dev/null 2>&1; do
        kill -0 "$temporary" # it has ended: so do we
        sleep 0.1
    done
    database="${MARIADB_DATABASE:-${MYSQL_DATABASE:-}}"
    user="${MARIADB_USER:-${MYSQL_USER:-}}"
    {
        if [ -n "$database" ]; then
            echo "CREATE DATABASE \`${database//\`/\`\`}\`;"
        fi
        if [ -n "$user" ]; then
            password="${MARIADB_PASSWORD:-${MYSQL_PASSWORD:-}}"
            echo "CREATE USER $(quoted "$user")@'%' IDENTIFIED BY $(quoted "$password");"
            [ -z "$database" ] || echo "GRANT ALL ON \`${database//\`/\`\`}\`.* TO $(quoted "$user")@'%';"
        fi
        echo "CREATE USER root@'%' IDENTIFIED BY $(quoted "$root_password");"
        echo "GRANT ALL ON *.* TO root@'%' WITH GRANT OPTION;"
        echo "ALTER USER root@localhost IDENTIFIED BY $(quoted "$root_password");"
    } | $client
    kill "$temporary"
    wait "$temporary"
    echo "[Note] [Entrypoint]: init process done. Ready for start up."
fi

unset MYSQL_ROOT_PASSWORD MYSQL_PASSWORD MARIADB_ROOT_PASSWORD MARIADB_PASSWORD
exec "$@"
