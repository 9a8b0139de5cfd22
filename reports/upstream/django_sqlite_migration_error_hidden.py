"""On SQLite the error of a row in a migration is hidden behind a TransactionManagementError.

SQLite's `DatabaseSchemaEditor.__exit__()` calls `connection.check_constraints()` whether there was
an error or not. After an error of the ORM's, in a RunPython operation, the transaction is broken,
so that this query raises an error of its own, which takes the place of the IntegrityError, and the
transaction is left open. Elsewhere the IntegrityError is raised. Seen with Django 5.2, 6.0
and 6.1. No ticket of Django's was found that tells of it.

    python django_sqlite_migration_error_hidden.py
"""

import django
from django.conf import settings
from django.db import connection, models

database = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
settings.configure(
    DATABASES={"default": database}, DEFAULT_AUTO_FIELD="django.db.models.BigAutoField"
)
django.setup()


class Person(models.Model):
    name = models.CharField(max_length=30, unique=True)

    class Meta:
        app_label = "upstream"


with connection.schema_editor() as editor:
    editor.create_model(Person)
Person.objects.create(name="Ann")
try:
    with connection.schema_editor():
        Person.objects.create(name="Ann")
except Exception as error:  # noqa: BLE001 (the error's type is what is shown)
    print(f"{type(error).__name__}: {error}")
    print("a transaction is left open:", connection.in_atomic_block)
