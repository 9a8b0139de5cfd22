"""Run a project's own migrations on every backend, each on a database of its own."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import msgspec

from matrix_project.audit.events import RanMigrations
from matrix_project.interpreters import Interpreter
from matrix_project.results.migrated import Migrated, MigratedBackend
from matrix_project.run.audit import Audit
from matrix_project.run.jobs import Listener
from matrix_project.run.plan import Plan
from matrix_project.run.process import SuiteError
from matrix_project.run.providing import by_first
from matrix_project.servers import Provider, Room, ServerUnavailableError
from matrix_project.suite import events
from matrix_project.vendors import vendor

__all__ = ["migrate"]


def migrate(
    audit: Audit,
    plans: Sequence[Plan],
    interpreter: Interpreter,
    room: Room,
    listener: Listener,
) -> dict[str, MigratedBackend]:
    """Run the migrations on all backends side by side, and return what they came to.

    Returns:
        By environment, what the migrations came to there, or why they were not run.

    Raises:
        KeyboardInterrupt: the run was cancelled.
    """
    with ThreadPoolExecutor(max(len(plans), 1)) as pool:
        work = partial(_migrate, audit=audit, interpreter=interpreter, room=room, listener=listener)
        try:
            found = list(pool.map(work, plans))
        except BaseException:
            room.cancel()
            raise
    names = [interpreter.environment(each.backend) for each in plans]
    return dict(zip(names, found, strict=True))


def _migrate(
    plan: Plan, *, audit: Audit, interpreter: Interpreter, room: Room, listener: Listener
) -> MigratedBackend:
    """Run them on a backend by the first of its providers that brings it up."""
    unseen = MigratedBackend(
        vendor=plan.backend.vendor,
        server_version=None,
        django=interpreter.django,
        driver=None,
        provider=None,
        reason=None,
        migrated=None,
    )
    try:
        return by_first(
            plan,
            interpreter,
            room,
            lambda each: _by(each, plan, unseen, audit, interpreter, room, listener),
        )
    except ServerUnavailableError as error:
        text = f"not run: {error}"
        listener(interpreter.environment(plan.backend), events.Phase(text=text))
        return msgspec.structs.replace(unseen, reason=str(error))


def _by(
    provider: Provider,
    plan: Plan,
    unseen: MigratedBackend,
    audit: Audit,
    interpreter: Interpreter,
    room: Room,
    listener: Listener,
) -> MigratedBackend:
    name = interpreter.environment(plan.backend)
    environ = provider.environ(plan.backend, room)
    started: events.Started | None = None
    done: Migrated | None = None
    listener(name, events.Phase(text="starting", provider=provider.name))
    with (
        audit.process(
            "migrate", vendor(plan.backend.vendor).engine, interpreter, room, environ
        ) as process,
        provider.serve(plan.backend, room) as server,
    ):
        process.hand_over(server.database, {"migrations": True})
        for event in process.events(gone=server.gone):
            match event:
                case events.Started():
                    started = event
                case RanMigrations(migrated=migrated):
                    done = migrated
                case events.Lost(reason=reason):
                    raise SuiteError(server.gone() or reason)
                case events.Phase():
                    listener(name, event)
    if started is None or done is None:
        message = "the audit's process ended before it had run all migrations"
        raise SuiteError(message)
    return msgspec.structs.replace(
        unseen,
        server_version=started.server_version,
        driver=started.driver,
        provider=provider.name,
        migrated=done,
    )
