"""Django settings: the families, and SQLite in memory.

The suite is handed its database when the server is up; see `tests/matrix/conftest.py`.
"""

from __future__ import annotations

FAMILIES = [
    "matrix_project.families.singleton",
    "matrix_project.families.one_field_set",
    "matrix_project.families.deferrable_unique",
    "matrix_project.families.include",
    "matrix_project.families.condition",
    "matrix_project.families.check",
]

INSTALLED_APPS = FAMILIES
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SECRET_KEY = "nothing of this project is served"  # noqa: S105
USE_TZ = True
TIME_ZONE = "UTC"
