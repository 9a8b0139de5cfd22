"""One item a case: each is observed once, on the database that the suite was handed."""

from __future__ import annotations

from matrix_project.cases.case import Declared
from matrix_project.suite.plugin import Observer


def test_case(case: Declared, observer: Observer) -> None:
    """Observe a case, and tell the run."""
    observer.observe(case)
