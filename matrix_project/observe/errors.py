"""Read what a driver raises: the server's answer, or a fault that answers nothing.

An error counts as the answer to a probe only if its code is known to be about the data, and as the
answer to a DDL step only if it is known to be about the data or the statement. Whatever else comes
(a lost connection, a full disk, a lock, a code nobody listed) is a `Fault`, so that a server in
trouble is never written down as a constraint at work.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db import Error as DjangoError
from django.db.backends.base.base import BaseDatabaseWrapper

from matrix_project.observe.scrub import scrub
from matrix_project.results import Error

__all__ = ["Fault", "read_ddl_error", "read_probe_error"]


class Fault(Exception):  # noqa: N818 (not an error of ours: what kept us from observing)
    """The database did not answer the question."""


@dataclass(frozen=True)
class Dialect:
    """How one family of drivers tells its errors."""

    read: Callable[[BaseException], tuple[str | None, str, str | None]]
    """Driver's exception → code, message, name of the constraint if given beside the message."""
    about_data: Callable[[str], bool]
    """Whether this code says that the data is not acceptable."""
    about_statement: Callable[[str], bool]
    """Whether this code says that the statement is not acceptable."""


def _read_psycopg(error: BaseException) -> tuple[str | None, str, str | None]:
    sqlstate: str | None = getattr(error, "sqlstate", None)
    name: str | None = getattr(getattr(error, "diag", None), "constraint_name", None)
    return sqlstate, str(error), name


def _read_mysqlclient(error: BaseException) -> tuple[str | None, str, str | None]:
    if len(error.args) == 2:  # noqa: PLR2004 (errno and message)
        return str(error.args[0]), str(error.args[1]), None
    return None, str(error), None


def _read_sqlite3(error: BaseException) -> tuple[str | None, str, str | None]:
    return getattr(error, "sqlite_errorname", None), str(error), None


def _is_mysql_data(code: str) -> bool:
    return code in _MYSQL_DATA


def _is_mysql_statement(code: str) -> bool:
    return code in _MYSQL_STATEMENT


# https://dev.mysql.com/doc/mysql-errors/9.7/en/server-error-reference.html
# https://mariadb.com/docs/server/reference/error-codes/mariadb-error-code-reference
_MYSQL_DATA = frozenset(
    (
        "1022",  # duplicate key
        "1048",  # column cannot be null
        "1062",  # duplicate entry
        "1264",  # out of range
        "1292",  # incorrect value
        "1364",  # no default
        "1366",  # incorrect value for column
        "1406",  # data too long
        "1451",  # foreign key: parent row
        "1452",  # foreign key: child row
        "1586",  # duplicate entry, by name
        "1644",  # SIGNAL
        "1690",  # out of range in an expression
        "3819",  # MySQL: check constraint is violated
        "4025",  # MariaDB: constraint failed
    )
)
_MYSQL_STATEMENT = frozenset(
    (
        "1061",  # duplicate key name
        "1064",  # syntax
        "1067",  # invalid default
        "1071",  # key too long
        "1072",  # key column does not exist
        "1091",  # cannot drop: check that it exists
        "1170",  # BLOB/TEXT in a key without a length
        "1235",  # not supported yet
        "1901",  # MariaDB: expression cannot be used in the clause
        "3812",  # MySQL: a check constraint's expression: not boolean,
        "3813",  # refers to another column,
        "3814",  # a function that is not allowed,
        "3815",  # the same, by name,
        "3816",  # a variable,
        "3817",  # a row value,
        "3818",  # an auto-increment column,
        "3820",  # an unknown column
        "3821",  # MySQL: check constraint not found
        "3822",  # MySQL: duplicate name of a check constraint
        "3823",  # MySQL: check on a column of a referential action
        "3940",  # MySQL: constraint does not exist
    )
)

_DIALECTS = {
    # https://www.postgresql.org/docs/current/errcodes-appendix.html: 22 data, 23 integrity,
    # 0A not supported, 42 syntax or access rule
    "postgresql": Dialect(
        _read_psycopg,
        about_data=lambda code: code[:2] in {"22", "23"},
        # A table that is there or not, and a right that is missing, are matters of the harness.
        about_statement=lambda code: (
            code[:2] in {"0A", "42"} and code not in {"42501", "42P01", "42P07"}
        ),
    ),
    "mysql": Dialect(_read_mysqlclient, _is_mysql_data, _is_mysql_statement),
    # https://www.sqlite.org/rescode.html
    "sqlite": Dialect(
        _read_sqlite3,
        about_data=lambda code: code.startswith("SQLITE_CONSTRAINT") or code == "SQLITE_MISMATCH",
        about_statement=lambda code: code == "SQLITE_ERROR",
    ),
}


def read_probe_error(
    raised: DjangoError, connection: BaseDatabaseWrapper, constraint: str | None
) -> Error:
    """Return the error with which the database rejected a probe.

    `constraint` is the name that the case expects to read in it.

    Raises:
        Fault: the error says nothing about the data.
    """
    code, error = _read(raised, connection, constraint)
    if code is None or not _DIALECTS[connection.vendor].about_data(code):
        raise Fault(_describe(error)) from raised
    return error


def read_ddl_error(
    raised: DjangoError, connection: BaseDatabaseWrapper, constraint: str | None
) -> Error:
    """Return the error with which the database refused a DDL statement.

    Raises:
        Fault: the error says nothing about the statement, nor about the data in the table.
    """
    code, error = _read(raised, connection, constraint)
    dialect = _DIALECTS[connection.vendor]
    if code is None or not (dialect.about_data(code) or dialect.about_statement(code)):
        raise Fault(_describe(error)) from raised
    return error


def _read(
    raised: DjangoError, connection: BaseDatabaseWrapper, constraint: str | None
) -> tuple[str | None, Error]:
    driver_error = _driver_error(raised)
    code, message, named = _DIALECTS[connection.vendor].read(driver_error)
    message = scrub(message, connection)
    if named is None and constraint is not None and constraint in message:
        named = constraint
    return code, Error(
        class_=type(raised).__name__,
        driver_class=f"{type(driver_error).__module__}.{type(driver_error).__qualname__}",
        code=code,
        message=message,
        constraint=named,
        names_constraint=constraint is not None and constraint in message,
    )


def _driver_error(raised: BaseException) -> BaseException:
    """Return what the driver raised: Django wraps it, on MySQL sometimes twice."""
    while isinstance(raised, DjangoError):
        inner = raised.__cause__ or raised.__context__
        if inner is None:
            break
        raised = inner
    return raised


def _describe(error: Error) -> str:
    code = f" {error.code}" if error.code else ""
    return f"{error.class_}{code}: {' '.join(error.message.split())}"
