"""What an audit asks of each backend: the constraints of a project's, with rows made for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from matrix_project.audit.options import Options
from matrix_project.backends import Backend, catalogue
from matrix_project.interpreters import Interpreter
from matrix_project.results.contract import Case, EnvironmentResult, known
from matrix_project.results.counts import complete
from matrix_project.run.plan import Plan, plan, project
from matrix_project.run.process import EventProcess, SuiteError
from matrix_project.servers import Provider, Room, ServerUnavailableError
from matrix_project.servers.environ import environ_of_project
from matrix_project.suite import events
from matrix_project.vendors import VENDORS, vendor

__all__ = ["Audit", "constraints", "make_rows", "reference"]

_MODULE = "matrix_project.audit.process"


class _Process(EventProcess[events.Event]):
    called = "the audit's process"
    environ_of = staticmethod(environ_of_project)


@dataclass(frozen=True)
class Audit:
    """The constraints that are asked of, and the file that their rows come in."""

    options: Options
    before: Mapping[str, EnvironmentResult] = field(default_factory=dict)
    """By environment, the results of an earlier audit."""
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
    ) -> EventProcess[events.Event]:
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
    ) -> EventProcess[events.Event]:
        """Start a process in the project's Python that does one kind of work."""
        options = msgspec.json.encode(self.options).decode()
        words = [interpreter.path, _MODULE, work, engine, options]
        return _Process(words, room, environ, events.Event, frozenset((0, events.LOST_CODE)))

    def earlier(self, environment: str) -> EnvironmentResult | None:
        """Return the results of an earlier audit by this very version of the project's."""
        found = self.before.get(environment)
        made_by = project()
        changed = made_by.commit is not None and made_by.commit.endswith("+")
        if found is None or changed or found.environment.project != made_by:
            return None
        return found

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


def reference(plans: Sequence[Plan], interpreter: Interpreter) -> list[Plan]:
    """Return where rows can be made, the first choice first.

    Rows are made once, so that all backends are asked the same: on a backend of the run that takes
    no value but of a column's own type, or else within the process.
    """
    strict = [each for each in plans if each.providers and vendor(each.backend.vendor).strict]
    within = [
        each
        for each in catalogue().values()
        if each.default and vendor(each.vendor).library is not None
    ]
    return [*strict[:1], *plan(within, [interpreter], None)]


def make_rows(
    audit: Audit,
    places: Sequence[Plan],
    interpreter: Interpreter,
    room: Room,
    said: Callable[[str], object],
) -> Path:
    """Make rows for every constraint, and return the file with them.

    Args:
        audit: whose constraints they are.
        places: where they can be made, as `reference` returns them; each has a server of its own.
        interpreter: the project's Python.
        room: the room of the run.
        said: called with the id of each constraint before its rows are made.

    Raises:
        SuiteError: the process came to no end.
        ServerUnavailableError: no server for it is to be had.
        KeyboardInterrupt: the run was cancelled.
    """
    reasons = []
    for place, provider in ((each, one) for each in places for one in each.providers):
        try:
            return _make(audit, place.backend, provider, interpreter, room, said)
        except (ServerUnavailableError, OSError) as error:
            if room.cancelled.is_set():
                raise KeyboardInterrupt from error
            reasons.append(f"{place.backend.id} by {provider.name}: {error}")
    message = f"no database is to be had to make rows on: {'; '.join(reasons)}"
    raise ServerUnavailableError(message)


def _make(
    audit: Audit,
    backend: Backend,
    provider: Provider,
    interpreter: Interpreter,
    room: Room,
    said: Callable[[str], object],
) -> Path:
    path = room.folder / f"rows-{backend.id}.pickle"
    engine = vendor(backend.vendor).engine
    environ = provider.environ(backend, room)
    ended = False
    with (
        audit.process("make", engine, interpreter, room, environ) as process,
        provider.serve(backend, room) as server,
    ):
        process.hand_over(server.database, {"rows": str(path)})
        for event in process.events(gone=server.gone):
            match event:
                case events.Phase(text=text):
                    said(text)
                case events.Lost(reason=reason):
                    raise SuiteError(reason)
                case events.Ended():
                    ended = True
    if not ended:
        message = "the audit's process ended before it had made all rows"
        raise SuiteError(message)
    return path
