"""The evidence: what the engine observes of one subject, as types of the results contract."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, field

__all__ = [
    "EMPTY_TABLE",
    "By",
    "Catalog",
    "Change",
    "Control",
    "Error",
    "Fact",
    "Feature",
    "InTheWay",
    "LeftBehind",
    "Observation",
    "Outcome",
    "Probe",
    "Stage",
    "Step",
    "Struct",
    "SystemCheck",
    "Validation",
    "Way",
]

EMPTY_TABLE = "empty_table"
"""The id of the probe that puts a valid row into the empty table; `empty_table.MODEL` where rows go
to several models."""


class Outcome(StrEnum):
    """What a probe came to, by its error and by the rows that were read back after it."""

    ACCEPTED = "accepted"
    """No error, and the rows are those of the control."""
    REJECTED = "rejected"
    """An error, and the tables are as before."""
    DROPPED = "dropped"
    """No error, and nothing is stored."""
    CHANGED = "changed"
    """No error, and what is stored is not what the control stores."""
    TORN = "torn"
    """An error, and yet something stayed."""


class Stage(StrEnum):
    """Where the answer came: at the statement, at a savepoint's release, or at the commit."""

    STATEMENT = "statement"
    SAVEPOINT = "savepoint"
    COMMIT = "commit"


By = Literal["database", "django"]
"""Who refused or left out a constraint: Django sent no SQL for it, or the database took the DDL."""

Way = Literal["create", "add"]
"""The ways in which a constraint comes into the database: with its table, or by `AddConstraint`."""


