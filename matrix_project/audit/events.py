"""What the audit's process tells beside what the suite tells."""

from __future__ import annotations

import msgspec

from matrix_project.results.against import Against
from matrix_project.results.migrated import Migrated

__all__ = ["Compared", "RanMigrations"]


class Compared(msgspec.Struct, tag_field="event", tag="compared", kw_only=True):
    """The project's own database was compared with its models."""

    against: Against


class RanMigrations(msgspec.Struct, tag_field="event", tag="ran_migrations", kw_only=True):
    """The project's migrations were run."""

    migrated: Migrated
