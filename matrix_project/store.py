"""The folder of results: one file an environment, and the documents made of them.

Every file is written whole or not at all. What an earlier run observed is never replaced by less.
"""

from __future__ import annotations

import gzip
import os
import re
import tempfile
import zlib
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from filelock import FileLock

from matrix_project.report import badge, csv_table, junit, markdown, page
from matrix_project.results import (
    EnvironmentResult,
    Matrix,
    Project,
    declared,
    decode_environment,
    decode_matrix,
    encode,
    environment_id,
    schema,
)
from matrix_project.succession import stand, succeed
from matrix_project.verdicts import unobserved

__all__ = ["Store", "StoreError", "now", "union"]

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


class StoreError(Exception):
    """The folder cannot be read or written; its text is one line that says what to do."""


def now() -> str:
    """Return the time in UTC, by RFC 3339, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def union(results: Mapping[str, EnvironmentResult], project: Project) -> Matrix:
    """Make one document of the environments' results.

    Every case of the document has a cell in every environment of it: a case that an environment
    has not observed, or not as it is declared by now, is `unknown` there.
    """
    ordered = [results[id_] for id_ in sorted(results)]
    by_age = sorted(ordered, key=lambda result: result.environment.observed_at or "")
    cases = {id_: case for result in by_age for id_, case in result.cases.items()}
    cells = []
    for result in ordered:
        observed = {cell.case: cell for cell in result.cells}
        reason = result.environment.reason or "the run of this environment had no such case"
        for id_, case in cases.items():
            cell = observed.get(id_) or unobserved(id_, result.id, reason)
            if id_ in result.cases and declared(result.cases[id_]) != declared(case):
                at = result.environment.project.commit or "an earlier state"
                cell = unobserved(id_, result.id, f"observed under another declaration, at {at}")
            cells.append(cell)
    return Matrix(
        generated_at=now(),
        project=project,
        environments={result.id: result.environment for result in ordered},
        cases=dict(sorted(cases.items())),
        cells=sorted(cells, key=lambda cell: (cell.case, cell.environment)),
    )


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Keep other runs from writing here meanwhile, and put what goes wrong into words."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".lock"):
            yield
    except OSError as error:
        message = (
            f"{folder} cannot be written: {error.strerror or error}; what was there is"
            " whole: make room, or name another --output"
        )
        raise StoreError(message) from error


def _pages(matrix: Matrix) -> Iterator[tuple[str, str]]:
    """Yield each page made of the document, with its name in the folder."""
    yield "index.html", page.render(matrix)
    yield "README.md", markdown.render(matrix)
    yield "matrix.csv", csv_table.render(matrix)
    yield "junit.xml", junit.render(matrix)
    for backend, badge_ in badge.render(matrix).items():
        yield f"badges/{backend}.svg", badge_


def part(matrix: Matrix, environments: Container[str]) -> Matrix:
    """Return the document with no other environments than these."""
    return msgspec.structs.replace(
        matrix,
        environments={
            id_: each for id_, each in matrix.environments.items() if id_ in environments
        },
        cells=[cell for cell in matrix.cells if cell.environment in environments],
    )


def read_document(path: Path) -> Matrix:
    """Return the document in a file, which may be one that `keep_document` wrote.

    Raises:
        StoreError: there is none, or none of this version of the contract.
    """
    try:
        data = path.read_bytes()
        return decode_matrix(gzip.decompress(data) if path.suffix == ".gz" else data)
    except (OSError, EOFError, zlib.error, ValueError) as error:
        words = getattr(error, "strerror", None) or error
        message = f"{path} cannot be read: {words}; name a matrix.json, or a folder that has one"
        raise StoreError(message) from error


def keep_document(matrix: Matrix, folder: Path) -> Path:
    """Keep a document under the time that it was made at, and return its path.

    Raises:
        StoreError: the folder cannot be written.
    """
    path = folder / f"{matrix.generated_at.replace(':', '')}.json.gz"
    with _writing(folder):
        _write(path, gzip.compress(encode(matrix), mtime=0))
    return path


class Store:
    """A folder of results, as `reports/` is one."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; it need not be there yet."""
        self.folder = folder
        self._environments = folder / "environments"

    def read(self) -> dict[str, EnvironmentResult]:
        """Return the results of all environments by id.

        Raises:
            StoreError: a file is not one of ours, or of another version of the contract.
        """
        found = {}
        try:
            paths = sorted(self._environments.glob("*.json"))
        except OSError as error:
            message = f"{self.folder} cannot be read: {error.strerror}; name another --output"
            raise StoreError(message) from error
        for path in paths:
            result = _read(path)
            found[result.id] = result
        return found

    def document(self) -> Matrix | None:
        """Return the document made of the results at the last publication; None without one.

        Raises:
            StoreError: as `read`.
        """
        path = self.folder / "matrix.json"
        return read_document(path) if path.is_file() else None

    def check(self) -> None:
        """Find out before a run whether its results can be kept.

        Raises:
            StoreError: they can't.
        """
        self.read()
        with _writing(self.folder):
            self._environments.mkdir(parents=True, exist_ok=True)
            _write(self._environments / ".check", b"\n")
            (self._environments / ".check").unlink()

    def keep(self, result: EnvironmentResult) -> EnvironmentResult:
        """Write an environment's results and return what is kept.

        Where an earlier run observed a case that this one did not, the earlier results stay, and
        the failed attempt is noted beside them.

        Raises:
            StoreError: the disk is full, or the folder cannot be written; the old file is whole.
        """
        path = self._environments / f"{result.id}.json"
        with _writing(self.folder):
            result = succeed(_read(path) if path.is_file() else None, result, at=now())
            self._put(result)
        return result

    def _put(self, result: EnvironmentResult) -> None:
        self._environments.mkdir(parents=True, exist_ok=True)
        _write(self._environments / f"{result.id}.json", encode(result))

    def merge(self, others: Sequence[Store]) -> list[str]:
        """Take in the results of other folders, and return a line for each that is not taken.

        Of an environment that is in several, the results observed last are taken.

        Raises:
            StoreError: as `read` and `keep`; or a folder has no results, or those of a part of the
                suite. Nothing is written then.
        """
        found: list[tuple[Store, EnvironmentResult]] = []
        for other in others:
            results = other.read()
            if not results:
                message = f"{other.folder} holds no results: name a folder that a run wrote"
                raise StoreError(message)
            found += [(other, result) for result in results.values()]
        for other, result in found:
            if (part := result.environment.selection) is not None:
                message = (
                    f"{other.folder} has a part ({part}) of {result.id}: merge whole runs alone"
                )
                raise StoreError(message)
        left = []
        with _writing(self.folder):
            there = self.read()
            for id_ in sorted({result.id for _, result in found}):
                given = [(other, result) for other, result in found if result.id == id_]
                candidates = [result for _, result in given]
                if id_ in there:
                    candidates.append(there[id_])
                stands = stand(candidates)
                for other, result in given:
                    if result.environment.observed_at != stands.environment.observed_at:
                        at = result.environment.observed_at or "not observed"
                        kept = stands.environment.observed_at
                        left.append(f"{id_}: {kept} stands, not {other.folder} ({at})")
                self._put(stands)
        return left

    def publish(self, project: Project) -> Matrix:
        """Write the documents made of all environments: results, schema, report.

        Raises:
            StoreError: as `keep`.
        """
        with _writing(self.folder):
            matrix = union(self.read(), project)
            _write(self.folder / "matrix.json", encode(matrix))
            _write(
                self.folder / "matrix.schema.json",
                msgspec.json.format(msgspec.json.encode(schema()), indent=2) + b"\n",
            )
            for name, text in _pages(matrix):
                (self.folder / name).parent.mkdir(exist_ok=True)
                _write(self.folder / name, text.encode())
        return matrix


def _read(path: Path) -> EnvironmentResult:
    """Return the results in an environment's file; see `Store.read` for what it raises."""
    try:
        result = decode_environment(path.read_bytes())
        _check(path, result)
    except (OSError, ValueError) as error:
        message = f"{path} cannot be read: {error}; move it away or name another --output"
        raise StoreError(message) from error
    return result


def _check(path: Path, result: EnvironmentResult) -> None:
    """See to it that a file tells of one environment, the one that its name tells.

    Raises:
        ValueError: it does not.
    """
    given, cells = result.environment, {cell.case for cell in result.cells}
    id_ = environment_id(given.backend, given.django)
    if not path.name == f"{result.id}.json" == f"{id_}.json":
        wrong = f"its name is not that of the environment in it, {id_}"
    elif {cell.environment for cell in result.cells} - {id_} or cells != result.cases.keys():
        wrong = f"its cells are not one for each case of {id_}"
    elif given.observed_at and not _TIME.fullmatch(given.observed_at):
        wrong = f"its time is not in UTC: {given.observed_at}"
    else:
        return
    raise ValueError(wrong)


def _write(path: Path, content: bytes) -> None:
    """Replace a file by new content, in one step."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
