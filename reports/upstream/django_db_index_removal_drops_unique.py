"""AlterField that takes `db_index` away drops a UniqueConstraint on the same field, too.

PostgreSQL: a conditional one. MySQL and MariaDB: any. No error tells of it, and duplicates get in.
Seen with Django 5.2, 6.0 and 6.1. `_alter_field()` leaves out the names of `Meta.indexes` when it
looks for the index of the field, and not those of `Meta.constraints`: an index that is unique is
taken for one. Django's ticket: https://code.djangoproject.com/ticket/37286 (told of MySQL; its fix
is in https://github.com/django/django/pull/21801). Not told there: PostgreSQL's conditional ones.

Run it on an empty database, with an URL's parts:

    python django_db_index_removal_drops_unique.py postgresql HOST PORT USER PASSWORD NAME
    python django_db_index_removal_drops_unique.py mysql HOST PORT USER PASSWORD NAME
"""

import sys

import django
from django.conf import settings
from django.db import connection, models

engine, host, port, user, password, name = sys.argv[1:]
database = {"ENGINE": f"django.db.backends.{engine}", "HOST": host, "PORT": port}
database |= {"USER": user, "PASSWORD": password, "NAME": name}
settings.configure(
    DATABASES={"default": database}, DEFAULT_AUTO_FIELD="django.db.models.BigAutoField"
)
django.setup()

condition = models.Q(n__gt=0) if engine == "postgresql" else None


class Person(models.Model):
    name = models.CharField(max_length=30, db_index=True)
    n = models.IntegerField()

    class Meta:
        app_label = "upstream"
        constraints = [
            models.UniqueConstraint(fields=["name"], condition=condition, name="one_name")
        ]


def unique():
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, Person._meta.db_table)
    return "one_name" in found


with connection.schema_editor() as editor:
    editor.create_model(Person)
try:
    print("one_name before:", unique())
    new = models.CharField(max_length=30)
    new.set_attributes_from_name("name")
    new.model = Person
    with connection.schema_editor() as editor:
        editor.alter_field(Person, Person._meta.get_field("name"), new)
    print("one_name after db_index was taken away:", unique())
finally:
    with connection.schema_editor() as editor:
        editor.delete_model(Person)
