"""What bulk_create(ignore_conflicts=True) does with a row that breaks something."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import (
    CASCADE,
    CharField,
    CheckConstraint,
    Deferrable,
    ForeignKey,
    IntegerField,
    Q,
    SmallIntegerField,
    UniqueConstraint,
)

from matrix_project.cases.case import Question, asks, row
from matrix_project.cases.question_forms import by_write, shown

_ALIASES = ["ignore_conflicts", "bulk_create", "INSERT IGNORE", "ON CONFLICT DO NOTHING"]
_PERSON = {"name": CharField(max_length=5), "age": SmallIntegerField()}


def _ignored(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what asks what becomes of a row that is given with ignore_conflicts=True."""
    title = f"bulk_create(ignore_conflicts=True) of {shown(values)}"
    return {
        "acts": [
            asks(title, lambda t: t.objects.bulk_create([t.build(values)], ignore_conflicts=True))
        ],
        "answers": {
            "raises": "An error is raised, and the row is not stored.",
            "dropped": "No error is raised, and the row is not stored.",
            "stored": "No error is raised, and the row is stored as it is given.",
            "changed": "No error is raised, and another row than the given one is stored.",
        },
        "words": by_write(
            values,
            rejected="raises",
            error_before_write="raises",
            returned_existing="dropped",
            accepted="stored",
        ),
        "aliases": _ALIASES,
    }


ignore_conflicts_unique = Question(
    "ways_in.ignore_conflicts_unique",
    "bulk_create(ignore_conflicts=True) of a row that breaks a uniqueness: what becomes of it?",
    title="ignore_conflicts and a uniqueness",
    fields=_PERSON,
    constraint=UniqueConstraint(fields=["name"], name="one_name"),
    rows=[{"name": "Ann", "age": 40}],
    **_ignored({"name": "Ann", "age": 18}),
)

ignore_conflicts_check = Question(
    "ways_in.ignore_conflicts_check",
    "bulk_create(ignore_conflicts=True) of a row that breaks a check: what becomes of it?",
    title="ignore_conflicts and a check",
    fields=_PERSON,
    constraint=CheckConstraint(condition=Q(age__gte=18), name="of_age"),
    **_ignored({"name": "Bob", "age": 17}),
)

ignore_conflicts_null = Question(
    "ways_in.ignore_conflicts_null",
    "bulk_create(ignore_conflicts=True) of a NULL for a column that takes none: what becomes of the"
    " row?",
    title="ignore_conflicts and NOT NULL",
    fields=_PERSON,
    **_ignored({"name": "Bob", "age": None}),
)

ignore_conflicts_too_long = Question(
    "ways_in.ignore_conflicts_too_long",
    "bulk_create(ignore_conflicts=True) of a text that is longer than max_length=5: what becomes of"
    " the row?",
    title="ignore_conflicts and max_length",
    fields=_PERSON,
    **_ignored({"name": "Robert", "age": 18}),
)

ignore_conflicts_out_of_range = Question(
    "ways_in.ignore_conflicts_out_of_range",
    "bulk_create(ignore_conflicts=True) of 40000 for a SmallIntegerField: what becomes of the row?",
    title="ignore_conflicts and a type's range",
    fields=_PERSON,
    **_ignored({"name": "Bob", "age": 40000}),
)

ignore_conflicts_foreign_key = Question(
    "ways_in.ignore_conflicts_foreign_key",
    "bulk_create(ignore_conflicts=True) of a row that refers to no row: what becomes of it?",
    title="ignore_conflicts and a foreign key",
    others={"Author": {"name": CharField(max_length=30)}},
    fields={"title": CharField(max_length=30), "author": ForeignKey("Author", CASCADE)},
    rows=[row("Author", id=1, name="Ann")],
    **_ignored({"title": "Lost", "author_id": 2}),
)

ignore_conflicts_deferred = Question(
    "ways_in.ignore_conflicts_deferred",
    "bulk_create(ignore_conflicts=True) of a row that breaks a deferred uniqueness: what becomes of"
    " it?",
    title="ignore_conflicts and a deferred uniqueness",
    fields={"title": CharField(max_length=30), "position": IntegerField()},
    constraint=UniqueConstraint(
        fields=["position"], deferrable=Deferrable.DEFERRED, name="one_position"
    ),
    rows=[{"title": "Intro", "position": 1}],
    **_ignored({"title": "Outro", "position": 1}),
)
