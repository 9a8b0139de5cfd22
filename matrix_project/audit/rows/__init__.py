"""Rows that satisfy and violate a constraint, made and proven on a reference database."""

from __future__ import annotations

from matrix_project.audit.rows.help import Help
from matrix_project.audit.rows.made import Disagreement, Made
from matrix_project.audit.rows.making import make

__all__ = ["Disagreement", "Help", "Made", "make"]
