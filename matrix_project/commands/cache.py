"""The command `cache`: what is kept between runs, and how to get rid of it."""

from __future__ import annotations

import click

from matrix_project.servers import kept
from matrix_project.servers.tools import cache

__all__ = ["cache_command", "megabytes"]


@click.command("cache", short_help="Show the cache, or clear it.")
@click.option("--verify", is_flag=True, help="Read all of it, and remove what is damaged.")
@click.option("--clear", is_flag=True, help="Remove all of it. Default: only show it.")
@click.pass_context
def cache_command(context: click.Context, *, verify: bool, clear: bool) -> None:
    """Show the folder that keeps what was downloaded and built, and the size of its parts.

    The environment variable MATRIX_CACHE names another folder. A run fetches again what is missing,
    and what it finds damaged; --verify finds damage in files whose size and time are as they were,
    too, and ends with 1 where there was some.
    """
    if verify and clear:
        message = "--verify reads the cache and --clear removes it: name one"
        raise click.UsageError(message)
    sizes = kept.sizes()
    click.echo(f"{cache()}: {megabytes(sum(sizes.values()))}")
    for part, size in sizes.items():
        click.echo(f"  {part:<10} {megabytes(size):>8}  {kept.PARTS[part]}")
    if verify and not _verified():
        context.exit(1)
    if clear:
        kept.clear()
        click.echo("Cleared.")
        if "connectors" in sizes:
            click.echo(
                "A mysqlclient that was linked to it needs `python -m"
                " matrix_project.servers.mysqlclient` to be run again."
            )


def _verified() -> bool:
    """Tell of each entry of the cache whether it is whole; return whether all are."""
    damaged = 0
    for name, found in kept.verify():
        damaged += found is not None
        words = "whole" if found is None else f"damaged, and removed ({found})"
        click.echo(f"{name}: {words}")
    if damaged:
        click.echo(
            f"{damaged} damaged in {cache()}, which MATRIX_CACHE moves:"
            " the next run makes again what it needs of them."
        )
    return not damaged


def megabytes(size: int) -> str:
    """Return a number of bytes as people read it."""
    return f"{size / 1e6:,.0f} MB"
