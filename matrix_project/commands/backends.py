"""The command `backends`: what can be observed here, and what that downloads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import click
from rich.table import Table

from matrix_project.backends import Backend, catalogue, variants
from matrix_project.commands.cache import megabytes
from matrix_project.commands.shared import console
from matrix_project.report import terminal
from matrix_project.servers import Download, ServerUnavailableError, kept
from matrix_project.servers.providers import Choice, choose
from matrix_project.servers.tools import cache
from matrix_project.vendors import vendor

__all__ = ["backends_command"]

_COLUMNS = (
    "backend",
    "vendor",
    "series",
    "end of life",
    "default",
    "served by",
    "download",
    "cached",
)


@click.command("backends", short_help="List the backends, and what can serve them here.")
def backends_command() -> None:
    """List the backends, the providers that can serve each one here, and what they download.

    A download is made once, by the first run that needs it. The sizes are what comes over the
    network, about; unpacked it takes three to five times as much.
    """
    target = console()
    backends = [*catalogue().values(), *variants().values()]
    with ThreadPoolExecutor() as pool:
        choices = dict(zip(backends, pool.map(choose, backends), strict=True))
    table = Table()
    for heading in _COLUMNS:
        table.add_column(heading, overflow="fold")
    for backend, choice in choices.items():
        table.add_row(*_row(backend, choice))
    target.print(table)
    for backend, choice in choices.items():
        if not choice.able:
            terminal.say(target, f"{backend.id} cannot be served here: {choice.lacking}")
    terminal.say(target, _cache())


def _row(backend: Backend, choice: Choice) -> list[str]:
    download = _download(backend, choice)
    return [
        backend.id,
        vendor(backend.vendor).title,
        backend.series or "this Python's",
        backend.end_of_life or "",
        "yes" if backend.default else "",
        ", ".join(each.name for each in choice.able) or "nothing",
        _told(download) if download else "",
        "" if download is None else "yes" if download.cached else "no",
    ]


def _download(backend: Backend, choice: Choice) -> Download | None:
    """Return what the provider that comes first downloads."""
    return choice.able[0].download(backend) if choice.able else None


def _told(download: Download) -> str:
    size = f", {download.megabytes} MB" if download.megabytes else ""
    return f"{download.what}{size}"


def _cache() -> str:
    try:
        folder, size = cache(), sum(kept.sizes().values())
    except ServerUnavailableError as error:
        return str(error)
    return f"Cache: {folder}, {megabytes(size)}; MATRIX_CACHE names another folder."
