"""Plain valid rows of a subject's models, and the rows that their foreign keys need."""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.db.models import AutoField, CheckConstraint, Field, ForeignKey, Model

from matrix_project.audit.rows.checks import broken, literals, mended
from matrix_project.audit.rows.uniqueness import fresh_fields, together
from matrix_project.audit.rows.values import NoRowError, Values
from matrix_project.observe.subject import Row, Subject

__all__ = ["NEW", "NoRowError", "PlainRows"]


class _New(enum.Enum):
    NEW = enum.auto()


NEW = _New.NEW
"""In the place of a value: one that no row has; of a foreign key's: a row of its own."""

Given = Mapping[str, Any]


@dataclass(frozen=True)
class _Open:
    """A row of another model that is not made yet, though others may refer to its key."""

    values: dict[str, Any]
    promised: Field[Any, Any] | None
    """The field that has it for itself alone."""


class Helper(Protocol):
    """What a project gives to help."""

    def of(self, model: type[Model], /) -> Iterator[dict[str, Any]]:
        """Yield rows of a model, by the names of its fields."""


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
        self._help = help
        self._prefer = prefer or {}
        self._observed = subject.observed
        self._targets = {(each.model, each.name) for each in subject.targets}
        self._known = {each._meta.concrete_model for each in subject.models}
        self._referred = _referred(subject)
        # The rows of other models, those that others refer to before them.
        self._parents: list[tuple[type[Model], dict[str, Any]]] = []
        self._made: list[tuple[type[Model], dict[str, Any]]] = []
        self._shared: dict[type[Model], dict[str, Any]] = {}
        # Those that are being made, and the one-to-one field that each is promised to.
        self._open: dict[type[Model], list[_Open]] = {}
        self._used: dict[Field[Any, Any], set[Any]] = {}
        self._keys: dict[type[Model], int] = {}
        self._helped: dict[type[Model], list[dict[str, Any]]] = {}

    def row(self, model: type[Model], given: Given | None = None) -> dict[str, Any]:
        """Return a valid row: what is given, and values for every other field that needs one.

        Unique fields get fresh values at each call, and one-to-one fields fresh parents. A key that
        the database counts is left out.

        Raises:
            NoRowError: there is none, and why.
        """
        model = _concrete(model)
        values = self._make(model, given or {})
        self._made.append((model, values))
        return dict(values)

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
        needed: set[int] = set()
        pending = list(rows)
        while pending:
            model, values = pending.pop()
            for number in self._needs(model, values) - needed:
                needed.add(number)
                pending.append(self._parents[number])
        return [
            Row(model._meta.label, dict(values))
            for number, (model, values) in enumerate(self._parents)
            if number in needed
        ]

    def _needs(self, model: type[Model], values: Given) -> set[int]:
        """Return the numbers of the parents that a row's foreign keys refer to."""
        found = set()
        for field in model._meta.concrete_fields:
            key = values.get(field.name)
            if isinstance(field, ForeignKey) and key is not None:
                to, name = _concrete(field.related_model), field.target_field.name
                found |= {
                    number
                    for number, (parent, row) in enumerate(self._parents)
                    if parent is to and row.get(name) == key
                }
        return found

    # One row

    def _make(self, model: type[Model], given: Given, open_: _Open | None = None) -> dict[str, Any]:
        """Return a row; with its key, where it is one that others are to refer to."""
        given = {**self._help_for(model, given), **given}
        fixed = {name: value for name, value in given.items() if value is not NEW}
        values = open_.values if open_ else {}
        values.update(fixed)
        self._inherit(model, given, values)
        if open_:
            for name in sorted(self._referred.get(model, ())):
                self._give_key(model, name, values)
        self._fill(model, given, values)
        self._note(model, fixed)
        self._mend(model, fixed, values, parent=open_ is not None)
        return values

    def _help_for(self, model: type[Model], given: Given) -> dict[str, Any]:
        """Return the next row that the project gives for the model, without what was used."""
        if self._help is None:
            return {}
        if model not in self._helped:
            self._helped[model] = list(self._help.of(model))
        rows = self._helped[model]
        row = rows.pop(0) if len(rows) > 1 else dict(rows[0]) if rows else {}
        for each in together(model):
            for field in each.fields:
                used = self._used.get(field, ())
                if field.name in row and self._values.mark(field, row[field.name]) in used:
                    del row[field.name]
        return {name: value for name, value in row.items() if name not in given}

    def _inherit(self, model: type[Model], given: Given, values: dict[str, Any]) -> None:
        """Make the rows of the tables that the model's own continues, and take their values."""
        for parent, link in model._meta.parents.items():
            if link is None or link not in model._meta.local_fields:
                continue
            names = {each.name for each in parent._meta.concrete_fields}
            inherited = {name: value for name, value in given.items() if name in names}
            key = values.get(link.name)
            known = self._row_of(parent, link, key)
            if known is None:
                known = self._parent(parent, inherited)
                values[link.name] = known[link.target_field.name]
            for name, value in known.items():
                values.setdefault(name, value)

    def _row_of(self, model: type[Model], link: Any, key: Any) -> dict[str, Any] | None:
        name = link.target_field.name
        return next(
            (
                row
                for of, row in self._parents
                if of is model and key is not None and row.get(name) == key
            ),
            None,
        )

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
                    values[field.name] = self._fresh(field)
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

    def _fresh(self, field: Any) -> Any:
        """Return the first plain value of a field that no row has."""
        used = self._used.setdefault(field, set())
        for number in range(len(used) + 1):
            value = self._values.value(field, number)
            mark = self._values.mark(field, value)
            if mark not in used:
                used.add(mark)
                return value
        message = f"{field}: no value is found that no row has"
        raise NoRowError(message)

    def _note(self, model: type[Model], given: Given) -> None:
        """Remember the given values of fields that tell rows apart."""
        for each in together(model):
            for field in each.fields:
                if field.name in given and not isinstance(field, ForeignKey):
                    mark = self._values.mark(field, given[field.name])
                    self._used.setdefault(field, set()).add(mark)

    # Foreign keys

    def _give_key(self, model: type[Model], name: str, values: dict[str, Any]) -> None:
        """Give a value to a field that others refer to, before what they need is made."""
        field: Any = model._meta.get_field(name)
        if name in values or isinstance(field, ForeignKey):
            return
        if isinstance(field, AutoField):
            self._keys[field.model] = self._keys.get(field.model, 0) + 1
            values[name] = self._keys[field.model]
        else:
            values[name] = self._fresh(field)

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
        to, name = _concrete(field.related_model), field.target_field.name
        if to is model and not (field.null or other):
            self._give_key(model, name, values)
            return values[name]
        if to not in self._known:
            # Its table is not there: no constraint of the database's asks for the row.
            target = field.target_field
            return self._fresh(target) if fresh else self._values.value(target)
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
        self, model: type[Model], given: Given, promised: Field[Any, Any] | None = None
    ) -> dict[str, Any]:
        """Make a row that others refer to."""
        opened = self._open.setdefault(model, [])
        opened.append(_Open({}, promised))
        try:
            values = self._make(model, given, opened[-1])
        finally:
            opened.pop()
        self._parents.append((model, values))
        return values

    # Check constraints

    def _mend(
        self, model: type[Model], fixed: Collection[str], values: dict[str, Any], *, parent: bool
    ) -> None:
        """Change values that are not given until the row breaks no check constraint.

        A row that is no parent may break the observed one; what is given to it may break others.
        """
        checks = [
            each
            for each in model._meta.constraints
            if isinstance(each, CheckConstraint)
            and (parent or (model, each.name) not in self._targets)
        ]
        if not checks:
            return
        using = self._connection.alias
        found = broken(_instance(model, values), checks, using)
        if not found:
            return
        about: dict[str, list[Any]] = {}
        for check in checks:
            for name, some in literals(check.condition).items():
                about.setdefault(name, []).extend(some)
        cache: dict[str, list[Any]] = {}

        def options(name: str) -> list[Any]:
            if name not in cache:
                cache[name] = self._options(model, name, fixed, values, about.get(name, ()))
            return cache[name]

        def holds(assignment: Given) -> bool:
            return not broken(_instance(model, {**values, **assignment}), checks, using)

        assignment = mended(model, found, options, holds)
        if assignment is None and not parent:
            return
        if assignment is None:
            names = ", ".join(repr(each.name) for each in found)
            message = f"no row of {model._meta.label} is found that satisfies {names}"
            raise NoRowError(message)
        values.update(assignment)

    def _options(
        self,
        model: type[Model],
        name: str,
        fixed: Collection[str],
        values: Given,
        about: Sequence[Any],
    ) -> list[Any]:
        """Return the values that a field may take where a check is to be satisfied."""
        field: Any = model._meta.get_field(name)
        present = getattr(_instance(model, values), field.attname)
        if name in fixed or field.primary_key:
            return [present]
        found = [present, *(self._prefer.get(name, ()) if model in self._observed else ())]
        if isinstance(field, ForeignKey):
            if present is None:
                found.append(self._reference(model, field, dict(values)))
        else:
            found += [each for each in about if self._values.storable(field, each)]
            for number in range(_PLAIN):
                try:
                    found.append(self._values.value(field, number))
                except NoRowError:
                    break
        if field.null:
            found.append(None)
        elif field.empty_strings_allowed and isinstance(present, str):
            found.append("")
        return [each for number, each in enumerate(found) if each not in found[:number]]


_PLAIN = 3
"""How many plain values of a field are tried where a check is to be satisfied."""


def _instance(model: type[Model], values: Given) -> Model:
    by_attribute = {}
    for name, value in values.items():
        field: Any = model._meta.get_field(name)
        by_attribute[field.attname] = value
    return model(**by_attribute)


def _concrete(model: Any) -> type[Model]:
    found: type[Model] = model._meta.concrete_model
    return found


def _referred(subject: Subject) -> dict[type[Model], set[str]]:
    """Return the fields of each model that foreign keys refer to: its key, and others."""
    found: dict[type[Model], set[str]] = {}
    for model in subject.models:
        found.setdefault(_concrete(model), set()).add(model._meta.pk.name)
        for field in model._meta.local_concrete_fields:
            if isinstance(field, ForeignKey):
                target = field.target_field
                found.setdefault(_concrete(field.related_model), set()).add(target.name)
    return found
