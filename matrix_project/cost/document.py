"""The document `costs.json` as types: its JSON Schema is made from them.

It is a file of its own, beside `matrix.json`: a ratio is no verdict, and differs from run to run.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from matrix_project import bounded
from matrix_project.results.contract import Driver, Project
from matrix_project.results.evidence import Struct
from matrix_project.results.files import StoreError, names_in

__all__ = [
    "ANSWERS",
    "METHOD",
    "NAME",
    "SCHEMA",
    "Answer",
    "Cost",
    "CostCase",
    "Costs",
    "Measured",
    "Plan",
    "Ratio",
    "decode",
    "encode",
    "read",
    "schema",
    "union",
]

SCHEMA = 1
"""The version of this document."""
NAME = "costs.json"
"""The file's name in a folder of results."""

Answer = Literal[
    "costs", "cheaper", "not_measurable", "index_only", "index", "scan", "cannot_be_made"
]

ANSWERS: dict[Answer, str] = {
    "costs": "Inserts take longer with it than without it.",
    "cheaper": "Inserts take less time with it than without it.",
    "not_measurable": "The difference is within what two tables without it show.",
    "index_only": "The query is answered from the index alone.",
    "index": "The query reads the index, and then the rows.",
    "scan": "The query reads the whole table.",
    "cannot_be_made": "The constraint or the index cannot be had there.",
}

METHOD = (
    "Each round empties three tables, one with the constraint and two without it, and inserts the"
    " same rows into them by statements of 500 rows, each its own transaction. Every statement"
    " goes to all three tables before the next, in an order that changes from statement to"
    " statement by a fixed seed, so that whatever else the machine does meets all three. A round's"
    " ratio is the median of its statements' ratios, each to the same statement on the other table;"
    " told are the median of all rounds and, as the spread, the middle half of them. The two tables"
    " without the constraint give the null comparison, in the same rounds. A constraint costs"
    " something where its spread is outside of that of the null comparison, whichever of its two"
    " tables is taken for the first. A server that the project starts never waits for its disk (see"
    " `settings`); where one waits, both tables do, and the ratio is another. No time is kept: it"
    " would tell of the machine."
)
"""How it is measured."""


class Ratio(Struct, kw_only=True):
    """How many times as long one table takes as another: the paired ratios of all rounds."""

    median: float
    low: Annotated[float, Meta(description="A quarter of the rounds is below")]
    high: Annotated[float, Meta(description="A quarter of the rounds is above")]


class Plan(Struct, kw_only=True):
    """How a query is answered."""

    answer: Literal["index_only", "index", "scan"]
    heap_fetches: Annotated[
        int | None, Meta(description="Rows that were looked up; null where the plan tells none")
    ]
    text: Annotated[str, Meta(description="What EXPLAIN tells, without costs and times")]


class Cost(Struct, kw_only=True, omit_defaults=False):
    """One case on one backend."""

    answer: Answer
    summary: Annotated[str, Meta(description="One sentence: why this answer")]
    sql: Annotated[list[str], Meta(description="The DDL of the table with the constraint")]
    created: Annotated[bool, Meta(description="Whether the DDL has the constraint")]
    rounds: int = 0
    ratio: Annotated[Ratio | None, Meta(description="With the constraint to without")] = None
    null: Annotated[
        Ratio | None, Meta(description="For comparison: without to without, in the same rounds")
    ] = None
    query: str | None = None
    plan: Plan | None = None
    plain: Annotated[Plan | None, Meta(description="By the plain constraint")] = None


class CostCase(Struct, kw_only=True):
    """A case, as the document describes it."""

    title: str
    promise: str
    declaration: Annotated[str, Meta(description="The constraint or the index, as Python")]
    rows: Annotated[int, Meta(description="How many rows are in the table at the end of a round")]


class Measured(Struct, kw_only=True, omit_defaults=False):
    """A backend, and what was measured on it."""

    vendor: str
    server_version: str
    django: str
    python: str
    driver: Driver
    provider: str
    origin: str
    settings: Annotated[
        dict[str, str | None], Meta(description="Those by which it waits for its disk among them")
    ]
    measured_at: Annotated[str, Meta(description="RFC 3339, UTC")]
    project: Project
    costs: Annotated[dict[str, Cost], Meta(description="By the case's id")]


class Costs(Struct, kw_only=True, omit_defaults=False):
    """The document `costs.json`."""

    schema: int = SCHEMA
    method: Annotated[str, Meta(description="How it was measured")] = METHOD
    answers: Annotated[dict[str, str], Meta(description="What each answer means")] = msgspec.field(
        default_factory=lambda: {str(word): text for word, text in ANSWERS.items()}
    )
    cases: dict[str, CostCase]
    backends: dict[str, Measured]


def encode(document: Costs) -> bytes:
    """Return the document as JSON, a value a line."""
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"


def decode(data: bytes) -> Costs:
    """Read a document.

    Raises:
        ValueError: it is none, or of another version.
    """
    found = msgspec.json.decode(data, type=Costs)
    if found.schema != SCHEMA:
        message = f"of schema {found.schema}, where schema {SCHEMA} is read: measure again"
        raise ValueError(message)
    for id_, backend in found.backends.items():
        if odd := backend.costs.keys() - found.cases.keys():
            message = f"{id_} has a cost of a case that is not described, {min(odd)}"
            raise ValueError(message)
    return found


def read(folder: Path) -> Costs | None:
    """Return the document in a folder of results; None where there is none.

    Raises:
        StoreError: it cannot be read.
    """
    if NAME not in names_in(folder):
        return None
    try:
        return decode(bounded.read(folder / NAME))
    except (OSError, ValueError, RecursionError) as error:
        words = getattr(error, "strerror", None) or error
        message = f"{folder / NAME} cannot be read: {words}; move it away, or measure again"
        raise StoreError(message) from error


def union(old: Costs | None, new: Costs | None) -> Costs | None:
    """Return one document of two; a backend that both have is the new one's."""
    if old is None or new is None:
        return new or old
    return Costs(cases={**old.cases, **new.cases}, backends={**old.backends, **new.backends})


def schema() -> dict[str, object]:
    """Return the JSON Schema (draft 2020-12) of the document, generated from these types."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Constraint Matrix costs",
        **msgspec.json.schema(Costs),
    }
