"""`audit --against ALIAS`: the constraints that a database of the project's has, and the declared.

Its catalogue is read, and nothing else: no row of a table, and nothing is written.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import router
from django.db.models import Model
from rich.console import Console

from matrix_project import vendors
from matrix_project.audit.declared import types
from matrix_project.audit.found import Found
from matrix_project.audit.matching import Declared, Match, matched
from matrix_project.audit.read_only import reading
from matrix_project.observe.in_the_way import query_for
from matrix_project.observe.targets import Target, foreign_keys_of, targets_of
from matrix_project.report import against as report
from matrix_project.results.against import KINDS, Against, Finding
from matrix_project.results.files import write, writing
from matrix_project.vendors.held import Held

__all__ = ["against", "compare"]

_QUERIED = ("missing", "not-validated", "not-enforced", "different")


def against(
    alias: str, found: Sequence[Found], console: Console, output: Path | None = None
) -> Against:
    """Compare constraints with those of a database, print what differs, and return it.

    Args:
        alias: the database's in `DATABASES`; it is the only one that is connected to.
        found: the declared constraints that are looked for. Of a model of which all are among
            them, foreign keys are looked for, too, and what it does not declare is told.
        console: where it is printed.
        output: the folder that `against.json` is written to.

    Raises:
        django.db.Error: the database cannot be read.
        matrix_project.results.files.StoreError: the folder cannot be written.
    """
    compared = compare(alias, found)
    report.show(compared, console)
    if output is not None:
        with writing(output):
            write(output / "against.json", report.encode(compared))
    return compared


def compare(alias: str, found: Sequence[Found]) -> Against:
    """Compare constraints with those of a database. See `against`."""
    with reading(alias) as connection:
        vendor = vendors.of(connection)
        asked = _by_table(found, connection)
        with connection.cursor() as cursor:
            there = vendor.reading.held(cursor, list(asked))
        findings: list[Finding] = []
        same = 0
        for table, chosen in asked.items():
            if table not in there:
                findings.append(_without_table(table, chosen))
                continue
            models = _models(table, chosen)
            targets = [each.target for each in chosen]
            targets += [each for model in models for each in _all(model) if each not in targets]
            known = [Declared.of(each, connection) for each in targets]
            known += _made_by_fields(models, connection)
            types_ = {k: v for model in models for k, v in types(model, connection).items()}
            matches, rest = matched(known, there[table], types_, vendor.reading.same_name)
            origins = {each.target: each for each in chosen}
            told = [each for each in matches if each.declared.target in origins]
            same += sum(each.kind is None for each in told)
            findings += (
                _finding(origins[each.declared.target], each, connection)
                for each in told
                if each.kind is not None
            )
            if _whole(models, chosen):
                findings += map(_undeclared, rest)
        return Against(
            alias=alias,
            vendor=vendor.name,
            server_version=vendor.server_version(connection),
            compared=sum(map(len, asked.values())),
            same=same,
            findings=sorted(findings, key=lambda each: (KINDS.index(each.kind), each.id)),
        )


def _by_table(found: Sequence[Found], connection: Any) -> dict[str, list[Found]]:
    """Return the constraints that the database should have by their tables, foreign keys included.

    Of another database are the models that a router keeps out of this one.
    """
    asked: dict[str, list[Found]] = defaultdict(list)
    for each in found:
        if _expected(each.target.rows_of, connection):
            asked[each.target.rows_of._meta.db_table].append(each)
    for table, chosen in asked.items():
        models = dict.fromkeys(each.target.rows_of for each in chosen)
        if _whole(models, chosen):
            keys = [key for model in models for key in foreign_keys_of(model)]
            asked[table] = [*chosen, *(replace(chosen[0], target=key) for key in keys)]
    return asked


def _expected(model: type[Model], connection: Any) -> bool:
    allowed = router.allow_migrate_model(connection.alias, model)
    return bool(allowed and model._meta.can_migrate(connection))


def _models(table: str, chosen: Sequence[Found]) -> list[type[Model]]:
    """Return all models of a table: several may share it."""
    own = [each.target.rows_of for each in chosen]
    others = own[0]._meta.apps.get_models(include_auto_created=True)
    sharing = [each for each in others if each._meta.db_table == table and not each._meta.proxy]
    return list(dict.fromkeys([*own, *sharing]))


def _all(model: type[Model]) -> list[Target]:
    """Return the constraints of a model's own table."""
    own = [each for each in targets_of(model) if each.rows_of is model]
    return [*own, *foreign_keys_of(model)]


def _whole(models: Iterable[type[Model]], chosen: Sequence[Found]) -> bool:
    """Return whether all that is declared for a table is asked for.

    Of an automatic many-to-many table its uniqueness is.
    """
    asked = {each.target for each in chosen}
    return all(
        model._meta.auto_created
        or all(each in asked for each in targets_of(model) if each.rows_of is model)
        for model in models
    )


def _made_by_fields(models: Iterable[type[Model]], connection: Any) -> Iterator[Declared]:
    """Yield the checks that fields bring beside those that are observed, as JSON's on SQLite."""
    for model in models:
        known = {each.fields for each in targets_of(model) if each.kind == "check"}
        for field in model._meta.local_concrete_fields:
            check = field.db_parameters(connection)["check"]
            if check is not None and (field.name,) not in known:
                target = Target(model, "check", None, (field.name,))
                yield Declared.of(target, connection)


def _finding(origin: Found, match: Match, connection: Any) -> Finding:
    held, there = match.declared.held, match.there
    kind: Any = match.kind
    query = None
    if kind in _QUERIED:
        query = _query(match.declared.target, connection)
    return Finding(
        id=origin.id,
        kind=kind,
        summary=match.summary,
        table=origin.target.rows_of._meta.db_table,
        name=there.name or None if there else None,
        declared=held.definition if held else None,
        there=there.definition if there else None,
        query=query,
        file=origin.file,
        line=origin.line,
    )


def _query(target: Target, connection: Any) -> str | None:
    """Return the query that finds the rows in a constraint's way; None where none can be made."""
    try:
        return query_for(target, connection)
    except EmptyResultSet:
        return None
    except Exception:  # noqa: BLE001 (expressions of a project's own; the finding stands)
        return None


def _without_table(table: str, chosen: Sequence[Found]) -> Finding:
    origin, count = chosen[0], len(chosen)
    words = f"the table {table}, of {count} constraints, is not there, or this user cannot see it"
    return Finding(
        id=origin.target.model._meta.label,
        kind="no-table",
        summary=words,
        table=table,
        file=origin.file,
        line=origin.line,
    )


def _undeclared(held: Held) -> Finding:
    return Finding(
        id=f"{held.table}/{held.name or held.definition}",
        kind="undeclared",
        summary="no model declares it",
        table=held.table,
        name=held.name or None,
        there=held.definition,
    )
