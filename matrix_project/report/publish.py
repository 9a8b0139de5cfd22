"""The pages of a folder of results: which there are, and their names."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from pathlib import Path

import msgspec

from matrix_project.cost import document
from matrix_project.cost.document import Costs
from matrix_project.report import badge, csv_table, feed, image, junit, markdown, page, sarif
from matrix_project.report.findings import audited, findings
from matrix_project.report.site import site_of
from matrix_project.results.audit_baseline import Accepted
from matrix_project.results.codec import schema
from matrix_project.results.contract import Matrix, Project, Verdict
from matrix_project.results.store import Store

__all__ = ["accept", "publish"]


def publish(
    store: Store,
    project: Project,
    *,
    fail_on: Collection[Verdict] = (),
    baseline: Sequence[Accepted] = (),
) -> Matrix:
    """Write the document of a folder's results and all its pages, and return it.

    Args:
        store: the folder.
        project: the project that makes the document.
        fail_on: the verdicts that fail an audit.
        baseline: what its baseline accepts.

    Raises:
        StoreError: the folder cannot be read or written.
    """
    costs = document.read(store.folder)
    people = partial(_read_by_people, costs=costs, folder=store.folder)
    if store.is_baseline:
        return store.publish(project, people)
    pages = partial(_all, people=people, costs=costs, fail_on=fail_on, baseline=baseline)
    return store.publish(project, pages)


def accept(store: Store, new: Store, project: Project) -> tuple[Matrix, list[str]]:
    """Take the results of `new` into the baseline `store`, and write its document and its pages.

    The costs of `new`, where it has any, are taken as well.

    Returns:
        The document, and a line for each environment whose results are not taken.

    Raises:
        StoreError: as `Store.accept`.
    """
    costs = document.union(document.read(store.folder), document.read(new.folder))
    return store.accept(new, project, partial(_accepted, costs=costs, folder=store.folder))


def _accepted(matrix: Matrix, costs: Costs | None, folder: Path) -> Iterator[tuple[str, str]]:
    """Yield what a baseline holds beside the document."""
    yield from _read_by_people(matrix, costs, folder)
    if costs is not None:
        yield document.NAME, document.encode(costs).decode()


def _read_by_people(matrix: Matrix, costs: Costs | None, folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the pages that a reader of a repository opens; the document is in the folder."""
    site = site_of(os.environ)
    table = csv_table.render(matrix)
    sizes = {
        "matrix.json": (folder / "matrix.json").stat().st_size,
        "matrix.csv": len(table.encode()),
    }
    yield "index.html", page.render(matrix, costs, site=site, sizes=sizes)
    yield "README.md", markdown.render(matrix, costs)
    yield "matrix.csv", table
    yield "heatmap.svg", image.render(matrix)
    if site.address:
        yield "feed.xml", feed.render(matrix, site)
    for backend, drawn in badge.render(matrix).items():
        yield f"badges/{backend}.svg", drawn


def _all(
    matrix: Matrix,
    people: Callable[[Matrix], Iterator[tuple[str, str]]],
    costs: Costs | None,
    fail_on: Collection[Verdict],
    baseline: Sequence[Accepted],
) -> Iterator[tuple[str, str]]:
    """Yield those, and what programs read beside the document."""
    yield from people(matrix)
    if audited(matrix):
        found = findings(matrix, fail_on, baseline)
        yield "junit.xml", junit.render(matrix, found)
        yield "audit.sarif", sarif.render(matrix, found)
    else:
        yield "junit.xml", junit.render(matrix)
    schemas = {"matrix": schema(), **({"costs": document.schema()} if costs else {})}
    for name, described in schemas.items():
        formatted = msgspec.json.format(msgspec.json.encode(described), indent=2)
        yield f"{name}.schema.json", f"{formatted.decode()}\n"
