"""Texts of others made harmless: the one place that knows what a character can do to a reader.

A document, a server's message and a file's name are texts of others. Each output has its own marks
to escape (Markdown's, XML's, a spreadsheet's); what is harmful everywhere is replaced here: control
characters, which a terminal obeys and XML forbids; marks that turn the direction of writing; and
characters that nobody sees. What stands instead is U+FFFD. The exact text is in `matrix.json`.
"""

from __future__ import annotations

import re

__all__ = ["cut", "escaped_json", "line", "log_line", "printable"]

# Category Cc but for tab and line feed, then Cf, Cs, Zl and Zp, the soft hyphen and invisible
# letters (fillers) among them; half a character; what is none.
_HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u070f\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufeff\uffa0\ufff0-\ufffb"
    "\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_LINE_END = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_COMMAND = re.compile(r"((?<!\S):)(?=:)|(##)(?=\w*\[)")
_WORD = 200
_TEXT = 2000


def printable(text: str) -> str:
    """Return the text with U+FFFD for each harmful character; tabs and ends of lines stay."""
    return _HARMFUL.sub("\N{REPLACEMENT CHARACTER}", _LINE_END.sub("\n", text))


def line(text: str) -> str:
    """Return the text as one line of harmless characters, with one space between its words."""
    return log_line(" ".join(text.split()))


def cut(text: str, word: int = _WORD, whole: int = _TEXT) -> str:
    """Return the text with an ellipsis for what is beyond a word's and the whole's length.

    Both are in characters. It is for outputs that have no room for more: a terminal, a table.
    """
    short = re.sub(rf"(\S{{{word - 1}}})\S{{2,}}", "\\1\N{HORIZONTAL ELLIPSIS}", text)
    return short if len(short) <= whole else f"{short[: whole - 1]}\N{HORIZONTAL ELLIPSIS}"


def log_line(text: str) -> str:
    """Return the text as a line that no CI takes for a command; its spaces stay.

    GitHub obeys a line that begins with two colons, and `##[` anywhere; Azure `##vso[`, TeamCity
    `##teamcity[`. A space comes between. A word may be folded to a line's beginning, so that two
    colons at any word's beginning count.
    https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
    """
    return _COMMAND.sub(r"\1\2 ", printable(" ".join(text.splitlines())))


def escaped_json(text: str) -> str:
    """Return a text of JSON that says the same, with an escape for each harmful character.

    They stand in its strings alone, where JSON has an escape for every character.
    """
    return re.sub(r"##(?=\w*\[)", r"#\\u0023", _HARMFUL.sub(_escape, text))


def _escape(found: re.Match[str]) -> str:
    data = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{data[at : at + 2].hex()}" for at in range(0, len(data), 2))
