"""The document of all environments: made of their results, taken apart again, or cut; pure."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from datetime import UTC, datetime

from msgspec.structs import replace

from matrix_project.results.contract import (
    Case,
    EnvironmentResult,
    Matrix,
    Project,
    Record,
    declared,
    observation_hash,
)
from matrix_project.results.verdicts import unobserved
from matrix_project.results.versions import version_key

__all__ = ["now", "part", "split", "union"]


def now() -> str:
    """Return the time in UTC, by RFC 3339, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def union(results: Mapping[str, EnvironmentResult], project: Project) -> Matrix:
    """Make one document of the environments' results, each distinct observation in it once.

    Observations stand by case, and within it by the first environment that they are of, so that a
    changed one keeps its place and a diff shows what changed in it. An environment that observed a
    case under another declaration than the document's is unknown there.
    """
    ordered = [results[id_] for id_ in sorted(results)]
    cases = {
        id_: _described(id_, ordered) for id_ in sorted({id_ for r in ordered for id_ in r.cases})
    }
    observations: dict[str, Record] = {}
    cells: dict[str, dict[str, list[str]]] = {id_: {} for id_ in cases}
    first_seen: dict[str, dict[str, str]] = {}
    for id_, case in cases.items():
        for result in (each for each in ordered if id_ in each.records):
            record = result.records[id_]
            if _stale(result, id_, case):
                at = result.environment.project.commit or "an earlier state"
                reason = f"observed under another declaration, at {at}"
                record = unobserved(id_, reason, question=case.kind == "question")
            elif id_ in result.first_seen:
                first_seen.setdefault(id_, {})[result.id] = result.first_seen[id_]
            hash_ = observation_hash(record)
            observations.setdefault(hash_, record)
            cells[id_].setdefault(hash_, []).append(result.id)
    return Matrix(
        generated_at=now(),
        project=project,
        environments={result.id: result.environment for result in ordered},
        cases=cases,
        observations=observations,
        cells=cells,
        first_seen=first_seen,
    )


def split(matrix: Matrix) -> dict[str, EnvironmentResult]:
    """Return the results of each environment of a document; the inverse of `union`.

    The description of a case is the document's, whatever the environment's own was.
    """
    records: dict[str, dict[str, Record]] = {id_: {} for id_ in matrix.environments}
    for case, by_hash in matrix.cells.items():
        for hash_, environments in by_hash.items():
            for id_ in environments:
                records[id_][case] = matrix.observations[hash_]
    return {
        id_: EnvironmentResult(
            id=id_,
            environment=environment,
            cases={case: matrix.cases[case] for case in records[id_]},
            records=records[id_],
            first_seen={
                case: times[id_] for case, times in matrix.first_seen.items() if id_ in times
            },
        )
        for id_, environment in matrix.environments.items()
    }


def part(matrix: Matrix, environments: Container[str]) -> Matrix:
    """Return the document with no other environments than these; all cases stay."""
    cells = {
        case: {
            hash_: kept
            for hash_, given in by_hash.items()
            if (kept := [id_ for id_ in given if id_ in environments])
        }
        for case, by_hash in matrix.cells.items()
    }
    observed = {hash_ for by_hash in cells.values() for hash_ in by_hash}
    return replace(
        matrix,
        environments={
            id_: each for id_, each in matrix.environments.items() if id_ in environments
        },
        observations={
            hash_: record for hash_, record in matrix.observations.items() if hash_ in observed
        },
        cells=cells,
        first_seen={
            case: within
            for case, times in matrix.first_seen.items()
            if (within := {id_: time for id_, time in times.items() if id_ in environments})
        },
    )


def _described(case: str, results: Sequence[EnvironmentResult]) -> Case:
    """Return the case as the document describes it.

    Its declaration is the one observed last, and of the environments that observed just that, the
    description is of the newest Django: the text of a migration differs between them.
    """
    having = [result for result in results if case in result.cases]
    # A Django that cannot declare the case may describe it, but not its declaration.
    having = [result for result in having if not _absent(result, case)] or having
    last = max(having, key=lambda each: (_age(each), _django(each), each.id)).cases[case]
    same = [result for result in having if declared(result.cases[case]) == declared(last)]
    return max(same, key=lambda each: (_django(each), _age(each), each.id)).cases[case]


def _stale(result: EnvironmentResult, id_: str, case: Case) -> bool:
    """Return whether a record is an observation of another declaration than the case's."""
    return not _absent(result, id_) and declared(result.cases[id_]) != declared(case)


def _absent(result: EnvironmentResult, case: str) -> bool:
    record = result.records.get(case)
    return record is not None and record.absent is not None


def _age(result: EnvironmentResult) -> str:
    return result.environment.observed_at or ""


def _django(result: EnvironmentResult) -> tuple[object, ...]:
    return version_key(result.environment.django)
