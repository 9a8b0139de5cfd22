"""The document as CSV: a row a cell, for spreadsheets, data frames and other programs.

A value is the document's own, but for what would do harm. A character that a terminal would obey or
that nobody sees is U+FFFD, and an end of a line is a space, so that a row is a line. An apostrophe
comes before what a spreadsheet would take for a formula, which quotes do not keep it from, or a CI
for a command. A value that begins so behind apostrophes of its own gets one more, so that a program
has it back by taking one away.
"""

from __future__ import annotations

import csv
import io
import re

from matrix_project.report.characters import printable
from matrix_project.report.reading import UNKNOWN, answer, full_clean, message, named
from matrix_project.report.surroundings import surroundings
from matrix_project.results.cells import cells
from matrix_project.results.contract import Case, Error, Matrix, Record, Status

__all__ = ["render"]

_TAKEN = re.compile("'*\\s*(?:[=+\\-@\t\uff1d\uff0b\uff0d\uff20]|::)")
"""How a formula begins for a spreadsheet, by full-width signs too, or a command for a CI.

https://owasp.org/www-community/attacks/CSV_Injection
"""

_NAMES = (
    # These, in this order, are part of the contract.
    *("case", "kind", "environment", "backend", "vendor", "django", "status", "verdict"),
    *("answer", "by", "level", "warned", "system_checks", "constraint", "names_constraint"),
    *("class", "code", "message", "full_clean", "summary"),
    # What is the same for all cells of an environment or a case is in the document.
    *("ways", "server_version", "words"),
)


def render(matrix: Matrix) -> str:
    """Return the cells in the document's order, a line each, below a line of names.

    The error's columns tell of the first violating probe that was rejected, or of the refused DDL;
    they are empty where there is none. `names_constraint` tells whether the errors of all violating
    probes name the constraint. `yes` and `no` stand where it was observed, and nothing where it was
    not.
    """
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(_NAMES)
    found = cells(matrix)
    around = {
        id_: surroundings(each)
        | {
            "environment": id_,
            "backend": each.backend,
            "vendor": each.vendor,
            "status": each.status,
        }
        # Why it was not run is the document's to say, once.
        | ({"summary": None} if each.status == Status.NOT_RUN else {})
        for id_, each in matrix.environments.items()
    }
    for id_, case in matrix.cases.items():
        for environment, record in found[id_].items():
            row = _row(case, record) | around[environment]
            writer.writerow([_inert(row.get(name)) for name in _NAMES])
    return file.getvalue()


def _row(case: Case, record: Record) -> dict[str, str | None]:
    given = answer(case, record)
    return {
        "case": record.case,
        "kind": case.kind,
        "verdict": record.verdict,
        "words": str(given),
        "answer": given.word if case.kind == "question" else None,
        "by": record.by,
        "level": record.level,
        "ways": "; ".join(f"{way}: {each.verdict}" for way, each in record.ways.items()),
        "warned": _yes(None if given == UNKNOWN else bool(record.warned)),
        "system_checks": " ".join(dict.fromkeys(each.id for each in record.checks)),
        "constraint": case.constraint,
        "names_constraint": _yes(named(record)),
        **_error(message(record)),
        "full_clean": full_clean(record),
        "summary": record.summary,
    }


def _error(error: Error | None) -> dict[str, str | None]:
    if error is None:
        return {}
    return {
        "class": error.class_,
        "code": error.code,
        "message": error.message,
    }


def _yes(value: bool | None) -> str | None:  # noqa: FBT001 (it is what is told)
    return {True: "yes", False: "no", None: None}[value]


def _inert(text: str | None) -> str:
    told = " ".join(printable(text or "").splitlines())
    return f"'{told}" if _TAKEN.match(told) else told
