"""Measure one backend: bring its server up, start the measuring process, take in what it sends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from matrix_project.cost.document import Cost, CostCase, Measured
from matrix_project.cost.events import Event
from matrix_project.cost.events import Measured as MeasuredEvent
from matrix_project.interpreters import Interpreter
from matrix_project.results.contract import Project
from matrix_project.results.store import now
from matrix_project.run.plan import Plan
from matrix_project.run.process import EventProcess, SilentServerError, SuiteError
from matrix_project.run.providing import by_first
from matrix_project.servers import Provider, Room, ServerUnavailableError
from matrix_project.suite.events import Ended, Started

__all__ = ["Job", "NotMeasuredError", "measure"]


class NotMeasuredError(Exception):
    """A backend that could not be measured; its text is one line that says why."""


class _Process(EventProcess[Event]):
    called = "the measuring process"


@dataclass(frozen=True)
class Job:
    """What all backends share."""

    interpreter: Interpreter
    rounds: int
    room: Room
    project: Project


Listener = Callable[[str, Cost], object]
"""Called with each case that is measured: its id, and what it costs."""


def measure(plan: Plan, job: Job, listener: Listener) -> tuple[Measured, dict[str, CostCase]]:
    """Measure a backend by the first of its providers that brings it up.

    Returns:
        What was measured, and the cases as they are described.

    Raises:
        NotMeasuredError: no provider did, or the measuring process came to no end.
        KeyboardInterrupt: the user ended it.
    """
    try:
        return by_first(
            plan, job.interpreter, job.room, lambda each: _measure(plan, each, job, listener)
        )
    except ServerUnavailableError as error:
        raise NotMeasuredError(str(error)) from error


def _measure(
    plan: Plan, provider: Provider, job: Job, listener: Listener
) -> tuple[Measured, dict[str, CostCase]]:
    words = [job.interpreter.path, "matrix_project.cost.measure", str(job.rounds)]
    environ = {"MATRIX_BACKEND": plan.backend.id, **provider.environ(plan.backend, job.room)}
    started, ended, found = None, False, {}
    with (
        provider.serve(plan.backend, job.room) as server,
        _Process(words, job.room, environ, Event) as process,
    ):
        process.hand_over(server.database)
        try:
            for event in process.events(gone=server.gone):
                match event:
                    case Started():
                        started = event
                        _see_to_backend(plan, event)
                    case MeasuredEvent():
                        found[event.id] = event
                        listener(event.id, event.cost)
                    case Ended():
                        ended = True
        except SilentServerError:
            raise  # it says so already
        except SuiteError as error:
            if (gone := server.gone()) is not None:
                raise SuiteError(gone) from error
            raise
        if started is None or not ended:
            message = "the measuring process ended before it had measured everything"
            raise SuiteError(message)
        measured = Measured(
            vendor=plan.backend.vendor,
            server_version=started.server_version,
            django=started.django,
            python=started.python,
            driver=started.driver,
            provider=provider.name,
            origin=server.origin,
            settings=started.settings,
            measured_at=now(),
            project=job.project,
            costs={id_: each.cost for id_, each in found.items()},
        )
    return measured, {id_: each.case for id_, each in found.items()}


def _see_to_backend(plan: Plan, started: Started) -> None:
    if not plan.backend.serves(started.server_version):
        message = f"the server that answered is {started.server_version}, not {plan.backend.id}"
        raise SuiteError(message)
