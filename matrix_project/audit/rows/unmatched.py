"""Texts that a regular expression does not match."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from matrix_project.audit.rows.patterns import matching

__all__ = ["breaking"]

_NEAR = 3
"""To how many texts that match the ones yielded are near."""


def breaking(pattern: str, flags: int = 0) -> Iterator[str]:
    """Yield texts that a pattern does not match, as `re.search()` has it, near ones first."""
    try:
        compiled = re.compile(pattern, flags)
    except re.error:
        return
    seen = set()
    for near in [*itertools.islice(matching(pattern, flags), _NEAR), "x", "1"]:
        for text in _near(near):
            if text not in seen and not compiled.search(text):
                seen.add(text)
                yield text


def _near(text: str) -> Iterator[str]:
    yield from (f"{text}!", text[:-1], text[1:], text.swapcase(), f"!{text}", f"{text} ")
    for at in range(min(len(text), 12)):
        yield f"{text[:at]}!{text[at + 1 :]}"
    yield from (text * 8, "!", "?x", "1", "")
