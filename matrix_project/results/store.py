"""The folder of results: one file an environment, and the document made of them.

What an earlier run observed is never replaced by less. The baseline is a folder that holds the
document and its pages alone, so that nothing is in it twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from matrix_project.results.codec import encode
from matrix_project.results.contract import EnvironmentResult, Matrix, Project
from matrix_project.results.document import now, part, split, union
from matrix_project.results.files import (
    StoreError,
    keep_document,
    names_in,
    read_document,
    read_result,
    write,
    writing,
)
from matrix_project.results.merge import stand, succeed

__all__ = [
    "Pages",
    "Store",
    "StoreError",
    "keep_document",
    "now",
    "part",
    "read_document",
    "split",
    "union",
]

Pages = Callable[[Matrix], Iterable[tuple[str, str]]]
"""What makes of a document the texts that stand beside it, each with its name in the folder."""


_PAGES = (
    *("README.md", "index.html", "matrix.csv"),
    *("junit.xml", "audit.sarif", "matrix.schema.json"),
)
"""What is written beside the document."""


class Store:
    """A folder of results: that of runs, with a file an environment, or a baseline."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; it need not be there yet."""
        self.folder = folder
        self._environments = folder / "environments"
        self._document = folder / "matrix.json"

    @property
    def is_baseline(self) -> bool:
        """Whether the folder holds a document and no files of environments."""
        there = names_in(self.folder)
        return self._document.name in there and self._environments.name not in there

    def read(self) -> dict[str, EnvironmentResult]:
        """Return the results of all environments by id.

        Raises:
            StoreError: a file is not one of ours, or of another version of the contract.
        """
        if self.is_baseline:
            return split(read_document(self._document))
        results = (read_result(self._environments / name) for name in self._names())
        return {result.id: result for result in results}

    def document(self) -> Matrix | None:
        """Return the document made of the results at the last publication; None without one.

        Raises:
            StoreError: as `read`.
        """
        there = self._document.name in names_in(self.folder)
        return read_document(self._document) if there else None

    @property
    def holds_results(self) -> bool:
        """Whether there are any; they are not read for it."""
        return self.is_baseline or bool(self._names())

    def check(self) -> dict[str, EnvironmentResult]:
        """Find out before a run whether its results can be kept, and return those that are there.

        Raises:
            StoreError: they can't.
        """
        self._refuse_a_baseline()
        self._refuse_what_is_not_ours()
        found = self.read()
        self.document()
        with writing(self.folder):
            self._environments.mkdir(parents=True, exist_ok=True)
            write(self._environments / ".check", b"\n")
            (self._environments / ".check").unlink()
        return found

    def keep(self, result: EnvironmentResult) -> EnvironmentResult:
        """Write an environment's results and return what is kept.

        Where an earlier run observed a case that this one did not, the earlier results stay, and
        the failed attempt is noted beside them.

        Raises:
            StoreError: the disk is full, or the folder cannot be written; the old file is whole.
        """
        self._refuse_a_baseline()
        path = self._environments / f"{result.id}.json"
        with writing(self.folder):
            there = path.name in names_in(self._environments)
            result = succeed(read_result(path) if there else None, result, at=now())
            self._put(result)
        return result

    def merge(self, others: Sequence[Store]) -> list[str]:
        """Take in the results of other folders, and return a line for each that is not taken.

        Of an environment that is in several, the results observed last are taken.

        Raises:
            StoreError: as `read` and `keep`; or a folder has no results, or those of a part of the
                suite. Nothing is written then.
        """
        self._refuse_a_baseline()
        found = _whole(others)
        self.read()
        with writing(self.folder):
            standing, left = _merged(self.read(), found)
            for id_ in sorted({result.id for _, result in found}):
                self._put(standing[id_])
        return left

    def accept(self, other: Store, project: Project, pages: Pages) -> tuple[Matrix, list[str]]:
        """Take another folder's results into the baseline that this one is, and write it.

        Args:
            other: the folder; what it has not observed keeps the results that it had here.
            project: the project that makes the document.
            pages: what makes the pages of it.

        Returns:
            The document, and a line for each environment whose results are not taken.

        Raises:
            StoreError: as `merge`; or this folder is that of runs.
        """
        if self._environments.is_dir():
            message = f"{self.folder} holds results of runs: use `merge`, or name another --output"
            raise StoreError(message)
        found = _whole([other])
        self.read()
        with writing(self.folder):
            standing, left = _merged(self.read(), found)
            return self._publish(union(standing, project), pages), left

    def publish(self, project: Project, pages: Pages) -> Matrix:
        """Write the document made of all environments, and its pages, and return it.

        Args:
            project: the project that makes the document.
            pages: what makes the pages of it.

        Raises:
            StoreError: as `keep`.
        """
        with writing(self.folder):
            return self._publish(union(self.read(), project), pages)

    def _publish(self, matrix: Matrix, pages: Pages) -> Matrix:
        write(self._document, encode(matrix))
        for name, text in pages(matrix):
            (self.folder / name).parent.mkdir(exist_ok=True)
            write(self.folder / name, text.encode())
        return matrix

    def _names(self) -> list[str]:
        """Return the names of the environments' files."""
        return [name for name in names_in(self._environments) if name.endswith(".json")]

    def _put(self, result: EnvironmentResult) -> None:
        self._environments.mkdir(parents=True, exist_ok=True)
        write(self._environments / f"{result.id}.json", encode(result))

    def _refuse_what_is_not_ours(self) -> None:
        """See to it that no page of somebody else's is overwritten."""
        if self._environments.exists() or self._document.exists():
            return
        taken = [name for name in _PAGES if (self.folder / name).exists()]
        if taken:
            message = f"{self.folder} has a {taken[0]} and no results: name another --output"
            raise StoreError(message)

    def _refuse_a_baseline(self) -> None:
        if self.is_baseline:
            message = f"{self.folder} is a baseline: name another --output, and `accept` it later"
            raise StoreError(message)


_Found = Sequence[tuple[Store, EnvironmentResult]]


def _whole(stores: Iterable[Store]) -> _Found:
    """Return the results of several folders, each of the whole suite, with their folder."""
    found: list[tuple[Store, EnvironmentResult]] = []
    for store in stores:
        results = store.read()
        if not results:
            message = f"{store.folder} holds no results: name a folder that a run wrote"
            raise StoreError(message)
        found += [(store, result) for result in results.values()]
    for store, result in found:
        if (selection := result.environment.selection) is not None:
            message = (
                f"{store.folder} has a part ({selection}) of {result.id}: merge whole runs alone"
            )
            raise StoreError(message)
    return found


def _merged(
    there: dict[str, EnvironmentResult], found: _Found
) -> tuple[dict[str, EnvironmentResult], list[str]]:
    """Return what stands of what is there and what is found, and a line for each that does not."""
    standing, left = dict(there), []
    for id_ in sorted({result.id for _, result in found}):
        given = [(store, result) for store, result in found if result.id == id_]
        candidates = [result for _, result in given]
        if id_ in there:
            candidates.append(there[id_])
        standing[id_] = stand(candidates)
        kept = standing[id_].environment.observed_at
        for store, result in given:
            if result.environment.observed_at != kept:
                at = result.environment.observed_at or "not observed"
                left.append(f"{id_}: {kept} stands, not {store.folder} ({at})")
    return standing, left
