"""The command `cost`: measure what constraints cost, one backend after the other."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import click
from rich.console import Console

from matrix_project.backends import Backend, catalogue
from matrix_project.commands.shared import FOLDER, PROVIDER, RESULTS, backends_named, console
from matrix_project.cost import document
from matrix_project.cost.document import Cost, CostCase, Costs, Measured
from matrix_project.cost.serving import Job, NotMeasuredError, measure
from matrix_project.interpreters import own
from matrix_project.report import publish, terminal
from matrix_project.results.files import write, writing
from matrix_project.results.store import Store
from matrix_project.run.drivers import install
from matrix_project.run.plan import plan, project
from matrix_project.servers import url
from matrix_project.servers.environ import take_out
from matrix_project.servers.room import open_room

__all__ = ["cost_command"]

_ROUNDS = 30


@click.command("cost", short_help="Measure what constraints cost.")
@click.option(
    "--backend",
    "backends",
    multiple=True,
    metavar="ID",
    help="Measure on this backend (`backends` lists them); repeatable.  [default: the newest"
    " long-term series of each vendor]",
)
@PROVIDER
@click.option(
    "--rounds",
    type=click.IntRange(min=2),
    default=_ROUNDS,
    show_default=True,
    help="How often the rows are inserted; under 20 is for a try.",
)
@click.option(
    "--output", type=FOLDER, default=RESULTS, show_default=True, help="Folder of the results."
)
def cost_command(
    backends: tuple[str, ...], provider: str | None, rounds: int, output: Path
) -> None:
    """Measure what constraints cost, one backend after the other, and write costs.json.

    It is no part of a run, nor of `diff`: a ratio differs from one time to the next. Backends that
    are not measured keep what the file has of them.
    """
    take_out()
    target = console()
    named = backends_named(backends)
    chosen = named or [each for each in catalogue().values() if each.default]
    document.read(output)
    url.check_addresses()
    missing = _measure(target, chosen, provider, rounds, output, named=bool(named))
    store = Store(output)
    if store.holds_results:
        publish.publish(store, project())
    if document.read(output) is not None:
        terminal.say(target, f"Costs: {output / document.NAME}")
    sys.exit(int(missing))


def _measure(
    target: Console,
    chosen: list[Backend],
    provider: str | None,
    rounds: int,
    output: Path,
    *,
    named: bool,
) -> bool:
    """Measure the backends, keep each as it comes, and return whether one was not measured."""
    say = partial(terminal.say, target)
    missing = False
    with open_room() as room:
        (interpreter,) = install(chosen, [own()], room, say)
        job = Job(interpreter, rounds, room, project())
        for each in plan(chosen, [interpreter], provider, named=named):
            id_ = each.backend.id
            if not each.interpreters:
                say(each.left_out[0])
                continue
            say(f"{id_}: {rounds} rounds")
            try:
                measured, cases = measure(each, job, partial(_tell, target, id_))
            except NotMeasuredError as error:
                say(f"{id_}: not measured: {error}")
                missing = True
                continue
            _keep(output, id_, measured, cases)
    return missing


def _tell(target: Console, backend: str, case: str, cost: Cost) -> None:
    terminal.say(target, f"{backend}: {case}: {cost.answer.replace('_', ' ')}: {cost.summary}")


def _keep(output: Path, id_: str, measured: Measured, cases: dict[str, CostCase]) -> None:
    """Put a backend's costs into the file, in the place of what it had of this backend."""
    found = Costs(cases=cases, backends={id_: measured})
    with writing(output):
        costs = document.union(document.read(output), found)
        write(output / document.NAME, document.encode(costs or found))
