"""On SQLite a lookup `gt` or `gte` of a key of a JSONField finds JSON's null.

`KeyTransform.as_sqlite()` (django/db/models/fields/json.py) gives the name of the type, the text
'null', where the value is JSON's null, and SQLite sorts every text after every number: 'null' >= 18
is true. Querysets find such a row, and a check lets it in, by full_clean(), too. PostgreSQL, MySQL
and MariaDB reject the row under the same check. Seen with Django 5.2, 6.0 and 6.1.

Expected: SQL's NULL for JSON's null where it is compared with a number, or no match.

Near it: ticket 32483 (booleans under a key, by JSON_TYPE()), ticket 33820 (the texts "true",
"false" and "null" cannot be told from the values; documented). No ticket of this itself was found.

    python sqlite_json_null_compared_as_text.py
"""

import django
from django.conf import settings

settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)
django.setup()

from django.db import connection, models  # noqa: E402


class Customer(models.Model):
    data = models.JSONField()

    class Meta:
        app_label = "upstream"
        constraints = [models.CheckConstraint(condition=models.Q(data__age__gte=18), name="of_age")]


with connection.schema_editor() as editor:
    editor.create_model(Customer)
customer = Customer(data={"age": None})
customer.full_clean()
customer.save()
print(django.__version__, "a row with the age null is stored under the check age >= 18")
found = Customer.objects.filter(data__age__gte=18).values_list("data", flat=True)
print("filter(data__age__gte=18) finds", list(found))
