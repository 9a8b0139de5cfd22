"""A comparison of models with a database, for the terminal and as JSON."""

from __future__ import annotations

from collections import Counter

import msgspec
from rich.console import Console

from matrix_project.report.characters import log_line
from matrix_project.report.terminal import say
from matrix_project.results.against import KINDS, Against, Finding

__all__ = ["encode", "show"]

_TITLES = {
    "missing": "missing there",
    "not-validated": "there, and not validated",
    "not-enforced": "there, and not enforced",
    "different": "there, and differently defined",
    "undeclared": "there, and not declared",
    "no-table": "tables missing there",
    "not-compared": "there, and not compared",
    "renamed": "there under another name",
    "never-created": "never created by Django there",
}


def show(against: Against, console: Console, called: str | None = None) -> None:
    """Print what was found: a line that counts, then each finding, those to act on first.

    `called` is what the database is called, where that is not its alias.
    """
    counts = Counter(each.kind for each in against.findings)
    total, same = against.compared, against.same
    words = [f"{same} of {total} constraints are there as they are declared"]
    words += [f"{counts[kind]} {_TITLES[kind]}" for kind in KINDS if counts[kind]]
    server = f"{against.vendor} {against.server_version}"
    say(console, f"{called or against.alias} ({server}): {', '.join(words)}")
    for kind in KINDS:
        for finding in against.findings:
            if finding.kind == kind:
                _show(finding, console)


def encode(against: Against) -> bytes:
    """Return it as JSON."""
    return msgspec.json.format(msgspec.json.encode(against), indent=1) + b"\n"


def _show(finding: Finding, console: Console) -> None:
    place = f" ({finding.file}:{finding.line})" if finding.file else ""
    say(console, f"{finding.kind}: {finding.id}{place}: {finding.summary}")
    for title, sql in (
        ("declared", finding.declared),
        ("there", finding.there),
        ("rows in the way", finding.query),
    ):
        if sql is not None:
            # Not cut: a query is there to be sent.
            words = log_line(f"  {title}: {sql}")
            console.print(words, highlight=False, markup=False, soft_wrap=True)
