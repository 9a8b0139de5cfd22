"""The constraints that a model can have, and the same model without one of them.

https://docs.djangoproject.com/en/stable/ref/models/constraints/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.migrations.state import ModelState, ProjectState
from django.db.models import Field, Model

__all__ = ["Target", "foreign_keys_of", "targets_of"]

# A `Positive…` field and its kin without the check.
_SIGNED: dict[type[Field[Any, Any]], type[Field[Any, Any]]] = {
    models.PositiveBigIntegerField: models.BigIntegerField,
    models.PositiveIntegerField: models.IntegerField,
    models.PositiveSmallIntegerField: models.SmallIntegerField,
}
# What a key that the database counts becomes where it is not to be the key.
_UNCOUNTED: dict[type[Field[Any, Any]], type[Field[Any, Any]]] = {
    models.BigAutoField: models.BigIntegerField,
    models.AutoField: models.IntegerField,
    models.SmallAutoField: models.SmallIntegerField,
}


@dataclass(frozen=True)
class Target:
    """One constraint of one model: what is observed."""

    model: type[Model]
    kind: str
    """`constraint`, `unique_together`, `unique`, `primary_key`, `check`, `many_to_many` or
    `foreign_key`."""
    name: str | None
    """The name that Django or the model gives; None where the backend makes one."""
    fields: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Its part of an id: `app_label.Model/name`, `…/unique(a, b)`, `…/primary_key`."""
        if self.name is not None:
            return self.name
        if self.kind == "primary_key":
            return self.kind
        kind = self.kind if self.kind in {"check", "foreign_key"} else "unique"
        return f"{kind}({', '.join(self.fields)})"

    @property
    def rows_of(self) -> type[Model]:
        """The model that its rows go to: that of the automatic table of a many-to-many field."""
        if self.kind != "many_to_many":
            return self.model
        relation: Any = self.model._meta.get_field(self.fields[0])
        through: type[Model] = relation.remote_field.through
        return through

    @property
    def comes_with_table(self) -> bool:
        """Whether it only comes with its table: no migration adds it to one."""
        return self.kind in {"primary_key", "many_to_many"}

    def leave_out(self, state: ProjectState) -> None:
        """Take the constraint out of a project's state, all else equal."""
        _WITHOUT[self.kind](state, self)

    def loosen_references(self, state: ProjectState) -> None:
        """Leave the foreign keys to what is observed to Django, as they are without it.

        `AddConstraint` adds the constraint alone, and not them.
        """
        if self.kind in {"primary_key", "unique"} or _makes_unique(self):
            _loosen_references(state, self)


def targets_of(model: type[Model]) -> list[Target]:
    """Return every constraint of a model: those of `Meta`, its fields', its many-to-many tables'.

    What a parent's table holds is the parent's.
    """
    return list(_targets(model))


def foreign_keys_of(model: type[Model]) -> list[Target]:
    """Return the foreign keys of a model that the database is to hold."""
    return [
        Target(model, "foreign_key", None, (field.name,))
        for field in model._meta.local_fields
        if getattr(field, "db_constraint", False)
    ]


def _targets(model: type[Model]) -> Iterator[Target]:
    for constraint in model._meta.constraints:
        yield Target(model, "constraint", constraint.name, _constrained(constraint))
    for together in model._meta.unique_together:
        yield Target(model, "unique_together", None, tuple(together))
    for field in model._meta.local_fields:
        if field.primary_key:
            yield Target(model, "primary_key", None, (field.name,))
        elif field.unique and field.concrete:
            yield Target(model, "unique", None, (field.name,))
        if _brings_check(field):
            yield Target(model, "check", None, (field.name,))
    for relation in model._meta.local_many_to_many:
        through: Any = relation.remote_field.through
        if through is not None and through._meta.auto_created:
            yield Target(model, "many_to_many", None, (relation.name,))


def _brings_check(field: Field[Any, Any]) -> bool:
    """Return whether the type of a field brings a check with it, on some vendor."""
    if isinstance(field, (*_SIGNED, models.JSONField)):
        return True
    return type(field).db_check is not Field.db_check and not field.is_relation


def _constrained(constraint: Any) -> tuple[str, ...]:
    return tuple(getattr(constraint, "fields", ()))


def _state(state: ProjectState, target: Target) -> ModelState:
    key = (target.model._meta.app_label, str(target.model._meta.model_name))
    found: ModelState = state.models[key]
    return found


def _without_constraint(state: ProjectState, target: Target) -> None:
    model = _state(state, target)
    kept = [each for each in model.options["constraints"] if each.name != target.name]
    model.options["constraints"] = kept
    if _makes_unique(target):
        _loosen_references(state, target)


def _makes_unique(target: Target) -> bool:
    """Return whether foreign keys may refer to a field because of a constraint in `Meta`."""
    if target.kind != "constraint" or len(target.fields) != 1:
        return False
    meta = target.model._meta
    total = [each for each in meta.total_unique_constraints if tuple(each.fields) == target.fields]
    by_itself = any(each.unique for each in meta.fields if (each.name,) == target.fields)
    return [each.name for each in total] == [target.name] and not by_itself


def _without_unique_together(state: ProjectState, target: Target) -> None:
    model = _state(state, target)
    together = {tuple(each) for each in model.options["unique_together"]}
    model.options["unique_together"] = together - {target.fields}


