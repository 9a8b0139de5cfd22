"""What SQLite's schema tells of a table's constraints and indexes: the SQL that made them.

https://www.sqlite.org/schematab.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from matrix_project.vendors.held import Held, Kind, Reading
from matrix_project.vendors.sql_text import blank, closing, first_name, inside, parts, quoted_name

__all__ = ["READING"]

_FLAGS = re.IGNORECASE | re.DOTALL
_NAMED = re.compile(r"CONSTRAINT\s+", _FLAGS)
_TABLES_OWN = re.compile(r"(UNIQUE|PRIMARY\s+KEY|CHECK|FOREIGN\s+KEY)\s*\(", _FLAGS)
# What may stand in a column's own definition, a name before it (blanked out where it is quoted).
# https://www.sqlite.org/lang_createtable.html
_OF_COLUMN = re.compile(
    r"(CONSTRAINT\s+(?:\w+\s+)?)?\b(UNIQUE|PRIMARY\s+KEY|CHECK\s*\(|REFERENCES)", _FLAGS
)
_CONFLICT = re.compile(r"ON\s+CONFLICT\s+(?:ROLLBACK|FAIL|IGNORE|REPLACE)", _FLAGS)
_DIRECTION = re.compile(r"\s+(ASC|DESC)$", re.IGNORECASE)
_KINDS: Mapping[str, Kind] = {
    "UNIQUE": "unique",
    "PRIMARY KEY": "primary_key",
    "CHECK": "check",
    "FOREIGN KEY": "foreign_key",
    "REFERENCES": "foreign_key",
}


def _held(cursor: Any, tables: Sequence[str]) -> dict[str, list[Held]]:
    cursor.execute("SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    rows = cursor.fetchall()
    # Upper and lower case are one in SQLite's names.
    asked = {table.lower(): table for table in tables}
    found: dict[str, list[Held]] = {
        asked[name.lower()]: []
        for type_, name, _, sql in rows
        if type_ == "table" and name.lower() in asked and not sql.upper().startswith("CREATE VIRT")
    }
    for type_, name, of_table, sql in rows:
        table = asked.get(of_table.lower(), "")
        if table in found and type_ == "table":
            found[table] += (each for part in parts(sql) for each in _of_part(table, part))
        elif table in found and type_ == "index":
            found[table].append(_index(table, name, sql))
    return found


def _index(table: str, name: str, sql: str) -> Held:
    plain = blank(sql)
    end = closing(plain, plain.index("(") + 1)
    where = re.search(r"\bWHERE\b", plain[end:], re.IGNORECASE)
    return Held(
        table=table,
        name=name,
        kind="unique" if re.match(r"CREATE\s+UNIQUE", sql, re.IGNORECASE) else "index",
        definition=sql,
        keys=_keys(sql),
        condition=sql[end + where.end() :].strip() if where else None,
    )


def _of_part(table: str, part: str) -> Iterator[Held]:
    """Yield the constraints in one part of a `CREATE TABLE`: its own, or a column's."""
    name, rest = "", part
    if named := _NAMED.match(part):
        behind = part[named.end() :]
        name, rest = first_name(behind), behind[len(quoted_name(behind)) :].strip()
    if (own := _TABLES_OWN.match(rest)) is not None:
        yield _constraint(table, name, " ".join(own[1].upper().split()), part, rest)
        return
    column, plain = quoted_name(part), blank(part)
    for found in _OF_COLUMN.finditer(plain, len(column)):
        name = first_name(part[found.start(1) :].split(None, 1)[1]) if found[1] else ""
        word = " ".join(found[2].upper().rstrip("( ").split())
        rest = part[found.start(2) :]
        if word == "CHECK":
            definition = part[found.start(2) : closing(plain, found.end())]
            yield _constraint(table, name, word, definition, definition)
        elif word == "REFERENCES":
            yield _constraint(table, name, word, rest, f"({column}) {rest}")
        else:
            yield _constraint(table, name, word, f"{column} … {rest}", f"({column}) {rest}")


def _constraint(table: str, name: str, word: str, definition: str, rest: str) -> Held:
    """Return a constraint; `rest` has its columns or its condition in the first parentheses."""
    kind, plain = _KINDS[word], blank(rest)
    start = plain.index("(") + 1
    conflict = _CONFLICT.search(plain)
    referred: tuple[str, ...] = ()
    if kind == "foreign_key":
        _, to = re.split(r"\bREFERENCES\b\s*", rest, maxsplit=1, flags=re.IGNORECASE)
        # Without columns it refers to the primary key.
        behind = to[len(quoted_name(to)) :].lstrip()
        columns = parts(behind) if behind.startswith("(") else ()
        referred = (first_name(to), *(first_name(each) for each in columns))
    return Held(
        table=table,
        name=name,
        kind=kind,
        definition=definition,
        keys=() if kind == "check" else _keys(rest),
        deferrable=_deferrable(plain) if kind == "foreign_key" else None,
        condition=inside(rest, start) if kind == "check" else None,
        references=referred,
        unusual=(conflict[0],) if conflict else (),
    )


def _deferrable(plain: str) -> Literal["immediate", "deferred"] | None:
    """Return when a foreign key is looked at, where that can be deferred.

    https://www.sqlite.org/foreignkeys.html#fk_deferred
    """
    found = re.search(r"(NOT\s+)?DEFERRABLE(\s+INITIALLY\s+DEFERRED)?", plain, re.IGNORECASE)
    if found is None or found[1]:
        return None
    return "deferred" if found[2] else "immediate"


def _keys(sql: str) -> tuple[str, ...]:
    return tuple(_DIRECTION.sub("", part) for part in parts(sql))


def _settings(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the same for a file that is opened to be read, and is not made where there is none."""
    left_out = {"init_command", "transaction_mode"}
    options = {key: value for key, value in entry.get("OPTIONS", {}).items() if key not in left_out}
    name = str(entry["NAME"])
    if name.startswith("file:"):
        path, _, query = name.partition("?")
        kept = [each for each in query.split("&") if each and not each.startswith("mode=")]
        uri = f"{path}?{'&'.join([*kept, 'mode=ro'])}"
    else:
        uri = f"{Path(name).absolute().as_uri()}?mode=ro"
    return {**entry, "NAME": uri, "OPTIONS": {**options, "uri": True}}


READING = Reading(
    held=_held, begin=("PRAGMA query_only = ON",), settings=_settings, same_name=str.casefold
)
