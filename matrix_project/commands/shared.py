"""What several commands have in common: folders, the terminal, and errors of use."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn

import click
from rich.console import Console

from matrix_project.report import terminal
from matrix_project.results.store import Store

__all__ = ["BASELINE", "FOLDER", "RESULTS", "console", "mute", "refuse", "tell_report"]

BASELINE = Path("reports")
"""The folder of the accepted results, in the working directory."""
RESULTS = Path("results")
"""The folder that a run writes, in the working directory."""
_LOG = 240
"""How many columns a log has room for."""


class _Folder(click.Path):
    """A folder; an empty text, such as that of a variable that is not set, names none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            self.fail("it is empty: name a folder", param, ctx)
        return super().convert(value, param, ctx)


FOLDER = _Folder(file_okay=False, path_type=Path)


class _Terminal(Console):
    """Standard output; where its reader went away (`| head`), the command goes on without it."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        mute()


def console() -> Console:
    """Return the terminal; a log has room for the whole table."""
    found = _Terminal()
    return found if found.is_terminal else _Terminal(width=_LOG)


def mute() -> None:
    """Let standard output lead nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


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