def _without_unique(state: ProjectState, target: Target) -> None:
    model, (name,) = _state(state, target), target.fields
    field = model.fields[name]
    if isinstance(field, models.OneToOneField):
        _, _, args, kwargs = field.deconstruct()
        if kwargs.pop("parent_link", False):
            _continue_nothing(model)
        plain: Field[Any, Any] = models.ForeignKey(*args, **kwargs)
    else:
        plain = field.clone()
        plain._unique = False  # type: ignore[attr-defined]  # noqa: SLF001 (as `AlterField` does)
    model.fields[name] = plain
    _loosen_references(state, target)


def _without_primary_key(state: ProjectState, target: Target) -> None:
    model, (name,) = _state(state, target), target.fields
    field = model.fields[name]
    if isinstance(field, models.CompositePrimaryKey):
        del model.fields[name]
        model.fields = {"control_key": models.BigAutoField(primary_key=True), **model.fields}
        return
    _, _, args, kwargs = field.deconstruct()
    for word in ("primary_key", "unique", "auto_created", "serialize"):
        kwargs.pop(word, None)
    # A key's column keeps its name; `id` is a key's alone in Django.
    kwargs["db_column"] = field.db_column or target.model._meta.pk.column
    type_: type[Field[Any, Any]] = _UNCOUNTED.get(type(field), type(field))
    if isinstance(field, models.OneToOneField):
        type_ = models.ForeignKey
        if kwargs.pop("parent_link", False):
            _continue_nothing(model)
    renamed = "observed_key" if name == "id" else name
    fields = {
        (renamed if key == name else key): type_(*args, **kwargs) if key == name else each
        for key, each in model.fields.items()
    }
    model.fields = {"control_key": models.BigAutoField(primary_key=True), **fields}
    _loosen_references(state, target, renamed)


def _continue_nothing(model: ModelState) -> None:
    """Make a child's table one of its own, as it is in the database: no model's that it continues.

    What else led to a parent is a plain one-to-one field.
    """
    model.bases = (Model,)
    for name, field in model.fields.items():
        if isinstance(field, models.OneToOneField) and field.remote_field.parent_link:
            _, _, args, kwargs = field.deconstruct()
            model.fields[name] = type(field)(*args, **{**kwargs, "parent_link": False})


def _without_check(state: ProjectState, target: Target) -> None:
    model, (name,) = _state(state, target), target.fields
    field = model.fields[name]
    _, _, args, kwargs = field.deconstruct()
    signed = _SIGNED.get(type(field))
    model.fields[name] = _unchecked(field) if signed is None else signed(*args, **kwargs)


def _unchecked(field: Field[Any, Any]) -> Field[Any, Any]:
    """Return a field without the check that its type brings; of `Positive…` fields, the signed kin.

    A field of a project's own keeps its class in all else.
    """
    own = type(field)
    internal = next(
        (kin.__name__ for kind, kin in _SIGNED.items() if isinstance(field, kind)), None
    )
    methods: dict[str, Any] = {"db_check": lambda _field, _connection: None}
    if internal is not None:
        methods["get_internal_type"] = lambda _field: internal
    plain = field.clone()
    plain.__class__ = type(f"Unchecked{own.__name__}", (own,), methods)
    return plain


def _without_foreign_key(state: ProjectState, target: Target) -> None:
    model, (name,) = _state(state, target), target.fields
    _, _, args, kwargs = model.fields[name].deconstruct()
    model.fields[name] = type(model.fields[name])(*args, **{**kwargs, "db_constraint": False})


def _without_many_to_many(state: ProjectState, target: Target) -> None:
    """Put an explicit table in the place of the automatic one, without its uniqueness."""
    (name,) = target.fields
    relation: Any = target.model._meta.get_field(name)
    through = relation.remote_field.through
    del _state(state, target).fields[name]
    explicit = ModelState.from_model(through)
    explicit.options["unique_together"] = set()
    explicit.options.pop("auto_created", None)
    state.add_model(explicit)


def _loosen_references(state: ProjectState, target: Target, to: str | None = None) -> None:
    """Leave the database's constraint out of foreign keys to a column that is no longer unique.

    `to` is the new name of the field, where it has one.
    """
    for model in state.models.values():
        for name, field in model.fields.items():
            if field.remote_field is None or not isinstance(field, models.ForeignKey):
                continue
            if _refers(target, field, model):
                _, _, args, kwargs = field.deconstruct()
                loose = {**kwargs, "db_constraint": False, "to_field": to or target.fields[0]}
                model.fields[name] = type(field)(*args, **loose)


def _refers(target: Target, field: models.ForeignKey[Any, Any], model: ModelState) -> bool:
    to = field.remote_field.model
    label = to if isinstance(to, str) else to._meta.label
    if label == "self":
        label = f"{model.app_label}.{model.name}"
    label = label if "." in label else f"{model.app_label}.{label}"
    if label.lower() != target.model._meta.label_lower:
        return False
    try:
        referred = [
            target.model._meta.get_field(each).name for each in field.to_fields if each is not None
        ] or [target.model._meta.pk.name]
    except FieldDoesNotExist:
        return False
    return tuple(referred) == target.fields


_WITHOUT = {
    "constraint": _without_constraint,
    "unique_together": _without_unique_together,
    "unique": _without_unique,
    "primary_key": _without_primary_key,
    "check": _without_check,
    "many_to_many": _without_many_to_many,
    "foreign_key": _without_foreign_key,
}
