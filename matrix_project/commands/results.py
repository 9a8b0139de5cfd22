"""The commands on results that are there: `report`, `diff`, `accept`, `merge`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from matrix_project.commands.shared import BASELINE, FOLDER, RESULTS, console, tell_report
from matrix_project.report import news, publish, terminal
from matrix_project.report.changes import compare
from matrix_project.results.contract import Matrix
from matrix_project.results.store import Store, keep_document, read_document
from matrix_project.run.plan import project

__all__ = ["accept_command", "diff_command", "merge_command", "report_command"]


@click.command("report", short_help="Write the report of results anew.")
@click.option(
    "--output", type=FOLDER, default=RESULTS, show_default=True, help="Folder of the results."
)
def report_command(output: Path) -> None:
    """Write the report of the results in a folder anew, and show the table; no server is needed."""
    store = Store(output)
    store.document()
    if not store.read():
        message = f"{output} holds no results: make some with `python -m matrix_project run`"
        raise click.UsageError(message)
    target = console()
    terminal.show(publish.publish(store, project()), target)
    tell_report(target, store)


@click.command("diff", short_help="Tell what changed from one document to another.")
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(["terminal", "markdown", "json"]),
    default="terminal",
    show_default=True,
    help="How the changes are shown.",
)
def diff_command(old: Path, new: Path, form: str) -> None:
    """Tell what changed from OLD to NEW; end with 1 where a verdict changed.

    Each is a folder of results, or a document of one (matrix.json).
    """
    changes = compare(_document(old), _document(new))
    if form == "terminal":
        news.show(changes, console())
    else:
        click.echo((news.render if form == "markdown" else news.encode)(changes), nl=False)
    sys.exit(int(changes.verdict_changed))


@click.command("accept", short_help="Take results as the new baseline.")
@click.argument("folder", type=FOLDER, default=RESULTS)
@click.option(
    "--output",
    type=FOLDER,
    default=BASELINE,
    show_default=True,
    help="Folder of the accepted results.",
)
@click.option(
    "--history",
    type=FOLDER,
    help="Folder to keep the accepted document in as well, one an acceptance.  [default: none]",
)
def accept_command(folder: Path, output: Path, history: Path | None) -> None:
    """Take the results in FOLDER (default: results) as the new baseline; show what changes by that.

    What FOLDER has not observed keeps the results that it had, with their date.
    """
    target = console()
    store = Store(output)
    before = store.document()
    matrix, left = publish.accept(store, Store(folder), project())
    for line in left:
        terminal.say(target, line)
    if before is not None:
        news.show(compare(before, matrix), target)
    if history is not None:
        terminal.say(target, f"Kept: {keep_document(matrix, history)}")
    tell_report(target, store)


@click.command("merge", short_help="Merge the results of runs made apart.")
@click.argument(
    "folders",
    nargs=-1,
    required=True,
    metavar="FOLDER...",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
)
@click.option(
    "--output",
    type=FOLDER,
    default=RESULTS,
    show_default=True,
    help="Folder of the merged results; what is there is merged too.",
)
def merge_command(folders: tuple[Path, ...], output: Path) -> None:
    """Merge the results of runs made apart: other machines, other Djangos, other CI jobs.

    Of an environment that several have, the newest results are taken.
    """
    target = console()
    store = Store(output)
    store.document()
    for line in store.merge([Store(folder) for folder in folders]):
        terminal.say(target, line)
    terminal.show(publish.publish(store, project()), target)
    tell_report(target, store)


def _document(path: Path) -> Matrix:
    """Return the document at a path: a file, or a folder's."""
    if not path.is_dir():
        return read_document(path)
    found = Store(path).document()
    if found is None:
        message = f"{path} holds no matrix.json: name a folder that a run wrote"
        raise click.UsageError(message)
    return found
