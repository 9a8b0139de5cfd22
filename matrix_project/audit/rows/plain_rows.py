"""Plain valid rows of a subject's models, and the rows that their foreign keys need."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import AutoField, CheckConstraint, Field, ForeignKey, Model

from matrix_project.audit.rows.checks import Mending, instance_of
from matrix_project.audit.rows.computed import settle
from matrix_project.audit.rows.fresh import Fresh
from matrix_project.audit.rows.helped import Helped, Helper
from matrix_project.audit.rows.parents import Parents, concrete, is_inserted_anew, referred
from matrix_project.audit.rows.uniqueness import fresh_fields
from matrix_project.audit.rows.values import NoRowError, Values
from matrix_project.observe.subject import Row, Subject

__all__ = ["NEW", "NoRowError", "PlainRows"]


class _New(enum.Enum):
    NEW = enum.auto()


NEW = _New.NEW
"""In the place of a value: one that no row has; of a foreign key's: a row of its own."""

Given = Mapping[str, Any]

_ENOUGH = 3
"""After how many rows that could not be mended those like them are left as they are."""


@dataclass(frozen=True)
class _Open:
    """A row of another model that is not made yet, though others may refer to its key."""

    values: dict[str, Any]
    promised: Field[Any, Any] | None
    """The field that has it for itself alone."""


