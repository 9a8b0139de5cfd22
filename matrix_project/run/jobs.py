"""Observe one backend: bring its server up, start the suite's processes, take in their events."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass, field

from msgspec.structs import replace

from matrix_project.backends import Backend
from matrix_project.interpreters import Interpreter
from matrix_project.results.contract import (
    Case,
    Environment,
    EnvironmentResult,
    Project,
    Record,
    Status,
)
from matrix_project.results.store import now
from matrix_project.results.verdicts import unobserved
from matrix_project.run.process import SuiteError, SuiteProcess
from matrix_project.servers import Provider, Room, Server, ServerUnavailableError
from matrix_project.suite import events

__all__ = [
    "HARNESS_FAILED",
    "Job",
    "Listener",
    "Selection",
    "collect",
    "not_run",
    "observe",
]

HARNESS_FAILED = "the harness failed"
"""What a reason says where it is we who are to blame."""

# The name of our database of this run.
_GENERATED = re.compile(r"matrix_[0-9a-f]{8}")
# Of so many processes at once no two cores are idle, and no more memory is taken.
_slots = threading.BoundedSemaphore(4 + (os.cpu_count() or 1))

Listener = Callable[[str, events.Event], None]
"""Called with an environment's id and what happened on it, from the thread that observes it."""


@dataclass(frozen=True)
class Selection:
    """Which part of the suite is wanted; all of it by default."""

    keyword: str | None = None
    cases: Sequence[str] = ()
    files: Sequence[str] = ()
    """Files of further cases; they add to the suite."""

    @property
    def partial(self) -> bool:
        """Whether this is less than the whole suite."""
        return bool(self.narrowing)

    @property
    def narrowing(self) -> list[str]:
        """What makes it less: the words of the command line."""
        words = ["-k", self.keyword] if self.keyword else []
        return words + [f"--case={case}" for case in self.cases]

    def arguments(self) -> list[str]:
        """Return what pytest is started with."""
        return self.narrowing + [f"--cases={file}" for file in self.files]


@dataclass(frozen=True)
class Job:
    """A backend to observe, how it is brought up, and what all of its environments share."""

    backend: Backend
    provider: Provider
    selection: Selection
    project: Project
    room: Room
    listener: Listener


@dataclass
class _Progress:
    """What the suite's process has sent so far, put in order."""

    started: events.Started | None = None
    cases: dict[str, Case] = field(default_factory=dict)
    records: dict[str, Record] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    lost: str | None = None
    ended: bool = False

    def take(self, event: events.Event) -> None:
        match event:
            case events.Collected(cases=cases):
                self.cases = cases
            case events.Started():
                self.started = event
            case events.Observed(record=record):
                self.records[record.case] = record
            case events.Failed() | events.Unanswered():
                self.failed[event.case] = event.reason
            case events.Lost(reason=reason):
                self.lost = reason
            case events.Ended():
                self.ended = True


class _Served:
    """A server that is being brought up; each suite gets a database of its own on it."""

    def __init__(self) -> None:
        self.server: Future[Server] = Future()
        self._first = threading.Lock()

    def database(self) -> dict[str, object]:
        """Return a database that is nobody else's, once the server is up.

        Raises:
            ServerUnavailableError: it is not to be had.
        """
        server = self.server.result()
        # The first comes with the server. The lock stays taken.
        return server.database if self._first.acquire(blocking=False) else server.beside()


def observe(job: Job, interpreters: Sequence[Interpreter]) -> Iterator[EnvironmentResult]:
    """Observe one backend with each interpreter's Django, and yield what could be observed.

    The server is started once, and serves all of them side by side.

    Raises:
        KeyboardInterrupt: the run was cancelled; what was observed is half a result, and no use.
    """
    served = _Served()
    # The suites end before their server does.
    with ExitStack() as stack, ThreadPoolExecutor(len(interpreters)) as pool:
        futures = [
            pool.submit(_observe, job, interpreter, served, early=interpreter is interpreters[0])
            for interpreter in interpreters
        ]
        try:
            served.server.set_result(stack.enter_context(job.provider.serve(job.backend, job.room)))
        except BaseException as error:
            served.server.set_exception(error)
            if not isinstance(error, Exception):
                raise
        for future in as_completed(futures):
            yield future.result()


