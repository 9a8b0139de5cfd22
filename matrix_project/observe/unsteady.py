"""Fields that store another value each time that the same row is put in: salted, encrypted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import Model

__all__ = ["unsteady"]


def unsteady(make: Callable[[], Model], connection: Any) -> Iterator[str]:
    """Yield the names of such fields of a row's model; none of Django's own is one.

    Args:
        make: returns a new instance with the row's values.
        connection: Django's connection to the database that the values are prepared for.
    """
    own = [
        field
        for field in make()._meta.concrete_fields
        if not type(field).__module__.startswith("django.")
    ]
    for field in own:
        try:
            first, second = (_stored(field, make(), connection) for _ in range(2))
            if first != second:
                yield field.name
        except Exception:  # noqa: BLE001, S112 (a field of a project's own; the probe shows it)
            continue


def _stored(field: Any, instance: Model, connection: Any) -> object:
    return field.get_db_prep_save(field.pre_save(instance, add=True), connection)
