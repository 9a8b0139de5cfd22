"""A model with all that its foreign keys need, as plain models: fields, tables and constraints.

Nothing else of the project's classes is in them: no manager, no `save()`, no mixin. So no code of
the project's runs when rows go in, but that of its own fields and constraints.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from graphlib import CycleError, TopologicalSorter
from typing import Any

from django.db.migrations.state import ModelState, ProjectState
from django.db.models import ForeignKey, GeneratedField, Model

from matrix_project.audit.prerequisites import prerequisites
from matrix_project.observe.subject import Subject
from matrix_project.observe.targets import Target, targets_of

__all__ = ["subject_of"]

_OPTIONS = frozenset(
    (
        *("db_table", "db_tablespace", "managed", "order_with_respect_to"),
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
    models = _plain(target.model, target.fields[0] if target.kind == "many_to_many" else None)
    by_label = {model._meta.label: model for model in models}
    own = by_label[target.model._meta.label]
    (plain,) = (each for each in targets_of(own) if each.id == target.id)
    return Subject(
        models=models,
        targets=[plain],
        prerequisites=prerequisites(models),
        base=_base(models, own),
        validated_by={own: target.model},
    )


def _base(models: Sequence[type[Model]], observed: type[Model]) -> Sequence[type[Model]]:
    """Return the models that are referred to alone; none where one refers to the observed one."""
    base = [each for each in models if each is not observed]
    circular = any(key.remote_field.model is observed for each in base for key in _keys(each))
    return () if circular else base


@cache
def _plain(model: type[Model], relation: str | None) -> tuple[type[Model], ...]:
    """Return the plain models, those that others refer to first; the observed one comes last.

    `relation` is the many-to-many field whose table is observed.
    """
    needed = _needed(model, relation)
    state = ProjectState()
    for each in needed:
        state.add_model(_state(each, model, relation))
    rendered = {
        each: state.apps.get_model(each._meta.app_label, str(each._meta.object_name))
        for each in needed
    }
    return tuple(rendered[each] for each in _ordered(needed, model))


def _needed(model: type[Model], relation: str | None) -> list[type[Model]]:
    """Return a model and all that its foreign keys need, and theirs in turn."""
    found = [model]
    if relation is not None:
        field: Any = model._meta.get_field(relation)
        found.append(field.remote_field.model)
    for each in found:
        # The list grows while it is gone through.
        for other in _referred(each, observed=each is model):
            if other not in found:
                found.append(other)
    return found


def _referred(model: type[Model], *, observed: bool) -> Iterator[type[Model]]:
    """Yield the models that a model's table refers to; those of others that it has to."""
    for field in _keys(model):
        if observed or _is_needed(model, field):
            yield field.remote_field.model


def _keys(model: type[Model]) -> list[Any]:
    return [each for each in model._meta.local_fields if isinstance(each, ForeignKey)]


def _is_needed(model: type[Model], field: Any) -> bool:
    """Return whether a model that is only referred to cannot do without a foreign key."""
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
    state.options.setdefault("db_table", model._meta.db_table)
    # Where a model has none of these, its state has them empty.
    state.options.setdefault("constraints", [])
    state.options.setdefault("indexes", [])
    left_out = {
        each.name for each in model._meta.local_many_to_many if not own or each.name != relation
    }
    if not own:
        left_out |= {each.name for each in _keys(model) if not _is_needed(model, each)}
    state.fields = {name: each for name, each in state.fields.items() if name not in left_out}
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
