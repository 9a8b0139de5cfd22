"""The classes of a case's models, in a registry of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.apps.registry import Apps
from django.db.backends.utils import truncate_name
from django.db.migrations.state import AppConfigStub
from django.db.models import Model

if TYPE_CHECKING:
    from matrix_project.cases.case import Declared

__all__ = ["make_models", "models_of"]

# PostgreSQL's, the shortest of all. https://www.postgresql.org/docs/current/limits.html
_LONGEST_NAME = 63

Described = tuple[str, Mapping[str, Any], Mapping[str, Any]]
"""A model's name, its fields and the options of its `Meta`."""


def make_models(family: str, described: Sequence[Described]) -> list[type[Model]]:
    """Return the described models of an application that has the family's name.

    Raises:
        LookupError: a field refers to a model that is not among them.
    """
    registry = Apps()
    stub = AppConfigStub(family)
    registry.app_configs[family] = stub
    stub.apps = registry
    stub.models = registry.all_models[family]
    made = []
    for name, fields, given in described:
        options: dict[str, Any] = {"app_label": family, "apps": registry, **given}
        table = f"{family}_{name}".lower()
        if len(table) > _LONGEST_NAME:
            # Django cuts the name by the database that is the default when the class is made.
            options.setdefault("db_table", truncate_name(table, _LONGEST_NAME))
        # A field belongs to one model; several cases may be given the same.
        own = {key: value.clone() for key, value in fields.items()}
        meta = type("Meta", (), options)
        made.append(type(name, (Model,), {"__module__": __name__, "Meta": meta, **own}))
    if unknown := sorted({".".join(key) for key in registry._pending_operations}):  # noqa: SLF001
        there = ", ".join(f"{family}.{name}".lower() for name, _, _ in described)
        message = f"a field refers to {', '.join(unknown)}: the models are {there}; see `others`"
        raise LookupError(message)
    return made


def models_of(case: Declared) -> list[type[Model]]:
    """Return the models of a case that gives the fields of the observed one.

    Raises:
        LookupError: it gives none, or a field refers to a model that is not among them.
    """
    name = "".join(word.capitalize() for word in case.id.partition(".")[2].split("_"))
    fields = case.fields() if callable(case.fields) else case.fields
    constraint = case.constraint() if callable(case.constraint) else case.constraint
    if not fields:
        message = "it has no model: give `fields` the model's fields, or `models` its classes"
        raise LookupError(message)
    constraints = [each for each in (constraint, *case.beside) if each is not None]
    return make_models(
        case.family,
        [
            *((each, own, {}) for each, own in case.others.items()),
            (name, fields, {"constraints": constraints, **case.meta}),
        ],
    )
