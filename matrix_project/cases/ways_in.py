"""What the ways in that handle conflicts do with a row that breaks a constraint."""

from __future__ import annotations

from django.db.models import CharField, CheckConstraint, IntegerField, Q

from matrix_project.cases.case import Question, asks
from matrix_project.observe import Tables
from matrix_project.results.contract import Outcome


def _ignore_conflicts(tables: Tables) -> None:
    row = tables.build({"name": "Bob", "age": 17})
    tables.objects.bulk_create([row], ignore_conflicts=True)


ignore_conflicts_check = Question(
    "ways_in.ignore_conflicts_check",
    "bulk_create(ignore_conflicts=True) of a row that breaks a check: what becomes of it?",
    title="ignore_conflicts and a check",
    fields={"name": CharField(max_length=30), "age": IntegerField()},
    constraint=CheckConstraint(condition=Q(age__gte=18), name="of_age"),
    acts=[asks("bulk_create(ignore_conflicts=True) of a row that breaks it", _ignore_conflicts)],
    answers={
        "raises": "An error is raised, and the row is not stored.",
        "dropped": "No error is raised, and the row is not stored.",
        "stored": "No error is raised, and the row is stored although it breaks the check.",
        "changed": "No error is raised, and another row than the given one is stored.",
    },
    words={
        Outcome.REJECTED: "raises",
        Outcome.DROPPED: "dropped",
        Outcome.ACCEPTED: "stored",
        Outcome.CHANGED: "changed",
    },
    aliases=["bulk_create", "INSERT IGNORE", "ON CONFLICT DO NOTHING"],
)