class PlainRows:
    """Plain valid rows of a subject's models: a value for every field that must have one.

    Foreign keys get rows of their own, the same where nothing asks for a fresh one.
    """

    def __init__(
        self,
        subject: Subject,
        connection: Any,
        help: Helper | None = None,  # noqa: A002 (the interface's word)
        prefer: Mapping[str, Sequence[Any]] | None = None,
    ) -> None:
        """Take the subject and the reference database's connection; nothing is sent yet.

        `prefer` are values of the observed models' fields, by their names, that are tried first
        where a row breaks a check constraint.
        """
        self._connection = connection
        self._values = Values(connection)
        self._prefer = prefer or {}
        self._observed = subject.observed
        self._targets = {(each.model, each.name) for each in subject.targets}
        self._known = {each._meta.concrete_model for each in subject.models}
        self._referred = referred(subject)
        self._fresh = Fresh(self._values)
        self._parents = Parents()
        self._made: list[tuple[type[Model], dict[str, Any]]] = []
        self._shared: dict[type[Model], dict[str, Any]] = {}
        # The rows of other models that are being made.
        self._open: dict[type[Model], list[_Open]] = {}
        self._keys: dict[type[Model], int] = {}
        self._helped = Helped(help, self._fresh)
        # How often a row to which these fields were given could not be mended.
        self._failures: Counter[tuple[Any, ...]] = Counter()

    def row(self, model: type[Model], given: Given | None = None) -> dict[str, Any]:
        """Return a valid row: what is given, and values for every other field that needs one.

        Unique fields get fresh values at each call, and one-to-one fields fresh parents. A key that
        the database counts is left out.

        Raises:
            NoRowError: there is none, and why.
        """
        model = concrete(model)
        values = self._make(model, given or {})
        self._made.append((model, values))
        return dict(values)

    def parent(self, model: type[Model], given: Given | None = None) -> dict[str, Any]:
        """Return a row that others refer to: the one that has the given values, or a new one.

        Raises:
            NoRowError: there is none, and why.
        """
        model, given = concrete(model), given or {}
        for name, key in given.items():
            if (known := self._parents.find(model, name, key)) is not None:
                return known
        values = self._parent(model, given)
        key = values.get(model._meta.pk.name)
        if isinstance(model._meta.pk, AutoField) and isinstance(key, int):
            self._keys[model] = max(key, self._keys.get(model, 0))
        return values

    def value(self, field: Any, *, distinct: int = 0) -> Any:
        """Return the n-th distinct plain valid value of a field.

        Raises:
            NoRowError: it has no so many.
        """
        if isinstance(field, ForeignKey):
            return self._values.value(field.target_field, distinct)
        return self._values.value(field, distinct)

    @property
    def parents(self) -> list[Row]:
        """The rows of other models that the rows made so far need, in the order of insertion."""
        return self.needed(self._made)

    def needed(self, rows: Sequence[tuple[type[Model], Given]]) -> list[Row]:
        """Return the rows of other models that these need, in the order of insertion."""
        return self._parents.needed(rows)

    def _make(self, model: type[Model], given: Given, open_: _Open | None = None) -> dict[str, Any]:
        """Return a row; with its key, where it is one that others are to refer to."""
        given = {**self._helped.row(model, given), **given}
        fixed = {name: value for name, value in given.items() if value is not NEW}
        values = open_.values if open_ else {}
        values.update(fixed)
        self._inherit(model, given, values)
        if open_:
            for name in sorted(self._referred.get(model, ())):
                self._give_key(model, name, values)
        self._fill(model, given, values)
        self._fresh.note(model, fixed)
        self._mend(model, fixed, values, parent=open_ is not None)
        settle(model, values, fixed, self._fresh)
        return values

    def _inherit(self, model: type[Model], given: Given, values: dict[str, Any]) -> None:
        """Make the rows of the tables that the model's own continues, and take their values."""
        links: Mapping[type[Model], Any] = model._meta.parents
        for parent, link in links.items():
            if link is None or link not in model._meta.local_fields:
                continue
            names = {each.name for each in parent._meta.concrete_fields}
            # Two parents may continue one table: they have its row in common.
            inherited = {n: value for n, value in {**given, **values}.items() if n in names}
            target = link.target_field.name
            key = values.get(link.name, values.get(target))
            known = self._parents.find(parent, target, key)
            if key is not None:
                inherited[target] = key
            if known is None:
                known = self._parent(parent, inherited, told=not is_inserted_anew(parent))
            values[link.name] = known[target]
            for name, value in known.items():
                values.setdefault(name, value)
            for field in parent._meta.local_concrete_fields:
                # Django writes the parent's row once more, and gives it no such time then.
                if getattr(field, "auto_now_add", False) and field.name not in values:
                    values[field.name] = self._values.value(field)

    def _fill(self, model: type[Model], given: Given, values: dict[str, Any]) -> None:
        """Give a value to each field that needs one."""
        fields = [each for each in model._meta.local_concrete_fields if each.name not in values]
        new = {name for name, value in given.items() if value is NEW}
        nulls = {each.name for each in fields if self._is_null(each) and each.name not in new}
        fresh = fresh_fields(model, set(values), nulls)
        for field in fields:
            if field.name in values:  # meanwhile, as the key that another one refers to
                continue
            if isinstance(field, ForeignKey):
                if field in fresh or field.name in new or field.name not in nulls:
                    other = field.name in new
                    own = other or field in fresh
                    values[field.name] = self._reference(
                        model, field, values, fresh=own, other=other
                    )
                elif field.has_default():
                    values[field.name] = None
            elif field in fresh or field.name in new:
                if not isinstance(field, AutoField):
                    values[field.name] = self._fresh.value(field)
            elif self._values.needs_value(field):
                leave = self._values.leaves_null(field)
                values[field.name] = None if leave else self._values.value(field)

    def _is_null(self, field: Any) -> bool:
        """Return whether a field of a plain row is NULL."""
        if isinstance(field, ForeignKey):
            return bool(field.null)
        return bool(
            field.null
            and (not self._values.needs_value(field) or self._values.leaves_null(field))
            and not field.has_default()
        )

    def _give_key(self, model: type[Model], name: str, values: dict[str, Any]) -> None:
        """Give a value to a field that others refer to, before what they need is made."""
        field: Any = model._meta.get_field(name)
        if name in values or isinstance(field, ForeignKey):
            return
        if isinstance(field, AutoField):
            self._keys[field.model] = self._keys.get(field.model, 0) + 1
            values[name] = self._keys[field.model]
        else:
            values[name] = self._fresh.value(field)

    def _reference(
        self,
        model: type[Model],
        field: Any,
        values: dict[str, Any],
        *,
        fresh: bool = False,
        other: bool = False,
    ) -> Any:
        """Return the key of the row that a foreign key refers to, which is made if need be.

        `fresh` asks for a row that no other row refers to by this field, `other` for one that is
        not the row itself.
        """
        to, name = concrete(field.related_model), field.target_field.name
        if to is model and not (field.null or other):
            self._give_key(model, name, values)
            return values[name]
        if to not in self._known:
            # Its table is not there: no constraint of the database's asks for the row.
            target = field.target_field
            return self._fresh.value(target) if fresh else self._values.value(target)
        if opened := self._open.get(to):
            found = opened[-1]
            if name in found.values and not (fresh and found.promised is field):
                return found.values[name]
            if len(opened) > 1:
                message = f"{field} and a key that leads back to it need each other's row first"
                raise NoRowError(message)
        elif not fresh:
            if to not in self._shared:
                self._shared[to] = self._parent(to, {})
            return self._shared[to][name]
        return self._parent(to, {}, field if fresh else None)[name]

    def _parent(
        self,
        model: type[Model],
        given: Given,
        promised: Field[Any, Any] | None = None,
        *,
        told: bool = True,
    ) -> dict[str, Any]:
        """Make a row that others refer to; where it is not told, it comes with its child's."""
        opened = self._open.setdefault(model, [])
        opened.append(_Open({}, promised))
        try:
            values = self._make(model, given, opened[-1])
        finally:
            opened.pop()
        if told:
            self._parents.add(model, values)
        return values

    def _mend(
        self, model: type[Model], fixed: Given, values: dict[str, Any], *, parent: bool
    ) -> None:
        """Change values that are not given until the row breaks no check constraint.

        A row that is no parent may break the observed one, and others by what is given to it.
        """
        checks = [
            each
            for each in model._meta.constraints
            if isinstance(each, CheckConstraint)
            and (parent or (model, each.name) not in self._targets)
        ]

        def options(name: str) -> list[Any]:
            field: Any = model._meta.get_field(name)
            present = getattr(instance_of(model, values), field.attname)
            if name in fixed or field.primary_key:
                return [present]
            preferred = self._prefer.get(name, ()) if model in self._observed else ()
            if not isinstance(field, ForeignKey):
                return [present, *preferred, *self._values.some(field)]
            own = () if present is not None else (self._reference(model, field, dict(values)),)
            return [present, *preferred, *own]

        asked = (model, *sorted(fixed))
        if self._failures[asked] < _ENOUGH:
            mending = Mending(checks, values, options, self._connection)
            self._failures[asked] += not mending.mend(model, self._values.nearest)
