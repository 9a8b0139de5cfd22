"""Tell the run that started the suite what is going on, one JSON object a line.

The run hands over the writing end of a pipe by `MATRIX_EVENTS_FD`. Without it (the suite started by
hand) nothing is told.
"""

from __future__ import annotations

import os

import msgspec

from matrix_project.results import Case, Cell, Driver

__all__ = [
    "LOST_CODE",
    "Collected",
    "Ended",
    "Event",
    "Failed",
    "Finished",
    "Lost",
    "Phase",
    "Probed",
    "Spared",
    "Started",
    "heard",
    "tell",
]


class _Tagged(msgspec.Struct, tag_field="event", kw_only=True):
    """Base of all events."""


class Collected(_Tagged, tag="collected", kw_only=True):
    """The suite knows what it will ask."""

    cases: dict[str, Case]
    probes: int


class Started(_Tagged, tag="started", kw_only=True):
    """The server answered the suite."""

    server_version: str
    django: str
    python: str
    driver: Driver
    settings: dict[str, str | None]


class Phase(_Tagged, tag="phase", kw_only=True):
    """The suite is about something else than a probe."""

    text: str


class Probed(_Tagged, tag="probed", kw_only=True):
    """One more probe is answered."""

    case: str
    probe: str


class Spared(_Tagged, tag="spared", kw_only=True):
    """One probe less is to be asked: the constraint was refused, or the answer is known."""


class Finished(_Tagged, tag="finished", kw_only=True):
    """A case is observed whole."""

    cell: Cell


class Failed(_Tagged, tag="failed", kw_only=True):
    """A case cannot be observed: what kept us from it."""

    case: str
    reason: str


class Lost(_Tagged, tag="lost", kw_only=True):
    """The server no longer answers."""

    reason: str


class Ended(_Tagged, tag="ended", kw_only=True):
    """The suite came to its end."""


Event = Collected | Started | Phase | Probed | Spared | Finished | Failed | Lost | Ended

LOST_CODE = 64
"""With what the suite's process ends once the server is lost; pytest has no such code."""

_FD = os.environ.get("MATRIX_EVENTS_FD")


def heard() -> bool:
    """Tell whether a run listens."""
    return _FD is not None


def tell(event: Event) -> None:
    """Write the event to the run's pipe, if there is one."""
    if _FD is not None:
        os.write(int(_FD), msgspec.json.encode(event) + b"\n")
