"""What looks like a fault of Django or of a server, and the cells of a document that show it.

The list is `upstream.toml`. Each fault has a reproduction, a file that runs alone: in a checkout
they are in `reports/upstream/`, in the wheel in a folder beside this module.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from matrix_project.report.folding import Folding
from matrix_project.report.reading import answer
from matrix_project.results.contract import Matrix
from matrix_project.vendors import VENDORS

__all__ = ["Fault", "Ticket", "explaining", "faults", "listed"]

_IN_WHEEL = Path(__file__).with_name("reproductions")
_IN_CHECKOUT = Path(__file__).parents[2] / "reports" / "upstream"


class Ticket(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A ticket of Django's."""

    number: Annotated[int, Meta(gt=0)]
    title: str
    """That of the ticket, or of the pull request that names it."""
    found: str
    """What was found of it, and where."""
    near: bool = False
    """Whether it tells of something like the fault, and not of the same."""

    @property
    def url(self) -> str:
        """Its address."""
        return f"https://code.djangoproject.com/ticket/{self.number}"


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fault of Django or of a server."""

    name: str
    """That of its reproduction, without `.py`."""
    title: str
    what: str
    """What happens."""
    vendors: Annotated[list[str], Meta(min_length=1)]
    cases: dict[str, str] = {}
    """The word by which a cell of a case shows it: the answer, the verdict, or how `full_clean()`
    compares with it."""
    tickets: list[Ticket] = []

    @property
    def file(self) -> str:
        """The path of its reproduction in the repository."""
        return f"reports/upstream/{self.name}.py"

    @property
    def where(self) -> str:
        """The vendors that it is on: `MySQL, MariaDB`."""
        return ", ".join(VENDORS[each].title for each in self.vendors)

    @property
    def reproduction(self) -> str:
        """The program that shows it."""
        folder = _IN_WHEEL if _IN_WHEEL.is_dir() else _IN_CHECKOUT
        return (folder / f"{self.name}.py").read_text(encoding="utf-8")


class _List(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    faults: list[Fault]


@cache
def faults() -> list[Fault]:
    """Return all faults, in the list's order."""
    text = Path(__file__).with_suffix(".toml").read_bytes()
    return msgspec.toml.decode(text, type=_List).faults


def listed(matrix: Matrix, folding: Folding) -> list[tuple[Fault, dict[str, str]]]:
    """Return what a report of the document lists: all faults, or none where it has no case of any.

    Each comes with the cases whose cells show it, and with the label of where they do.
    """
    if not any(fault.cases.keys() & matrix.cases.keys() for fault in faults()):
        return []
    return [(fault, _seen(matrix, folding, fault)) for fault in faults()]


def explaining(matrix: Matrix, folding: Folding, case: str, environment: str) -> list[Fault]:
    """Return the faults that a cell shows."""
    vendor = matrix.environments[environment].vendor
    record = folding.record(case, environment)
    words = {
        answer(matrix.cases[case], record).word,
        *(each.compared for each in record.validation),
    }
    return [
        each for each in faults() if vendor in each.vendors and each.cases.get(case, "") in words
    ]


def _seen(matrix: Matrix, folding: Folding, fault: Fault) -> dict[str, str]:
    shown = {
        case: [id_ for id_ in folding.observed if fault in explaining(matrix, folding, case, id_)]
        for case in fault.cases
        if case in matrix.cases
    }
    return {
        case: folding.label(environments) for case, environments in shown.items() if environments
    }
