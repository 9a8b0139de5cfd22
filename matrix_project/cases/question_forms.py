"""The forms that many questions share: their fields, acts, answers and words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import CheckConstraint, Field, JSONField, UniqueConstraint, Value

from matrix_project.cases.acts import accepts, asks, rejects
from matrix_project.results.contract import Observation, Outcome, Probe

__all__ = [
    "BY_OUTCOME",
    "WRITTEN",
    "asked",
    "by_write",
    "checked",
    "columns_take",
    "json_null_value",
    "shown",
    "two_values",
    "validated",
]

Row = Mapping[str, Any]

_SAME = {
    "distinct": "It is another value: both are stored.",
    "duplicate": "It is the same value: the second is rejected.",
}
_REFUSED = {"refused": "A uniqueness on a column of this type is refused."}
_TAKEN = {"accepted": "The row is stored as it is given.", "rejected": "The row is rejected."}
BY_OUTCOME = {Outcome.ACCEPTED: "accepted", Outcome.REJECTED: "rejected"}
WRITTEN = {
    "error_before_write": "An error is raised before the row is sent to the database.",
    "rejected": "The database rejects the row.",
    "accepted": "The row is stored.",
    "returned_existing": "No row is stored, and no error is raised: a row that is there is given.",
    "changed": "Another row than the given one is stored, or one that is there is changed.",
}


def shown(row: Row) -> str:
    """Return a row's values as a title has them."""
    return ", ".join(f"{name}={_shown(value)}" for name, value in row.items())


def _shown(value: object) -> str:
    match value:
        case Decimal():
            return str(value)
        case models.Value():
            return "JSON's null"  # `json_null_value()`, which each series of Django spells its way
        case _:
            return repr(value)


def asked(observation: Observation) -> list[Probe]:
    """Return the probes that the question asks, in the order of its acts."""
    return [each for each in observation.probes if each.way_in == "own" and each.expect is None]


def two_values(
    field: Field[Any, Any], first: object, second: object, *, other: object, title: str = ""
) -> dict[str, Any]:
    """Return what asks whether two values are one to a uniqueness.

    `other` is a value that certainly is another: it has to be accepted beside the first.
    """
    words = title or f"save() of {_shown(second)} beside {_shown(first)}"
    return {
        "fields": {"value": field},
        "constraint": UniqueConstraint(fields=["value"], name="one_value"),
        "rows": [{"value": first}],
        "acts": [
            asks(words, lambda t: t.save({"value": second})),
            accepts(f"save() of {_shown(other)}", lambda t: t.save({"value": other})),
        ],
        "answers": {**_SAME, **_REFUSED},
        "words": {Outcome.ACCEPTED: "distinct", Outcome.REJECTED: "duplicate"},
        "refused": "refused",
    }


def checked(
    fields: Mapping[str, Field[Any, Any]],
    condition: Any,
    row: Row,
    *,
    keeps: Row,
    breaks: Row | None,
    title: str = "",
    kept: str = "",
) -> dict[str, Any]:
    """Return what asks whether a check lets a row in.

    `keeps` is a row that certainly keeps the check, `breaks` one that certainly breaks it: they
    have to be accepted and rejected. `title` and `kept` are the titles of the row's act and of
    the first one's, where the values would make a bad one.
    """
    guards = [accepts(kept or f"save() of {shown(keeps)}", lambda t: t.save(keeps))]
    if breaks is not None:
        guards.append(rejects(f"save() of {shown(breaks)}", lambda t: t.save(breaks)))
    return {
        "fields": fields,
        "constraint": CheckConstraint(condition=condition, name="the_check"),
        "acts": [asks(title or f"save() of {shown(row)}", lambda t: t.save(row)), *guards],
        "answers": _TAKEN,
        "words": BY_OUTCOME,
    }


def columns_take(row: Row) -> dict[str, Any]:
    """Return what asks whether the columns themselves take a row's values, without a constraint."""
    return {
        "acts": [asks(f"save() of {shown(row)}", lambda t: t.save(row))],
        "answers": {
            **_TAKEN,
            "changed": "No error is raised, and another value than the given one is stored.",
        },
        "words": by_write(row),
    }


def by_write(row: Row, **words: str) -> Callable[[Observation], str | None]:
    """Return the reader of a question whose word is what became of a row.

    By default the words are those of `WRITTEN`; `words` puts others in their place.
    """

    def read(observation: Observation) -> str | None:
        probe = asked(observation)[0]
        if probe.outcome is None or probe.outcome == Outcome.TORN:
            return None
        word = _written(probe, row)
        if word == "rejected" and probe.masked:
            return None
        return words.get(word, word)

    return read


def _written(probe: Probe, row: Row) -> str:
    if probe.error is not None:
        # A server's errors have a code; Django's have none, nor has a driver's that sends nothing.
        return "error_before_write" if probe.error.code is None else "rejected"
    added = [each for change in probe.rows for each in change.added]
    if not added:
        return "returned_existing"
    if any(change.removed for change in probe.rows):
        return "changed"
    same = all(str(added[0][name]) == str(value) for name, value in row.items() if name in added[0])
    return "accepted" if same else "changed"


def json_null_value() -> Any:
    """Return JSON's null: before Django 6.1 it has no expression of its own."""
    return models.JSONNull() if hasattr(models, "JSONNull") else Value(None, JSONField())


def validated(form: Any) -> Any:
    """Return a form that is valid.

    Raises:
        ValidationError: it is not.
    """
    if not form.is_valid():
        raise ValidationError(form.errors.as_data())
    return form
