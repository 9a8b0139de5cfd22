"""Django's settings of the suite: no application of its own, and SQLite in memory at first.

The suite is handed its database once the server is up; see `plugin`.
"""

from __future__ import annotations

from importlib.util import find_spec

# Its fields and constraints ask for it to be installed, and it for PostgreSQL's driver.
INSTALLED_APPS = (
    ["django.contrib.postgres"] if find_spec("psycopg") or find_spec("psycopg2") else []
)
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SECRET_KEY = "nothing of this project is served"  # noqa: S105
USE_TZ = True
TIME_ZONE = "UTC"
