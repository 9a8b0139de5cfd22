"""What the commands that observe backends have in common: which, by what, and what is missing."""

from __future__ import annotations

import click
from rich.console import Console

from matrix_project.backends import Backend, catalogue, variants
from matrix_project.commands.shared import backends_named
from matrix_project.report import terminal
from matrix_project.results.contract import EnvironmentResult, Matrix, Status
from matrix_project.run.plan import Plan

__all__ = ["by", "forget", "lacks", "tell_plans", "wanted"]


def wanted(names: tuple[str, ...], *, every: bool) -> list[Backend]:
    """Return the backends that a user names, or else the default ones, or every one.

    Raises:
        click.UsageError: a name is none of those that there are.
    """
    if names and every:
        message = "--all takes every backend of the catalogue: leave out --backend"
        raise click.UsageError(message)
    named = backends_named(names)
    there = (catalogue() | variants()).values()
    released = [each for each in there if not each.prerelease]
    return named or [each for each in released if every or each.default]


def by(each: Plan) -> str:
    """Return the name of what brings a server up, at first."""
    return each.providers[0].name if each.providers else Status.NOT_RUN


def tell_plans(target: Console, plans: list[Plan]) -> None:
    """Say how each server is brought up, and what is left out."""
    for line in (line for each in plans for line in each.left_out):
        terminal.say(target, line)
    for each in (each for each in plans if each.environments):
        names = ", else by ".join(provider.name for provider in each.providers)
        how = f"by {names}" if names else f"{Status.NOT_RUN}: {each.lacking}"
        ids = ", ".join(backend.id for backend in each.backends)
        terminal.say(target, f"{ids}: {how}")


def forget(result: EnvironmentResult) -> EnvironmentResult:
    """Keep nothing of an environment's results."""
    return result


def lacks(seen: Matrix, expected: set[str]) -> bool:
    """Return whether something is missing: an expected environment, or all that it declares."""
    statuses = {id_: each.status for id_, each in seen.environments.items()}
    observed = {id_ for id_, status in statuses.items() if status == Status.OBSERVED}
    return bool(expected - observed) or Status.LOST in statuses.values() or not observed
