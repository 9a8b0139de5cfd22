"""A model with all that its foreign keys need, as plain models: fields, tables and constraints.

Nothing else of the project's classes is in them: no manager, no `save()`, no mixin. So no code of
the project's runs when rows go in, but that of its own fields and constraints.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from graphlib import CycleError, TopologicalSorter
from typing import Any

from django.db.migrations.state import ModelState, ProjectState
from django.db.models import NOT_PROVIDED, ForeignKey, ForeignObject, GeneratedField, Model

from matrix_project.audit.prerequisites import prerequisites
from matrix_project.observe.subject import Subject
from matrix_project.observe.targets import Target, targets_of

__all__ = ["subject_of"]

_OPTIONS = frozenset(
    (
        *("db_table", "db_tablespace", "order_with_respect_to"),
        *("required_db_features", "required_db_vendor"),
    )
)
_OWN_OPTIONS = _OPTIONS | {"constraints", "indexes", "unique_together", "db_table_comment"}


def subject_of(target: Target) -> Subject:
    """Return a constraint of the project's as a subject, without rows yet.

    Raises:
        Exception: whatever Django or a field of the project's own raises where the model cannot be
            written into a migration.
    """
    relation = target.fields[0] if target.kind == "many_to_many" else None
    stands_for = _plain(target.model, relation)
    models = tuple(stands_for)
    by_label = {model._meta.label: model for model in models}
    own = by_label[target.model._meta.label]
    (plain,) = (each for each in targets_of(own) if each.id == _written(target).id)
    return Subject(
        models=models,
        targets=[plain],
        prerequisites=prerequisites(models),
        base=_base(models, own),
        stands_for=stands_for,
    )


def _written(target: Target) -> Target:
    """Return a constraint as the plain model has it: fields by their names, not their columns'."""
    if target.kind != "unique_together":
        return target
    return replace(target, fields=_names(target.model, target.fields))


def _names(model: type[Model], fields: Iterable[str]) -> tuple[str, ...]:
    return tuple(str(model._meta.get_field(each).name) for each in fields)


def _base(models: Sequence[type[Model]], observed: type[Model]) -> Sequence[type[Model]]:
    """Return the models that are referred to alone; none where one refers to the observed one."""
    base = [each for each in models if each is not observed]
    circular = any(
        key.remote_field.model is observed for each in base for key in _keys(each, ForeignKey)
    )
    return () if circular else base


@cache
def _plain(model: type[Model], relation: str | None) -> Mapping[type[Model], type[Model]]:
    """Return the plain models with those that they stand for.

    Those that others refer to come first, the observed one last.
    `relation` is the many-to-many field whose table is observed.
    """
    needed = _needed(model, relation)
    state = ProjectState()
    for each in needed:
        state.add_model(_state(each, model, relation))
    for parent in {parent for each in needed for parent in each._meta.parents}:
        # Where a key has a default, a child's save() inserts its parent's row, though it is there.
        found = state.models[parent._meta.app_label, str(parent._meta.model_name)]
        key: Any = found.fields[parent._meta.pk.name]
        key.default = NOT_PROVIDED
    rendered = {
        each: state.apps.get_model(each._meta.app_label, str(each._meta.object_name))
        for each in needed
    }
    return {rendered[each]: each for each in _ordered(needed, model)}


def _needed(model: type[Model], relation: str | None) -> list[type[Model]]:
    """Return a model and all that its foreign keys need, and theirs in turn."""
    found = [model]
    if relation is not None:
        found.append(_concrete(model._meta.get_field(relation)))
    for each in found:
        # The list grows while it is gone through.
        for other in _referred(each, observed=each is model):
            if other not in found:
                found.append(other)
    return found


def _referred(model: type[Model], *, observed: bool) -> Iterator[type[Model]]:
    """Yield the models that a model's table refers to; those of others that it has to.

    Raises:
        LookupError: there is no such model.
    """
    for field in _keys(model, ForeignObject if observed else ForeignKey):
        if observed or _is_needed(model, field):
            yield _concrete(field)


def _concrete(field: Any) -> type[Model]:
    """Return the model that has the table that a relation leads to: of a proxy, the other one."""
    other = field.remote_field.model
    if isinstance(other, str):
        message = f"{field} refers to {other}, and there is no such model"
        raise LookupError(message)  # noqa: TRY004 (no type is wrong: the model is not there)
    found: type[Model] = other._meta.concrete_model
    return found


def _keys(model: type[Model], kind: type[Any]) -> list[Any]:
    return [each for each in model._meta.local_fields if isinstance(each, kind)]


def _is_needed(model: type[Model], field: Any) -> bool:
    """Return whether a model that is only referred to cannot do without a foreign key."""
    if not field.concrete:
        return False
    generated = any(isinstance(each, GeneratedField) for each in model._meta.local_fields)
    return generated or not field.null or field.primary_key or field.unique


def _state(model: type[Model], observed: type[Model], relation: str | None) -> ModelState:
    """Return a model as it is written into a migration, all that is not its table's left out."""
    state = ModelState.from_model(model)
    own = model is observed
    parents = [each._meta.label_lower for each in model._meta.parents]
    state.bases = (*parents,) if parents else (Model,)
    state.managers = []
    options = _OWN_OPTIONS if own else _OPTIONS
    state.options = {key: value for key, value in state.options.items() if key in options}
    # A table that is not Django's to create is there all the same, where others refer to it.
    # One of another schema is observed in the only one that an audit's database has.
    state.options["db_table"] = model._meta.db_table.replace('"."', "_")
    if together := state.options.get("unique_together"):
        # `makemigrations` cannot add one to a table that calls a foreign key by its column.
        state.options["unique_together"] = {_names(model, each) for each in together}
    # Where a model has none of these, its state has them empty.
    state.options.setdefault("constraints", [])
    state.options.setdefault("indexes", [])
    left_out = {
        each.name for each in model._meta.local_many_to_many if not own or each.name != relation
    }
    if not own:
        # A relation without a column of its own is nothing of the table's.
        keys = _keys(model, ForeignObject)
        left_out |= {each.name for each in keys if not _is_needed(model, each)}
    state.fields = {name: each for name, each in state.fields.items() if name not in left_out}
    related: dict[str, Any] = {
        name: each for name, each in state.fields.items() if each.is_relation
    }
    for name, each in related.items():
        each.remote_field.model = _concrete(model._meta.get_field(name))._meta.label_lower
    return state


def _ordered(models: Iterable[type[Model]], last: type[Model]) -> list[type[Model]]:
    """Return models, those that others refer to first; of a circle in the order that they have."""
    models = list(models)
    graph = {
        each: [other for other in _referred(each, observed=each is last) if other is not each]
        for each in models
    }
    try:
        ordered = list(TopologicalSorter(graph).static_order())
    except CycleError:
        ordered = [*reversed(models)]
    return [*(each for each in ordered if each is not last), last]
