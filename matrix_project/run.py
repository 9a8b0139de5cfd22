"""A run: choose a provider for each backend, observe all of them side by side, keep the results."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass

from matrix_project import PROJECT_ROOT, __version__
from matrix_project.backends import Backend
from matrix_project.results import EnvironmentResult, Project
from matrix_project.servers import (
    Provider,
    Room,
    ServerUnavailableError,
    container,
    in_process,
    packages,
    url,
)
from matrix_project.suite import Job, Listener, Selection, not_run, observe

__all__ = ["PROVIDERS", "Plan", "plan", "project", "run"]

PROVIDERS: dict[str, Provider] = {
    each.name: each
    for each in (in_process.provider, url.provider, container.provider, packages.provider)
}
"""All providers by name, in the order in which the automatic choice asks them."""


@dataclass(frozen=True)
class Plan:
    """What a run will do with one backend."""

    backend: Backend
    provider: Provider | None
    reason: str | None
    """Why no provider can serve it here, and what to do; None where one can."""


def plan(backends: Iterable[Backend], forced: str | None) -> list[Plan]:
    """Choose for each backend the first provider that can serve it, or the one that is forced.

    A server of the user's own is observed as what it is: its own series takes the place of the
    catalogue's.
    """
    chosen: dict[str, Plan] = {}
    for backend in backends:
        decided = _choose(backend, forced)
        chosen.setdefault(decided.backend.id, decided)
    return list(chosen.values())


def _choose(backend: Backend, forced: str | None) -> Plan:
    candidates = list(PROVIDERS.values())
    if forced is not None and in_process.provider.lacks(backend):
        candidates = [PROVIDERS[forced]]
    lacking = []
    for provider in candidates:
        reason = provider.lacks(backend)
        if reason is None:
            return _as_it_is(backend, provider)
        if provider is not in_process.provider or len(candidates) == 1:
            lacking.append(f"{provider.name}: {reason}")
    return Plan(backend, None, "; ".join(lacking))


def _as_it_is(backend: Backend, provider: Provider) -> Plan:
    if provider is not url.provider:
        return Plan(backend, provider, None)
    try:
        series = url.server_series(backend.vendor)
    except ServerUnavailableError as error:
        return Plan(backend, None, str(error))
    return Plan(Backend(vendor=backend.vendor, series=series), provider, None)


def run(
    plans: Iterable[Plan],
    selection: Selection,
    room: Room,
    listener: Listener,
    keep: Callable[[EnvironmentResult], object],
) -> list[EnvironmentResult]:
    """Observe all environments side by side; hand each one's results over as they come.

    Raises:
        KeyboardInterrupt: the user ended the run; what `keep` was handed is whole.
    """
    made_by = project()
    results = []
    pool = ThreadPoolExecutor(max_workers=64)
    try:
        futures: list[Future[EnvironmentResult]] = [
            pool.submit(_one, each, selection, room, made_by, listener) for each in plans
        ]
        for future in as_completed(futures):
            results.append(future.result())
            keep(results[-1])
    finally:
        room.cancel()
        pool.shutdown()
    return sorted(results, key=lambda result: result.id)


def _one(
    each: Plan, selection: Selection, room: Room, made_by: Project, listener: Listener
) -> EnvironmentResult:
    if each.provider is None:
        return not_run(each.backend, str(each.reason), made_by)
    return observe(Job(each.backend, each.provider), selection, room, made_by, listener)


def project() -> Project:
    """Return this project's version and commit; `+` marks a changed tree, `reports/` aside."""
    try:
        commit = _git("rev-parse", "HEAD")[:12]
        changed = _git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!reports")
    except (OSError, subprocess.CalledProcessError):
        return Project(version=__version__, commit=None)
    return Project(version=__version__, commit=f"{commit}+" if changed else commit)


def _git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(PROJECT_ROOT), *arguments], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()
