"""Files of results: what is read is checked, and what is written is whole or not there at all."""

from __future__ import annotations

import gzip
import os
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from matrix_project.results.check import check_document, check_result
from matrix_project.results.codec import decode_environment, decode_matrix, encode
from matrix_project.results.contract import EnvironmentResult, Matrix

__all__ = ["StoreError", "keep_document", "read_document", "read_result", "write", "writing"]

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
        data = path.read_bytes()
        matrix = decode_matrix(gzip.decompress(data) if path.suffix == ".gz" else data)
        check_document(matrix)
    except (OSError, EOFError, zlib.error, ValueError) as error:
        words = getattr(error, "strerror", None) or error
        message = f"{path} cannot be read: {words}; move it away, or name another matrix.json"
        raise StoreError(message) from error
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
    """Keep other runs from writing here meanwhile, and put what goes wrong into words."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".lock", timeout=_PATIENCE):
            yield
    except TimeoutError as error:
        message = f"another run is writing into {folder}: wait for it, or name another --output"
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
        result = decode_environment(path.read_bytes())
        if path.name != f"{result.id}.json":
            wrong = f"its name is not that of the environment in it, {result.id}"
            raise ValueError(wrong)  # noqa: TRY301 (told like whatever else is wrong with it)
        check_result(result)
    except (OSError, ValueError) as error:
        message = f"{path} cannot be read: {error}; move it away, or name another --output"
        raise StoreError(message) from error
    return result


def write(path: Path, content: bytes) -> None:
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
