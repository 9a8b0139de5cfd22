"""Rows of the observed model, made from proposals: all else plain, the rows they refer to first."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db.models import Field

from matrix_project.audit.rows.evaluating import Assignment, Parent, Scene
from matrix_project.audit.rows.help import Help
from matrix_project.audit.rows.judge import Bench
from matrix_project.audit.rows.plain_rows import PlainRows
from matrix_project.audit.rows.values import NoRowError
from matrix_project.observe.subject import Row

__all__ = ["Maker"]


class Maker:
    """Makes rows, and puts the rows that they refer to onto the bench."""

    def __init__(self, bench: Bench, help_: Help | None) -> None:
        """Take the bench; nothing is made yet."""
        self._bench = bench
        self._plain = PlainRows(bench.subject, bench.connection, help_)
        self._keys: dict[tuple[Any, Parent], Any] = {}
        self._put: list[Row] = []
        self.plain: Mapping[str, Any] = {}
        """A row to which nothing was given."""

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Take off the bench at its end what the block puts there."""
        there = list(self._put)
        with self._bench.undone():
            yield
        self._put = there

    def needed(self, rows: Sequence[Mapping[str, Any]]) -> list[Row]:
        """Return the rows that these refer to, in the order of insertion."""
        return self._plain.needed([(self._bench.model, each) for each in rows])

    @property
    def has_put_own(self) -> bool:
        """Whether rows of the observed model are on the bench, as others refer to them."""
        return any(each.model == self._bench.model._meta.label for each in self._put)

    def row(self, given: Assignment) -> dict[str, Any]:
        """Return a row with these values; what it refers to is on the bench.

        Raises:
            NoRowError: there is none.
        """
        settled = self.settled(given)
        row = self._plain.row(self._bench.model, settled)
        self._put_parents()
        return row

    def prepare(self, fields: Sequence[Any], parents: int) -> None:
        """Put the rows of its own model that a row may refer to, before the database counts keys.

        Raises:
            NoRowError: there are none.
        """
        for field, number in itertools.product(fields, range(parents)):
            if field.is_relation and field.target_field.model is self._bench.model:
                self.row({field.name: Parent(number)})

    def settled(self, given: Assignment) -> dict[str, Any]:
        """Return values with the keys of rows in the place of what stands for them.

        Raises:
            NoRowError: there is no such row.
        """
        fields = self._bench.model._meta
        return {
            name: self._key(fields.get_field(name), value) if isinstance(value, Parent) else value
            for name, value in given.items()
        }

    def scene(self, base: Mapping[str, Any] | None = None) -> Scene:
        """Return what is known of the model."""
        return Scene(self.value, base or {})

    def value(self, field: Field[Any, Any], number: int) -> Any:
        """Return the n-th plain value of a field, the last that it has where they are fewer."""
        for nearest in range(number, -1, -1):
            try:
                return self._plain.value(field, distinct=nearest)
            except NoRowError:
                continue
        return None

    def _key(self, field: Any, parent: Parent) -> Any:
        to = field.target_field
        if parent.key is not None and to.model is self._bench.model:
            return parent.key
        known = (to, parent)
        if known not in self._keys:
            self._keys[known] = self._new_key(field, to, parent)
        return self._keys[known]

    def _new_key(self, field: Any, to: Any, parent: Parent) -> Any:
        given = {} if parent.key is None else {to.name: parent.key}
        return self._plain.parent(field.related_model, given)[to.name]

    def _put_parents(self) -> None:
        new = [each for each in self._plain.parents if each not in self._put]
        if new and (refused := self._bench.put(new)):
            message = f"a row that it refers to is not taken: {refused}"
            raise NoRowError(message)
        self._put += new
