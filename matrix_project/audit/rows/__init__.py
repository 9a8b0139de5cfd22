"""Rows that satisfy a constraint, and rows that violate it."""

from __future__ import annotations

from matrix_project.audit.rows.made import Disagreement, Help, Made
from matrix_project.observe.subject import Subject

__all__ = ["Disagreement", "Help", "Made", "make"]


def make(subject: Subject, alias: str, help_: Help | None = None) -> Made:
    """Return the rows for a subject's constraint, made on the database of an alias."""
    del subject, alias, help_
    return Made(lacking="no rows are made yet")
