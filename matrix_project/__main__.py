"""The command line: `python -m matrix_project`."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterable
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click
from rich.console import Console

from matrix_project import PROJECT_ROOT
from matrix_project.backends import Backend, CatalogueError, asked, catalogue, djangos
from matrix_project.interpreters import Interpreter, InterpreterError, ask, own
from matrix_project.process import SuiteError
from matrix_project.progress import shown
from matrix_project.report import news, terminal
from matrix_project.report.changes import compare
from matrix_project.results import EnvironmentResult, Matrix, Status
from matrix_project.run import PROVIDERS, Plan, plan, project, run
from matrix_project.servers import ServerUnavailableError, url
from matrix_project.servers.room import Room, open_room
from matrix_project.store import (
    Store,
    StoreError,
    keep_document,
    part,
    read_document,
    union,
)
from matrix_project.suite import HARNESS_FAILED, Selection, collect

BASELINE = PROJECT_ROOT / "reports"
RESULTS = PROJECT_ROOT / "results"
_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Observe what databases do with Django's model constraints, and report it."""


@cli.command("run")
@click.option(
    "--backend",
    "backends",
    multiple=True,
    metavar="ID",
    help="Observe this backend; repeatable. Default: the newest long-term series of each vendor.",
)
@click.option("--all", "every", is_flag=True, help="Observe every backend of the catalogue.")
@click.option("--strict", is_flag=True, help="End with 1 where any backend was not run.")
@click.option(
    "--python",
    "pythons",
    multiple=True,
    metavar="PATH",
    help="Run the suite in this Python, on its Django; repeatable. A server that is started serves"
    " them all. Default: the Python that runs this.",
)
@click.option(
    "--provider",
    metavar="NAME",
    help=f"Bring servers up this way: {', '.join(PROVIDERS)}. Default: the first that can.",
)
@click.option(
    "--case", "cases", multiple=True, metavar="ID", help="Observe this case alone; repeatable."
)
@click.option("-k", "keyword", metavar="EXPRESSION", help="Only probes that match, as pytest's -k.")
@click.option(
    "--output",
    type=_FOLDER,
    help=f"Folder of the results. Default: {RESULTS.name}/; none for a part (-k, --case).",
)
@click.option(
    "--baseline",
    type=_FOLDER,
    default=BASELINE,
    help=f"Folder of the accepted results, to compare with. Default: {BASELINE.name}/",
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
    output: Path | None,
    baseline: Path,
) -> None:
    """Run the suite on real servers and write what was observed."""
    console = _console()
    chosen = _backends(backends, every=every)
    if provider is not None and provider not in PROVIDERS:
        _refuse("provider", [provider], PROVIDERS)
    selection = Selection(keyword, cases)
    store = None if selection.partial and output is None else Store(output or RESULTS)
    if store is not None:
        store.check()
    accepted = None if selection.partial else Store(baseline).document()
    addressed = url.addresses()
    with open_room() as room:
        interpreters = ask(pythons, room) if pythons else [own()]
        if selection.partial:
            _check_selection(interpreters[0], selection, room)
        plans = plan(chosen, interpreters, provider, named=bool(backends))
        if not any(each.environments for each in plans):
            raise click.UsageError("; ".join(line for each in plans for line in each.left_out))
        if selection.partial and store is not None:
            _refuse_a_part_of(store, plans)
        _say_plans(console, plans)
        try:
            ways = {id_: _by(each) for each in plans for id_ in each.environments}
            with shown(ways, console) as listener:
                results = run(plans, selection, room, listener, store.keep if store else _forget)
        except KeyboardInterrupt:
            if store is not None and store.read():
                store.publish(project())
            raise
    # Of all backends, nobody expects that every one can be had.
    named = bool(strict or backends or ((provider or addressed) and not every))
    _conclude(console, results, store, accepted, named=named)


@cli.command("diff")
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(["terminal", "markdown", "json"]),
    default="terminal",
    show_default=True,
)
def diff_command(old: Path, new: Path, form: str) -> None:
    """Tell what changed from OLD to NEW; end with 1 where a verdict changed.

    Each is a folder of results, or a document of one (matrix.json).
    """
    changes = compare(_document(old), _document(new))
    if form == "terminal":
        news.show(changes, _console())
    else:
        text = news.render(changes) if form == "markdown" else news.encode(changes).decode()
        click.echo(text, nl=False)
    sys.exit(int(changes.verdict_changed))


@cli.command("accept")
@click.argument("folder", type=_FOLDER, default=RESULTS)
@click.option("--output", type=_FOLDER, default=BASELINE, help="Folder of the accepted results.")
@click.option(
    "--history",
    type=_FOLDER,
    help="Folder to keep the accepted document in too, one an acceptance.",
)
def accept_command(folder: Path, output: Path, history: Path | None) -> None:
    """Take the results in FOLDER as the new baseline, and show what changes by that.

    What FOLDER has not observed keeps the results that it had, with their date.
    """
    console = _console()
    store, new = Store(output), Store(folder)
    store.check()
    before = store.document()
    for line in store.merge([new]):
        terminal.say(console, line)
    matrix = store.publish(project())
    if before is not None:
        news.show(compare(before, matrix), console)
    if history is not None:
        terminal.say(console, f"Kept: {keep_document(matrix, history)}")
    _say_report(console, store)


@cli.command("report")
@click.option("--output", type=_FOLDER, default=BASELINE, help="Folder of the results.")
def report_command(output: Path) -> None:
    """Write the report of the results in a folder anew, and show the table; no server is needed."""
    store = Store(output)
    if not store.read():
        message = f"{output} holds no results: make some with `python -m matrix_project run`"
        raise click.UsageError(message)
    console = _console()
    terminal.show(store.publish(project()), console)
    _say_report(console, store)


