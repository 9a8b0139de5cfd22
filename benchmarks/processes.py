"""Time one process on one database: the suite, a bare driver, a plain script."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from matrix_project.backends import Backend
from matrix_project.results.contract import Record
from matrix_project.run.process import SuiteProcess
from matrix_project.servers import Server
from matrix_project.servers.room import Room
from matrix_project.suite import events
from matrix_project.vendors import vendor

__all__ = ["HERE", "Work", "bare", "fastest", "observed", "plain", "record", "suite"]

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Work:
    """Cases to observe on a running server; each process has a new database on it."""

    backend: Backend
    server: Server
    room: Room
    arguments: list[str] = field(default_factory=list)
    """What pytest is given."""
    environ: dict[str, str] = field(default_factory=dict)


def suite(work: Work) -> float:
    """Return the seconds of the suite's process, from its start to its end."""
    return _run(work)[0]


def observed(work: Work) -> list[Record]:
    """Return what the suite observes."""
    return [each.record for each in _run(work)[1] if isinstance(each, events.Observed)]


def _run(work: Work) -> tuple[float, list[events.Event]]:
    """Return the seconds of the suite's process, and what it told."""
    database = work.server.beside()
    begun = time.monotonic()
    with SuiteProcess(sys.executable, work.arguments, work.room, work.environ) as process:
        process.hand_over(database)
        told = list(process.events())
        seconds = time.monotonic() - begun
    if not isinstance(told[-1], events.Ended):
        sys.exit(f"the suite failed on {work.backend.id}: {told[-1]}")
    return seconds, told


def record(work: Work, file: Path) -> None:
    """Write every statement that the suite sends to a file."""
    recorded = [*work.arguments, f"--cases={HERE / 'recording.py'}"]
    environ = {**work.environ, "BENCHMARK_RECORD": str(file)}
    suite(Work(work.backend, work.server, work.room, recorded, environ))


def fastest(rounds: int, acts: Mapping[str, Callable[[], float]]) -> dict[str, float]:
    """Return the fewest seconds of each, the rounds taken in turns."""
    rows = [{name: act() for name, act in acts.items()} for _ in range(rounds)]
    return {name: min(row[name] for row in rows) for name in acts}


def bare(work: Work, file: Path) -> float:
    """Return the seconds that the driver takes for the statements of a file."""
    return _script(work, "bare.py", str(file), vendor(work.backend.vendor).driver)


def plain(work: Work) -> float:
    """Return the seconds that plain Django takes for the probes of all cases."""
    return _script(work, "plain.py")


def _script(work: Work, name: str, *words: str) -> float:
    database = json.dumps(work.server.beside())
    begun = time.monotonic()
    command = [sys.executable, "-E", "-P", str(HERE / name), *words]
    subprocess.run(command, input=database, text=True, check=True)
    return time.monotonic() - begun
