"""The results contract, version 2, as types: `matrix.json` and its JSON Schema are made from them.

A run writes one file an environment (`EnvironmentResult`); `document.union` makes one document
(`Matrix`) of them, in which each distinct observation stands once. What is observed (`Observation`
and its parts) is in `evidence`, and where in `environment`.
"""

from __future__ import annotations

import hashlib
import re
from enum import StrEnum
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from matrix_project.results.environment import (
    Attempt,
    Count,
    Driver,
    Environment,
    Project,
    Status,
)
from matrix_project.results.evidence import (
    EMPTY_TABLE,
    By,
    Catalog,
    Change,
    Control,
    Error,
    Fact,
    Feature,
    InTheWay,
    LeftBehind,
    Observation,
    Outcome,
    Probe,
    Stage,
    Step,
    Struct,
    SystemCheck,
    Validation,
    Way,
)

__all__ = [
    "EMPTY_TABLE",
    "SCHEMA",
    "Attempt",
    "By",
    "Case",
    "Catalog",
    "Change",
    "Claim",
    "Control",
    "Count",
    "Driver",
    "Environment",
    "EnvironmentResult",
    "Error",
    "Fact",
    "Feature",
    "InTheWay",
    "LeftBehind",
    "Level",
    "Matrix",
    "Observation",
    "Outcome",
    "Probe",
    "Project",
    "Record",
    "Source",
    "Stage",
    "Status",
    "Step",
    "SystemCheck",
    "Validation",
    "Verdict",
    "Way",
    "WayVerdict",
    "declared",
    "environment_id",
    "known",
    "observation_hash",
    "series",
]

SCHEMA = 2
"""The version of the contract. A document of another version is refused, never converted."""


class Verdict(StrEnum):
    """What the observation of a promise comes to, best first; decided in `verdicts` alone."""

    ENFORCED = "enforced"
    ENFORCED_UNNAMED = "enforced-unnamed"
    ENFORCED_OTHER_ERROR = "enforced-other-error"
    REDUNDANT = "redundant"
    TOO_STRICT = "too-strict"
    PARTIAL = "partial"
    IGNORED = "ignored"
    REFUSED = "refused"
    UNUSABLE = "unusable"
    ABSENT = "absent"
    UNKNOWN = "unknown"


class Level(StrEnum):
    """What a verdict means for a team, best first; the report colours by it."""

    HOLDS = "holds"
    HOLDS_WITH_A_CATCH = "holds-with-a-catch"
    DOES_NOT_HOLD = "does-not-hold"
    CANNOT_BE_HAD = "cannot-be-had"


class WayVerdict(Struct, kw_only=True):
    """The verdict on one way in which the constraint comes."""

    verdict: Verdict
    by: By | None


class Record(Observation, kw_only=True, omit_defaults=False):
    """An observation with the case that it is of, and what it comes to."""

    case: str
    verdict: Annotated[Verdict | None, Meta(description="Of a promise; null in a question")]
    answer: Annotated[
        str | None, Meta(description="Of a question: one of its words; null where unknown")
    ] = None
    by: By | None = None
    level: Level | None = None
    ways: Annotated[dict[Way, WayVerdict], Meta(description="Where the two differ")] = {}
    warned: Annotated[
        list[str], Meta(description="The system checks by which Django warns of this constraint")
    ] = []
    summary: Annotated[str, Meta(description="One sentence: why this verdict or answer")]


class Source(Struct, kw_only=True):
    """A document."""

    title: str
    url: str


class Claim(Struct, kw_only=True):
    """What a document says should happen."""

    vendor: str
    says: Verdict
    source: Annotated[str, Meta(description="The document's address")]
    explicit: Annotated[
        bool, Meta(description="A sentence can be quoted; false where the document is silent")
    ]


class Case(Struct, kw_only=True, omit_defaults=False):
    """A subject of the matrix, as a Django user declares it."""

    kind: Literal["promise", "question"]
    family: str
    title: str
    promise: Annotated[str, Meta(description="What should hold, or what is asked")]
    model: str
    constraint: Annotated[str | None, Meta(description="Its name; null where it has none")]
    declaration: Annotated[str, Meta(description="The models, as Python")]
    migration: Annotated[str, Meta(description="What `makemigrations` writes for them")]
    probes: Annotated[int, Meta(description="How many are asked on each way", ge=0)] = 0
    answers: Annotated[dict[str, str], Meta(description="Of a question: its words' meanings")] = {}
    aliases: list[str] = []
    instead_of: Annotated[str | None, Meta(description="The case that this is a way round of")] = (
        None
    )
    from_django: str | None = None
    key: Annotated[
        str | None,
        Meta(description="Of an audit: a hash of the model, the constraint, its rows and ways in"),
    ] = None
    sources: list[Source] = []
    claims: list[Claim] = []
    file: Annotated[
        str | UnsetType,
        Meta(
            description="In an audit: the file that declares it, relative to the project's root, or"
            " to where the package is installed"
        ),
    ] = UNSET
    line: Annotated[int, Meta(description="The line of it in that file", ge=1)] | UnsetType = UNSET


class EnvironmentResult(Struct, kw_only=True, omit_defaults=False):
    """All that a run says of one environment: the content of one file."""

    schema: int = SCHEMA
    id: str
    environment: Environment
    cases: dict[str, Case]
    records: Annotated[dict[str, Record], Meta(description="By the case's id")]
    first_seen: Annotated[
        dict[str, str], Meta(description="When each case's present verdict was first seen")
    ] = {}


class Matrix(Struct, kw_only=True, omit_defaults=False):
    """The document `matrix.json`."""

    schema: int = SCHEMA
    generated_at: Annotated[str, Meta(description="RFC 3339, UTC")]
    project: Project
    environments: dict[str, Environment]
    cases: dict[str, Case]
    observations: Annotated[
        dict[str, Record], Meta(description="By twelve hex digits of their content")
    ]
    cells: Annotated[
        dict[str, dict[str, list[str]]],
        Meta(
            description="By case and observation: the environments in which just this was seen. An"
            " environment under no observation of a case is unknown there"
        ),
    ]
    first_seen: Annotated[
        dict[str, dict[str, str]],
        Meta(description="By case and environment: when the present verdict was first seen"),
    ]


def environment_id(backend: str, django_version: str) -> str:
    """Return the environment's name: `mysql-9.7` and `6.1.3` make `mysql-9.7+django-6.1`."""
    return f"{backend}+django-{series(django_version)}"


def series(version: str) -> str:
    """Return the series of a version of Django: `6.1` of `6.1.3`.

    What is not released is a series of its own: `6.2a1`, `6.2.dev` of a checkout.
    """
    found = re.match(r"(\d+\.\d+)(?:\.\d+)*((?:a|b|rc)\d+|\.dev)?", version)
    return "".join(filter(None, found.groups())) if found else version


def known(record: Record) -> bool:
    """Return whether the record holds a verdict or an answer."""
    return record.verdict not in {None, Verdict.UNKNOWN} or record.answer is not None


def observation_hash(record: Record) -> str:
    """Return twelve hex digits of a record's content."""
    return hashlib.sha256(msgspec.json.encode(record, order="sorted")).hexdigest()[:12]


def declared(case: Case) -> tuple[str, str | None, str]:
    """Return what an observation of the case is an observation of."""
    return case.model, case.constraint, case.declaration
