"""Run the suite on one backend: bring its server up, start the suite's process, hear it out."""

from __future__ import annotations

import platform
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version

from matrix_project.backends import Backend
from matrix_project.observe import events
from matrix_project.process import SuiteError, SuiteProcess
from matrix_project.results import (
    Case,
    Cell,
    Environment,
    EnvironmentResult,
    Project,
    Status,
    environment_id,
)
from matrix_project.servers import Provider, Room, Server, ServerUnavailableError
from matrix_project.store import now
from matrix_project.verdicts import unobserved

__all__ = [
    "Job",
    "Listener",
    "Selection",
    "collect",
    "django_version",
    "not_run",
    "observe",
]

# The name of our database of this run.
_GENERATED = re.compile(r"matrix_[0-9a-f]{8}")

Listener = Callable[[str, events.Event], None]
"""Called with a backend's id and what happened on it, from the thread that observes it."""


@dataclass(frozen=True)
class Selection:
    """Which part of the suite is wanted; all of it by default."""

    keyword: str | None = None
    cases: Sequence[str] = ()

    @property
    def partial(self) -> bool:
        """Whether this is less than the whole suite."""
        return bool(self.keyword or self.cases)

    def arguments(self) -> list[str]:
        """Return what pytest is started with."""
        words = ["-k", self.keyword] if self.keyword else []
        return words + [f"--case={case}" for case in self.cases]


@dataclass(frozen=True)
class Job:
    """A backend to observe, and how it is brought up."""

    backend: Backend
    provider: Provider


@dataclass
class _Heard:
    """What the suite's process told, put in order."""

    started: events.Started | None = None
    cases: dict[str, Case] = field(default_factory=dict)
    cells: dict[str, Cell] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    lost: str | None = None
    ended: bool = False

    def take(self, event: events.Event) -> None:
        match event:
            case events.Collected(cases=cases):
                self.cases = cases
            case events.Started():
                self.started = event
            case events.Finished(cell=cell):
                self.cells[cell.case] = cell
            case events.Failed(case=case, reason=reason):
                self.failed[case] = reason
            case events.Lost(reason=reason):
                self.lost = reason
            case events.Ended():
                self.ended = True


def observe(
    job: Job, selection: Selection, room: Room, project: Project, listener: Listener
) -> EnvironmentResult:
    """Observe one environment, and return whatever could be observed of it.

    Raises:
        KeyboardInterrupt: the run was cancelled; what was observed is half a result, and no use.
    """
    begun = up = time.monotonic()
    listener(job.backend.id, events.Phase(text="starting"))
    heard, server, reason = _Heard(), None, None
    try:
        # The suite's process reads itself in while the server starts.
        with (
            SuiteProcess(selection.arguments(), job.backend.id, room) as suite,
            job.provider.serve(job.backend, room) as server,
        ):
            up = time.monotonic()
            suite.hand_over(server.database)
            for event in suite.told():
                heard.take(event)
                listener(job.backend.id, event)
                reason = reason or _mismatch(job.backend, heard)
                if reason is not None:
                    break
    except (ServerUnavailableError, SuiteError, OSError) as error:
        reason = _GENERATED.sub("matrix", str(error))
    if room.cancelled.is_set():
        raise KeyboardInterrupt
    seconds = {"start": round(up - begun, 3), "suite": round(time.monotonic() - up, 3)}
    return _result(job, heard, server, reason, seconds, selection, project)


def django_version() -> str:
    """Return the version of the Django that the suite will run on."""
    return version("django")


def not_run(backend: Backend, reason: str, project: Project) -> EnvironmentResult:
    """Return the results of an environment whose server could not be had."""
    django = django_version()
    return EnvironmentResult(
        id=environment_id(backend.id, django),
        environment=Environment(
            backend=backend.id,
            vendor=backend.vendor,
            server_version=None,
            django=django,
            python=platform.python_version(),
            driver=None,
            provider=None,
            origin=None,
            settings={},
            status=Status.NOT_RUN,
            reason=reason,
            observed_at=None,
            seconds={},
            selection=None,
            project=project,
        ),
        cases={},
        cells=[],
    )


def collect(selection: Selection, room: Room) -> dict[str, Case]:
    """Return the cases of which a selection has some probe, by id; no server is needed.

    Raises:
        SuiteError: the suite cannot be read, or the selection is not to be understood.
    """
    heard = _Heard()
    with SuiteProcess([*selection.arguments(), "--collect-only"], "sqlite", room) as suite:
        for event in suite.told():
            heard.take(event)
    return heard.cases


_LEFT_OUT = "the selection left out what it takes"


def _mismatch(backend: Backend, heard: _Heard) -> str | None:
    """Say that the server is not the one that was asked for, where it is not."""
    if heard.started is None or backend.serves(heard.started.server_version):
        return None
    return f"the server that answered is {heard.started.server_version}, not {backend.id}"


def _result(
    job: Job,
    heard: _Heard,
    server: Server | None,
    reason: str | None,
    seconds: dict[str, float],
    selection: Selection,
    project: Project,
) -> EnvironmentResult:
    """Make of what was heard the environment's results; what was not heard is `unknown`."""
    if heard.started is None or _mismatch(job.backend, heard):
        reason = reason or heard.lost or "the suite did not reach the server"
        return not_run(job.backend, reason, project)
    status = Status.OBSERVED if heard.ended else Status.LOST
    if status == Status.LOST:
        reason = heard.lost or reason or "the suite's process was ended"
    elif heard.failed:
        reason = f"the harness failed at {', '.join(heard.failed)}"
    id_ = environment_id(job.backend.id, heard.started.django)
    cells = [
        heard.cells.get(case) or unobserved(case, id_, heard.failed.get(case, reason or _LEFT_OUT))
        for case in heard.cases
    ]
    return EnvironmentResult(
        id=id_,
        environment=Environment(
            backend=job.backend.id,
            vendor=job.backend.vendor,
            server_version=heard.started.server_version,
            django=heard.started.django,
            python=heard.started.python,
            driver=heard.started.driver,
            provider=job.provider.name,
            origin=server.origin if server else None,
            settings=heard.started.settings,
            status=status,
            reason=reason,
            observed_at=now(),
            seconds=seconds,
            selection=" ".join(selection.arguments()) or None,
            project=project,
        ),
        cases=dict(sorted(heard.cases.items())),
        cells=sorted(cells, key=lambda cell: cell.case),
    )
