"""Django settings: the families and one database, named by the environment.

`MATRIX_DATABASE` holds the database as JSON, as it stands in `DATABASES`; without it, it is SQLite
in memory.
"""

from __future__ import annotations

import json
import os

FAMILIES = [
    "matrix_project.families.singleton",
    "matrix_project.families.one_field_set",
    "matrix_project.families.deferrable_unique",
    "matrix_project.families.include",
    "matrix_project.families.condition",
    "matrix_project.families.check",
]

INSTALLED_APPS = FAMILIES
DATABASES = {
    "default": json.loads(
        os.environ.get(
            "MATRIX_DATABASE", '{"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}'
        )
    ),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SECRET_KEY = "nothing of this project is served"  # noqa: S105
USE_TZ = True
TIME_ZONE = "UTC"
