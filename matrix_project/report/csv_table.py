"""The document as CSV: a row a cell, for spreadsheets and data frames."""

from __future__ import annotations

import csv
import io

from matrix_project.report.characters import line
from matrix_project.report.reading import message
from matrix_project.report.surroundings import surroundings
from matrix_project.results import Case, Cell, Environment, Error, Matrix, Verdict

__all__ = ["render"]

_FORMULA = tuple("=+-@\uff1d\uff0b\uff0d\uff20")
"""What a spreadsheet takes for the beginning of a formula, full-width ones too.

https://owasp.org/www-community/attacks/CSV_Injection
"""


def render(matrix: Matrix) -> str:
    """Return the cells in the document's order, a line each, below a line of names.

    The error's columns tell of the first violating probe that was rejected, or of the refused DDL;
    they are empty where there is none. `yes` and `no` stand where it was observed, and nothing
    where it was not. Text is on one line, and an apostrophe comes before what a spreadsheet would
    take for a formula.
    """
    rows = [
        _row(cell, matrix.cases[cell.case], matrix.environments[cell.environment])
        for cell in matrix.cells
    ]
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(_NAMES)
    writer.writerows([_inert(row.get(name)) for name in _NAMES] for row in rows)
    return file.getvalue()


_NAMES = (
    *("case", "family", "environment", "backend", "vendor", "server_version", "django", "python"),
    *("driver", "provider", "status", "verdict", "warned", "system_checks", "constraint"),
    *("names_constraint", "class", "driver_class", "code", "message", "full_clean", "summary"),
    "observed_at",
)


def _row(cell: Cell, case: Case, environment: Environment) -> dict[str, str | None]:
    checks = cell.system_checks
    seen = cell.verdict != Verdict.UNKNOWN
    return {
        "case": cell.case,
        "family": case.family,
        "environment": cell.environment,
        "backend": environment.backend,
        "vendor": environment.vendor,
        **surroundings(environment),
        "status": environment.status,
        "verdict": cell.verdict,
        "warned": _yes(bool(checks)) if seen else None,
        "system_checks": " ".join(each.id for each in checks),
        "constraint": case.constraint,
        **_error(message(cell)),
        "full_clean": cell.validation.outcome if cell.validation else None,
        "summary": cell.summary,
        "observed_at": environment.observed_at,
    }


def _error(error: Error | None) -> dict[str, str | None]:
    if error is None:
        return {}
    return {
        "names_constraint": _yes(error.names_constraint),
        "class": error.class_,
        "driver_class": error.driver_class,
        "code": error.code,
        "message": error.message,
    }


def _yes(value: bool) -> str:  # noqa: FBT001 (it is what is said)
    return "yes" if value else "no"


def _inert(text: str | None) -> str:
    said = line(text or "")
    return f"'{said}" if said.startswith(_FORMULA) else said
