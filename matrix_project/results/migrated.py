"""What a project's own migrations came to on a backend, and what they left."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from matrix_project.results.against import Against
from matrix_project.results.environment import Driver, Project
from matrix_project.results.evidence import Error, Struct

__all__ = ["Failure", "Migrated", "MigratedBackend", "Migrations"]


class Failure(Struct, kw_only=True, omit_defaults=False):
    """The migration that fails, and what it leaves behind."""

    migration: Annotated[str | None, Meta(description="`app.0002_name`; null where none had begun")]
    operation: Annotated[str | None, Meta(description="As Django describes it")]
    number: Annotated[int | None, Meta(description="Which operation of the migration, from 1")]
    error: Error
    sql: Annotated[str | None, Meta(description="The last statement that was sent")]
    stays: Annotated[
        list[str], Meta(description="The statements of the migration that are not rolled back")
    ]
    tables: Annotated[list[str], Meta(description="The tables that it leaves behind")]


class Migrated(Struct, kw_only=True, omit_defaults=False):
    """What all migrations came to on one database."""

    total: Annotated[int, Meta(description="How many migrations there are")]
    applied: int
    without_migrations: Annotated[
        list[str], Meta(description="Apps with models and no migrations: made by run_syncdb")
    ]
    failure: Failure | None
    against: Annotated[
        Against, Meta(description="The constraints that are there, beside those of the models")
    ]


class MigratedBackend(Struct, kw_only=True, omit_defaults=False):
    """A backend, and what the migrations came to there."""

    vendor: str
    server_version: str | None
    django: str
    driver: Driver | None
    provider: str | None
    reason: Annotated[str | None, Meta(description="Why they were not run; null where they were")]
    migrated: Migrated | None


class Migrations(msgspec.Struct, kw_only=True):
    """The document `migrations.json`."""

    generated_at: Annotated[str, Meta(description="RFC 3339, UTC")]
    project: Project
    settings: Annotated[str, Meta(description="The module of the project's settings")]
    environments: dict[str, MigratedBackend]
