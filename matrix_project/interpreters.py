"""The Pythons that the suite runs in: each brings its own Django."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import msgspec

from matrix_project.backends import Backend
from matrix_project.observe.support import Support, support
from matrix_project.results import environment_id, series

__all__ = ["Interpreter", "InterpreterError", "ask"]

_SECONDS = 60


class InterpreterError(Exception):
    """A Python that the suite cannot run in; its text is one line that says what to do."""


@dataclass(frozen=True, eq=False)
class Interpreter:
    """A Python, and the Django that is installed in it."""

    path: str
    has: Support

    @property
    def django(self) -> str:
        """The version of its Django: `6.1.3`."""
        return self.has.django

    @property
    def python(self) -> str:
        """Its own version: `3.13.0`."""
        return self.has.python

    def environment(self, backend: Backend) -> str:
        """Return the id of the environment that the two make."""
        return environment_id(backend.id, self.django)

    def refuses(self, backend: Backend) -> str | None:
        """Return why its Django does not support the backend; None where it does."""
        oldest = self.has.oldest[backend.vendor]
        if backend.series is not None:
            numbers = re.findall(r"\d+", re.split("[a-z-]", backend.series)[0])
            found = tuple(int(number) for number in numbers)
        elif backend.vendor == "sqlite":
            found = self.has.sqlite
        else:
            return None
        if found >= oldest[: len(found)]:
            return None
        version = ".".join(str(number) for number in oldest)
        return f"Django {series(self.django)} supports {backend.vendor} {version} and newer"


def ask(paths: Sequence[str]) -> list[Interpreter]:
    """Return the interpreters at the paths, or the running one where there are none.

    Raises:
        InterpreterError: one does not run, lacks the project, or has another one's Django series.
    """
    if not paths:
        return [Interpreter(sys.executable, support())]
    with ThreadPoolExecutor() as pool:
        found = list(pool.map(_ask, dict.fromkeys(paths)))
    taken: dict[str, str] = {}
    for each in found:
        other = taken.setdefault(series(each.django), each.path)
        if other != each.path:
            message = f"{each.path} and {other} both have Django {series(each.django)}: name one"
            raise InterpreterError(message)
    return found


def _ask(path: str) -> Interpreter:
    words = [path, "-m", "matrix_project.observe.support"]
    try:
        done = subprocess.run(words, check=True, capture_output=True, timeout=_SECONDS)
        return Interpreter(path, msgspec.json.decode(done.stdout, type=Support))
    except (OSError, subprocess.SubprocessError, msgspec.DecodeError) as error:
        said = getattr(error, "stderr", None) or str(error).encode()
        last = said.decode(errors="replace").strip().splitlines()[-1:]
        message = f"{path} cannot run the suite ({''.join(last)}): install the project there"
        raise InterpreterError(message) from error
