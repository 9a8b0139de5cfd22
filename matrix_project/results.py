"""The results contract as types: what `reports/matrix.json` and its JSON Schema are made from.

A run writes one file an environment (`EnvironmentResult`), whole or not at all; `store.union` makes
the one document (`Matrix`) of them.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta, field

__all__ = [
    "SCHEMA",
    "Attempt",
    "Case",
    "Catalog",
    "Cell",
    "Claim",
    "Ddl",
    "DdlStep",
    "Driver",
    "Environment",
    "EnvironmentResult",
    "Error",
    "Feature",
    "LeftBehind",
    "Matrix",
    "Outcome",
    "Path",
    "Probe",
    "Project",
    "Source",
    "Stage",
    "Status",
    "SystemCheck",
    "Validation",
    "Verdict",
    "declared",
    "decode_environment",
    "decode_matrix",
    "encode",
    "environment_id",
    "schema",
    "series",
]

SCHEMA = 1
"""The version of the contract. A document of another version is refused, never guessed at."""


class Verdict(StrEnum):
    """What a cell's observations come to; computed by `verdicts.judge` and nowhere else."""

    ENFORCED = "enforced"
    ENFORCED_OTHER_ERROR = "enforced-other-error"
    IGNORED = "ignored"
    PARTIAL = "partial"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class Status(StrEnum):
    """How far the observation of an environment came."""

    OBSERVED = "observed"
    LOST = "lost"
    NOT_RUN = "not-run"


class Outcome(StrEnum):
    """The answer to one probe, or of one validation."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"


class Stage(StrEnum):
    """Where the answer came: at the statement, at a savepoint's release, or at the commit."""

    STATEMENT = "statement"
    SAVEPOINT = "savepoint"
    COMMIT = "commit"


class Path(StrEnum):
    """The way the constraint came into the database."""

    CREATE = "create"
    """Together with its table."""
    ADD = "add"
    """By `AddConstraint`, to a table that was there."""
    REMOVE = "remove"
    """By `AddConstraint`, and taken away again by `RemoveConstraint`."""


