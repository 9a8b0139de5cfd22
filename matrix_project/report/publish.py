"""The pages of a folder of results: which there are, and their names."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from matrix_project.report import badge, csv_table, junit, markdown, page
from matrix_project.results.codec import schema
from matrix_project.results.contract import Matrix, Project
from matrix_project.results.store import Store

__all__ = ["accept", "publish"]


def publish(store: Store, project: Project) -> Matrix:
    """Write the document of a folder's results and all its pages, and return it.

    Raises:
        StoreError: the folder cannot be read or written.
    """
    return store.publish(project, _read_by_people if store.is_baseline else _all)


def accept(store: Store, new: Store, project: Project) -> tuple[Matrix, list[str]]:
    """Take the results of `new` into the baseline `store`, and write its document and its pages.

    Returns:
        The document, and a line for each environment whose results are not taken.

    Raises:
        StoreError: as `Store.accept`.
    """
    return store.accept(new, project, _read_by_people)


def _read_by_people(matrix: Matrix) -> Iterator[tuple[str, str]]:
    """Yield the pages that a reader of a repository opens."""
    yield "index.html", page.render(matrix)
    yield "README.md", markdown.render(matrix)
    yield "matrix.csv", csv_table.render(matrix)
    for backend, drawn in badge.render(matrix).items():
        yield f"badges/{backend}.svg", drawn


def _all(matrix: Matrix) -> Iterator[tuple[str, str]]:
    """Yield those, and what programs read beside the document."""
    yield from _read_by_people(matrix)
    yield "junit.xml", junit.render(matrix)
    formatted = msgspec.json.format(msgspec.json.encode(schema()), indent=2)
    yield "matrix.schema.json", f"{formatted.decode()}\n"
