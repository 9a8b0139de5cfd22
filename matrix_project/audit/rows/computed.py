"""Fields of the project's own that make their value themselves, out of the row's other values.

https://docs.djangoproject.com/en/stable/howto/custom-model-fields/#preprocessing-values-before-saving
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import AutoField, ForeignKey, Model

from matrix_project.audit.rows.checks import instance_of
from matrix_project.audit.rows.fresh import Fresh
from matrix_project.audit.rows.uniqueness import together
from matrix_project.audit.rows.values import NoRowError

__all__ = ["makes_its_own", "settle"]


def settle(
    model: type[Model], values: dict[str, Any], fixed: Collection[str], fresh: Fresh
) -> None:
    """Put into a row what its fields will make of it; change others until it is unlike all rows.

    Args:
        model: the row's model.
        values: the row, which is changed.
        fixed: the names of the fields that keep their values.
        fresh: gives values that no row has.
    """
    of_sets = {field for each in together(model) for field in each.fields}
    for field in model._meta.local_concrete_fields:
        if field not in of_sets or field.name in fixed or not makes_its_own(field):
            continue
        given = values.get(field.name)
        stored = _stored(model, values, field)
        if stored is None or stored == given or stored != _stored(model, values, field):
            continue  # nothing of its own, or something else each time
        for other in _free(model, {field.name, *fixed}):
            if fresh.take(field, stored):
                break
            values.update(_changed(values, other, fresh))
            stored = _stored(model, values, field)
        values[field.name] = stored


def makes_its_own(field: Any) -> bool:
    """Return whether a field makes what it stores by code of the project's own."""
    return not type(field).pre_save.__module__.startswith("django.")


def _stored(model: type[Model], values: dict[str, Any], field: Any) -> Any:
    try:
        return field.pre_save(instance_of(model, values), add=True)
    except Exception:  # noqa: BLE001 (the field's own code, which may want more than a plain row)
        return None


def _free(model: type[Model], fixed: Collection[str]) -> list[Any]:
    return [
        field
        for field in model._meta.local_concrete_fields
        if field.name not in fixed
        and not field.primary_key
        and not isinstance(field, ForeignKey | AutoField)
        and not getattr(field, "generated", False)
    ]


def _changed(values: dict[str, Any], field: Any, fresh: Fresh) -> dict[str, Any]:
    if field.name in values:
        fresh.take(field, values[field.name])
    try:
        return {field.name: fresh.value(field)}
    except NoRowError:
        return {}
