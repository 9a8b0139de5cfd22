"""The command `audit`: observe the constraints of a user's own models."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import click
from rich.console import Console

from matrix_project.audit.options import Options
from matrix_project.commands.audit_input import refuse_idle_options, refuse_part
from matrix_project.commands.judging import Judging, judging_options, kinds_that_fail
from matrix_project.commands.observing import by, forget, lacks, tell_plans, wanted
from matrix_project.commands.shared import FOLDER, PATIENCE_OPTION, PROVIDER, console, tell_report
from matrix_project.interpreters import Interpreter, own
from matrix_project.report import against as comparison
from matrix_project.report import migrations as report
from matrix_project.report import publish, terminal
from matrix_project.results.contract import EnvironmentResult, Matrix
from matrix_project.results.files import write, writing
from matrix_project.results.migrated import Migrations
from matrix_project.results.store import Store, now, union
from matrix_project.run.audit import Audit, against_database, comparable, constraints
from matrix_project.run.audit_migrations import migrate
from matrix_project.run.audit_rows import make_rows, reference
from matrix_project.run.drivers import borrow
from matrix_project.run.jobs import Listener
from matrix_project.run.plan import Plan, plan, project, run
from matrix_project.run.progress import shown
from matrix_project.servers import url
from matrix_project.servers.environ import take_out
from matrix_project.servers.room import Room, open_room
from matrix_project.suite import events

__all__ = ["audit_command"]

_OUTPUT = Path("audit")


@click.command("audit", short_help="Observe the constraints of your own models.")
@click.argument("labels", nargs=-1, metavar="[LABEL]...")
@click.option(
    "--settings",
    envvar="DJANGO_SETTINGS_MODULE",
    metavar="MODULE",
    help="The project's settings.  [default: DJANGO_SETTINGS_MODULE]",
)
@click.option(
    "--backend",
    "backends",
    multiple=True,
    metavar="ID",
    help="Ask this backend (`backends` lists them); repeatable.  [default: the newest long-term"
    " series of each vendor]",
)
@PROVIDER
@click.option(
    "-k",
    "keywords",
    multiple=True,
    metavar="PART",
    help="Ask of the constraints with this part in their id; repeatable.  [default: all]",
)
@click.option(
    "--rows",
    type=click.Path(exists=True, dir_okay=False),
    metavar="FILE",
    help="A Python file that gives `rows` or `factories` for models whose rows are hard to make."
    "  [default: none]",
)
@click.option(
    "--ways-in",
    multiple=True,
    type=click.Choice(["save"]),
    help="Ask by the project's own save(), too; it makes no verdict.  [default: none]",
)
@click.option(
    "--migrations",
    is_flag=True,
    help="Run the project's own migrations on each backend instead, and tell which fail and which"
    " constraints are there after them.",
)
@click.option(
    "--against",
    metavar="ALIAS",
    help="Compare the models with this database of the project's own instead: its catalogue is"
    " read, and nothing else.  [default: none]",
)
@click.option("--fresh", is_flag=True, help="Ask all, and not what has changed alone.")
@click.option(
    "--output",
    type=FOLDER,
    help=f"Folder of the results.  [default: {_OUTPUT}; none where a LABEL narrows the audit]",
)
@PATIENCE_OPTION
@judging_options
def audit_command(  # noqa: PLR0913 (the options of a command)
    *,
    labels: tuple[str, ...],
    settings: str | None,
    backends: tuple[str, ...],
    provider: str | None,
    keywords: tuple[str, ...],
    rows: str | None,
    ways_in: tuple[str, ...],
    migrations: bool,
    against: str | None,
    fresh: bool,
    output: Path | None,
    patience: float,
    fail_on: str | None,
    baseline: Path | None,
    write_baseline: Path | None,
) -> None:
    """Ask each backend what it does with the constraints of a Django project's models.

    Run it in the folder of manage.py, in the project's own environment. No database of the project
    is connected to. A LABEL (an app, `app.Model`, a constraint's name, or the id
    `app.Model/name`) narrows the audit.
    """
    if not settings:
        message = "name the project's settings by --settings, or in DJANGO_SETTINGS_MODULE"
        raise click.UsageError(message)
    refuse_idle_options(click.get_current_context())
    options = Options(
        settings=settings,
        labels=labels,
        keywords=keywords,
        rows=rows,
        ways_in=ways_in,
        against=against,
    )
    target = console()
    # The project's processes name their own.
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)
    if against is not None:
        _compare(Audit(options), kinds_that_fail(fail_on), output, target)
        return
    judging = Judging.of(fail_on, baseline, write_baseline)
    take_out()
    store = None if options.narrowing and output is None else Store(output or _OUTPUT)
    audit = Audit(options)
    chosen = wanted(backends, every=False)
    url.check_addresses()
    with open_room() as room:
        # Models that import django.contrib.postgres need its driver.
        interpreter = borrow(chosen, room, partial(terminal.say, target))
        cases, passed = constraints(audit, interpreter, room)
        for each in passed:
            terminal.say(target, f"Passed by: {each}")
        if not cases:
            message = f"the models of {settings} declare no constraint"
            raise click.UsageError(message)
        there = store.check() if store is not None and not migrations else {}
        refuse_part(output, there, " ".join(options.narrowing) or None)
        audit = replace(audit, before={} if fresh else comparable(there))
        terminal.say(target, f"{len(cases)} constraint{'s' * (len(cases) != 1)} of {settings}")
        plans = plan(chosen, [interpreter], provider, named=bool(backends))
        tell_plans(target, plans)
        if migrations:
            _migrate(audit, plans, interpreter, room, output, target)
            return
        try:
            results = _observed(audit, plans, interpreter, room, store, target, patience)
        except KeyboardInterrupt:
            if store is not None and store.holds_results:
                publish.publish(
                    store, project(), fail_on=judging.fail_on, baseline=judging.accepted
                )
            raise
    made_by = project()
    seen = union({result.id: result for result in results}, made_by)
    fails = judging.conclude(seen, target)
    _tell_kept(seen, target)
    if store is None:
        terminal.say(
            target, "A part of the constraints: nothing is written; --output DIR keeps it."
        )
    else:
        publish.publish(store, made_by, fail_on=judging.fail_on, baseline=judging.accepted)
        tell_report(target, store)
    if fails or lacks(seen, {id_ for each in plans for id_ in each.environments}):
        sys.exit(1)


def _tell_kept(seen: Matrix, target: Console) -> None:
    """Say how many observations an earlier audit had, and no server was asked for."""
    for id_, environment in sorted(seen.environments.items()):
        if environment.kept and environment.held is not None:
            said = f"{id_}: {environment.kept} of {environment.held.cases} are kept"
            terminal.say(target, f"{said} from the audit before: --fresh asks all")


def _compare(audit: Audit, fails: frozenset[str], output: Path | None, target: Console) -> None:
    """Compare the project's own database with its models; end with 1 where a finding fails."""
    with open_room() as room:
        found = against_database(audit, own(), room)
    comparison.show(found, target)
    if output is not None:
        with writing(output):
            write(output / "against.json", comparison.encode(found))
        terminal.say(target, f"Written: {output / 'against.json'}")
    if found.fails(fails):
        sys.exit(1)


