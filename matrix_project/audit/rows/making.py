"""Make the rows for one constraint: its tables on the reference database, the search, the end."""

from __future__ import annotations

from django.db import connections

from matrix_project.audit.rows.help import Help
from matrix_project.audit.rows.judge import Bench
from matrix_project.audit.rows.made import Made
from matrix_project.audit.rows.search import search
from matrix_project.observe.checks import absence
from matrix_project.observe.schema import Schema, refused_beside
from matrix_project.observe.subject import Subject

__all__ = ["make"]


def make(subject: Subject, alias: str, help: Help | None = None) -> Made:  # noqa: A002 (the word)
    """Return rows that satisfy and violate a constraint, proven on the reference database.

    Args:
        subject: plain models and one target, without rows.
        alias: Django's connection to the reference database, which has none of its tables.
        help: what the project gives.

    Raises:
        OccupiedError: one of the tables is there already.
    """
    (target,) = subject.targets
    if reason := absence(target.model, connections[alias]):
        return Made(lacking=reason)
    schema = Schema(subject, alias)
    schema.find_room()
    try:
        schema.prepare(subject.prerequisites)
        step = schema.migrate("control", schema.plain)
        if step.outcome != "accepted":
            schema.drop()
            schema = Schema(subject, alias, refused_beside(subject, alias))
            step = schema.migrate("control", schema.plain)
        if step.outcome != "accepted":
            told = step.fault or (step.error.message if step.error else "no answer")
            return Made(lacking=f"the reference database does not take the table: {told}")
        bench = Bench(subject, target, alias)
        with bench.open():
            return search(bench, help)
    finally:
        schema.drop()
        schema.undo(subject.prerequisites)
