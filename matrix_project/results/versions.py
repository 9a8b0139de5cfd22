"""The order of versions, of Django and of servers."""

from __future__ import annotations

import re

__all__ = ["version_key"]


def version_key(version: str) -> tuple[object, ...]:
    """Return the key to sort a version by: 10.5 < 10.11 < 11.4, and 18 < 19rc1 < 19.

    A backend's variant comes after it: 18 < 18~icu < 19.
    """
    version, _, variant = version.partition("~")
    numbers = re.match(r"[0-9.]*", version)
    final = numbers.group() if numbers else ""
    rest = version[len(final) :]
    return _numbers(final), not rest, re.split(r"\d+", rest), _numbers(rest), version, variant


def _numbers(text: str) -> list[int]:
    """Return the numbers in a text; a hostile one of a thousand digits in several."""
    return [int(number) for number in re.findall(r"[0-9]{1,18}", text)]