@cli.command("merge")
@click.argument(
    "folders",
    nargs=-1,
    required=True,
    metavar="FOLDER...",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
)
@click.option(
    "--output",
    type=_FOLDER,
    default=RESULTS,
    help="Folder of the merged results; what is there is merged too.",
)
def merge_command(folders: tuple[Path, ...], output: Path) -> None:
    """Merge the results of runs made apart: other machines, other Djangos, other CI jobs.

    Of an environment that several have, the newest results are taken.
    """
    console = _console()
    store = Store(output)
    store.check()
    for line in store.merge([Store(folder) for folder in folders]):
        terminal.say(console, line)
    terminal.show(store.publish(project()), console)
    _say_report(console, store)


@cli.command("shards")
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
    parts = {
        "backend": [
            {"shard": each.id, "session": "matrix-all", "options": f"--backend {each.id}"}
            for each in catalogue().values()
            if not each.prerelease
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


def _console() -> Console:
    """Return the terminal; a log has room for the whole table."""
    console = Console()
    return console if console.is_terminal else Console(width=120)


def _backends(wanted: tuple[str, ...], *, every: bool) -> list[Backend]:
    if wanted and every:
        message = "--all takes every backend of the catalogue: leave out --backend"
        raise click.UsageError(message)
    unknown = [name for name in wanted if asked(name) is None]
    if unknown:
        _refuse("backend", unknown, catalogue())
    named = [backend for name in wanted if (backend := asked(name)) is not None]
    released = [each for each in catalogue().values() if not each.prerelease]
    return named or [each for each in released if every or each.default]


def _check_selection(interpreter: Interpreter, selection: Selection, room: Room) -> None:
    known = collect(interpreter, Selection(), room)
    unknown = [each for each in selection.cases if each not in known]
    if unknown:
        _refuse("case", unknown, known)
    if selection.keyword and not collect(interpreter, selection, room):
        message = (
            f"no probe matches -k {selection.keyword!r}; the cases are: {', '.join(sorted(known))}"
        )
        raise click.UsageError(message)


def _refuse_a_part_of(store: Store, plans: list[Plan]) -> None:
    """See to it that a part of the suite takes the place of no environment's whole results."""
    there = store.read().keys() & {id_ for each in plans for id_ in each.environments}
    if there:
        names = ", ".join(sorted(there))
        message = f"{store.folder} has results of {names}: name another --output for a part"
        raise click.UsageError(message)


def _forget(result: EnvironmentResult) -> EnvironmentResult:
    return result


def _say_report(console: Console, store: Store) -> None:
    terminal.say(console, f"Report: {store.folder / 'index.html'}")


def _refuse(kind: str, given: list[str], known: Iterable[str]) -> NoReturn:
    message = f"unknown {kind} {', '.join(given)}; there are: {', '.join(sorted(known))}"
    raise click.UsageError(message)


def _by(each: Plan) -> str:
    return each.providers[0].name if each.providers else Status.NOT_RUN


def _say_plans(console: Console, plans: list[Plan]) -> None:
    for line in (line for each in plans for line in each.left_out):
        terminal.say(console, line)
    for each in (each for each in plans if each.environments):
        names = ", else by ".join(provider.name for provider in each.providers)
        how = f"by {names}" if names else f"{Status.NOT_RUN}: {each.lacking}"
        terminal.say(console, f"{each.backend.id}: {how}")


def _document(path: Path) -> Matrix:
    """Return the document at a path: a file, or a folder's."""
    if not path.is_dir():
        return read_document(path)
    found = Store(path).document()
    if found is None:
        message = f"{path} holds no matrix.json: name a folder that a run wrote"
        raise click.UsageError(message)
    return found


def _conclude(
    console: Console,
    results: list[EnvironmentResult],
    store: Store | None,
    accepted: Matrix | None,
    *,
    named: bool,
) -> None:
    """Show what this run saw, publish what is kept, and end with 1 where something went wrong."""
    made_by = project()
    seen = union({result.id: result for result in results}, made_by)
    terminal.show(seen, console)
    old = part(accepted, seen.environments) if accepted else None
    if old and old.environments:
        terminal.say(console, "Compared with the accepted results:")
        news.show(compare(old, seen), console)
    if store is None:
        terminal.say(console, "Part of the suite: nothing is written; --output DIR keeps it.")
    else:
        store.publish(made_by)
        _say_report(console, store)
    bad = {Status.LOST, Status.NOT_RUN} if named else {Status.LOST}
    environments = seen.environments.values()
    statuses = {each.status for each in environments}
    failed = any(
        each.reason and (each.status == Status.OBSERVED or HARNESS_FAILED in each.reason)
        for each in environments
    )
    if failed or statuses & bad or Status.OBSERVED not in statuses:
        sys.exit(1)


def main() -> None:
    """Run the command line; what goes wrong is said in one line."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        cli(standalone_mode=False)
    except click.exceptions.Exit as ended:
        sys.exit(ended.exit_code)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help() if error.ctx else error.format_message())
        sys.exit(2)
    except click.ClickException as error:
        _fail(error.format_message(), 2)
    except (
        CatalogueError,
        InterpreterError,
        ServerUnavailableError,
        StoreError,
        SuiteError,
        OSError,
    ) as error:
        _fail(str(error), 2)
    except (KeyboardInterrupt, click.Abort):
        _fail("interrupted; the environments that were done are kept, no other is touched", 130)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _fail(message: str, code: int) -> NoReturn:
    print(f"error: {' '.join(message.split())}", file=sys.stderr)  # noqa: T201
    sys.exit(code)


if __name__ == "__main__":
    main()
