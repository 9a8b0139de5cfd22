"""The errors by kind of violation: what a program has to catch, one table for all vendors."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from matrix_project.report.folding import Folding
from matrix_project.report.ranking import HOLDS
from matrix_project.report.reading import UNKNOWN, answer, message
from matrix_project.results.contract import Case, Error, Level, Matrix

__all__ = ["Kind", "Seen", "errors", "kind_of"]

_KINDS = {
    "exclusion": re.compile(r"\bExclusionConstraint\("),
    "check": re.compile(r"\bCheckConstraint\("),
    "uniqueness of an expression, or under a condition": re.compile(
        r"\bUniqueConstraint\((?!\w+=)|\bUniqueConstraint\([^\n]*\bcondition="
    ),
    "uniqueness of columns": re.compile(
        r"\bUniqueConstraint\(|\bunique=True|\bunique_together\b|\bprimary_key=True"
        r"|\bCompositePrimaryKey\(|\bOneToOneField\("
    ),
    "range of a type": re.compile(r"\bPositive\w*Field\("),
    "foreign key": re.compile(r"\bForeignKey\("),
}
"""What is violated, by the first of these that is in the declaration of a case."""

_LISTED = [*list(_KINDS)[3:1:-1], "check", "foreign key", "exclusion", "range of a type"]

_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'|`[^`]*`|\u201c[^\u201d]*\u201d")


@dataclass(frozen=True)
class Seen:
    """An error that a vendor raises, with its names left out."""

    class_: str
    code: str
    form: str
    """The message: `NAME` stands for the constraint, an ellipsis for any other name or value."""
    names: bool
    """Whether it names the constraint."""
    case: str
    """The first case that showed it."""


@dataclass(frozen=True)
class Kind:
    """A kind of violation, and what each column of the document raises for it."""

    name: str
    seen: list[list[Seen] | None]
    """None where nothing of the kind was observed of the vendor."""


def kind_of(case: Case) -> str | None:
    """Return what a case's violating rows violate; None where its declaration does not tell."""
    return next((name for name, form in _KINDS.items() if form.search(case.declaration)), None)


def errors(matrix: Matrix, folding: Folding) -> list[Kind]:
    """Return the kinds of violation that any database rejected, with its errors."""
    found: dict[str, dict[str, dict[tuple[object, ...], Seen]]] = defaultdict(
        lambda: defaultdict(dict)
    )
    observed: dict[str, set[str]] = defaultdict(set)
    for id_, case in matrix.cases.items():
        kind = kind_of(case) if case.kind == "promise" else None
        if kind is None:
            continue
        for environment, each in folding.observed.items():
            if answer(case, folding.record(id_, environment)) != UNKNOWN:
                observed[kind].add(each.vendor)
        for environment, error in _raised(folding, id_):
            seen = _seen(id_, case, error)
            key = (seen.class_, seen.code, seen.names)
            found[kind][folding.observed[environment].vendor].setdefault(key, seen)
    return [
        Kind(
            name,
            [
                list(found[name][column.vendor].values())
                if column.vendor in observed[name]
                else None
                for column in folding.columns
            ],
        )
        for name in _LISTED
        if name in found
    ]


def _raised(folding: Folding, case: str) -> Iterator[tuple[str, Error]]:
    """Yield the error of each environment where the violation, and not the DDL, is rejected."""
    for environment in folding.observed:
        record = folding.record(case, environment)
        if record.verdict in HOLDS or record.level == Level.HOLDS_WITH_A_CATCH:
            error = message(record)
            if error is not None:
                yield environment, error


def _seen(id_: str, case: Case, error: Error) -> Seen:
    return Seen(
        class_=error.class_,
        code=error.code or "",
        form=_form(error, case.constraint),
        names=error.names_constraint,
        case=id_,
    )


def _form(error: Error, constraint: str | None) -> str:
    """Return the first line of a message with its names and values left out."""
    text, _, _ = error.message.partition("\n")
    names = {each for each in (error.constraint, constraint) if each}
    for column in error.columns:
        text = re.sub(rf"[\w.]*\b{re.escape(column)}\b(, )?", "COLUMN, ", text)
    text = re.sub(r"(COLUMN, )+", "COLUMNS", text)
    text = _QUOTED.sub(
        lambda found: (
            "NAME" if found[0][1:-1].rpartition(".")[2] in names else "\N{HORIZONTAL ELLIPSIS}"
        ),
        text,
    )
    for name in names:
        text = text.replace(name, "NAME")
    return text
