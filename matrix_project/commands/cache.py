"""The command `cache`: what is kept between runs, and how to get rid of it."""

from __future__ import annotations

import click

from matrix_project.servers import kept
from matrix_project.servers.tools import cache

__all__ = ["cache_command", "megabytes"]


@click.command("cache", short_help="Show the cache, or clear it.")
@click.option("--clear", is_flag=True, help="Remove all of it. Default: only show it.")
def cache_command(*, clear: bool) -> None:
    """Show the folder that keeps what was downloaded and built, and the size of its parts.

    The environment variable MATRIX_CACHE names another folder. A run fetches again what is missing.
    """
    sizes = kept.sizes()
    click.echo(f"{cache()}: {megabytes(sum(sizes.values()))}")
    for part, size in sizes.items():
        click.echo(f"  {part:<10} {megabytes(size):>8}  {kept.PARTS[part]}")
    if clear:
        kept.clear()
        click.echo("Cleared.")
        if "connectors" in sizes:
            click.echo(
                "A mysqlclient that was linked to it needs `python -m"
                " matrix_project.servers.mysqlclient` to be run again."
            )


def megabytes(size: int) -> str:
    """Return a number of bytes as people read it."""
    return f"{size / 1e6:,.0f} MB"
