"""The matrix as a table in the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from matrix_project.report.characters import printable
from matrix_project.report.folding import Folded, Folding
from matrix_project.report.reading import Answer
from matrix_project.results import Matrix

__all__ = ["say", "show"]


def show(matrix: Matrix, console: Console) -> None:
    """Print the matrix, then a line for each thing that was not observed, or needs a word."""
    folding = Folding(matrix)
    if matrix.cases:
        console.print(_table(matrix, folding))
    for gap in folding.gaps():
        say(console, f"{gap.where}: {gap.what.status}: {gap.what.reason}")
    for id_, environment in folding.observed.items():
        if (attempt := environment.last_attempt) is not None:
            say(
                console,
                f"{id_}: {attempt.status} at {attempt.at}: {attempt.reason};"
                f" the results of {environment.observed_at} stand",
            )
    for doubt in folding.doubts():
        told = doubt.what
        say(console, f"{told.case} on {doubt.where}: {told.verdict}: {told.summary}")


def _table(matrix: Matrix, folding: Folding) -> Table:
    title = ": ".join(filter(None, ("Constraint Matrix", folding.djangos)))
    table = Table(title=Text(title), title_justify="left", caption_justify="left")
    table.add_column("case", no_wrap=True)
    for column in folding.columns:
        table.add_column(Text(column.heading), overflow="fold")
    family = ""
    for case, described in matrix.cases.items():
        if family and described.family != family:
            table.add_section()
        family = described.family
        table.add_row(Text(case), *(_cell(entries) for entries in folding.overview(case)))
    return table


def _cell(entries: list[Folded[Answer]]) -> Text:
    lines = [
        Text(": ".join(filter(None, (str(entry.what), entry.where))), style=entry.what.mark.colour)
        for entry in entries
    ]
    return Text("\n").join(lines)


def say(console: Console, line: str) -> None:
    """Print a line as it stands: nothing of it is markup, and none of it is wrapped."""
    console.print(printable(line), highlight=False, markup=False, soft_wrap=True)
