"""What the suite tells the run that started it, one JSON object a line.

The run hands over the writing end of a pipe by `MATRIX_EVENTS_FD`. Where the suite was started by
hand, there is none, and nothing is written.
"""

from __future__ import annotations

import os
from typing import Annotated

import msgspec
from msgspec import Meta

from matrix_project.results.contract import Case, Count, Driver, Record

__all__ = [
    "LOST_CODE",
    "Collected",
    "Ended",
    "Event",
    "Failed",
    "Kept",
    "Lost",
    "Observed",
    "Phase",
    "Started",
    "Unanswered",
    "has_reader",
    "send",
]

LOST_CODE = 64
"""The exit code of the suite's process once the server is lost; pytest has no such code."""

_FD = os.environ.get("MATRIX_EVENTS_FD")


class _Tagged(msgspec.Struct, tag_field="event", kw_only=True):
    """Base of all events."""


class Collected(_Tagged, tag="collected", kw_only=True):
    """The suite knows which cases it will observe."""

    cases: dict[str, Case]
    declared: Annotated[Count, Meta(description="What it declares, chosen for this run or not")]


class Started(_Tagged, tag="started", kw_only=True):
    """The server answered."""

    server_version: str
    django: str
    python: str
    driver: Driver
    settings: dict[str, str | None]


class Phase(_Tagged, tag="phase", kw_only=True):
    """What is being done now."""

    text: str
    case: Annotated[bool, Meta(description="It is the observation of a case")] = False
    provider: Annotated[str | None, Meta(description="By which the backend is brought up")] = None


class Observed(_Tagged, tag="observed", kw_only=True):
    """A case is observed whole."""

    record: Record


class Kept(_Tagged, tag="kept", kw_only=True):
    """A case is not asked again: all that decides it is as it was."""

    case: str


class Failed(_Tagged, tag="failed", kw_only=True):
    """A case could not be observed."""

    case: str
    reason: str


class Unanswered(_Tagged, tag="unanswered", kw_only=True):
    """A case is observed, and something of it was not answered."""

    case: str
    reason: str


class Lost(_Tagged, tag="lost", kw_only=True):
    """The server no longer answers."""

    reason: str


class Ended(_Tagged, tag="ended", kw_only=True):
    """The suite came to its end."""


Event = Collected | Started | Phase | Observed | Kept | Failed | Unanswered | Lost | Ended


def has_reader() -> bool:
    """Tell whether a run reads the events."""
    return _FD is not None


def send(event: msgspec.Struct) -> None:
    """Write an event to the run's pipe, if there is one."""
    if _FD is not None:
        data = msgspec.json.encode(event) + b"\n"
        while data:
            data = data[os.write(int(_FD), data) :]
