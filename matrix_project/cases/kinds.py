"""What a declaration is made of: each part of the kind that it has to be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db.models import BaseConstraint, Field

from matrix_project.observe import Act, Fact, OwnStep, Row
from matrix_project.results.contract import Outcome

__all__ = ["mistakes"]

# What each list of a declaration holds, and how one is made.
_LISTS: Mapping[str, tuple[type | tuple[type, ...], str]] = {
    "beside": (BaseConstraint, "constraints"),
    "acts": (Act, "what rejects(…), accepts(…) or asks(…) returns"),
    "facts": (Fact, "what shows(…) returns"),
    "steps": (OwnStep, "OwnStep(name=…, operations=[…])"),
    "rows": ((Mapping, Row), "rows: a dictionary each, or row(MODEL, …)"),
    "valid": (Mapping, "rows: a dictionary each"),
    "violating": (Mapping, "rows: a dictionary each"),
}

_DICTIONARIES: Mapping[str, str] = {
    "fields": '{"age": IntegerField()}',
    "others": '{"Room": {"name": CharField(max_length=30)}}',
    "meta": 'further options of `Meta`, {"ordering": ["age"]}',
    "answers": '{"distinct": "It is another value."}',
    "words": '{"accepted": "distinct"}, or a function of the observation',
}
_OR_CALLED = frozenset(("fields", "words"))


def mistakes(case: Any) -> Iterator[str]:
    """Yield a sentence for each part of a declaration that is of another kind."""
    constraint = case.constraint
    if not (constraint is None or callable(constraint) or isinstance(constraint, BaseConstraint)):
        yield "constraint is one constraint, and further ones go to `beside`"
    for name, (kind, words) in _LISTS.items():
        given = getattr(case, name, ())
        if isinstance(given, str | Mapping) or not isinstance(given, Sequence):
            yield f"{name} is a list of {words}"
        elif any(not isinstance(each, kind) for each in given):
            yield f"{name} has something else than {words}"
    yield from _not_dictionaries(case)
    for fields in [case.fields, *case.others.values()]:
        for name, field in {} if callable(fields) else fields.items():
            if not isinstance(field, Field):
                yield f"the field {name} is no instance of a field, such as IntegerField()"
    by_outcome = getattr(case, "words", {})
    if not callable(by_outcome) and (unknown := sorted(set(by_outcome) - set(Outcome))):
        there = ", ".join(Outcome)
        yield f"`words` gives a word to {', '.join(map(str, unknown))}; the outcomes are {there}"


def _not_dictionaries(case: Any) -> Iterator[str]:
    """Yield a sentence for each part that is no dictionary and has to be one."""
    for name, words in _DICTIONARIES.items():
        given = getattr(case, name, {})
        if not isinstance(given, Mapping) and not (name in _OR_CALLED and callable(given)):
            yield f"{name} is a dictionary: {words}"
    if isinstance(case.others, Mapping):
        for name, fields in case.others.items():
            if not isinstance(fields, Mapping):
                yield f"others gives {name} no dictionary of fields: {_DICTIONARIES['others']}"
