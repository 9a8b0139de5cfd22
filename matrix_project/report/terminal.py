"""The matrix as a table in the terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from matrix_project.report.characters import cut, line, log_line
from matrix_project.report.folding import Folded, Folding
from matrix_project.report.reading import Answer, declared_at
from matrix_project.report.remarks import remarks
from matrix_project.results.contract import Matrix, Verdict

__all__ = ["cell", "say", "show", "table", "tell_around"]

_CELL = 400
"""How many characters of a text a cell of a table has room for."""


def show(matrix: Matrix, console: Console, *, details: bool = False) -> None:
    """Print the matrix, what its words mean, and what was not observed or needs a word.

    Args:
        matrix: the document.
        console: where it is printed.
        details: whether every cell that does not plainly hold has its reason, and not only what is
            unknown or `partial`; for results that no other report tells of.
    """
    folding = Folding(matrix)
    if matrix.cases:
        # Not the table's own title: that is folded, and a line may begin with any word of it.
        say(console, ": ".join(filter(None, ("Constraint Matrix", folding.djangos))))
        console.print(table(matrix, folding, matrix.cases))
    tell_around(console, folding, matrix.cases)
    for remark in remarks(matrix, folding, details=details):
        say(console, remark)


def tell_around(console: Console, folding: Folding, cases: Iterable[str]) -> None:
    """Print what the words of a table of cases mean, and what was not observed."""
    for word, mark in folding.legend(cases).items():
        if word != Verdict.ENFORCED:
            level = f" ({mark.level.replace('-', ' ')})" if mark.level else ""
            say(console, f"{word}: {mark.meaning}{level}")
    for gap in folding.gaps():
        say(console, f"{gap.where}: {gap.what.status}: {gap.what.reason}")
    for id_, environment in folding.observed.items():
        if (attempt := environment.last_attempt) is not None:
            say(
                console,
                f"{id_}: {attempt.status} at {attempt.at}: {attempt.reason};"
                f" the results of {environment.observed_at} stand",
            )


def table(matrix: Matrix, folding: Folding, cases: Iterable[str], heading: str = "case") -> Table:
    """Return the answers to some of the cases; where a case has a file, its place is told."""
    table = Table()
    # Every column folds, and none has a least width: else rich cuts off the last ones.
    table.add_column(heading, overflow="fold")
    for column in folding.columns:
        table.add_column(cell(column.heading), overflow="fold")
    family = ""
    for case in cases:
        described = matrix.cases[case]
        if family and described.family != family:
            table.add_section()
        family = described.family
        named = Text("\n").join(map(cell, filter(None, (case, declared_at(described)))))
        table.add_row(named, *(_answers(entries) for entries in folding.overview(case)))
    return table


def _answers(entries: list[Folded[Answer]]) -> Text:
    lines = [
        cell(": ".join(filter(None, (str(entry.what), entry.where))), entry.what.mark.colour)
        for entry in entries
    ]
    return Text("\n").join(lines)


def cell(text: str, style: str = "") -> Text:
    """Return what stands in a table's cell: nothing of it is markup or obeyed by a terminal."""
    return Text(cut(line(text), whole=_CELL), style=style)


def say(console: Console, text: str) -> None:
    """Print a line as it stands: nothing of it is markup or a command, none of it is wrapped."""
    console.print(log_line(cut(text)), highlight=False, markup=False, soft_wrap=True)
