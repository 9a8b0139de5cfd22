"""What has to be in a database before a model's table: extensions and collations of PostgreSQL's.

https://docs.djangoproject.com/en/stable/ref/contrib/postgres/operations/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.models import Model

__all__ = ["prerequisites"]

_POSTGRES = "django.contrib.postgres"
# Extensions by what of Django's asks for them: the class of a field, an index, a constraint.
_BY_CLASS = {
    "HStoreField": "hstore",
    "CICharField": "citext",
    "CIEmailField": "citext",
    "CITextField": "citext",
    "BloomIndex": "bloom",
    "ExclusionConstraint": "btree_gist",
}
# By the beginning of the name of an operator class of an index.
_BY_OPCLASS = {
    "gin_trgm": "pg_trgm",
    "gist_trgm": "pg_trgm",
    "gin_": "btree_gin",
    "gist_": "btree_gist",
}


def prerequisites(models: Sequence[type[Model]]) -> list[Operation]:
    """Return the operations that make what the models need: those of the project's migrations, too.

    On a database that has none of it, they do nothing.
    """
    asking = list(_parts(models))
    wanted = {_BY_CLASS[name] for part in asking for name in _ancestors(part) if name in _BY_CLASS}
    wanted |= {
        extension
        for part in asking
        for opclass in getattr(part, "opclasses", None) or ()
        for start, extension in _BY_OPCLASS.items()
        if opclass.startswith(start)
    }
    collates = any(getattr(part, "db_collation", None) for part in asking)
    if not wanted and not collates and not any(_is_postgres(part) for part in asking):
        return []
    declared = _declared()
    named = {getattr(each, "name", None) for each in declared}
    return [*declared, *(_extension(name) for name in sorted(wanted - named))]


def _parts(models: Sequence[type[Model]]) -> Iterator[Any]:
    for model in models:
        yield from model._meta.local_fields
        yield from model._meta.indexes
        yield from model._meta.constraints


def _ancestors(part: Any) -> Iterable[str]:
    return (each.__name__ for each in type(part).__mro__)


def _is_postgres(part: Any) -> bool:
    return any(each.__module__.startswith(_POSTGRES) for each in type(part).__mro__)


def _extension(name: str) -> Operation:
    # It needs the driver, which is there wherever the fields are.
    from django.contrib.postgres.operations import CreateExtension

    return CreateExtension(name)


@cache
def _declared() -> list[Operation]:
    """Return what the project's migrations make of these, each once."""
    try:
        migrations = MigrationLoader(None).disk_migrations
    except Exception:  # noqa: BLE001 (a project's own modules)
        return []
    found: dict[str, Operation] = {}
    for key in sorted(migrations):
        for operation in migrations[key].operations:
            if _makes(operation):
                found.setdefault(repr(operation.deconstruct()), operation)
    return list(found.values())


def _makes(operation: Operation) -> bool:
    return any(
        each.__module__ == f"{_POSTGRES}.operations"
        and each.__name__ in {"CreateExtension", "CreateCollation"}
        for each in type(operation).__mro__
    )
