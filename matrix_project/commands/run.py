"""The command `run`: observe backends, and keep what was observed."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click
from rich.console import Console

from matrix_project.commands.observing import by, forget, lacks, tell_plans, wanted
from matrix_project.commands.shared import (
    BASELINE,
    FOLDER,
    PATIENCE_OPTION,
    PROVIDER,
    RESULTS,
    console,
    tell_report,
)
from matrix_project.interpreters import Interpreter, ask, own
from matrix_project.report import news, publish, terminal
from matrix_project.report.changes import compare
from matrix_project.results.contract import EnvironmentResult, Matrix, Status
from matrix_project.results.store import Store, part, union
from matrix_project.run.drivers import install
from matrix_project.run.jobs import Selection, collect
from matrix_project.run.plan import Plan, plan, project, run
from matrix_project.run.progress import shown
from matrix_project.servers import url
from matrix_project.servers.environ import take_out
from matrix_project.servers.room import Room, open_room

__all__ = ["run_command"]


@click.command("run", short_help="Run the suite on real servers.")
@click.option(
    "--backend",
    "backends",
    multiple=True,
    metavar="ID",
    help="Observe this backend (`backends` lists them); repeatable.  [default: the newest long-term"
    " series of each vendor]",
)
@click.option(
    "--all", "every", is_flag=True, help="Observe every backend and variant of the catalogue."
)
@click.option("--strict", is_flag=True, help="End with 1 where any backend was not run.")
@click.option(
    "--python",
    "pythons",
    multiple=True,
    metavar="PATH",
    help="Run the suite in this Python, on its Django; repeatable. A server that is started serves"
    " them all.  [default: the Python that runs this]",
)
@PROVIDER
@click.option(
    "--case",
    "cases",
    multiple=True,
    metavar="ID",
    help="Observe this case alone; repeatable.  [default: all]",
)
@click.option(
    "-k",
    "keyword",
    metavar="EXPRESSION",
    help="Observe the cases whose id matches, as pytest's -k.  [default: all]",
)
@click.option(
    "--cases",
    "files",
    multiple=True,
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, resolve_path=True),
    help="A Python file of further cases; repeatable.  [default: none]",
)
@click.option(
    "--output",
    type=FOLDER,
    help=f"Folder of the results.  [default: {RESULTS}; none for a part (-k, --case)]",
)
@PATIENCE_OPTION
@click.option(
    "--baseline",
    type=FOLDER,
    default=BASELINE,
    show_default=True,
    help="Folder of the accepted results, to compare with.",
)
def run_command(  # noqa: PLR0913 (the options of a command)
    *,
    backends: tuple[str, ...],
    every: bool,
    strict: bool,
    pythons: tuple[str, ...],
    provider: str | None,
    cases: tuple[str, ...],
    keyword: str | None,
    files: tuple[str, ...],
    output: Path | None,
    patience: float,
    baseline: Path,
) -> None:
    """Run the suite on real servers and write what was observed."""
    take_out()
    target = console()
    chosen = wanted(backends, every=every)
    selection = Selection(keyword, cases, files)
    store = None if selection.partial and output is None else Store(output or RESULTS)
    accepted = None if selection.partial else Store(baseline).document()
    there = store.check() if store is not None else {}
    url.check_addresses()
    with open_room() as room:
        interpreters = ask(pythons, room) if pythons else [own()]
        _collect(interpreters[0], selection, room)
        interpreters = install(chosen, interpreters, room, partial(terminal.say, target))
        plans = plan(chosen, interpreters, provider, named=bool(backends))
        if not any(each.environments for each in plans):
            raise click.UsageError("; ".join(line for each in plans for line in each.left_out))
        if store is not None:
            _refuse_less(store.folder, there, plans, selection)
        tell_plans(target, plans)
        try:
            ways = {id_: by(each) for each in plans for id_ in each.environments}
            with shown(ways, target) as listener:
                keep = store.keep if store else forget
                results = run(plans, selection, room, listener, keep, patience)
        except KeyboardInterrupt:
            if store is not None and store.holds_results:
                publish.publish(store, project())
            raise
    # Of all backends, nobody expects that every one can be had.
    sure = [each for each in plans if strict or not every or each.providers]
    expected = {id_ for each in sure for id_ in each.environments}
    _conclude(target, _Ended(results, store, accepted), expected)


@dataclass(frozen=True)
class _Ended:
    """What a run came to."""

    results: list[EnvironmentResult]
    store: Store | None
    accepted: Matrix | None


def _collect(interpreter: Interpreter, selection: Selection, room: Room) -> None:
    """See to it that the cases are declared without a mistake, before any server starts."""
    if not collect(interpreter, selection, room):
        message = f"no case matches -k {selection.keyword!r}: name a part of some case's id"
        raise click.UsageError(message)


def _refuse_less(
    folder: Path, there: dict[str, EnvironmentResult], plans: list[Plan], selection: Selection
) -> None:
    """See to it that what is asked takes the place of no results of more."""
    planned = {id_ for each in plans for id_ in each.environments}
    there = {id_: each for id_, each in there.items() if id_ in planned}
    if there and selection.partial:
        names = ", ".join(sorted(there))
        message = f"{folder} has results of {names}: name another --output for a part"
        raise click.UsageError(message)
    before = {name for each in there.values() for name in each.environment.added}
    if lacking := sorted(before - set(selection.names)):
        names = ", ".join(lacking)
        message = (
            f"{folder} has results of the cases of {names}: give them by --cases again,"
            " or name another --output"
        )
        raise click.UsageError(message)


def _conclude(target: Console, ended: _Ended, expected: set[str]) -> None:
    """Show what the run saw, publish what is kept, and end with 1 where something is missing.

    `expected` are the environments that have to be observed.
    """
    made_by = project()
    seen = union({result.id: result for result in ended.results}, made_by)
    terminal.show(seen, target, details=ended.store is None)
    # What was not run is told above, and is no change.
    ran = [id_ for id_, each in seen.environments.items() if each.status != Status.NOT_RUN]
    old = part(ended.accepted, ran) if ended.accepted else None
    if old and old.environments:
        terminal.say(target, "Compared with the accepted results:")
        news.show(compare(old, part(seen, ran)), target)
    if ended.store is None:
        terminal.say(target, "Part of the suite: nothing is written; --output DIR keeps it.")
    else:
        publish.publish(ended.store, made_by)
        tell_report(target, ended.store)
    if lacks(seen, expected):
        sys.exit(1)
