"""What several commands have in common: folders, the terminal, and errors of use."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any, NoReturn

import click
from rich.console import Console

from matrix_project.backends import Backend, asked, catalogue, variants
from matrix_project.report import terminal
from matrix_project.results.store import Store
from matrix_project.run.process import PATIENCE
from matrix_project.servers.providers import PROVIDERS

__all__ = [
    "BASELINE",
    "FOLDER",
    "PATIENCE_OPTION",
    "PROVIDER",
    "RESULTS",
    "backends_named",
    "console",
    "mute",
    "tell_report",
]

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
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def _known_provider(
    _context: click.Context, _parameter: click.Parameter, name: str | None
) -> str | None:
    if name is not None and name not in PROVIDERS:
        _refuse("provider", [name], PROVIDERS)
    return name


PROVIDER = click.option(
    "--provider",
    metavar="NAME",
    callback=_known_provider,
    help=f"Bring servers up this way: {', '.join(PROVIDERS)}.  [default: the first that can]",
)
"""The option by which a user forces one provider."""


PATIENCE_OPTION = click.option(
    "--patience",
    type=click.FloatRange(min=0.1),
    default=PATIENCE,
    show_default=True,
    metavar="SECONDS",
    help="Ask a server whether it still answers after so long without news of it.",
)
"""The option by which a user says how long a server may be silent."""


def backends_named(names: Iterable[str]) -> list[Backend]:
    """Return the backends and variants that a user names.

    Raises:
        click.UsageError: a name is none of those that there are.
    """
    found = {name: asked(name) for name in names}
    if unknown := [name for name, backend in found.items() if backend is None]:
        _refuse("backend", unknown, catalogue() | variants())
    return [backend for backend in found.values() if backend is not None]


def _refuse(kind: str, given: Sequence[str], known: Collection[str]) -> NoReturn:
    """Say that a name is none of those that there are.

    Raises:
        click.UsageError: always.
    """
    of_vendor = [each for each in known for name in given if each.startswith(f"{name}-")]
    there = f"there are: {', '.join(sorted(of_vendor or known))}"
    message = f"unknown {kind} {', '.join(given)}; {there}"
    raise click.UsageError(message)


def tell_report(target: Console, store: Store) -> None:
    """Say where the report is."""
    terminal.say(target, f"Report: {store.folder / 'index.html'}")
