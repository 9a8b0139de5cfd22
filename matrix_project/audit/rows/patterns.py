"""Texts that match a regular expression, the simplest first."""

from __future__ import annotations

import itertools
import re
import string
from collections.abc import Iterator, Sequence
from itertools import starmap
from re import _parser  # type: ignore[attr-defined]
from typing import Any

__all__ = ["matching"]

_ALPHABET = string.ascii_lowercase + string.digits + string.ascii_uppercase + "-_. @/:+#"
_OF_CATEGORY = {
    "CATEGORY_DIGIT": string.digits,
    "CATEGORY_WORD": string.ascii_lowercase + string.digits + "_",
    "CATEGORY_SPACE": " ",
    "CATEGORY_NOT_DIGIT": string.ascii_lowercase,
    "CATEGORY_NOT_WORD": "-. ",
    "CATEGORY_NOT_SPACE": string.ascii_lowercase + string.digits,
}
_MOST_REPEATS = 5
"""How many repeats more than the least are tried."""
_TRIED = 2000


def matching(pattern: str, flags: int = 0) -> Iterator[str]:
    """Yield different texts that match a regular expression, short ones first.

    They match as `re.search()` does it. Nothing comes where the pattern is not Python's, and none
    is promised for look-arounds and references backwards.
    """
    try:
        compiled = re.compile(pattern, flags)
        parsed = _parser.parse(pattern, compiled.flags)
    except (re.error, ValueError, TypeError):
        return
    seen = set()
    for number in range(_TRIED):
        text = _Text(number).of(parsed)
        if text not in seen and compiled.search(text):
            seen.add(text)
            yield text


class _Text:
    """One text: its number says what is taken wherever the pattern leaves a choice."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._groups: dict[int, str] = {}

    def of(self, parsed: Any) -> str:
        return "".join(itertools.chain.from_iterable(starmap(self._pieces, parsed)))

    def _choose(self, options: Sequence[Any]) -> Any:
        self._number, index = divmod(self._number, len(options))
        return options[index]

    def _pieces(self, operation: Any, given: Any) -> Iterator[str]:
        match str(operation):
            case "LITERAL":
                yield chr(given)
            case "NOT_LITERAL":
                yield self._choose([each for each in _ALPHABET if each != chr(given)])
            case "ANY":
                yield self._choose(string.ascii_lowercase)
            case "IN":
                yield self._choose(_members(given) or ["a"])
            case "BRANCH":
                yield self.of(self._choose(given[1]))
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                yield self._repeated(*given)
            case "ATOMIC_GROUP":
                yield self.of(given)
            case "SUBPATTERN":
                self._groups[given[0]] = text = self.of(given[-1])
                yield text
            case "GROUPREF":
                yield self._groups.get(given, "")
            # Anchors and look-arounds take no room: the search that follows tries them.

    def _repeated(self, least: int, most: int, parsed: Any) -> str:
        highest = min(int(most), least + _MOST_REPEATS)
        times = [each for each in range(least, highest + 1) if each] or [0]
        # What may be left out is there at first: a text is better than none.
        chosen = self._choose([*times, 0] if not least and 0 not in times else times)
        return "".join(self.of(parsed) for _ in range(chosen))


def _members(given: Any) -> list[str]:
    """Return characters of a set, letters and digits before others."""
    negated = str(given[0][0]) == "NEGATE"
    found: list[str] = []
    for operation, value in given:
        match str(operation):
            case "LITERAL":
                found.append(chr(value))
            case "RANGE":
                low, high = value
                found += map(chr, itertools.islice(range(low, high + 1), 64))
            case "CATEGORY":
                found += _OF_CATEGORY.get(str(value), "")
    if negated:
        return [each for each in _ALPHABET if each not in found]
    return sorted(dict.fromkeys(found), key=lambda each: not each.isalnum())
