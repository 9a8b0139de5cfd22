"""Characters that no output may hold: XML forbids most of them, and a terminal obeys the others."""

from __future__ import annotations

import re

__all__ = ["line", "log_line", "printable"]

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_COMMAND = re.compile(r"^(\s*:)(?=:)|(##)(?=\[)")


def printable(text: str) -> str:
    """Return the text with U+FFFD for each control character but tab and line ends."""
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)


def line(text: str) -> str:
    """Return the text as one line of printable characters."""
    return printable(" ".join(text.split()))


def log_line(text: str) -> str:
    """Return the text as a line that GitHub's runner does not take for a command; its spaces stay.

    It obeys a line that begins with two colons, and `##[` anywhere; a space comes between.
    https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
    """
    return _COMMAND.sub(r"\1\2 ", printable(" ".join(text.splitlines())))
