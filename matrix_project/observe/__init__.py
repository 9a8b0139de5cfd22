"""Observe what a database does with one constraint of a Django model.

Needs Django, a driver and msgspec, and a database of its own: tables are made, filled and dropped.

    from matrix_project.observe import Subject, observe, targets_of
    from matrix_project.results.verdicts import judge

    (one_draft,) = (each for each in targets_of(Article) if each.name == "one_draft_a_user")
    subject = Subject(
        models=[Article],
        targets=[one_draft],
        rows=[{"user": "ann", "status": "DRAFT"}],
        valid=[{"user": "bob", "status": "DRAFT"}],
        violating=[{"user": "ann", "status": "DRAFT"}],
    )
    print(judge(observe(subject, ["default"])).summary)
"""

from __future__ import annotations

from matrix_project.observe.engine import observe
from matrix_project.observe.errors import OccupiedError, UnreachableError
from matrix_project.observe.in_the_way import query_for
from matrix_project.observe.subject import Act, Fact, OwnStep, Row, Subject
from matrix_project.observe.tables import Tables
from matrix_project.observe.targets import Target, foreign_keys_of, targets_of

__all__ = [
    "Act",
    "Fact",
    "OccupiedError",
    "OwnStep",
    "Row",
    "Subject",
    "Tables",
    "Target",
    "UnreachableError",
    "foreign_keys_of",
    "observe",
    "query_for",
    "targets_of",
]
