"""What the command `audit` is given and cannot do, refused before anything starts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from matrix_project.results.contract import EnvironmentResult

__all__ = ["refuse_idle_options", "refuse_part"]

_OF_VERDICTS = ("rows", "ways_in", "fresh", "baseline", "write_baseline")
_WITHOUT = {
    "against": ("migrations", "backends", "provider", *_OF_VERDICTS),
    "migrations": ("fail_on", *_OF_VERDICTS),
}
"""The options that mean nothing beside another one."""


def refuse_idle_options(context: click.Context) -> None:
    """Refuse options that would do nothing beside `--against` or `--migrations`.

    Raises:
        click.UsageError: one is given.
    """
    words = {each.name: each.opts[0] for each in context.command.params}
    for mode, idle in _WITHOUT.items():
        given = [words[name] for name in idle if context.params[name]]
        if context.params[mode] and given:
            message = f"{', '.join(given)} means nothing beside {words[mode]}: leave it out"
            raise click.UsageError(message)


def refuse_part(
    output: Path | None, there: Mapping[str, EnvironmentResult], narrowed_by: str | None
) -> None:
    """Keep the results of a part from taking the place of those of other constraints.

    Raises:
        click.UsageError: they would.
    """
    others = [id_ for id_, each in there.items() if each.environment.selection != narrowed_by]
    if others and narrowed_by is not None:
        names = ", ".join(sorted(others))
        message = f"{output} has other results of {names}: name another --output for a part"
        raise click.UsageError(message)
