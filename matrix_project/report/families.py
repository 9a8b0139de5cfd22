"""The cases as the table lists them: by family, those that say something, and the rest beside."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from matrix_project.report.folding import Folding
from matrix_project.report.reading import UNKNOWN, answer
from matrix_project.report.words import family
from matrix_project.results.contract import Level, Matrix

__all__ = ["Family", "families"]


@dataclass(frozen=True)
class Family:
    """The promises, or the questions, of one family."""

    family: str
    kind: str
    told: list[str]
    """The promises that do not hold somewhere, the questions with several answers, and what was not
    observed anywhere."""
    alike: list[str]
    """The others: alike wherever they were observed."""

    @property
    def name(self) -> str:
        """The family as it reads."""
        return family(self.family)


def families(matrix: Matrix, folding: Folding) -> list[Family]:
    """Return the families in the document's order, those of promises first."""
    found = []
    for kind in ("promise", "question"):
        cases = [(id_, case) for id_, case in matrix.cases.items() if case.kind == kind]
        for name, group in groupby(cases, key=lambda each: each[1].family):
            ids = [id_ for id_, _ in group]
            told = [id_ for id_ in ids if _tells(matrix, folding, id_)]
            found.append(Family(name, kind, told, [id_ for id_ in ids if id_ not in told]))
    return found


def _tells(matrix: Matrix, folding: Folding, id_: str) -> bool:
    case = matrix.cases[id_]
    given = {answer(case, folding.record(id_, each)) for each in folding.observed} - {UNKNOWN}
    if not given:
        return True
    if case.kind == "promise":
        return any(each.level != Level.HOLDS for each in given)
    return len({each.word for each in given}) > 1
