"""Django's MySQL schema editor writes Python's `b'…'` into DDL for values that are no text.

`DatabaseSchemaEditor.quote_value()` (django/db/backends/mysql/schema.py) decodes what the driver
returns for a `str` alone. mysqlclient returns bytes for a bool, for bytes and for a `uuid.UUID`,
too, and these get into a check's SQL by `%s`, as Python shows them:

- `True` becomes `b'1'`, a bit literal. Beside a comparison in a CASE it turns the result into a
  binary text, which does not equal `b'1'`: a valid row is rejected (MySQL and MariaDB).
- bytes become `b"'…'"`: error 1064 (MySQL and MariaDB).
- a UUID for MariaDB's own type uuid becomes `b"'…'"`: error 1064 (MariaDB 10.7 or newer).

Expected: the literals `TRUE`, `_binary'…'` or `x'…'`, and `'…'`.

Near it: ticket 32595 (quote_value() crashes with bytes, fixed by PR 14196), ticket 29103
(quote_value() of a text with other characters). No ticket of this itself was found.

Needs Django, mysqlclient and an empty database of MySQL or MariaDB:

    MYSQL_HOST=127.0.0.1 MYSQL_PORT=3306 MYSQL_USER=root MYSQL_PASSWORD= MYSQL_DATABASE=test \
        python mysql_quote_value_bytes.py
"""

import os
import uuid

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
        }
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)
django.setup()

from django.db import DatabaseError, connection, models  # noqa: E402
from django.db.models import Case, CheckConstraint, Q, Value, When  # noqa: E402


class Order(models.Model):
    status = models.CharField(max_length=10)
    amount = models.IntegerField()

    class Meta:
        app_label = "reproduction"
        constraints = [
            CheckConstraint(
                condition=Case(
                    When(status="paid", then=Q(amount__gt=0)),
                    default=Value(True),
                    output_field=models.BooleanField(),
                ),
                name="amount_of_paid",
            )
        ]


class File(models.Model):
    content = models.BinaryField()

    class Meta:
        app_label = "reproduction"
        constraints = [CheckConstraint(condition=~Q(content=b"\x00"), name="content_not_00")]


class Thing(models.Model):
    code = models.UUIDField()

    class Meta:
        app_label = "reproduction"
        constraints = [CheckConstraint(condition=~Q(code=uuid.UUID(int=0)), name="code_not_nil")]


def attempt(title, do):
    try:
        do()
    except DatabaseError as error:
        print(f"{title}: {type(error).__name__}{error.args}")
    else:
        print(f"{title}: no error")


def create(model):
    with connection.schema_editor() as editor:
        editor.create_model(model)


print(django.get_version(), connection.mysql_server_info)
with connection.schema_editor(collect_sql=True) as editor:
    for value in (True, b"\x00", uuid.UUID(int=0), "text", 1):
        print(f"quote_value({value!r}) -> {editor.quote_value(value)!r}")
for model in (Order, File, Thing):
    attempt(f"CREATE TABLE of {model.__name__}", lambda model=model: create(model))
# Valid: a paid order of an amount above 0. full_clean() takes it, the database does not.
row = Order(status="paid", amount=1)
row.full_clean()
attempt("INSERT of a valid order", row.save)
with connection.cursor() as cursor:
    cursor.execute("SHOW CREATE TABLE reproduction_order")
    print(cursor.fetchone()[1])
    for model in (Order, File, Thing):
        cursor.execute(f"DROP TABLE IF EXISTS {model._meta.db_table}")
