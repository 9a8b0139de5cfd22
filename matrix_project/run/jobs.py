"""Observe one backend: bring its server up, start the suite's processes, take in their events."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from msgspec.structs import replace

from matrix_project.backends import Backend
from matrix_project.interpreters import Interpreter
from matrix_project.results.contract import Case, EnvironmentResult, Project
from matrix_project.run.gathered import HARNESS_FAILED, Gathered, not_run
from matrix_project.run.process import (
    PATIENCE,
    EventProcess,
    SilentServerError,
    SuiteError,
    SuiteProcess,
)
from matrix_project.servers import Provider, Room, Server, ServerUnavailableError
from matrix_project.servers.databases import without_name
from matrix_project.suite import events

__all__ = [
    "Job",
    "Listener",
    "Selection",
    "Work",
    "collect",
    "observe",
]

# Of so many processes at once no two cores are idle, and no more memory is taken.
_slots = threading.BoundedSemaphore(4 + (os.cpu_count() or 1))

Listener = Callable[[str, events.Event], None]
"""Called with an environment's id and what happened on it, from the thread that observes it."""


class Work(Protocol):
    """What is asked of each backend: cases of the suite, or constraints of a project's."""

    @property
    def narrowing(self) -> Sequence[str]:
        """What makes it less than all: the words of the command line."""

    @property
    def names(self) -> list[str]:
        """The names of the files of further cases."""

    def start(
        self, interpreter: Interpreter, backend: Backend, room: Room, environ: Mapping[str, str]
    ) -> EventProcess[Any]:
        """Start the process that asks; `environ` is what the provider puts into its environment."""

    def earlier(self, environment: str) -> EnvironmentResult | None:
        """Return what of an environment is not asked again where nothing of it has changed."""

    def beside(self, environment: str) -> Mapping[str, Any]:
        """Return what an environment's process is handed beside its database, once it is there."""


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

    @property
    def names(self) -> list[str]:
        """The names of the files, without the folders that they are in."""
        return sorted({Path(file).name for file in self.files})

    def arguments(self) -> list[str]:
        """Return what pytest is started with."""
        return self.narrowing + [f"--cases={file}" for file in self.files]

    def start(
        self, interpreter: Interpreter, backend: Backend, room: Room, environ: Mapping[str, str]
    ) -> SuiteProcess:
        """Start the suite in an interpreter."""
        environ = {"MATRIX_BACKEND": backend.id, **environ}
        return SuiteProcess(interpreter.path, self.arguments(), room, environ)

    def earlier(self, environment: str) -> EnvironmentResult | None:  # noqa: ARG002
        """Return nothing: the suite asks all of it."""
        return None

    def beside(self, environment: str) -> Mapping[str, Any]:  # noqa: ARG002
        """Return nothing: the suite needs its database alone."""
        return {}


@dataclass(frozen=True)
class Job:
    """A server to bring up, how, and what all environments that are observed on it share."""

    backend: Backend
    """Whose server it is."""
    provider: Provider
    work: Work
    project: Project
    room: Room
    listener: Listener
    patience: float = PATIENCE
    """After how many seconds without an event the server is asked whether it still answers."""


class _Served:
    """A server that is being brought up; each suite gets a database of its own on it."""

    def __init__(self) -> None:
        self.server: Future[Server] = Future()
        self._first = threading.Lock()

    def database(self, backend: Backend) -> dict[str, object]:
        """Return a database of this backend's that is nobody else's, once the server is up.

        Raises:
            ServerUnavailableError: it is not to be had.
        """
        server = self.server.result()
        if backend.variant is not None:
            return server.beside(backend.variant.database)
        # The first comes with the server. The lock stays taken.
        return server.database if self._first.acquire(blocking=False) else server.beside()


def observe(
    job: Job, environments: Sequence[tuple[Backend, Interpreter]]
) -> Iterator[EnvironmentResult]:
    """Observe a backend and its variants, each with an interpreter's Django, and yield the results.

    The server is started once, and serves all of them side by side.

    Raises:
        KeyboardInterrupt: the run was cancelled; what was observed is half a result, and no use.
    """
    served = _Served()
    # The suites end before their server does.
    with ExitStack() as stack, ThreadPoolExecutor(len(environments)) as pool:
        futures = [
            pool.submit(_observe, job, *each, served, early=each is environments[0])
            for each in environments
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
    job: Job, backend: Backend, interpreter: Interpreter, served: _Served, *, early: bool
) -> EnvironmentResult:
    """Observe one environment; `early`: its process reads itself in while the server starts."""
    id_ = interpreter.environment(backend)
    begun = up = time.monotonic()
    gathered, server, reason = Gathered(job.work.earlier(id_)), None, None
    job.listener(id_, events.Phase(text="starting", provider=job.provider.name))
    try:
        if not early:
            served.server.result()
        environ = job.provider.environ(job.backend, job.room)
        with _slots, job.work.start(interpreter, backend, job.room, environ) as suite:
            server = served.server.result()
            database = served.database(backend)
            beside = job.work.beside(id_)
            up = time.monotonic()
            suite.hand_over(database, beside)
            for event in suite.events(job.patience, server.gone):
                gathered.take(event)
                job.listener(id_, event)
                mismatch = gathered.mismatch(backend, interpreter)
                if mismatch is not None:
                    return not_run(backend, interpreter, mismatch, job.project)
        reason = gathered.lost and _cause(server, gathered, gathered.lost)
    except SilentServerError as error:
        reason = _at(str(error), gathered)
    except (ServerUnavailableError, SuiteError, OSError) as error:
        reason = _cause(server, gathered, str(error))
    except Exception as error:  # noqa: BLE001 (one environment's trouble is no other's)
        reason = f"{HARNESS_FAILED}: {type(error).__name__}: {error}"
    if job.room.cancelled.is_set():
        raise KeyboardInterrupt
    reason = reason and without_name(" ".join(reason.split()))
    seen_by = {
        "provider": job.provider.name,
        "origin": server.origin if server else None,
        "seconds": {"start": round(up - begun, 3), "suite": round(time.monotonic() - up, 3)},
    }
    unseen = not_run(backend, interpreter, "", job.project)
    asked = {
        "selection": " ".join(job.work.narrowing) or None,
        "added": job.work.names,
    }
    unseen = replace(unseen, environment=replace(unseen.environment, **asked))
    return gathered.results(unseen, reason, seen_by)


def _cause(server: Server | None, gathered: Gathered, reason: str) -> str:
    """Return why the suite ended before its end: by what its server came to, where it did."""
    gone = server.gone() if server is not None else None
    return _at(gone or reason, gathered)


def _at(reason: str, gathered: Gathered) -> str:
    return f"{reason}, at {gathered.observing}" if gathered.observing else reason


def collect(interpreter: Interpreter, selection: Selection, room: Room) -> dict[str, Case]:
    """Return the cases of a selection by id, their declarations verified; no server is needed.

    Raises:
        SuiteError: a declaration has a mistake, or the selection is not to be understood.
    """
    gathered = Gathered()
    arguments = [*selection.arguments(), "--collect-only"]
    with SuiteProcess(interpreter.path, arguments, room) as suite:
        for event in suite.events():
            gathered.take(event)
    return gathered.cases
