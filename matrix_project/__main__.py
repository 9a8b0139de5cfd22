"""The command line: `python -m matrix_project`."""

from __future__ import annotations

import logging
import os
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from typing import Any

import click

from matrix_project.backends import CatalogueError
from matrix_project.commands.audit import audit_command
from matrix_project.commands.backends import backends_command
from matrix_project.commands.cache import cache_command
from matrix_project.commands.cost import cost_command
from matrix_project.commands.results import (
    accept_command,
    diff_command,
    merge_command,
    report_command,
)
from matrix_project.commands.run import run_command
from matrix_project.commands.shards import shards_command
from matrix_project.commands.shared import mute
from matrix_project.interpreters import InterpreterError
from matrix_project.interruption import heed_signals
from matrix_project.report.characters import cut, line, log_line
from matrix_project.results.store import StoreError
from matrix_project.run.process import SuiteError
from matrix_project.servers import ServerUnavailableError
from matrix_project.vendors import UnknownVendorError

_TOLD_IN_ONE_LINE = (
    CatalogueError,
    InterpreterError,
    ServerUnavailableError,
    StoreError,
    SuiteError,
    UnknownVendorError,
    OSError,
)


_OWN_FAULT = os.EX_SOFTWARE
"""The exit code of a fault of this project's own: 1 speaks of databases, and 2 of input."""
_NO_READER = 128 + signal.SIGPIPE
"""The exit code where the reader of standard output went away before the command had said all."""


class _Commands(click.Group):
    """The commands; click itself would end with 1 where the reader of the output went away."""

    def make_context(self, *args: Any, **values: Any) -> click.Context:
        with _quietly():
            return super().make_context(*args, **values)

    def invoke(self, ctx: click.Context) -> Any:
        with _quietly():
            return super().invoke(ctx)


@contextmanager
def _quietly() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError as error:
        mute()
        raise click.exceptions.Exit(_NO_READER) from error


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Observe what databases do with Django's model constraints, and report it."""


for _command in (
    run_command,
    audit_command,
    backends_command,
    report_command,
    diff_command,
    accept_command,
    merge_command,
    shards_command,
    cache_command,
    cost_command,
):
    cli.add_command(_command)


def main() -> None:
    """Run the command line; what goes wrong is one line and an exit code."""
    heed_signals()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    logging.basicConfig(handlers=[_Log()], format="%(message)s")
    code = _run()
    # What is left of the output is said now, where its reader may be gone, and not at the exit.
    if sys.stdout is not None:
        try:
            sys.stdout.flush()
        except BrokenPipeError:
            mute()
    sys.exit(code)


def _run() -> int | str | None:
    """Run the command that was asked for, and return the exit code."""
    try:
        return cli(standalone_mode=False)  # type: ignore[no-any-return]
    except SystemExit as ended:
        return ended.code
    except click.exceptions.NoArgsIsHelpError as error:
        with suppress(BrokenPipeError):
            click.echo(error.ctx.get_help() if error.ctx else error.format_message())
        return 2
    except BaseException as error:  # noqa: BLE001 (whatever it is, it has its line and its code)
        message, code = _told(error)
        if code == _OWN_FAULT:
            for each in traceback.format_exc().splitlines():
                _tell(each)
        _tell(f"error: {line(message)}")
        return code


def _told(error: BaseException) -> tuple[str, int]:
    """Return in one line what went wrong, and the exit code."""
    if isinstance(error, click.ClickException):
        return error.format_message(), 2
    if isinstance(error, _TOLD_IN_ONE_LINE):
        return str(error), 2
    if isinstance(error, KeyboardInterrupt | click.Abort):
        done = "interrupted; the environments that were done are kept, no other is touched"
        return done, 130
    fault = "this is a fault of this project, not of what it was given"
    return f"{fault}: please report it with the lines above ({type(error).__name__})", _OWN_FAULT


class _Log(logging.Handler):
    """What is logged, servers' words in it, goes to standard error."""

    def emit(self, record: logging.LogRecord) -> None:
        for each in self.format(record).splitlines():
            _tell(each)


def _tell(text: str) -> None:
    # Where nobody reads it, the exit code says enough.
    with suppress(OSError):
        print(log_line(cut(text)), file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    main()
