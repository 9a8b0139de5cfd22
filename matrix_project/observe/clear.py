"""Empty tables between probes, so that no probe tells of another."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.management.color import no_style
from django.db import connection
from django.db.models import AutoField, Model

__all__ = ["clear"]


def clear(models: Sequence[type[Model]]) -> None:
    """Empty the models' tables, and let their keys begin anew where an error would show them.

    PostgreSQL gives the whole row in its message. On MySQL and MariaDB neither the messages nor the
    SQL of a probe have a key in them that the database counted up; a reset would be DDL there, and
    take longer than the probe.
    """
    with connection.cursor() as cursor:
        for model in models:
            table = connection.ops.quote_name(model._meta.db_table)
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608 (Django's own quoting)
            if connection.vendor == "mysql":
                continue
            keys = [
                {"table": model._meta.db_table, "column": field.column}
                for field in model._meta.local_fields
                if isinstance(field, AutoField)
            ]
            for sql in connection.ops.sequence_reset_by_name_sql(no_style(), keys):
                cursor.execute(sql)
