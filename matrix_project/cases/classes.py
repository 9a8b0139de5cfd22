"""The classes of a case's models, in a registry of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.apps.registry import Apps
from django.db.backends.utils import truncate_name
from django.db.migrations.state import AppConfigStub
from django.db.models import Model

__all__ = ["make_models"]

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
