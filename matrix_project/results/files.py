"""Files of results: what is read is checked, and what is written is whole or not there at all."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from matrix_project import bounded
from matrix_project.results.check import check_document, check_result
from matrix_project.results.codec import decode_environment, decode_matrix, encode
from matrix_project.results.contract import EnvironmentResult, Matrix
from matrix_project.results.lock import LockedError, locked

__all__ = [
    "StoreError",
    "keep_document",
    "names_in",
    "read_document",
    "read_result",
    "write",
    "writing",
]

_PATIENCE = 60.0
"""How many seconds to wait for another run that writes into the same folder."""


class StoreError(Exception):
    """Results cannot be read or written; its text is one line that says what to do."""


def read_document(path: Path) -> Matrix:
    """Return the document in a file, which may be one that `keep_document` wrote.

    Raises:
        StoreError: there is none, or it is of another version of the contract, or not whole.
    """
    try:
        data = bounded.read(path)
        matrix = decode_matrix(bounded.unpack(data) if path.suffix == ".gz" else data)
        check_document(matrix)
    except (OSError, ValueError) as error:
        raise _unreadable(path, error, "matrix.json") from error
    return matrix


def keep_document(matrix: Matrix, folder: Path) -> Path:
    """Keep a document under the time that it was made at, and return its path.

    Raises:
        StoreError: the folder cannot be written.
    """
    path = folder / f"{matrix.generated_at.replace(':', '')}.json.gz"
    with writing(folder):
        write(path, gzip.compress(encode(matrix), mtime=0))
    return path


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Keep other runs from writing here meanwhile, and put what goes wrong into words.

    Raises:
        StoreError: another run has the folder for too long, or it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder, _PATIENCE):
            yield
    except LockedError as error:
        message = f"{error}: wait for it or end it, or name another --output"
        raise StoreError(message) from error
    except OSError as error:
        message = (
            f"{folder} cannot be written: {error.strerror or error}; what was there is"
            " whole: make room, or name another --output"
        )
        raise StoreError(message) from error


def read_result(path: Path) -> EnvironmentResult:
    """Return the results in an environment's file.

    Raises:
        StoreError: it is of another version of the contract, or not whole, or not of the
            environment that it is named after.
    """
    try:
        result = decode_environment(bounded.read(path))
        if path.name != f"{result.id}.json":
            wrong = f"its name is not that of the environment in it, {result.id}"
            raise ValueError(wrong)  # noqa: TRY301 (told like whatever else is wrong with it)
        check_result(result)
    except (OSError, ValueError) as error:
        raise _unreadable(path, error, "--output") from error
    return result


def names_in(folder: Path) -> list[str]:
    """Return the names of what stands in a folder; none where there is no folder.

    Raises:
        StoreError: it is no folder, or may not be read.
    """
    try:
        return sorted(path.name for path in folder.iterdir())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _unreadable(folder, error, "folder") from error


def _unreadable(path: Path, error: OSError | ValueError, other: str) -> StoreError:
    if isinstance(error, FileNotFoundError):
        return StoreError(f"there is no {path}: name another {other}")
    words = getattr(error, "strerror", None) or error
    return StoreError(f"{path} cannot be read: {words}; move it away, or name another {other}")


def write(path: Path, content: bytes) -> None:
    """Replace a file by new content, in one step, where nobody else is `writing`."""
    # Of a fixed name: what a killed run leaves is overwritten by the next one.
    new = path.with_name(f".{path.name}.new")
    try:
        with new.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        new.chmod(0o644)
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
