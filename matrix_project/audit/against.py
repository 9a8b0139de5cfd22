"""`audit --against ALIAS`: the constraints that a database of the project's has, and the declared.

Its catalogue is read, and nothing else: no row of a table, and nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import Error, router
from django.db.models import Model
from django.utils.connection import ConnectionDoesNotExist

from matrix_project import vendors
from matrix_project.audit.declared import is_declared, types
from matrix_project.audit.found import Found
from matrix_project.audit.matching import Declared, Match, matched
from matrix_project.audit.read_only import reading
from matrix_project.observe.in_the_way import query_for
from matrix_project.observe.targets import Target, foreign_keys_of, targets_of
from matrix_project.results.against import KINDS, Against, Finding
from matrix_project.vendors import UnknownVendorError
from matrix_project.vendors.held import Held

__all__ = ["AgainstError", "compare"]

_QUERIED = ("missing", "not-validated", "not-enforced", "different")


class AgainstError(Exception):
    """A database of the project's cannot be read; its text is one line."""


def compare(alias: str, found: Sequence[Found], models: Iterable[type[Model]] = ()) -> Against:
    """Compare constraints with those of a database.

    Args:
        alias: the database's in `DATABASES`; it is the only one that is connected to.
        found: the declared constraints that are looked for.
        models: those that are looked at whole: with their foreign keys and automatic keys, and
            what the database has and they do not declare. Where nothing narrows the audit, these
            are all models, those of automatic many-to-many tables included.

    Raises:
        AgainstError: the database cannot be read.
    """
    try:
        return _compared(alias, found, models)
    except (Error, ImproperlyConfigured, ConnectionDoesNotExist, UnknownVendorError) as error:
        words = " ".join(f"{type(error).__name__}: {error}".split())
        message = f"the database {alias!r} of DATABASES cannot be read: {words}"
        raise AgainstError(message) from error


def _compared(alias: str, found: Sequence[Found], models: Iterable[type[Model]]) -> Against:
    with reading(alias) as connection:
        vendor = vendors.of(connection)
        version = vendor.server_version(connection)
        tables = _tables(found, models, connection)
        with connection.cursor() as cursor:
            there = vendor.reading.held(cursor, list(tables))
        findings: list[Finding] = []
        same = 0
        for table in tables.values():
            if table.name not in there:
                findings.append(_without_table(table))
                continue
            declared = [Declared.of(each, connection) for each in table.targets]
            types_ = {k: v for model in table.models for k, v in types(model, connection).items()}
            matches, rest = matched(declared, there[table.name], types_, vendor.reading.same_name)
            told = [each for each in matches if each.declared.target in table.asked]
            same += sum(each.kind is None for each in told)
            findings += (
                _finding(table.asked[each.declared.target], each, connection)
                for each in told
                if each.kind is not None
            )
            if table.whole:
                findings += map(_undeclared, rest)
        return Against(
            alias=alias,
            vendor=vendor.name,
            server_version=version,
            compared=sum(len(table.asked) for table in tables.values()),
            same=same,
            findings=sorted(findings, key=lambda each: (KINDS.index(each.kind), each.id)),
        )


@dataclass
class _Table:
    """A table that the database should have."""

    name: str
    connection: Any
    models: list[type[Model]]
    """Those whose it is: several may share it."""
    asked: dict[Target, Found]
    """The constraints that are looked for."""
    whole: bool = False
    """Whether they are all that it should have."""

    @property
    def targets(self) -> list[Target]:
        """All constraints that are declared for it, those that are not looked for included."""
        others = (each for model in self.models for each in _all(model, self.connection))
        return list(dict.fromkeys([*self.asked, *others]))


def _tables(
    found: Sequence[Found], models: Iterable[type[Model]], connection: Any
) -> dict[str, _Table]:
    """Return the tables of constraints and models; a router may keep some out of the database."""
    tables: dict[str, _Table] = {}
    wholly = set(models)
    origins = {each.target: each for each in found}
    for model in dict.fromkeys([*(each.rows_of for each in origins), *wholly]):
        if _expected(model, connection):
            name = model._meta.db_table
            tables.setdefault(name, _Table(name, connection, _sharing(model), {}))
    for origin in found:
        there = tables.get(origin.target.rows_of._meta.db_table)
        if there is not None and is_declared(origin.target, connection):
            there.asked[origin.target] = origin
    for table in tables.values():
        table.whole = wholly.issuperset(table.models)
        if table.whole:
            place = next(iter(table.asked.values()), None)
            for target in table.targets:
                other = Found(target, place.file, place.line) if place else Found(target, "", 0)
                table.asked.setdefault(target, other)
    return tables


def _expected(model: type[Model], connection: Any) -> bool:
    allowed = router.allow_migrate_model(connection.alias, model)
    return bool(allowed and model._meta.can_migrate(connection))


def _sharing(model: type[Model]) -> list[type[Model]]:
    """Return all models of a model's table."""
    others = model._meta.apps.get_models(include_auto_created=True)
    table = model._meta.db_table
    sharing = [each for each in others if each._meta.db_table == table and not each._meta.proxy]
    return list(dict.fromkeys([model, *sharing]))


def _all(model: type[Model], connection: Any) -> list[Target]:
    """Return the constraints of a model's own table.

    The uniqueness of an automatic many-to-many table is that of the field that made it.
    """
    own = [each for each in targets_of(model) if each.rows_of is model]
    if (maker := model._meta.auto_created) and isinstance(maker, type):
        own = [each for each in own if each.kind != "unique_together"]
        own += (each for each in targets_of(maker) if each.rows_of is model)
    keys = foreign_keys_of(model)
    return [each for each in [*own, *keys] if is_declared(each, connection)]


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
        file=origin.file or None,
        line=origin.line or None,
    )


def _query(target: Target, connection: Any) -> str | None:
    """Return the query that finds the rows in a constraint's way; None where none can be made."""
    try:
        return query_for(target, connection)
    except Exception:  # noqa: BLE001 (no row can be in its way, or an expression of the project's)
        return None


def _without_table(table: _Table) -> Finding:
    origin, count = next(iter(table.asked.values()), None), len(table.asked)
    words = f"the table {table.name}, of {count} constraints, is not there, or this user cannot"
    return Finding(
        id=table.models[0]._meta.label,
        kind="no-table",
        summary=f"{words} see it",
        table=table.name,
        file=(origin.file or None) if origin else None,
        line=(origin.line or None) if origin else None,
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
