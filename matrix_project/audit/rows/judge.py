"""Should this row be rejected: what Django's validation says, and what the condition says.

The condition is asked by a query, on the reference database's table without the constraint, the
row being in it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet, ValidationError
from django.db import connections, transaction
from django.db.models import Model
from django.db.models.fields import PositiveIntegerRelDbTypeMixin

from matrix_project.audit.rows.computed import makes_its_own
from matrix_project.observe.checks import about, routed
from matrix_project.observe.contents import Contents, build
from matrix_project.observe.in_the_way import query_for
from matrix_project.observe.subject import Row, Subject
from matrix_project.observe.targets import Target

__all__ = ["Bench", "Trial"]


@dataclass(frozen=True)
class Trial:
    """What became of a row beside those that are there."""

    refused: str | None
    """Why the table without the constraint does not take it."""
    validation: bool | None
    """Whether Django's validation rejects it; None where it cannot be asked."""
    reference: bool | None
    """Whether it breaks the constraint's condition; None where that cannot be asked."""

    @property
    def violates(self) -> bool | None:
        """Whether it should be rejected; None where the two differ, or none says anything."""
        said = {each for each in (self.validation, self.reference) if each is not None}
        return said.pop() if len(said) == 1 else None


class Bench:
    """The tables of a subject without its constraint; all that is put there goes at the end."""

    def __init__(self, subject: Subject, target: Target, alias: str) -> None:
        """Take the subject, whose tables are there and empty."""
        self.subject = subject
        self.target = target
        self.alias = alias
        self.model: Any = target.rows_of
        self.connection: Any = connections[alias]
        self.reads: Sequence[str] = ()
        """The names of the fields that the constraint reads."""
        self.unasked: str | None = None
        """Why the reference database cannot be asked for the condition."""
        self._contents = Contents(subject, alias)
        self.own_check = target.kind == "check" and not _is_positive(target)
        """Whether it is a check that the type of a field brings on some vendor, JSON's."""
        self.continues = target.kind == "primary_key" and bool(target.model._meta.parents)
        """Whether it is the key of a table that continues another: the row there is first."""
        self._sql = self._query()

    def renew(self) -> None:
        """Begin anew with the keys that the database counts: the tables are empty again."""
        self._contents = Contents(self.subject, self.alias)

    @contextmanager
    def open(self) -> Iterator[None]:
        """Let the block put rows in; take them away at its end."""
        with transaction.atomic(using=self.alias):
            yield
            transaction.set_rollback(True, using=self.alias)

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Take away at its end what the block puts in."""
        with transaction.atomic(using=self.alias):
            yield
            transaction.set_rollback(True, using=self.alias)

    def put(self, rows: Sequence[Row | Mapping[str, Any]]) -> str | None:
        """Insert rows that stay; return why they are not taken, if so."""
        try:
            with transaction.atomic(using=self.alias):
                self._insert(rows)
        except Exception as error:  # noqa: BLE001 (whatever keeps a row out)
            return _line(error)
        return None

    def _insert(self, rows: Sequence[Row | Mapping[str, Any]]) -> None:
        self._contents.fill(rows, self.model)
        # Keys and deferred constraints are else checked at the end.
        self.connection.check_constraints()

    def tried(self, row: Mapping[str, Any]) -> Trial:
        """Return what becomes of a row beside those that are there; it does not stay."""
        validation = self.validation(row)
        with self.undone():
            try:
                self._insert([row])
            except Exception as error:  # noqa: BLE001 (whatever keeps a row out)
                return Trial(_line(error), validation, None)
            try:
                return Trial(None, validation, self._breaks())
            except Exception as error:  # noqa: BLE001 (this database cannot say it of this row)
                self.unasked = _line(error)
                return Trial(self.unasked, None, None)

    def validation(self, row: Mapping[str, Any]) -> bool | None:
        """Return whether Django's validation rejects a row beside those that are there."""
        if self.own_check or self.continues:
            return None
        rejects = None
        with self.undone(), suppress(Exception):  # the project's class, too, may fail to say it
            instance: Any = build(self.subject, row, self.model)
            instance._state.db = self.alias  # noqa: SLF001 (Django has no other way to say it)
            self._make_its_own(instance)
            with routed(self.alias), _noted() as unasked:
                rejects = _rejects(self.target, instance, self.alias)
            if unasked:
                return None
        return rejects

    def _make_its_own(self, instance: Any) -> None:
        """Give an instance the values that its fields will make of it when it is stored."""
        for field in self.model._meta.local_concrete_fields:
            if field.name in self.reads and makes_its_own(field):
                setattr(instance, field.attname, field.pre_save(instance, add=True))

    def _breaks(self) -> bool | None:
        if self._sql is None:
            return None
        with self.connection.cursor() as cursor:
            cursor.execute(self._sql)
            return cursor.fetchone() is not None

    def _query(self) -> str | None:
        try:
            if self.own_check:
                return self._of_own_check()
            return query_for(self.target, self.connection)
        except EmptyResultSet:
            return self._NEVER
        except Exception as error:  # noqa: BLE001 (this database cannot say it)
            self.unasked = _line(error)
            return None

    _NEVER = "SELECT 1 WHERE 1 = 0"

    def _of_own_check(self) -> str | None:
        field: Any = self.model._meta.get_field(self.target.fields[0])
        check = field.db_check(self.connection)
        if check is None:
            # The column's type holds what is a check elsewhere: what it takes is valid.
            return self._NEVER
        table = self.connection.ops.quote_name(self.model._meta.db_table)
        return f"SELECT 1 FROM {table} WHERE NOT ({check})"  # noqa: S608


def _is_positive(target: Target) -> bool:
    field = target.model._meta.get_field(target.fields[0])
    return isinstance(field, PositiveIntegerRelDbTypeMixin)


def _rejects(target: Target, instance: Model, alias: str) -> bool:
    if target.kind == "check":
        value = getattr(instance, target.fields[0])
        return value is not None and value < 0
    if target.kind == "constraint":
        (constraint,) = (c for c in instance._meta.constraints if c.name == target.name)
        try:
            constraint.validate(type(instance), instance, using=alias)
        except ValidationError:
            return True
        return False
    try:
        instance.validate_unique()
    except ValidationError as invalid:
        return any(about(invalid, instance, [target], alias, ()))
    return False


@contextmanager
def _noted() -> Iterator[list[logging.LogRecord]]:
    """Note what Django logs where a database cannot answer: it takes the row for valid then."""
    noted: list[logging.LogRecord] = []

    def note(record: logging.LogRecord) -> bool:
        noted.append(record)
        return False

    logger = logging.getLogger("django.db.models")
    logger.addFilter(note)
    try:
        yield noted
    finally:
        logger.removeFilter(note)


def _line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
