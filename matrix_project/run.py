"""A run: choose a provider for each backend, observe all of them side by side, keep the results."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass

from matrix_project import PROJECT_ROOT, __version__
from matrix_project.backends import Backend
from matrix_project.observe import events
from matrix_project.results import EnvironmentResult, Project, Status
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
    providers: tuple[Provider, ...] = ()
    """The providers to try, one after the other, until one brings the server up."""
    lacking: str = ""
    """Why the others cannot serve it here, and what to do."""


def plan(backends: Iterable[Backend], forced: str | None, *, named: bool = False) -> list[Plan]:
    """Choose for each backend the providers that can serve it here, or the one that is forced.

    A server of the user's own is observed as what it is: its own series takes the place of the
    catalogue's, unless the user `named` the backends.
    """
    chosen: dict[str, Plan] = {}
    for backend in backends:
        decided = _choose(backend, forced, named=named)
        chosen.setdefault(decided.backend.id, decided)
    return list(chosen.values())


def _choose(backend: Backend, forced: str | None, *, named: bool) -> Plan:
    if in_process.provider.lacks(backend) is None:
        return Plan(backend, (in_process.provider,))
    automatic = [each for each in PROVIDERS.values() if each is not in_process.provider]
    candidates = [PROVIDERS[forced]] if forced else automatic
    lacks = {provider.name: provider.lacks(backend) for provider in candidates}
    able = tuple(provider for provider in candidates if lacks[provider.name] is None)
    lacking = "; ".join(f"{name}: {reason}" for name, reason in lacks.items() if reason)
    if url.provider not in able:
        return Plan(backend, able, lacking)
    try:
        series = url.server_series(backend.vendor)
    except ServerUnavailableError as error:
        return Plan(backend, lacking=str(error))
    own = Backend(vendor=backend.vendor, series=series)
    if named and own.id != backend.id:
        return Plan(backend, lacking=f"your own server is {own.id}: name no other --backend")
    return Plan(own, (url.provider,))


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
    """Observe one environment by the first of its providers that brings the server up."""
    reasons = [each.lacking] if each.lacking else []
    for provider in each.providers:
        try:
            result = observe(Job(each.backend, provider), selection, room, made_by, listener)
        except Exception as error:  # noqa: BLE001 (one backend's trouble is no other's)
            words = " ".join(f"{type(error).__name__}: {error}".split())
            result = not_run(each.backend, f"the harness failed: {words}", made_by)
        if result.environment.status != Status.NOT_RUN:
            return result
        reasons.append(f"{provider.name}: {result.environment.reason}")
        listener(each.backend.id, events.Phase(text=reasons[-1]))
    return not_run(each.backend, "; ".join(reasons), made_by)


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
