"""Try the providers of a plan, one after the other, with work of one's own on the server."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from matrix_project.interpreters import Interpreter
from matrix_project.run.plan import Plan
from matrix_project.run.process import SuiteError
from matrix_project.servers import Provider, Room, ServerUnavailableError
from matrix_project.servers.databases import without_name

__all__ = ["by_first"]

_Result = TypeVar("_Result")


def by_first(
    plan: Plan, interpreter: Interpreter, room: Room, work: Callable[[Provider], _Result]
) -> _Result:
    """Return what the work comes to by the first of a plan's providers that serves.

    Raises:
        ServerUnavailableError: none does; its text says why, by each that was tried.
        KeyboardInterrupt: the user ended it.
    """
    if (lacking := interpreter.lacks(plan.backend)) is not None:
        raise ServerUnavailableError(lacking)
    reasons = [plan.lacking] if plan.lacking else []
    for provider in plan.providers:
        try:
            return work(provider)
        except (ServerUnavailableError, SuiteError, OSError) as error:
            if room.cancelled.is_set():
                raise KeyboardInterrupt from error
            reasons.append(f"{provider.name}: {without_name(' '.join(str(error).split()))}")
    raise ServerUnavailableError("; ".join(reasons))
