"""The command line: `python -m matrix_project`."""

from __future__ import annotations

import signal
import sys
from types import FrameType
from typing import NoReturn

import click

from matrix_project.backends import CatalogueError
from matrix_project.commands.backends import backends_command
from matrix_project.commands.cache import cache_command
from matrix_project.commands.results import (
    accept_command,
    diff_command,
    merge_command,
    report_command,
)
from matrix_project.commands.run import run_command
from matrix_project.commands.shards import shards_command
from matrix_project.interpreters import InterpreterError
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


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Observe what databases do with Django's model constraints, and report it."""


for _command in (
    run_command,
    backends_command,
    report_command,
    diff_command,
    accept_command,
    merge_command,
    shards_command,
    cache_command,
):
    cli.add_command(_command)


def main() -> None:
    """Run the command line; what goes wrong is one line and an exit code."""
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, _interrupt)
    try:
        cli(standalone_mode=False)
    except click.exceptions.Exit as ended:
        sys.exit(ended.exit_code)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help() if error.ctx else error.format_message())
        sys.exit(2)
    except click.ClickException as error:
        _fail(error.format_message(), 2)
    except _TOLD_IN_ONE_LINE as error:
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
