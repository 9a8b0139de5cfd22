"""What every report reads out of the document: its order, its marks, its sentences."""

from __future__ import annotations

import re
from dataclasses import dataclass

from matrix_project.results import Case, Cell, Environment, Error, Matrix, Outcome, Verdict

__all__ = [
    "MARKS",
    "NO_CONSTRAINT",
    "Mark",
    "columns",
    "drawn",
    "heading",
    "message",
    "sentence",
    "warnings",
]

_VENDORS = ("postgresql", "mysql", "mariadb", "sqlite")


@dataclass(frozen=True)
class Mark:
    """How a verdict is drawn: never by colour alone."""

    icon: str
    colour: str
    meaning: str


MARKS = {
    Verdict.ENFORCED: Mark(
        "✅",
        "green",
        "violations are rejected by an `IntegrityError` that names the constraint, valid rows are"
        " accepted",
    ),
    Verdict.ENFORCED_OTHER_ERROR: Mark(
        "☑️",
        "cyan",
        "violations are rejected, but by another error or without the constraint's name",
    ),
    Verdict.PARTIAL: Mark("⚠️", "yellow", "some violations get in, or a valid row is kept out"),
    Verdict.REFUSED: Mark("⛔", "magenta", "the database refuses the DDL: the migration fails"),
    Verdict.IGNORED: Mark(
        "❌", "red", "the migration passes, the constraint does not exist, violations get in"
    ),
    Verdict.UNKNOWN: Mark("❔", "bright_black", "not observed; no answer is implied"),
}


NO_CONSTRAINT = Mark("▫️", "bright_black", "a control that declares none: every row is accepted")
"""How a control is drawn that declares no constraint, and where all its rows were accepted."""

_LETS_IN = (Verdict.IGNORED, Verdict.PARTIAL, Verdict.REFUSED)


def columns(matrix: Matrix) -> list[str]:
    """Return the environments' ids as columns: by vendor, then newest first."""

    def key(id_: str) -> tuple[int, list[int], str]:
        environment = matrix.environments[id_]
        vendor = environment.vendor
        place = _VENDORS.index(vendor) if vendor in _VENDORS else len(_VENDORS)
        return place, [-number for number in _numbers(id_)], id_

    return sorted(matrix.environments, key=key)


def drawn(case: Case, cell: Cell) -> tuple[Mark, str]:
    """Return a cell's mark and word."""
    if case.constraint is None and cell.verdict == Verdict.ENFORCED:
        return NO_CONSTRAINT, "no constraint"
    return MARKS[cell.verdict], cell.verdict


def heading(environment: Environment, *, django: bool) -> str:
    """Return a column's heading; with the Django series where the document has several."""
    name = environment.backend
    if environment.backend == environment.vendor and environment.server_version:
        name = f"{name} {environment.server_version}"
    series = ".".join(environment.django.split(".")[:2])
    return f"{name} · Django {series}" if django else name


def warnings(cell: Cell) -> str:
    """Say whether Django's system checks announced it."""
    if not cell.system_checks:
        return "Django warns of nothing."
    told = "; ".join(f"{check.id}: {check.message}" for check in cell.system_checks)
    return f"Django warns: {told}"


def sentence(cell: Cell) -> str:
    """Say in a line why a cell is not plainly enforced, and whether Django warned."""
    said = " ".join(cell.summary.split())
    if cell.verdict == Verdict.UNKNOWN:
        return said
    if not said.endswith((".", "!", "?")):
        said += "."
    left = cell.ddl.add.left_behind if cell.ddl.add else None
    if cell.verdict == Verdict.REFUSED and left is not None:
        tables = ", ".join(left.tables) or "no table"
        applied = "counts" if left.recorded else "does not count"
        there = "with" if left.constraint else "without"
        said += (
            f" The failed migration leaves {tables} {there} the constraint,"
            f" and {applied} as applied."
        )
    if cell.validation is not None and cell.verdict in _LETS_IN:
        said += f" `full_clean()` says of such a row: {cell.validation.outcome}."
    return f"{said} {warnings(cell)}"


def message(cell: Cell) -> Error | None:
    """Return the error of the first violating probe that was rejected, or of the refused DDL."""
    for probe in cell.probes:
        if probe.expect == "reject" and probe.outcome == Outcome.REJECTED:
            return probe.error
    refused = (step for step in (cell.ddl.add, cell.ddl.create) if step and step.error)
    return next((step.error for step in refused), None)


def _numbers(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", text)]
