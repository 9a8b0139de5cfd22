"""The command `shards`: the whole matrix in parts, for a CI."""

from __future__ import annotations

import json

import click

from matrix_project.backends import catalogue, djangos, variants

__all__ = ["shards_command"]


@click.command("shards", short_help="Print the parts of the whole matrix, for a CI.")
@click.option(
    "--by",
    type=click.Choice(["backend", "django"]),
    default="backend",
    show_default=True,
    help="One job a backend, or one a series of Django.",
)
def shards_command(by: str) -> None:
    """Print the parts of the whole matrix as JSON, for a CI's matrix strategy.

    Each is a nox session and what to put behind its `--`; `merge` makes one document of them.
    """
    backends = [each for each in catalogue().values() if not each.prerelease]
    on = {
        each.id: [each.id, *(id_ for id_, other in variants().items() if other.server == each.id)]
        for each in backends
    }
    parts = {
        "backend": [
            {
                "shard": shard,
                "session": "matrix-all",
                "options": " ".join(f"--backend {id_}" for id_ in ids),
            }
            for shard, ids in on.items()
        ],
        "django": [
            {
                "shard": f"django-{each.series}",
                "session": f"matrix(django='{each.series}')",
                "options": "--all --strict",
            }
            for each in djangos()
        ],
    }
    click.echo(json.dumps({"include": parts[by]}))