class Struct(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of all records: keyword-only, and a key that is not in the contract is refused."""


class Error(Struct, kw_only=True):
    """An error as it was raised."""

    class_: Annotated[str, Meta(description="Django's class: IntegrityError")] = field(name="class")
    driver_class: Annotated[
        str, Meta(description="The driver's class: psycopg.errors.UniqueViolation")
    ]
    code: Annotated[
        str | None,
        Meta(
            description="SQLSTATE on PostgreSQL, errno on MySQL and MariaDB, extended result name"
            " on SQLite; null where no driver raised it"
        ),
    ]
    message: Annotated[str, Meta(description="Verbatim")]
    constraint: Annotated[str | None, Meta(description="The constraint that the error names")]
    columns: Annotated[list[str], Meta(description="The columns that it names in its place")] = []
    names_constraint: Annotated[bool, Meta(description="Whether it names the observed constraint")]


class Change(Struct, kw_only=True):
    """What a probe did to the rows of one table."""

    table: str
    added: list[dict[str, Any]]
    removed: list[dict[str, Any]]


class Control(Struct, kw_only=True):
    """The same probe on the same tables without the constraint."""

    outcome: Outcome
    error: Error | None = None
    rows: Annotated[
        list[Change] | None,
        Meta(description="Where the probe was changed, dropped or torn; null elsewhere"),
    ] = None


class Probe(Struct, kw_only=True):
    """One row put through one way in, or an act of the case's own, and what happened."""

    id: str
    title: str
    way_in: Annotated[str, Meta(description="save, create, bulk_create, update, raw_sql, or own")]
    expect: Annotated[
        Literal["accept", "reject"] | None,
        Meta(description="What the promise asks for; null in a question"),
    ]
    way: Annotated[
        Literal["create", "add", "both", "remove"],
        Meta(description="How the constraint came; `remove`: after it was taken away again"),
    ]
    outcome: Annotated[Outcome | None, Meta(description="null where a fault kept the answer away")]
    stage: Stage | None
    error: Error | None
    rows: Annotated[list[Change], Meta(description="What it changed")]
    control: Annotated[Control | None, Meta(description="null where none was asked")]
    masked: Annotated[bool, Meta(description="The control rejects it too: it asked nothing")]
    setup: Annotated[list[str], Meta(description="What was sent before, on empty tables")]
    sql: Annotated[list[str], Meta(description="What was sent, parameters filled in")]
    fault: Annotated[str | None, Meta(description="What kept the answer away")] = None


class LeftBehind(Struct, kw_only=True):
    """What is there after a refused DDL step."""

    tables: Annotated[list[str], Meta(description="The subject's tables that exist")]
    rows: Annotated[int | None, Meta(description="Rows in them; null where no table is left")]
    constraints: Annotated[list[str], Meta(description="Those that the catalogue has of them")]
    recorded: Annotated[bool, Meta(description="Whether the migration counts as applied")]


class InTheWay(Struct, kw_only=True):
    """A query for the rows that keep a constraint from being added, and what it found."""

    sql: Annotated[
        str | None, Meta(description="Parameters filled in; null where Django makes none")
    ]
    found: Annotated[
        int | None,
        Meta(description="The rows that it returned: of a uniqueness, one a value that is shared"),
    ]
    error: Error | None = None
    fault: str | None = None


class Step(Struct, kw_only=True):
    """One DDL step: what Django sent and how the database took it."""

    name: Annotated[
        str,
        Meta(description="control, create, add, remove, add_to_violating_rows, or the case's own"),
    ]
    setup: Annotated[list[str], Meta(description="What was sent before, on an empty database")]
    sql: list[str]
    outcome: Annotated[
        Literal["accepted", "refused"] | None,
        Meta(description="null where a fault kept the answer away"),
    ]
    error: Error | None
    definition: Annotated[str | None, Meta(description="The catalogue's definition after the step")]
    left_behind: Annotated[LeftBehind | None, Meta(description="Where refused")]
    fault: str | None = None
    unasked: Annotated[
        list[str],
        Meta(description="Probes that change a valid row, where that row was not let in after it"),
    ] = []
    in_the_way: Annotated[
        list[InTheWay],
        Meta(description="Of add_to_violating_rows: what finds these rows, asked before it"),
    ] = []


class Catalog(Struct, kw_only=True):
    """What the database's own catalogue says of the constraint once it was declared."""

    present: bool | None
    names: Annotated[list[str], Meta(description="Its names there; Django may give none")]
    definition: str | None


class Validation(Struct, kw_only=True):
    """What `full_clean()` says of a row, so far as it is about this constraint."""

    row: Annotated[str, Meta(description="violating 1, valid 2")]
    outcome: Literal["accepted", "rejected"]
    code: str | None
    message: str | None
    compared: Annotated[
        Literal["agree", "stricter", "looser"] | None,
        Meta(description="With the database's own answer to save(); null where it gave none"),
    ]
    raised: Annotated[
        str | None,
        Meta(description="What the project's own code raised; the plain model was asked then"),
    ] = None


class Feature(Struct, kw_only=True):
    """The flag by which Django's backend declares whether the database can do this."""

    flag: str
    declares: bool


class SystemCheck(Struct, kw_only=True):
    """A message of Django's system checks about the subject's models."""

    id: str
    level: Literal["debug", "info", "warning", "error", "critical"]
    message: str
    about_constraint: Annotated[bool, Meta(description="It goes away without the constraint")]


class Fact(Struct, kw_only=True):
    """Something else that a case shows, in words: what a form says, what a query finds."""

    title: str
    shows: str


class Observation(Struct, kw_only=True, omit_defaults=False):
    """Everything that was seen of one subject on one server; verdicts are computed from it."""

    absent: Annotated[
        str | None, Meta(description="Why the model does not exist here; null where it does")
    ] = None
    controlled: Annotated[bool, Meta(description="Whether a control could be built")] = True
    uncontrolled_because: str | None = None
    left_out: Annotated[
        list[str], Meta(description="The model's other constraints that this backend refuses")
    ] = []
    checks: list[SystemCheck] = []
    catalog: Catalog
    feature: Feature | None = None
    validation: list[Validation] = []
    facts: list[Fact] = []
    steps: list[Step] = []
    probes: list[Probe] = []
