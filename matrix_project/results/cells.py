"""Every cell of a document: the record of each case in each environment, unknown ones included."""

from __future__ import annotations

from matrix_project.results.contract import Matrix, Record
from matrix_project.results.verdicts import unobserved

__all__ = ["cells"]

_NO_SUCH_CASE = "the run of this environment had no such case"


def cells(matrix: Matrix) -> dict[str, dict[str, Record]]:
    """Return for each case, by environment, the record of what was observed there.

    Where nothing was, the record is `unknown`, and its summary says why.
    """
    found: dict[str, dict[str, Record]] = {}
    for case, declared in matrix.cases.items():
        observed = {
            environment: matrix.observations[hash_]
            for hash_, environments in matrix.cells.get(case, {}).items()
            for environment in environments
        }
        found[case] = {
            id_: observed.get(id_)
            or unobserved(case, each.reason or _NO_SUCH_CASE, question=declared.kind == "question")
            for id_, each in matrix.environments.items()
        }
    return found
