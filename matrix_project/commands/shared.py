"""What several commands have in common: folders, the terminal, and errors of use."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

import click
from rich.console import Console

from matrix_project.report import terminal
from matrix_project.results.store import Store

__all__ = ["BASELINE", "FOLDER", "RESULTS", "console", "refuse", "tell_report"]

BASELINE = Path("reports")
"""The folder of the accepted results, in the working directory."""
RESULTS = Path("results")
"""The folder that a run writes, in the working directory."""
_LOG = 240
"""How many columns a log has room for."""
FOLDER = click.Path(file_okay=False, path_type=Path)


def console() -> Console:
    """Return the terminal; a log has room for the whole table."""
    found = Console()
    return found if found.is_terminal else Console(width=_LOG)


def refuse(kind: str, given: Iterable[str], known: Iterable[str]) -> NoReturn:
    """Say that a name is none of those that there are.

    Raises:
        click.UsageError: always.
    """
    message = f"unknown {kind} {', '.join(given)}; there are: {', '.join(sorted(known))}"
    raise click.UsageError(message)


def tell_report(target: Console, store: Store) -> None:
    """Say where the report is."""
    terminal.say(target, f"Report: {store.folder / 'index.html'}")
