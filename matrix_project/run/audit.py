"""What an audit asks of each backend: the constraints of a project's, with rows made for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from matrix_project.audit.events import Compared, RanMigrations
from matrix_project.audit.options import Options
from matrix_project.backends import Backend
from matrix_project.interpreters import Interpreter
from matrix_project.results.against import Against
from matrix_project.results.contract import Case, EnvironmentResult, known
from matrix_project.results.counts import complete
from matrix_project.run.plan import project
from matrix_project.run.process import EventProcess, SuiteError
from matrix_project.servers import Room
from matrix_project.servers.environ import environ_of_project
from matrix_project.suite import events
from matrix_project.vendors import VENDORS, vendor

__all__ = ["Audit", "against_database", "comparable", "constraints"]

_MODULE = "matrix_project.audit.process"


Event = events.Event | RanMigrations | Compared


class _Process(EventProcess[Event]):
    called = "the audit's process"
    environ_of = staticmethod(environ_of_project)


@dataclass(frozen=True)
class Audit:
    """The constraints that are asked of, and the file that their rows come in."""

    options: Options
    before: Mapping[str, EnvironmentResult] = field(default_factory=dict)
    """By environment, the results of an earlier audit; see `comparable`."""
    rows: Future[Path] = field(default_factory=Future)
    """The file of the rows, once they are made."""

    @property
    def narrowing(self) -> Sequence[str]:
        """What makes it less than all constraints."""
        return self.options.narrowing

    @property
    def names(self) -> list[str]:
        """No cases of files come with it."""
        return []

    def start(
        self, interpreter: Interpreter, backend: Backend, room: Room, environ: Mapping[str, str]
    ) -> EventProcess[Event]:
        """Start the process that observes; it loads the project at once."""
        engine = vendor(backend.vendor).engine
        return self.process("observe", engine, interpreter, room, environ)

    def process(
        self,
        work: str,
        engine: str,
        interpreter: Interpreter,
        room: Room,
        environ: Mapping[str, str],
    ) -> EventProcess[Event]:
        """Start a process in the project's Python that does one kind of work."""
        options = msgspec.json.encode(self.options).decode()
        words = [interpreter.path, _MODULE, work, engine, options]
        return _Process(words, room, environ, Event, frozenset((0, events.LOST_CODE)))

    def earlier(self, environment: str) -> EnvironmentResult | None:
        """Return the results of an earlier audit, where it has any."""
        return self.before.get(environment)

    def beside(self, environment: str) -> Mapping[str, Any]:
        """Return where the rows are, once they are made, and what is there of an earlier audit.

        Raises:
            Exception: what kept them from being made.
        """
        rows = str(self.rows.result())
        earlier = self.earlier(environment)
        if earlier is None:
            return {"rows": rows}
        whole = complete(earlier.cases, earlier.records)
        keys = {id_: case.key for id_, case in earlier.cases.items() if id_ in whole}
        known_ = {id_: key for id_, key in keys.items() if known(earlier.records[id_])}
        at = earlier.environment
        surroundings = {
            name: msgspec.to_builtins(getattr(at, name))
            for name in ("server_version", "django", "python", "driver", "settings")
        }
        return {"rows": rows, "known": known_, "surroundings": surroundings}


def comparable(there: Mapping[str, EnvironmentResult]) -> dict[str, EnvironmentResult]:
    """Return those of earlier results that this very version of this project made."""
    made_by = project()
    if made_by.commit is not None and made_by.commit.endswith("+"):
        return {}
    return {id_: each for id_, each in there.items() if each.environment.project == made_by}


def against_database(audit: Audit, interpreter: Interpreter, room: Room) -> Against:
    """Compare the project's own database with its models.

    Raises:
        SuiteError: the project cannot be loaded, or the database cannot be read.
    """
    with audit.process("against", "", interpreter, room, {}) as process:
        found = [each.against for each in process.events() if isinstance(each, Compared)]
    if not found:
        message = "the audit's process ended before it had compared the database"
        raise SuiteError(message)
    return found[0]


def constraints(
    audit: Audit, interpreter: Interpreter, room: Room
) -> tuple[dict[str, Case], list[str]]:
    """Return the constraints of the project by id, and a line for each model that is passed by.

    Raises:
        SuiteError: the project cannot be loaded, or a label names nothing.
    """
    cases: dict[str, Case] = {}
    passed: list[str] = []
    engine = next(each.engine for each in VENDORS.values() if each.library is not None)
    with audit.process("list", engine, interpreter, room, {}) as process:
        for event in process.events():
            match event:
                case events.Collected():
                    cases = event.cases
                case events.Phase(text=text):
                    passed.append(text)
    return cases, passed
