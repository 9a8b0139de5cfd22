"""The Pythons that the suite runs in: each brings its own Django."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import msgspec

from matrix_project.backends import Backend
from matrix_project.results.contract import environment_id, series
from matrix_project.servers import Room, ServerUnavailableError
from matrix_project.servers.environ import environ_of_suite
from matrix_project.servers.tools import run
from matrix_project.support import Support, support
from matrix_project.vendors import vendor

__all__ = ["Interpreter", "InterpreterError", "ask", "own"]

_SECONDS = 60
_TELLING = re.compile(r"^\w*Error\b|: No module named ")


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

    def lacks(self, backend: Backend) -> str | None:
        """Return why the driver of the backend cannot be imported there; None where it can."""
        return self.has.lacks.get(backend.vendor)

    def refuses(self, backend: Backend) -> str | None:
        """Return why its Django does not support the backend; None where it does."""
        oldest = self.has.oldest.get(backend.vendor, ())
        if backend.series is not None:
            numbers = re.findall(r"\d+", re.split("[a-z-]", backend.series)[0])
            found = tuple(int(number) for number in numbers)
        else:
            # Of a server that the user runs, the series is not known yet.
            found = self.has.libraries.get(backend.vendor, oldest)
        if found >= oldest[: len(found)]:
            return None
        version = ".".join(str(number) for number in oldest)
        title = vendor(backend.vendor).title
        return f"Django {series(self.django)} supports {title} {version} and newer"


def own() -> Interpreter:
    """Return the running interpreter."""
    return Interpreter(sys.executable, support())


def ask(paths: Sequence[str], room: Room) -> list[Interpreter]:
    """Return the interpreters at the paths, in their order.

    Raises:
        InterpreterError: one does not run, lacks the project, or has another one's Django series.
        KeyboardInterrupt: the run was cancelled.
    """
    with ThreadPoolExecutor() as pool:
        found = list(pool.map(partial(_ask, room=room), dict.fromkeys(paths)))
    taken: dict[str, str] = {}
    for each in found:
        other = taken.setdefault(series(each.django), each.path)
        if other != each.path:
            message = f"{each.path} and {other} both have Django {series(each.django)}: name one"
            raise InterpreterError(message)
    return found


def _ask(path: str, room: Room) -> Interpreter:
    words = [path, "-P", "-m", "matrix_project.support"]
    try:
        said = run(room, words, timeout=_SECONDS, telling=_TELLING, env=environ_of_suite(room))
        return Interpreter(path, msgspec.json.decode(said.splitlines()[-1], type=Support))
    except (OSError, ServerUnavailableError, IndexError, msgspec.DecodeError) as error:
        why = "it said nothing" if isinstance(error, IndexError) else error
        message = f"{path} cannot run the suite ({why}): install the project there"
        raise InterpreterError(message) from error
