"""What a process of a run's tells where an answer was kept away, or the server is gone."""

from __future__ import annotations

from typing import Any

from matrix_project.results.contract import Record
from matrix_project.suite import events, surroundings

__all__ = ["fault_of", "one_line", "send_lost", "told_gone"]


def fault_of(found: Record) -> str | None:
    """Return what kept an answer of a record away, if one was."""
    faults = [step.fault for step in found.steps] + [probe.fault for probe in found.probes]
    return next(filter(None, faults), None)


def one_line(text: str, connection: Any) -> str:
    """Return a text in one line, without the server's address in it."""
    return " ".join(surroundings.without_address(text, connection).split())


def told_gone(reason: str, connection: Any) -> str | None:
    """Return why no answer came, where the server no longer answers; None where it does."""
    return None if surroundings.answers(connection) else f"the server is gone ({reason})"


def send_lost(reason: str, connection: Any) -> str:
    """Tell the run that the server is lost, and return the reason as it was told."""
    reason = one_line(reason, connection)
    events.send(events.Lost(reason=reason))
    return reason
