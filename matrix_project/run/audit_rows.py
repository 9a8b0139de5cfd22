"""Make an audit's rows, once, before any backend is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from matrix_project.backends import Backend, catalogue
from matrix_project.interpreters import Interpreter
from matrix_project.run.audit import Audit
from matrix_project.run.plan import Plan, plan
from matrix_project.run.process import SuiteError
from matrix_project.servers import Provider, Room, ServerUnavailableError
from matrix_project.suite import events
from matrix_project.vendors import vendor

__all__ = ["make_rows", "reference"]


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
        ServerUnavailableError: no server for it is to be had, or none that lasts.
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
                    raise ServerUnavailableError(server.gone() or reason)
                case events.Ended():
                    ended = True
    if not ended:
        message = "the audit's process ended before it had made all rows"
        raise SuiteError(message)
    return path