def _observe(
    job: Job, interpreter: Interpreter, served: _Served, *, early: bool
) -> EnvironmentResult:
    """Observe one environment; `early`: its process reads itself in while the server starts."""
    id_ = interpreter.environment(job.backend)
    begun = up = time.monotonic()
    progress, server, reason = _Progress(), None, None
    job.listener(id_, events.Phase(text="starting", provider=job.provider.name))
    try:
        if not early:
            served.server.result()
        environ = {"MATRIX_BACKEND": job.backend.id, **job.provider.environ(job.backend, job.room)}
        with (
            _slots,
            SuiteProcess(interpreter.path, job.selection.arguments(), job.room, environ) as suite,
        ):
            database, server = served.database(), served.server.result()
            up = time.monotonic()
            suite.hand_over(database)
            for event in suite.events():
                progress.take(event)
                job.listener(id_, event)
                reason = reason or _mismatch(job.backend, interpreter, progress)
                if reason is not None:
                    break
    except (ServerUnavailableError, SuiteError, OSError) as error:
        reason = _GENERATED.sub("matrix", str(error))
    except Exception as error:  # noqa: BLE001 (one environment's trouble is no other's)
        reason = " ".join(f"{HARNESS_FAILED}: {type(error).__name__}: {error}".split())
        reason = _GENERATED.sub("matrix", reason)
    if job.room.cancelled.is_set():
        raise KeyboardInterrupt
    seconds = {"start": round(up - begun, 3), "suite": round(time.monotonic() - up, 3)}
    return _result(job, interpreter, progress, server, reason, seconds)


def not_run(
    backend: Backend, interpreter: Interpreter, reason: str, project: Project
) -> EnvironmentResult:
    """Return the results of an environment whose server could not be had."""
    return EnvironmentResult(
        id=interpreter.environment(backend),
        environment=Environment(
            backend=backend.id,
            vendor=backend.vendor,
            server_version=None,
            django=interpreter.django,
            python=interpreter.python,
            driver=None,
            provider=None,
            origin=None,
            settings={},
            end_of_life=backend.end_of_life,
            status=Status.NOT_RUN,
            reason=reason,
            observed_at=None,
            seconds={},
            selection=None,
            project=project,
        ),
        cases={},
        records={},
    )


def collect(interpreter: Interpreter, selection: Selection, room: Room) -> dict[str, Case]:
    """Return the cases of a selection by id, their declarations verified; no server is needed.

    Raises:
        SuiteError: a declaration has a mistake, or the selection is not to be understood.
    """
    progress = _Progress()
    arguments = [*selection.arguments(), "--collect-only"]
    with SuiteProcess(interpreter.path, arguments, room) as suite:
        for event in suite.events():
            progress.take(event)
    return progress.cases


def _mismatch(backend: Backend, interpreter: Interpreter, progress: _Progress) -> str | None:
    """Say that the server, or the Django, is not the one that was asked for, where it is not."""
    started = progress.started
    if started is None:
        return None
    if not backend.serves(started.server_version):
        return f"the server that answered is {started.server_version}, not {backend.id}"
    if (started.django, started.python) != (interpreter.django, interpreter.python):
        asked = f"Django {interpreter.django} on Python {interpreter.python}"
        found = f"Django {started.django} on Python {started.python}"
        return f"{asked} was asked for, and {found} ran: do not change it during a run"
    return None


def _result(
    job: Job,
    interpreter: Interpreter,
    progress: _Progress,
    server: Server | None,
    reason: str | None,
    seconds: dict[str, float],
) -> EnvironmentResult:
    """Make of what was seen the environment's results; what was not seen is `unknown`."""
    if progress.started is None or _mismatch(job.backend, interpreter, progress):
        reason = reason or progress.lost or "the suite did not reach the server"
        return not_run(job.backend, interpreter, reason, job.project)
    unseen = not_run(job.backend, interpreter, "", job.project)
    status = Status.OBSERVED if progress.ended else Status.LOST
    if status == Status.LOST:
        reason = progress.lost or reason or "the suite's process was ended"
    elif progress.failed:
        reason = f"{HARNESS_FAILED} at {', '.join(progress.failed)}"
    records = {
        id_: progress.records.get(id_)
        or unobserved(
            id_,
            progress.failed.get(id_) or reason or "the suite ended before it",
            question=case.kind == "question",
        )
        for id_, case in sorted(progress.cases.items())
    }
    return replace(
        unseen,
        environment=replace(
            unseen.environment,
            server_version=progress.started.server_version,
            driver=progress.started.driver,
            provider=job.provider.name,
            origin=server.origin if server else None,
            settings=progress.started.settings,
            status=status,
            reason=reason,
            observed_at=now(),
            seconds=seconds,
            selection=" ".join(job.selection.narrowing) or None,
        ),
        cases=dict(sorted(progress.cases.items())),
        records=records,
    )
