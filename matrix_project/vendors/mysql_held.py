"""What MySQL and MariaDB tell of a table's constraints.

It is read from `SHOW CREATE TABLE`, which a user who may read the table may send; MariaDB's
`information_schema` hides constraints from such a user.

https://dev.mysql.com/doc/refman/en/show-create-table.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from matrix_project.vendors.held import Held, Kind, Reading
from matrix_project.vendors.sql_text import blank, closing, first_name, inside, parts, quoted_name

__all__ = ["READING"]

_INDEX = re.compile(r"(PRIMARY |UNIQUE |FULLTEXT |SPATIAL |VECTOR )?KEY ")
_COLUMN = re.compile(r"""[`"]""")
# Of a long text, an index may have the first characters alone.
_PREFIX = re.compile(r"""^(`(?:[^`]|``)+`|"(?:[^"]|"")+")\(\d+\)$""")
_UNSIGNED = re.compile(r"""^\w+(\([\d,]+\))? unsigned\b""")


def _held(cursor: Any, tables: Sequence[str]) -> dict[str, list[Held]]:
    cursor.execute(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()"
        " AND table_type = 'BASE TABLE'"
    )
    there = {name: name for (name,) in cursor.fetchall()}
    # Where the server keeps names in lower case, a model's may have others.
    folded = {name.lower(): name for name in there}
    cursor.execute("SELECT @@lower_case_table_names")
    if cursor.fetchone()[0]:
        there |= {table: folded[table.lower()] for table in tables if table.lower() in folded}
    found = {}
    for table in tables:
        if table in there:
            quoted = "`{}`".format(there[table].replace("`", "``"))
            cursor.execute(f"SHOW CREATE TABLE {quoted}")
            lines = cursor.fetchone()[1].split("\n")[1:-1]
            found[table] = [
                each for line in lines for each in _of_line(table, line.strip().removesuffix(","))
            ]
    return found


def _of_line(table: str, line: str) -> Iterator[Held]:
    if line.startswith("CONSTRAINT "):
        named = line.removeprefix("CONSTRAINT ")
        rest = named[len(quoted_name(named)) :].strip()
        yield from _constraint(table, first_name(named), line, rest)
    elif index := _INDEX.match(line):
        yield _index(table, line, index[1], line[index.end() :])
    elif _COLUMN.match(line):
        quoted = quoted_name(line)
        rest = line[len(quoted) + 1 :]
        if _UNSIGNED.match(rest):
            yield Held(table=table, name="", kind="type", definition=line, keys=(quoted,))
        # MariaDB keeps a check of a column in its line, and names it after the column.
        if (found := re.search(r" CHECK \(", blank(rest, escapes=True))) is not None:
            condition = inside(rest, found.end(), escapes=True)
            yield Held(
                table=table,
                name=first_name(line),
                # It comes with the type json.
                kind="type" if condition == f"json_valid({quoted})" else "check",
                definition=rest[found.start() + 1 :],
                condition=condition,
            )


def _constraint(table: str, name: str, line: str, rest: str) -> Iterator[Held]:
    if rest.startswith("CHECK ("):
        end = closing(blank(rest, escapes=True), len("CHECK ("))
        yield Held(
            table=table,
            name=name,
            kind="check",
            definition=line,
            condition=inside(rest, len("CHECK ("), escapes=True),
            # https://dev.mysql.com/doc/refman/en/create-table-check-constraints.html
            enforced="NOT ENFORCED" not in rest[end:],
        )
    elif rest.startswith("FOREIGN KEY ("):
        to = rest[rest.index(" REFERENCES ") + len(" REFERENCES ") :]
        yield Held(
            table=table,
            name=name,
            kind="foreign_key",
            definition=line,
            keys=tuple(parts(rest, escapes=True)),
            references=(first_name(to), *(first_name(each) for each in parts(to))),
        )


def _index(table: str, line: str, type_: str | None, rest: str) -> Held:
    kinds: Mapping[str | None, Kind] = {"PRIMARY ": "primary_key", "UNIQUE ": "unique"}
    kind = kinds.get(type_, "index")
    keys = rest if kind == "primary_key" else rest[len(quoted_name(rest)) :]
    found = [each.removesuffix(" DESC") for each in parts(keys, escapes=True)]
    return Held(
        table=table,
        name="PRIMARY" if kind == "primary_key" else first_name(rest),
        kind=kind,
        definition=line,
        keys=tuple(_PREFIX.sub(r"\1", key) for key in found),
        unusual=tuple(f"it compares a prefix: {key}" for key in found if _PREFIX.match(key)),
    )


def _settings(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the same without the statement that is sent on each new connection."""
    options = {k: v for k, v in entry.get("OPTIONS", {}).items() if k != "init_command"}
    return {**entry, "OPTIONS": options}


READING = Reading(
    held=_held,
    # A statement that defines data ends a transaction, and is refused by the session alone.
    # https://dev.mysql.com/doc/refman/en/set-transaction.html
    begin=("SET SESSION TRANSACTION READ ONLY", "START TRANSACTION READ ONLY"),
    settings=_settings,
    same_name=str.casefold,
)
