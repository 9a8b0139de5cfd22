"""Take out of a text what changes from run to run."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Container, Sequence

from django.db.backends.base.base import BaseDatabaseWrapper

__all__ = ["number_made_up", "number_savepoints", "scrub", "uuids"]

# https://dev.mysql.com/doc/refman/en/innodb-troubleshooting-datadict.html
_COPY = re.compile(r"#sql-[\w-]+")
_SAVEPOINT = re.compile(r"\bs\d+_x\d+\b")
_UUID = re.compile(
    r"(?<![0-9a-f])[0-9a-f]{8}(-?)[0-9a-f]{4}\1[1-8][0-9a-f]{3}\1[89ab][0-9a-f]{3}\1[0-9a-f]{12}"
    r"(?![0-9a-f])"
)
_TIME = re.compile(r"(?<!\d)(\d{4}-\d\d-\d\d)([ T])(\d\d:\d\d:\d\d)(?:\.\d{1,6})?")
_DATE = re.compile(r"(?<!\d)\d{4}-\d\d-\d\d(?!\d)")
_LONGEST_RUN = dt.timedelta(hours=1)


def scrub(text: str, connection: BaseDatabaseWrapper) -> str:
    """Return the text with our database's random name replaced by `matrix`.

    MariaDB, for one, gives the database's name in the message of a failed check. The table that
    MySQL and MariaDB copy another into is named after the server's process and the connection.
    """
    text = text.replace(str(connection.settings_dict["NAME"]), "matrix")
    return _COPY.sub("#sql-copy", text)


def number_savepoints(statements: list[str]) -> list[str]:
    """Return the statements with Django's savepoints, named after a thread's id, numbered."""
    names = dict.fromkeys(name for sql in statements for name in _SAVEPOINT.findall(sql))
    if not names:
        return statements
    numbers = {name: f"s{number}" for number, name in enumerate(names, 1)}
    return [_SAVEPOINT.sub(lambda match: numbers[match[0]], sql) for sql in statements]


def number_made_up(texts: Sequence[str], given: Container[str] = ()) -> list[str]:
    """Return texts with the values that are made up for a row numbered, so that they can be sent.

    These are random UUIDs, but those that are `given`, and the time and the day on which it is run.
    """
    uuids_: dict[str, str] = {}
    times: dict[str, str] = {}
    now = (dt.datetime.now(dt.UTC).replace(tzinfo=None), dt.datetime.now())  # noqa: DTZ005 (local)
    days = {each.date().isoformat() for each in now}

    def uuid_(match: re.Match[str]) -> str:
        plain = match[0].replace("-", "")
        if plain in given:
            return match[0]
        number = uuids_.setdefault(plain, f"{len(uuids_) + 1:012x}")
        return match[1].join(("0" * 8, "0000", "4000", "8000", number))

    def time(match: re.Match[str]) -> str:
        then = dt.datetime.fromisoformat(f"{match[1]} {match[3]}")
        if not any(abs(each - then) < _LONGEST_RUN for each in now):
            return match[0]
        number = times.setdefault(match[0], f"{len(times) + 1:06}")
        return f"2000-01-01{match[2]}00:00:00.{number}"

    def day(match: re.Match[str]) -> str:
        return "2000-01-01" if match[0] in days else match[0]

    return [_DATE.sub(day, _TIME.sub(time, _UUID.sub(uuid_, each))) for each in texts]


def uuids(text: str) -> set[str]:
    """Return the UUIDs in a text, without hyphens."""
    return {match[0].replace("-", "") for match in _UUID.finditer(text)}
