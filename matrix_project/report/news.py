"""The changes between two documents in three forms: for the terminal, as Markdown, as JSON."""

from __future__ import annotations

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from matrix_project.report import terminal
from matrix_project.report.change_types import Change, Changes, Document, Kind
from matrix_project.report.characters import escaped_json, line
from matrix_project.report.differences import Difference
from matrix_project.report.markdown import TEMPLATES, in_lines
from matrix_project.report.reading import Answer, Mark

__all__ = ["encode", "render", "show"]

_SHOWN = 3
"""How many differences of one change are shown in words; the JSON has them all."""

_KINDS = {
    Kind.WORSE: Mark("🔻", "red", "worse"),
    Kind.BETTER: Mark("🔺", "green", "better"),
    Kind.OTHER: Mark("🔸", "yellow", "neither better nor worse"),
    Kind.MESSAGE: Mark("💬", "cyan", "another message"),
}
_PLAIN = Mark("▫️", "bright_black", "")


def encode(changes: Changes) -> str:
    """Return the changes as JSON that reads well: one value a line."""
    text = msgspec.json.format(msgspec.json.encode(changes), indent=1).decode()
    return f"{escaped_json(text)}\n"


def render(changes: Changes) -> str:
    """Return the changes as Markdown, for a job's summary; the first line says the essence."""
    page = TEMPLATES.get_template("changes.md.jinja").render(
        changes=changes,
        news=[each for each in changes.changes if each.kind != Kind.EVIDENCE],
        evidence=[each for each in changes.changes if each.kind == Kind.EVIDENCE],
        documents=[_document(each) for each in (changes.old, changes.new)],
        mark=lambda kind: _KINDS.get(kind, _PLAIN),
        answer=_answer,
        shown=_SHOWN,
        names=_names,
    )
    return in_lines(page)


def show(changes: Changes, console: Console) -> None:
    """Print the essence, a table of the news, then a line for what needs a word."""
    _say(console, changes.headline)
    old, new = (_document(each) for each in (changes.old, changes.new))
    _say(console, f"From {old} to {new}")
    news = [each for each in changes.changes if each.kind != Kind.EVIDENCE]
    if news:
        console.print(_table(news, changes))
    for each in changes.changes:
        about = f"{each.kind}: {', '.join(_cases(each, changes))} on {each.where}"
        if each.kind == Kind.EVIDENCE:
            _say(console, f"{about}: {_names(each.differences)}")
        elif each.why or each.differences:
            _say(console, ": ".join(filter(None, (about, each.why))))
            for words in _words(each.differences):
                terminal.say(console, f"  {line(words)}")
    for move in changes.moves:
        _say(console, f"{move.what} on {move.where}: {_moved(move.old, move.new)}")


def _table(news: list[Change], changes: Changes) -> Table:
    table = Table()
    for heading in ("news", "case", "where", "was", "is"):
        table.add_column(heading, overflow="fold")
    for each in news:
        table.add_row(
            terminal.cell(each.kind, _KINDS.get(each.kind, _PLAIN).colour),
            Text("\n").join(map(terminal.cell, _cases(each, changes))),
            terminal.cell(each.where),
            *(
                terminal.cell(str(given), given.mark.colour) if given else Text()
                for given in (each.old, each.new)
            ),
        )
    return table


def _answer(given: Answer | None) -> str:
    return f"{given.mark.icon} {given}" if given else ""


def _cases(change: Change, changes: Changes) -> tuple[str, ...]:
    count = len(change.cases)
    return (f"all {count} cases",) if 1 < count == changes.cases else change.cases


def _words(differences: tuple[Difference, ...]) -> list[str]:
    words = []
    for each in differences[:_SHOWN]:
        of = f" of {', '.join(each.of)}" if each.of else ""
        moved = f": {_moved(each.old, each.new)}" if each.old != each.new else ""
        words.append(f"{each.what}{of}{moved}")
    if (more := len(differences) - _SHOWN) > 0:
        words.append(f"and {more} more")
    return words


def _moved(old: str | None, new: str | None) -> str:
    return f"{'none' if old is None else old} → {'none' if new is None else new}"


def _names(differences: tuple[Difference, ...]) -> str:
    return ", ".join(each.what for each in differences)


def _document(document: Document) -> str:
    project = document.project
    made_by = " at ".join(filter(None, (project.version, project.commit)))
    return f"{document.generated_at} ({made_by})"


def _say(console: Console, text: str) -> None:
    terminal.say(console, line(text))