class _Record(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Base of all records: keyword-only, and a key that is not in the contract is refused."""


class Error(_Record, kw_only=True):
    """An error as the driver raised it."""

    class_: Annotated[str, Meta(description="Django's class: IntegrityError")] = field(name="class")
    driver_class: Annotated[
        str, Meta(description="The driver's class: psycopg.errors.UniqueViolation")
    ]
    code: Annotated[
        str | None,
        Meta(
            description="SQLSTATE on PostgreSQL, errno on MySQL and MariaDB, extended result name"
            " on SQLite"
        ),
    ]
    message: Annotated[str, Meta(description="Verbatim")]
    constraint: Annotated[str | None, Meta(description="The constraint that the error names")]
    names_constraint: Annotated[bool, Meta(description="Whether it names the case's constraint")]


class Probe(_Record, kw_only=True):
    """One question to the database, and what happened."""

    id: str
    title: str
    expect: Annotated[Literal["accept", "reject"], Meta(description="What the promise asks for")]
    paths: Annotated[
        list[Path], Meta(description="The DDL paths on which it was asked, and just this happened")
    ]
    outcome: Outcome
    stage: Stage
    error: Error | None
    setup: Annotated[list[str], Meta(description="What was sent before, on empty tables")]
    sql: Annotated[list[str], Meta(description="What was sent, parameters filled in")]


class LeftBehind(_Record, kw_only=True):
    """What is there after a refused DDL step."""

    tables: Annotated[list[str], Meta(description="The case's tables that exist")]
    rows: Annotated[int | None, Meta(description="Rows in them; null where no table is left")]
    constraint: Annotated[bool, Meta(description="Whether the catalogue has the constraint")]
    recorded: Annotated[bool, Meta(description="Whether the migration counts as applied")]


class DdlStep(_Record, kw_only=True):
    """One DDL step: what Django sent and how the database took it."""

    setup: Annotated[list[str], Meta(description="What was sent before, on an empty database")]
    sql: list[str]
    outcome: Literal["accepted", "refused"]
    error: Error | None
    definition: Annotated[str | None, Meta(description="The catalogue's definition after the step")]
    left_behind: Annotated[LeftBehind | None, Meta(description="Where refused")]


class Ddl(_Record, kw_only=True):
    """The four DDL steps of a cell; null where there was nothing to do or to undo."""

    create: DdlStep | None
    add: DdlStep | None
    add_to_violating_rows: DdlStep | None
    remove: DdlStep | None


class Catalog(_Record, kw_only=True):
    """What the database's own catalogue says of the constraint once it was declared."""

    present: bool | None
    definition: str | None


class Validation(_Record, kw_only=True):
    """What `full_clean()` says of an instance that violates the constraint."""

    outcome: Outcome
    code: str | None
    message: str | None


class Feature(_Record, kw_only=True):
    """The flag by which Django's backend declares whether the database can do this."""

    flag: str
    declares: bool


class SystemCheck(_Record, kw_only=True):
    """A message of Django's system checks about the case's models."""

    id: str
    message: str


class Cell(_Record, kw_only=True):
    """One case in one environment."""

    case: str
    environment: str
    verdict: Verdict
    summary: Annotated[str, Meta(description="One sentence: why this verdict")]
    system_checks: list[SystemCheck]
    ddl: Ddl
    catalog: Catalog
    validation: Validation | None
    feature: Feature | None
    probes: list[Probe]
    since: Annotated[
        str | None,
        Meta(description="When this verdict was first kept, and every run after that had it too"),
    ] = None


class Source(_Record, kw_only=True):
    """A document."""

    title: str
    url: str


class Claim(_Record, kw_only=True):
    """What a document says should happen."""

    vendor: str
    says: Verdict
    source: Annotated[str, Meta(description="The document's address")]


class Case(_Record, kw_only=True):
    """One constraint on one model, as a Django user declares it."""

    family: str
    title: str
    promise: str
    model: str
    constraint: Annotated[str | None, Meta(description="Its name; null in a control without one")]
    declaration: Annotated[str, Meta(description="The source, as it stands in the model")]
    sources: list[Source]
    claims: list[Claim]


class Driver(_Record, kw_only=True):
    """The DB-API driver."""

    name: str
    version: str


class Attempt(_Record, kw_only=True):
    """A later attempt at the environment that saw less, so that its results were not taken."""

    status: Status
    reason: str
    at: str


class Project(_Record, kw_only=True):
    """The project that made the document."""

    version: str
    commit: str | None


class Environment(_Record, kw_only=True):
    """A backend × a Django series, and all of its surroundings that matter."""

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
    last_attempt: Attempt | None = None


class EnvironmentResult(_Record, kw_only=True):
    """All that a run says of one environment: the content of one file."""

    schema: int = SCHEMA
    id: str
    environment: Environment
    cases: dict[str, Case]
    cells: list[Cell]


class Matrix(_Record, kw_only=True):
    """The document `reports/matrix.json`."""

    schema: int = SCHEMA
    generated_at: Annotated[str, Meta(description="RFC 3339, UTC")]
    project: Project
    environments: dict[str, Environment]
    cases: dict[str, Case]
    cells: list[Cell]


_Document = TypeVar("_Document", Matrix, EnvironmentResult)


def environment_id(backend: str, django_version: str) -> str:
    """Return the environment's name: `mysql-9.7` and `6.1.3` make `mysql-9.7+django-6.1`."""
    return f"{backend}+django-{series(django_version)}"


def series(version: str) -> str:
    """Return the series of a version of Django: `6.1` of `6.1.3`.

    What is not released is a series of its own: `6.2a1`, `6.2.dev` of a checkout.
    """
    found = re.match(r"(\d+\.\d+)(?:\.\d+)*((?:a|b|rc)\d+|\.dev)?", version)
    return "".join(filter(None, found.groups())) if found else version


def encode(document: Matrix | EnvironmentResult) -> bytes:
    """Return the document as JSON that reads well in a diff: one value a line."""
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"


def decode_environment(data: bytes) -> EnvironmentResult:
    """Read an environment's file.

    Raises:
        ValueError: the file is of another version of the contract, or not of the contract at all.
    """
    return _decode(data, EnvironmentResult)


def decode_matrix(data: bytes) -> Matrix:
    """Read a document.

    Raises:
        ValueError: as `decode_environment`.
    """
    return _decode(data, Matrix)


def _decode(data: bytes, type_: type[_Document]) -> _Document:
    try:
        version = msgspec.json.decode(data, type=_Versioned).schema
        if version == SCHEMA:
            return msgspec.json.decode(data, type=type_)
    except msgspec.DecodeError as error:
        message = f"not a results file: {error}"
        raise ValueError(message) from error
    message = f"of schema {version}, where this version of the project reads schema {SCHEMA}"
    raise ValueError(message)


def declared(case: Case) -> tuple[str, str | None, str]:
    """Return what an observation of the case is an observation of."""
    return case.model, case.constraint, case.declaration


class _Versioned(msgspec.Struct):
    schema: int


def schema() -> dict[str, object]:
    """Return the JSON Schema (draft 2020-12) of `matrix.json`, generated from these types."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Constraint Matrix results",
        **msgspec.json.schema(Matrix),
    }
