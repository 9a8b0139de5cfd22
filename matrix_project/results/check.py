"""What a file of results has to hold beside its types: that all in it fits together."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from matrix_project.results.contract import (
    Case,
    EnvironmentResult,
    Matrix,
    Record,
    environment_id,
    observation_hash,
)
from matrix_project.results.document import split

__all__ = ["check_document", "check_result"]

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
# An id is a file's name as well.
_ID = re.compile(r"[\w.+-]+", re.ASCII)


def check_result(result: EnvironmentResult) -> None:
    """See to it that an environment's results are of one environment, and whole.

    Raises:
        ValueError: they are not; its text names the first thing that is wrong.
    """
    for wrong in _wrong_in_result(result):
        raise ValueError(wrong)


def check_document(matrix: Matrix) -> None:
    """See to it that everything that a document refers to is in it, once.

    Raises:
        ValueError: it is not; its text names the first thing that is wrong.
    """
    for wrong in _wrong_in_document(matrix):
        raise ValueError(wrong)
    for result in split(matrix).values():
        check_result(result)


def _wrong_in_result(result: EnvironmentResult) -> Iterator[str]:
    environment = result.environment
    id_ = environment_id(environment.backend, environment.django)
    if result.id != id_:
        yield f"its id is {result.id}, and the environment in it is {id_}"
    if not _ID.fullmatch(id_):
        yield f"{id_} is no id of an environment"
    if odd := result.records.keys() ^ result.cases.keys():
        yield f"{min(odd)} has a case or a record, and not both"
    for case, record in result.records.items():
        if record.case != case:
            yield f"the record of {case} is one of {record.case}"
        if told := _unfit(result.cases[case], record):
            yield f"the record of {case} {told}"
    if odd := result.first_seen.keys() - result.records.keys():
        yield f"{min(odd)} was first seen at a time, and has no record"
    attempt = environment.last_attempt
    times = [environment.observed_at, attempt.at if attempt else None, *result.first_seen.values()]
    yield from _no_times(times)


def _wrong_in_document(matrix: Matrix) -> Iterator[str]:
    if odd := matrix.cases.keys() ^ matrix.cells.keys():
        yield f"{min(odd)} has a case or cells, and not both"
    for case in matrix.cases:
        yield from _wrong_in_cells(matrix, case)
    used = {hash_ for by_hash in matrix.cells.values() for hash_ in by_hash}
    if unused := matrix.observations.keys() - used:
        yield f"no cell names the observation {min(unused)}"
    for hash_, record in matrix.observations.items():
        if observation_hash(record) != hash_:
            yield f"the observation {hash_} is not what was written under that hash"
    if odd := matrix.first_seen.keys() - matrix.cases.keys():
        yield f"{min(odd)} was first seen at a time, and has no case"
    yield from _no_times([matrix.generated_at])


def _wrong_in_cells(matrix: Matrix, case: str) -> Iterator[str]:
    by_hash = matrix.cells[case]
    if odd := by_hash.keys() - matrix.observations.keys():
        yield f"a cell of {case} names an observation that is not there, {min(odd)}"
    named = Counter(id_ for environments in by_hash.values() for id_ in environments)
    if odd := named.keys() - matrix.environments.keys():
        yield f"a cell of {case} names an environment that is not there, {min(odd)}"
    if twice := [id_ for id_, count in named.items() if count > 1]:
        yield f"{case} has two observations in {twice[0]}"
    if empty := [hash_ for hash_, environments in by_hash.items() if not environments]:
        yield f"{case} has an observation of no environment, {empty[0]}"
    if odd := matrix.first_seen.get(case, {}).keys() - named.keys():
        yield f"{case} was first seen in {min(odd)}, and has no observation there"


def _unfit(case: Case, record: Record) -> str | None:
    """Return why a record cannot be one of its case; None where it can."""
    if case.kind == "promise":
        return None if record.verdict and record.answer is None else "has no verdict of a promise"
    if record.verdict is not None:
        return "has a verdict, and it is one of a question"
    if record.answer is not None and record.answer not in case.answers:
        return f"has an answer that the case does not list, {record.answer}"
    return None


def _no_times(times: list[str | None]) -> Iterator[str]:
    for time in times:
        if time is not None and not _is_time(time):
            yield f"its time is not in UTC: {time}"


def _is_time(text: str) -> bool:
    try:
        return bool(_TIME.fullmatch(text) and datetime.fromisoformat(text))
    except ValueError:
        return False
