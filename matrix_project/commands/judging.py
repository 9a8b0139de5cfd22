"""What an audit comes to: the threshold and the baseline of a team, and the exit code."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console

from matrix_project.report import audit_summary, terminal
from matrix_project.report.annotations import render as annotated
from matrix_project.report.findings import (
    THRESHOLDS,
    failing,
    findings,
    outdated,
    rewritten,
)
from matrix_project.results.against import KINDS
from matrix_project.results.audit_baseline import Accepted, read_baseline, write_baseline
from matrix_project.results.contract import Matrix, Verdict

__all__ = ["Judging", "judging_options", "kinds_that_fail"]

_Command = TypeVar("_Command", bound=Callable[..., Any])
_FILE = click.Path(dir_okay=False, path_type=Path)


_FAIL_ON = "--fail-on"


def judging_options(command: _Command) -> _Command:
    """Give a command the options `fail_on`, `baseline` and `write_baseline`."""
    for option in (
        click.option(
            "--write-baseline",
            type=_FILE,
            metavar="FILE",
            help="Write a baseline that accepts what fails by --fail-on (by default: what does not"
            " hold, or cannot be had); each entry waits for its reason.  [default: none]",
        ),
        click.option(
            "--baseline",
            type=_FILE,
            metavar="FILE",
            help="A TOML file of what is accepted, with a reason each.  [default: none]",
        ),
        click.option(
            _FAIL_ON,
            metavar="WORD[,WORD]",
            help="End with 1 where a constraint has this verdict or level, or a worse one:"
            f" {', '.join(THRESHOLDS)}. With --against, where a finding is of this kind:"
            f" {', '.join(KINDS)}.  [default: none fails]",
        ),
    ):
        command = option(command)
    return command


def kinds_that_fail(words: str | None) -> frozenset[str]:
    """Return the kinds of findings that fail by what `--fail-on` is given beside `--against`.

    Raises:
        click.BadParameter: a word is none of the kinds.
    """
    given = frozenset(word.strip() for word in (words or "").split(",") if word.strip())
    if unknown := sorted(given - set(KINDS)):
        message = f"{unknown[0]!r} is none of {', '.join(KINDS)}"
        raise click.BadParameter(message, param_hint=_FAIL_ON)
    return given


def _failing(words: str | None) -> frozenset[Verdict]:
    try:
        return failing(words) if words is not None else frozenset()
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint=_FAIL_ON) from error


@dataclass(frozen=True)
class Judging:
    """By what an audit is judged."""

    fail_on: frozenset[Verdict] = frozenset()
    accepted: list[Accepted] = field(default_factory=list)
    """What the baseline accepts."""
    written: Path | None = None
    """Where a new baseline is written."""

    @classmethod
    def of(cls, fail_on: str | None, baseline: Path | None, write_baseline: Path | None) -> Judging:
        """Return it by the options of the command line, before any server starts.

        Raises:
            click.BadParameter: `fail_on` is none of the verdicts and levels.
            StoreError: a file cannot be read, is no baseline, or an entry has no reason.
        """
        accepted = read_baseline(baseline) if baseline else []
        if write_baseline is not None and write_baseline.exists():
            read_baseline(write_baseline, unfinished=True)
        return cls(_failing(fail_on), accepted, write_baseline)

    def conclude(self, matrix: Matrix, console: Console) -> bool:
        """Show what an audit comes to, and return whether it fails.

        In a job of GitHub Actions, its annotations are printed as well.

        Raises:
            StoreError: the new baseline cannot be written.
        """
        found = findings(matrix, self.fail_on, self.accepted)
        audit_summary.show(matrix, console, found)
        for line in outdated(matrix, self.accepted):
            terminal.say(console, line)
        if os.environ.get("GITHUB_ACTIONS"):
            click.echo(annotated(matrix, found), nl=False)
        if self.written is not None:
            self._write(matrix, self.written, console)
            return False
        failed: dict[tuple[str, Verdict], list[str]] = defaultdict(list)
        for each in found:
            if each.fails:
                failed[each.case, each.verdict].append(each.environment)
        for (case, verdict), environments in failed.items():
            terminal.say(console, f"Fails: {case}: {verdict} on {', '.join(environments)}")
        return bool(failed)

    def _write(self, matrix: Matrix, path: Path, console: Console) -> None:
        there = read_baseline(path, unfinished=True) if path.exists() else []
        fail_on = self.fail_on or THRESHOLDS[Verdict.PARTIAL]
        entries = rewritten(matrix, fail_on, there)
        write_baseline(path, entries)
        empty = sum(not each.reason.strip() for each in entries)
        terminal.say(
            console,
            f"Baseline: {path}: {len(entries)} accepted"
            + (f", {empty} without a reason: give each one" if empty else ""),
        )
