"""Texts in the shapes that validators and custom fields of Django projects ask for."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.core.validators import URLValidator

from matrix_project.audit.rows.patterns import matching

__all__ = ["cut", "email", "shapes", "url", "word"]

_MANY = 400

_COUNTRIES = ("DE", "FR", "JP", "US", "BR", "KE", "IN", "NZ")
_LANGUAGES = ("en", "fr", "de", "es", "ja", "pt", "sw", "hi")
_CURRENCIES = ("EUR", "USD", "JPY", "GBP", "CHF", "SEK", "INR", "BRL")
_ZONES = ("UTC", "Europe/Paris", "Asia/Tokyo", "Africa/Nairobi", "America/Lima", "Asia/Kolkata")


def word(number: int) -> str:
    """Return a word of few small letters: a, b and so on, then ba, bb."""
    letters = string.ascii_lowercase
    number, last = divmod(number, len(letters))
    text = letters[last]
    while number:
        number, last = divmod(number, len(letters))
        text = letters[last] + text
    return text


def email(number: int) -> str:
    """Return an address of a domain that is nobody's."""
    return f"{word(number)}@example.com"


def url(number: int) -> str:
    """Return a URL of a domain that is nobody's."""
    return f"https://example.com/{word(number)}"


def cut(text: str, length: int | None) -> str:
    """Return the text, as long as the field takes it; its end tells it from others."""
    return text if length is None or len(text) <= length else text[-length:]


def _of(texts: Sequence[str]) -> Callable[[int], str]:
    return lambda number: texts[number % len(texts)]


def _longer(length: int) -> Callable[[int], str]:
    return lambda number: word(number).rjust(length, "a")


# What is tried where a validator, or a field of the project's own, takes no plain word.
_SHAPES: tuple[Callable[[int], str], ...] = (
    email,
    url,
    lambda number: str(number + 1),
    lambda number: word(number).upper(),
    lambda number: f"{number + 1}.0.0",
    lambda number: f"+4930123{number + 4567}",
    lambda number: str(UUID(int=number + 1, version=4)),
    lambda number: f"192.0.2.{number % 254 + 1}",
    lambda number: f"#{number + 1:06x}",
    lambda number: str(date(2000, 1, 1) + timedelta(days=number)),
    lambda number: f"00:00:{number % 60:02}",
    _of(_COUNTRIES),
    _of(_LANGUAGES),
    _of(_CURRENCIES),
    _of(_ZONES),
    lambda number: f"{word(number)}.{word(number)}",
    lambda number: f"{word(number)}.example.com",
    lambda number: f"/{word(number)}/",
    lambda number: f'{{"a": {number + 1}}}',
    lambda number: f"0 {number % 24} * * *",
    lambda number: f"RRULE:FREQ=DAILY;COUNT={number + 1}",
    lambda number: f"{number + 1} USD",
    lambda number: f"{number + 1},{number + 2}",
    lambda number: f"{word(number)}.png",
    lambda number: f"<p>{word(number)}</p>",
)


def shapes(validators: Sequence[Any]) -> Iterator[Iterator[str]]:
    """Yield texts, shape by shape: plain words, what validators ask for, and all others."""
    yield map(word, range(_MANY))
    yield from _asked_for(validators)
    for shape in _SHAPES:
        yield map(shape, range(_MANY))


def _asked_for(validators: Sequence[Any]) -> Iterator[Iterator[str]]:
    """Yield texts as validators ask for them, each validator's for themselves."""
    for validator in validators:
        pattern = getattr(validator, "regex", None)
        if isinstance(pattern, re.Pattern) and not _is_negative(validator):
            yield matching(pattern.pattern, pattern.flags)
        limit = getattr(validator, "limit_value", None)
        if getattr(validator, "code", None) == "min_length" and isinstance(limit, int):
            yield map(_longer(limit), range(_MANY))


def _is_negative(validator: Any) -> bool:
    """Return whether a pattern is one that is not to match, or too wide for a plain text."""
    return bool(getattr(validator, "inverse_match", False)) or isinstance(validator, URLValidator)
