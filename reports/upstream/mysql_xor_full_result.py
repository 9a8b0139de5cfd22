"""Django's XOR is wrong on MySQL and MariaDB where an operand is always true or always false.

`WhereNode.as_sql()` (django/db/models/sql/where.py) counts operands that match everything or
nothing as those of an OR. Where the database has XOR (`supports_logical_xor`: MySQL and MariaDB)
one operand that matches everything makes the whole match everything: `full ^ full` is true there,
and false on PostgreSQL and SQLite, for which Django writes XOR in other words.

It shows in querysets, and in the validation of a check: `full_clean()` compares the row's values,
so that `IS NULL` of a NULL matches everything. A row that the check of the database rejects passes.

Expected: `full ^ x` is `NOT x`, `full ^ full` matches nothing.

Near it: ticket 29865 (XOR added), ticket 34604 (XOR of three operands where the database has none).
No ticket of this itself was found.

Needs Django, mysqlclient and an empty database of MySQL or MariaDB:

    MYSQL_HOST=127.0.0.1 MYSQL_PORT=3306 MYSQL_USER=root MYSQL_PASSWORD= MYSQL_DATABASE=test \
        python mysql_xor_full_result.py
"""

import os

import django
from django.conf import settings

settings.configure(
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.mysql",
            "HOST": os.environ.get("MYSQL_HOST", "127.0.0.1"),
            "PORT": os.environ.get("MYSQL_PORT", "3306"),
            "USER": os.environ.get("MYSQL_USER", "root"),
            "PASSWORD": os.environ.get("MYSQL_PASSWORD", ""),
            "NAME": os.environ.get("MYSQL_DATABASE", "test"),
        },
        "sqlite": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"},
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)
django.setup()

from django.core.exceptions import ValidationError  # noqa: E402
from django.db import DatabaseError, connections, models  # noqa: E402
from django.db.models import CheckConstraint, Q  # noqa: E402


class Contact(models.Model):
    email = models.CharField(max_length=60, null=True, blank=True)
    phone = models.CharField(max_length=60, null=True, blank=True)

    class Meta:
        app_label = "reproduction"
        constraints = [
            CheckConstraint(
                condition=Q(email__isnull=True) ^ Q(phone__isnull=True), name="email_xor_phone"
            )
        ]


EVERYTHING, NOTHING = ~Q(pk__in=[]), Q(pk__in=[])
for alias in ("sqlite", "default"):
    connection = connections[alias]
    with connection.schema_editor() as editor:
        editor.create_model(Contact)
    rows = Contact.objects.using(alias)
    rows.bulk_create([Contact(email="a"), Contact(phone="1")])
    print(f"\n{connection.display_name}, Django {django.get_version()}")
    for title, condition, expected in (
        ("everything ^ everything", EVERYTHING ^ ~Q(pk__in=[]), 0),
        ("everything ^ email='a'", EVERYTHING ^ Q(email="a"), 1),
        ("everything ^ nothing", EVERYTHING ^ NOTHING, 2),
    ):
        print(f"  filter({title}): {rows.filter(condition).count()} rows, expected {expected}")
    neither = Contact()
    neither._state.db = alias
    for title, do in (
        (
            "full_clean()",
            lambda: neither._meta.constraints[0].validate(Contact, neither, using=alias),
        ),
        ("save()", lambda: neither.save(using=alias)),
    ):
        try:
            do()
        except (ValidationError, DatabaseError) as error:
            print(f"  {title} of a row with neither: {type(error).__name__}")
        else:
            print(f"  {title} of a row with neither: no error")
    with connection.schema_editor() as editor:
        editor.delete_model(Contact)
