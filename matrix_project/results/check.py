"""What a file of results has to hold beside its types: that all in it fits together."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import chain

from matrix_project.results.contract import (
    Case,
    Environment,
    EnvironmentResult,
    Matrix,
    Record,
    Status,
    Verdict,
    environment_id,
    observation_hash,
)
from matrix_project.results.counts import wrong_counts
from matrix_project.results.document import split
from matrix_project.results.verdicts import LEVELS

__all__ = ["check_document", "check_result"]

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
# An id is a file's name as well.
_ID = re.compile(r"\w[\w.+~-]{,149}", re.ASCII)
_EARLIEST = datetime(2024, 1, 1, tzinfo=UTC)
"""When nothing of this project was there yet."""
_AHEAD = timedelta(days=1)
"""How far another machine's clock may be ahead of this one's."""
_YEAR = 366 * 24 * 3600.0
_BY = {Verdict.IGNORED, Verdict.REFUSED}
"""The verdicts that somebody is behind: Django, or the database."""


def check_result(result: EnvironmentResult) -> None:
    """See to it that an environment's results are of one environment, and whole.

    Raises:
        ValueError: they are not; its text names the first thing that is wrong.
    """
    in_result = _wrong_in_result(result, as_run=True)
    for wrong in chain(in_result, _wrong_in_records(result.records.values())):
        raise ValueError(wrong)


def check_document(matrix: Matrix) -> None:
    """See to it that everything that a document refers to is in it, once.

    Raises:
        ValueError: it is not; its text names the first thing that is wrong.
    """
    in_document = _wrong_in_document(matrix)
    for wrong in chain(in_document, _wrong_in_records(matrix.observations.values())):
        raise ValueError(wrong)
    for result in split(matrix).values():
        for wrong in _wrong_in_result(result, as_run=False):
            raise ValueError(wrong)


def _wrong_in_result(result: EnvironmentResult, *, as_run: bool) -> Iterator[str]:
    environment = result.environment
    id_ = environment_id(environment.backend, environment.django)
    if result.id != id_:
        yield f"its id is {result.id}, and the environment in it is {id_}"
    if not _ID.fullmatch(id_):
        yield f"{id_} is no id of an environment"
    yield from _wrong_in_environment(environment)
    if odd := result.records.keys() ^ result.cases.keys():
        yield f"{min(odd)} has a case or a record, and not both"
    for case, record in result.records.items():
        if record.case != case:
            yield f"the record of {case} is one of {record.case}"
        if told := _unfit(result.cases[case], record):
            yield f"the record of {case} {told}"
    yield from wrong_counts(result, as_run=as_run)
    yield from _wrong_in_first_seen(result)


def _wrong_in_first_seen(result: EnvironmentResult) -> Iterator[str]:
    if odd := result.first_seen.keys() - result.records.keys():
        yield f"{min(odd)} was first seen at a time, and has no record"
    yield from _wrong_times({f"first_seen of {case}": at for case, at in result.first_seen.items()})
    observed_at = result.environment.observed_at
    if observed_at is None and result.records:
        yield "it has records, and no time at which they were observed"
    for case, at in result.first_seen.items():
        if observed_at is not None and at > observed_at:
            yield f"{case} was first seen at {at}, after it was observed"


def _wrong_in_environment(environment: Environment) -> Iterator[str]:
    vendor, backend = environment.vendor, environment.backend
    if backend != vendor and not backend.startswith(f"{vendor}-"):
        yield f"its backend {backend} is none of its vendor, {vendor}"
    attempt = environment.last_attempt
    at = {"last_attempt": attempt.at} if attempt else {}
    yield from _wrong_times({"observed_at": environment.observed_at, **at})
    for what, seconds in environment.seconds.items():
        if not 0 <= seconds <= _YEAR:
            yield f"its seconds of {what} are no length of a run: {seconds}"
    if environment.status == Status.NOT_RUN:
        if environment.observed_at is not None:
            yield "it is not-run, and was observed at a time"
        if not environment.reason:
            yield "it is not-run, and has no reason"
    elif environment.status == Status.OBSERVED:
        for name in ("server_version", "observed_at"):
            if getattr(environment, name) is None:
                yield f"it was observed, and its {name} is null"


def _wrong_in_records(records: Iterable[Record]) -> Iterator[str]:
    for record in records:
        if told := _inconsistent(record):
            yield f"the record of {record.case} {told}"


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
    yield from _wrong_times({"generated_at": matrix.generated_at})


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


def _inconsistent(record: Record) -> str | None:
    """Return what in a record contradicts the rest of it; None where nothing does."""
    level = LEVELS[record.verdict] if record.verdict else None
    if record.level != level:
        return f"is {record.verdict or 'an answer'}, and its level is {record.level or 'null'}"
    if (record.by is None) == (record.verdict in _BY):
        return f"is {record.verdict or 'an answer'}, and its `by` is {record.by or 'null'}"
    if odd := set(record.warned) - {check.id for check in record.checks}:
        return f"has a warning that no system check gave, {min(odd)}"
    asked = Counter((probe.id, probe.way) for probe in record.probes)
    steps = Counter(step.name for step in record.steps)
    if twice := [name for (name, _), count in asked.items() if count > 1]:
        return f"has the probe {twice[0]} twice"
    if twice := [name for name, count in steps.items() if count > 1]:
        return f"has the step {twice[0]} twice"
    return None


def _wrong_times(times: Mapping[str, str | None]) -> Iterator[str]:
    latest = datetime.now(UTC) + _AHEAD
    for what, text in times.items():
        if text is None:
            continue
        time = _time(text)
        if time is None:
            yield f"its time is not in UTC: {text} ({what})"
        elif time < _EARLIEST:
            yield f"its time is before there was anything to observe: {text} ({what})"
        elif time > latest:
            yield f"its time is in the future by this machine's clock: {text} ({what})"


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if _TIME.fullmatch(text) else None
    except ValueError:
        return None
