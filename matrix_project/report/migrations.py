"""What a project's own migrations came to on each backend, for the terminal and as JSON."""

from __future__ import annotations

import msgspec
from rich.console import Console

from matrix_project.report.against import show as show_against
from matrix_project.report.terminal import say
from matrix_project.results.migrated import Failure, MigratedBackend, Migrations

__all__ = ["encode", "show"]


def show(document: Migrations, console: Console) -> None:
    """Print for each backend how far the migrations came, and which constraints are there."""
    for name, backend in document.environments.items():
        say(console, f"{name}: {_words(backend)}")
        if backend.migrated is None:
            continue
        if backend.migrated.failure is not None:
            _show_failure(backend.migrated.failure, console)
        show_against(backend.migrated.against, console, "  after them")


def encode(document: Migrations) -> bytes:
    """Return it as JSON."""
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"


def _words(backend: MigratedBackend) -> str:
    done = backend.migrated
    if done is None:
        return f"not run: {backend.reason}"
    if done.failure is None:
        synced = ", ".join(done.without_migrations)
        return f"all {done.total} migrations run" + (
            f"; without migrations: {synced}" * bool(synced)
        )
    where = done.failure.migration or "migrate"
    return f"{done.applied} of {done.total} migrations run, {where} fails"


def _show_failure(failure: Failure, console: Console) -> None:
    error = failure.error
    code = f" {error.code}" if error.code else ""
    at = f"operation {failure.number} ({failure.operation})" if failure.operation else "its end"
    say(console, f"  at {at}: {error.class_}{code}: {' '.join(error.message.split())}")
    if failure.sql:
        say(console, f"  sent last: {failure.sql}")
    left = ", ".join(failure.tables) or "no table"
    stays = f" and {len(failure.stays)} statements" if failure.stays else ""
    say(console, f"  it leaves behind {left}{stays}")
