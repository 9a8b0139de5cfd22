"""Where an observation is made, and how far it came, as types of the results contract."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from matrix_project.results.evidence import Struct

__all__ = ["Attempt", "Count", "Driver", "Environment", "Project", "Status"]


class Status(StrEnum):
    """How far the observation of an environment came."""

    OBSERVED = "observed"
    """All that was asked for is there."""
    LOST = "lost"
    """It began, and a part is missing."""
    NOT_RUN = "not-run"
    """It did not begin."""


class Count(Struct, kw_only=True, omit_defaults=False):
    """How many cases, and how many probes of theirs."""

    cases: int
    probes: int


class Driver(Struct, kw_only=True):
    """The DB-API driver."""

    name: str
    version: str


class Attempt(Struct, kw_only=True):
    """A later attempt at the environment that saw less, so that its results were not taken."""

    status: Status
    reason: str
    at: str


class Project(Struct, kw_only=True):
    """The project that made the document."""

    version: str
    commit: str | None


class Environment(Struct, kw_only=True, omit_defaults=False):
    """A backend × a Django series, and all that surrounds it and matters."""

    backend: str
    vendor: str
    server_version: str | None
    django: str
    python: str
    driver: Driver | None
    provider: str | None
    origin: str | None
    settings: dict[str, str | None]
    status: Status
    reason: str | None
    observed_at: Annotated[str | None, Meta(description="RFC 3339, UTC")]
    seconds: dict[str, float]
    selection: Annotated[
        str | None, Meta(description="The part of the suite that was asked; null for all of it")
    ]
    project: Annotated[Project, Meta(description="The project that observed it")]
    end_of_life: Annotated[
        str | None,
        Meta(description="When the vendor stops mending the backend: a day or month by ISO 8601"),
    ] = None
    added: Annotated[list[str], Meta(description="The files (`--cases`) that added cases")] = []
    declared: Annotated[
        Count | None, Meta(description="What the whole suite declares; null where it was not run")
    ] = None
    held: Annotated[
        Count | None, Meta(description="What of it is here, complete; see `results/counts.py`")
    ] = None
    kept: Annotated[
        int,
        Meta(description="How many cases were not asked again: all that decides them is as it was"),
    ] = 0
    last_attempt: Attempt | None = None
