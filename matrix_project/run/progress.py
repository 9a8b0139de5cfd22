"""Show a run as it goes: a line an environment that moves in a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from matrix_project.report import terminal
from matrix_project.run.jobs import Listener
from matrix_project.suite import events

__all__ = ["shown"]


@contextmanager
def shown(
    environments: dict[str, str], console: Console, asked: str = "cases"
) -> Iterator[Listener]:
    """Yield what to call with each event of a run.

    `environments` gives for each environment's id what brings its backend up, `asked` is what is
    counted.
    """
    if console.is_terminal:
        with _bars(console) as progress:
            yield _Bars(progress, environments)
    else:
        yield _Lines(console, environments, asked)


def _bars(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.fields[environment]}", markup=False),
        TextColumn("[dim]{task.fields[provider]}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        _Description(),
        console=console,
    )


class _Description(ProgressColumn):
    """What the environment is at: words of this project's, or a reason that a server gave."""

    def render(self, task: Task) -> Text:
        return terminal.cell(task.description)


class _Bars:
    """Moving bars."""

    def __init__(self, progress: Progress, environments: dict[str, str]) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {
            id_: progress.add_task("waiting", total=None, environment=id_, provider=provider)
            for id_, provider in environments.items()
        }

    def __call__(self, environment: str, event: events.Event) -> None:
        task = self._tasks[environment]
        match event:
            case events.Collected(cases=cases):
                self._progress.update(task, total=len(cases))
            case events.Observed() | events.Failed() | events.Kept():
                self._progress.advance(task)
            case _:
                text = _words(event)
                if text is not None:
                    self._progress.update(task, description=text)
                if isinstance(event, events.Phase) and event.provider is not None:
                    self._progress.update(task, provider=event.provider)


class _Lines:
    """One line for each thing worth saying, with the seconds since the run began."""

    def __init__(self, console: Console, environments: dict[str, str], asked: str) -> None:
        self._console = console
        self._asked = asked
        self._environments = environments
        self._width = max(map(len, environments), default=0)
        self._begun = time.monotonic()
        self._cases: dict[str, int] = dict.fromkeys(environments, 0)
        self._totals: dict[str, int] = {}
        self._said: dict[str, str] = {}
        self._lock = Lock()

    def __call__(self, environment: str, event: events.Event) -> None:
        with self._lock:
            if isinstance(event, events.Collected):
                self._totals[environment] = len(event.cases)
            elif isinstance(event, events.Observed | events.Failed | events.Kept):
                self._cases[environment] += 1
            if isinstance(event, events.Phase) and event.provider is not None:
                self._environments[environment] = event.provider
            text = None if isinstance(event, events.Phase) and event.case else _words(event)
            if text is not None and text != self._said.get(environment):
                self._said[environment] = text
                count = (
                    f"{self._cases[environment]}/{self._totals.get(environment, '?')} {self._asked}"
                )
                seconds = f"{time.monotonic() - self._begun:5.1f} s"
                by = self._environments[environment]
                name = environment.ljust(self._width)
                terminal.say(
                    self._console,
                    f"{seconds}  {name} {by:<11} {count:>{len(self._asked) + 11}}  {text}",
                )


def _words(event: events.Event) -> str | None:  # noqa: PLR0911 (a table of events)
    """Say what an event means to someone who waits; None where it is the count alone."""
    match event:
        case events.Phase(text=text):
            return text
        case events.Started(server_version=version):
            return f"answers as {version}"
        case events.Failed(case=case, reason=reason):
            return f"{case} not observed: {reason}"
        case events.Unanswered(case=case, reason=reason):
            return f"{case}: something was not answered: {reason}"
        case events.Lost(reason=reason):
            return f"lost: {reason}"
        case events.Ended():
            return "done"
        case _:
            return None
