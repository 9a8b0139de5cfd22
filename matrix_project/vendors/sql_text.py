"""Where the parts of an SQL text begin and end: names, strings, parentheses."""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["blank", "closing", "first_name", "inside", "parts", "quoted_name"]

_QUOTED_NAME = r'"(?:[^"]|"")+"|`(?:[^`]|``)+`|\[[^\]]+\]'
_NAME = re.compile(rf"{_QUOTED_NAME}|\w+")
_STRINGS = {
    False: re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`"""),
    True: re.compile(r"""'(?:[^'\\]|\\.|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`""", re.DOTALL),
}


def blank(sql: str, *, escapes: bool = False) -> str:
    """Return the SQL with all that is quoted blanked out, each character in its place.

    `escapes` says that a backslash in a string takes the meaning from what is behind it.
    """
    return _STRINGS[escapes].sub(lambda quoted: " " * len(quoted[0]), sql)


def closing(plain: str, start: int) -> int:
    """Return the place behind the parenthesis that closes the one before `start`.

    `plain` is blanked out.
    """
    depth = 1
    for place in range(start, len(plain)):
        depth += {"(": 1, ")": -1}.get(plain[place], 0)
        if depth == 0:
            return place + 1
    return len(plain)


def inside(sql: str, start: int, *, escapes: bool = False) -> str:
    """Return what is in the parentheses that open before `start`."""
    return sql[start : closing(blank(sql, escapes=escapes), start) - 1]


def parts(sql: str, *, escapes: bool = False) -> Iterator[str]:
    """Yield what commas separate in the first parentheses: a table's columns and constraints."""
    plain = blank(sql, escapes=escapes)
    begin = plain.index("(") + 1
    depth, start = 1, begin
    for place in range(begin, len(plain)):
        depth += {"(": 1, ")": -1}.get(plain[place], 0)
        if (plain[place] == "," and depth == 1) or depth == 0:
            yield sql[start:place].strip()
            start = place + 1
        if depth == 0:
            return


def quoted_name(sql: str) -> str:
    """Return the name that an SQL text begins with, as it stands there, or an empty text."""
    found = _NAME.match(sql)
    return found[0] if found else ""


def first_name(sql: str) -> str:
    """Return the name that an SQL text begins with, without its quotes."""
    name = quoted_name(sql)
    if not name or name[0] not in '"`[':
        return name
    return name[1:-1].replace(name[-1] * 2, name[-1])
