"""What a case goes through on each path: declared, probed, removed, added to violating rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from matrix_project.observe.capture import start_capture
from matrix_project.observe.cell import CellInProgress
from matrix_project.observe.clear import clear
from matrix_project.observe.ddl import constraint_name
from matrix_project.observe.probe import ask
from matrix_project.results import Path

__all__ = ["added", "created"]


@contextmanager
def created(cell: CellInProgress) -> Iterator[bool]:
    """Have the constraint created with its table; yield whether the database took it."""
    try:
        step = cell.steps["create"] = cell.schema.create()
        yield step.outcome == "accepted"
    finally:
        cell.schema.drop()


@contextmanager
def added(cell: CellInProgress) -> Iterator[bool]:
    """Have the constraint added to the tables that are there; yield whether the database took it.

    After the probes it is removed again, and added to rows that violate it.
    """
    step = cell.steps["add"] = cell.schema.add()
    yield step is None or step.outcome == "accepted"
    if step is not None:
        _validate(cell)
        cell.steps["remove"] = cell.schema.remove()
        rows = _violate(cell)
        cell.steps["add_to_violating_rows"] = cell.schema.add(rows)
        cell.schema.remove()
    clear(cell.case.models)


def _validate(cell: CellInProgress) -> None:
    """Put a violating row to `full_clean()`."""
    case, model = cell.case(), cell.case.models[0]
    clear(cell.case.models)
    case.seed(model)
    cell.validate(model(**case.bad))


def _violate(cell: CellInProgress) -> list[str]:
    """Save a violating row to each table, the constraint gone; return the SQL that made the rows.

    Where there was a constraint to remove, this is a probe: the row has to be accepted by now.
    """
    case = cell.case()
    clear(cell.case.models)
    rows: list[str] = []
    for model in cell.case.models:
        listen = start_capture(connection)
        case.seed(model)
        if cell.steps["remove"] is None:
            model(**case.bad).save()
            rows += listen()
            continue
        with ask(
            connection,
            id_=cell.probe_id("after_remove", model),
            title="save() of a violating row, the constraint removed again",
            expect="accept",
            path=Path.REMOVE,
            constraint=constraint_name(model),
            setup=listen,
            record=cell.record,
        ):
            model(**case.bad).save()
        if cell.latest is not None:
            rows += [*cell.latest.setup, *cell.latest.sql]
    return rows