def _migrate(
    audit: Audit,
    plans: list[Plan],
    interpreter: Interpreter,
    room: Room,
    output: Path | None,
    target: Console,
) -> None:
    """Run the project's migrations, show what they came to, and end with 1 where one fails."""
    terminal.say(target, "The project's own migrations are run, with all code that is in them.")
    ways = {id_: by(each) for each in plans for id_ in each.environments}
    with shown(ways, target, "migrations") as listener:
        found = migrate(audit, plans, interpreter, room, listener)
    document = Migrations(
        generated_at=now(),
        project=project(),
        settings=audit.options.settings,
        environments=found,
    )
    report.show(document, target)
    if output is not None:
        with writing(output):
            write(output / "migrations.json", report.encode(document))
        terminal.say(target, f"Written: {output / 'migrations.json'}")
    if any(each.migrated is None or each.migrated.failure for each in found.values()):
        sys.exit(1)


def _observed(
    audit: Audit,
    plans: list[Plan],
    interpreter: Interpreter,
    room: Room,
    store: Store | None,
    target: Console,
    patience: float,
) -> list[EnvironmentResult]:
    """Make the rows while the servers start, and observe all backends side by side."""
    ways = {id_: by(each) for each in plans for id_ in each.environments}
    with ThreadPoolExecutor(1) as pool, shown(ways, target, "constraints") as listener:
        places = reference(plans, interpreter)
        rows = pool.submit(
            make_rows, audit, places, interpreter, room, lambda id_: _tell(listener, ways, id_)
        )
        keep = store.keep if store else forget
        return run(plans, replace(audit, rows=rows), room, listener, keep, patience)


def _tell(listener: Listener, ways: dict[str, str], id_: str) -> None:
    for environment in ways:
        listener(environment, events.Phase(text=f"making rows: {id_}", case=True))
