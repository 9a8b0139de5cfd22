"""A run: choose a provider for each backend, observe all of them side by side, keep the results."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from pathlib import Path
from queue import SimpleQueue

from matrix_project import __version__
from matrix_project.backends import Backend
from matrix_project.interpreters import Interpreter
from matrix_project.results.contract import EnvironmentResult, Project, Status
from matrix_project.run.gathered import HARNESS_FAILED, not_run
from matrix_project.run.jobs import Job, Listener, Work, observe
from matrix_project.run.process import PATIENCE
from matrix_project.servers import Provider, Room, ServerUnavailableError, url
from matrix_project.servers.environ import environ_of_tool
from matrix_project.servers.providers import choose
from matrix_project.suite import events

__all__ = ["Plan", "plan", "project", "run"]
_CHECKOUT = Path(__file__).resolve().parents[2]
_SECONDS_FOR_GIT = 60

_Reasons = dict[tuple[Backend, Interpreter], list[str]]
"""Why an environment is not observed yet, by each provider that was tried."""


@dataclass(frozen=True)
class Plan:
    """What a run will do with one server."""

    backend: Backend
    interpreters: tuple[Interpreter, ...] = ()
    """Those whose Django supports it."""
    left_out: tuple[str, ...] = ()
    """The environments that there are not, each with the reason."""
    providers: tuple[Provider, ...] = ()
    """The providers to try, one after the other, until one brings the server up."""
    lacking: str = ""
    """Why the others cannot serve it here, and what to do."""
    beside: tuple[Backend, ...] = ()
    """What else gets a database on the same server: variants of the backend."""

    @property
    def backends(self) -> tuple[Backend, ...]:
        """All that is observed on the server."""
        return (self.backend, *self.beside)

    @property
    def environments(self) -> list[str]:
        """The ids of the environments that the run will try to observe."""
        return [one.environment(each) for each in self.backends for one in self.interpreters]


def plan(
    backends: Iterable[Backend],
    interpreters: Iterable[Interpreter],
    forced: str | None,
    *,
    named: bool = False,
) -> list[Plan]:
    """Choose for each backend the providers that can serve it here, or the one that is forced.

    A backend and its variants share a server. A server of the user's own is observed as what it is:
    its own series takes the place of the catalogue's, unless the user `named` the backends.
    """
    asked = {each.id: each for each in backends}
    first: dict[str, Backend] = {}
    for backend in asked.values():
        first.setdefault(backend.server, backend)
    chosen: dict[str, Plan] = {}
    for backend in first.values():
        decided = _choose(backend, forced, named=named)
        others = (each for id_, each in asked.items() if id_ != decided.backend.id)
        beside = tuple(each for each in others if each.server == decided.backend.server)
        decided = replace(decided, beside=beside)
        refused = {each: each.refuses(decided.backend) for each in interpreters}
        decided = replace(
            decided,
            interpreters=tuple(each for each, reason in refused.items() if reason is None),
            left_out=tuple(
                f"{each.environment(decided.backend)}: left out: {reason}"
                for each, reason in refused.items()
                if reason is not None
            ),
        )
        chosen.setdefault(decided.backend.server, decided)
    return list(chosen.values())


def _choose(backend: Backend, forced: str | None, *, named: bool) -> Plan:
    choice = choose(backend, forced)
    able, lacking = choice.able, choice.lacking
    if url.provider not in able:
        return Plan(backend, providers=able, lacking=lacking)
    try:
        series = url.server_series(backend.vendor)
    except ServerUnavailableError as error:
        return Plan(backend, lacking=str(error))
    own = Backend(backend.vendor, series, variant=backend.variant)
    if named and own.id != backend.id:
        return Plan(backend, lacking=f"your own server is {own.id}: name no other --backend")
    return Plan(own, providers=(url.provider,))


def run(
    plans: Iterable[Plan],
    work: Work,
    room: Room,
    listener: Listener,
    keep: Callable[[EnvironmentResult], object],
    patience: float = PATIENCE,
) -> list[EnvironmentResult]:
    """Observe all environments side by side; hand each one's results over as they come.

    After `patience` seconds without news of it, a server is asked whether it still answers.

    Raises:
        KeyboardInterrupt: the user ended the run; what `keep` was handed is whole.
    """
    made_by = project()
    job = partial(
        Job,
        work=work,
        project=made_by,
        room=room,
        listener=listener,
        patience=patience,
    )
    come: SimpleQueue[EnvironmentResult | None] = SimpleQueue()
    results = []
    pool = ThreadPoolExecutor(max_workers=64)
    try:
        futures = [pool.submit(_run, each, job, made_by, listener, come.put) for each in plans]
        for future in futures:
            future.add_done_callback(lambda _: come.put(None))
        for _ in futures:
            while (result := come.get()) is not None:
                results.append(result)
                keep(result)
        for future in futures:
            future.result()
    finally:
        room.cancel()
        pool.shutdown()
    return sorted(results, key=lambda result: result.id)


def _run(
    each: Plan,
    job: Callable[[Backend, Provider], Job],
    made_by: Project,
    listener: Listener,
    done: Callable[[EnvironmentResult], None],
) -> None:
    """Observe one server's environments by the first of its providers that brings it up."""
    reasons: _Reasons = {}
    for backend, interpreter in product(each.backends, each.interpreters):
        if (lacking := interpreter.lacks(backend)) is not None:
            done(not_run(backend, interpreter, lacking, made_by))
        else:
            reasons[backend, interpreter] = [each.lacking] if each.lacking else []
    try:
        _try(each, reasons, job, listener, done)
    except Exception as error:  # noqa: BLE001 (one backend's trouble is no other's)
        words = " ".join(f"{HARNESS_FAILED}: {type(error).__name__}: {error}".split())
        for (backend, interpreter), said in reasons.items():
            said.append(words)
            listener(interpreter.environment(backend), events.Phase(text=words))
    for (backend, interpreter), said in reasons.items():
        done(not_run(backend, interpreter, "; ".join(said), made_by))


def _try(
    each: Plan,
    reasons: _Reasons,
    job: Callable[[Backend, Provider], Job],
    listener: Listener,
    done: Callable[[EnvironmentResult], None],
) -> None:
    """Try one provider after the other; what is left in `reasons` none of them brought up."""
    for provider in each.providers:
        of = {
            interpreter.environment(backend): (backend, interpreter)
            for backend, interpreter in reasons
        }
        for result in observe(job(each.backend, provider), tuple(reasons)) if reasons else ():
            environment = of[result.id]
            if result.environment.status != Status.NOT_RUN:
                del reasons[environment]
                done(result)
                continue
            reasons[environment].append(f"{provider.name}: {result.environment.reason}")
            listener(result.id, events.Phase(text=reasons[environment][-1]))


def project() -> Project:
    """Return this project's version and commit; `+` marks a changed tree, `reports/` aside.

    A package that was installed has no commit, even inside another project's checkout.
    """
    if not (_CHECKOUT / ".git").exists():
        return Project(version=__version__, commit=None)
    try:
        commit = _git("rev-parse", "HEAD")[:12]
        changed = _git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!reports")
    except (OSError, subprocess.SubprocessError):
        return Project(version=__version__, commit=None)
    return Project(version=__version__, commit=f"{commit}+" if changed else commit)


def _git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(_CHECKOUT), *arguments],
        check=True,
        capture_output=True,
        text=True,
        env=environ_of_tool(),
        timeout=_SECONDS_FOR_GIT,
    )
    return done.stdout.strip()
