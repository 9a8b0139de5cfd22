"""The matrix as a table in the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from matrix_project.report.reading import columns, drawn, heading
from matrix_project.results import Case, Cell, Matrix, Status, Verdict

__all__ = ["say", "show"]


def show(matrix: Matrix, console: Console) -> None:
    """Print the matrix, then a line for each environment that was not observed."""
    several = len({each.django for each in matrix.environments.values()}) > 1
    ids = columns(matrix)
    table = Table(title="Constraint Matrix", title_justify="left", caption_justify="left")
    table.add_column("case", no_wrap=True)
    for id_ in ids:
        table.add_column(Text(heading(matrix.environments[id_], django=several)), overflow="fold")
    cells = {(cell.case, cell.environment): cell for cell in matrix.cells}
    family = ""
    for case, described in matrix.cases.items():
        if family and described.family != family:
            table.add_section()
        family = described.family
        verdicts = [cells[case, id_] for id_ in ids]
        table.add_row(
            Text(case),
            *(_verdict(described, cell) for cell in verdicts),
        )
    if matrix.cases:
        console.print(table)
    for id_ in ids:
        environment = matrix.environments[id_]
        if environment.status != Status.OBSERVED:
            say(console, f"{id_}: {environment.status}: {environment.reason}")
        elif environment.last_attempt is not None:
            attempt = environment.last_attempt
            say(
                console,
                f"{id_}: {attempt.status} at {attempt.at}: {attempt.reason};"
                f" the results of {environment.observed_at} stand",
            )
    for cell in matrix.cells:
        observed = matrix.environments[cell.environment].status == Status.OBSERVED
        if cell.verdict in {Verdict.UNKNOWN, Verdict.PARTIAL} and observed:
            say(console, f"{cell.case} on {cell.environment}: {cell.verdict}: {cell.summary}")


def _verdict(case: Case, cell: Cell) -> Text:
    mark, word = drawn(case, cell)
    return Text(word + (" (warned)" if cell.system_checks else ""), style=mark.colour)


def say(console: Console, line: str) -> None:
    """Print a line as it stands: nothing of it is markup, and none of it is wrapped."""
    console.print(line, highlight=False, markup=False, soft_wrap=True)
