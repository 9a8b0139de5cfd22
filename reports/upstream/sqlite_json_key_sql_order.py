"""Django's SQL for a key of a JSONField on SQLite differs from process to process.

`KeyTransform.as_sqlite()` (django/db/models/fields/json.py) writes the values of
`DatabaseOperations.jsonfield_datatype_values`, a frozenset of texts, whose order is that of the
process's hash seed. What `sqlmigrate` shows of one migration, and the definition of a check that
the database keeps, are then other texts each time, although they mean the same.

Expected: one order, by `sorted()` or a tuple.

Near it: ticket 34697 (sets in migrations, now sorted). No ticket of this was found. Needs Django
alone:

    python sqlite_json_key_sql_order.py
"""

import os
import subprocess
import sys

PROGRAM = """
import django
from django.conf import settings
settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)
django.setup()
from django.db import connection, models
class Customer(models.Model):
    data = models.JSONField()
    class Meta:
        app_label = "reproduction"
        constraints = [models.CheckConstraint(condition=models.Q(data__age__gte=18), name="of_age")]
with connection.schema_editor(collect_sql=True) as editor:
    editor.create_model(Customer)
print(editor.collected_sql[0])
"""

texts = set()
for seed in range(4):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "PYTHONHASHSEED": str(seed)},
        capture_output=True,
        text=True,
        check=True,
    )
    texts.add(done.stdout)
print(f"{len(texts)} different texts of one CREATE TABLE, expected 1")
print(*sorted(texts), sep="")
