"""`manage.py audit_constraints`: the command `audit` with the project's own settings."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

__all__ = ["Command"]


class Command(BaseCommand):
    """Hand everything on to `python -m matrix_project audit`, in a process of its own.

    This process has the project's databases set up; the audit's has not.
    """

    help = "Ask real databases what they do with the constraints of the models."
    requires_system_checks = ()

    def run_from_argv(self, argv: list[str]) -> None:
        """Take the command line as it stands: the options are the audit's."""
        sys.exit(_audit(argv[2:]))

    def print_help(self, _prog_name: str, _subcommand: str) -> None:
        """Print the audit's own help."""
        _audit(["--help"])

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the labels, for `call_command`."""
        parser.add_argument("labels", nargs="*")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Audit what the labels name, for `call_command`.

        Raises:
            SystemExit: it did not end well; the code is the audit's.
        """
        if code := _audit(options["labels"]):
            sys.exit(code)


def _audit(words: list[str]) -> int:
    # manage.py has put the settings into the environment, those of its own --settings as well.
    command = [sys.executable, "-m", "matrix_project", "audit", *words]
    return subprocess.run(command, env=os.environ, check=False).returncode
