"""On PostgreSQL `connection.check_constraints()` defers constraints that are initially immediate.

It sends SET CONSTRAINTS ALL IMMEDIATE, then SET CONSTRAINTS ALL DEFERRED: for the rest of the
transaction a UniqueConstraint with `deferrable=Deferrable.IMMEDIATE` is deferred, and its violation
is raised by the COMMIT instead of the statement. `loaddata` and TestCase call it. Seen with Django
5.2, 6.0 and 6.1. No ticket of Django's was found that tells of it; near to it is
https://code.djangoproject.com/ticket/31440.

    python django_check_constraints_defers_immediate.py HOST PORT USER PASSWORD NAME
"""

import sys

import django
from django.conf import settings
from django.db import IntegrityError, connection, models, transaction

host, port, user, password, name = sys.argv[1:]
database = {"ENGINE": "django.db.backends.postgresql", "HOST": host, "PORT": port}
database |= {"USER": user, "PASSWORD": password, "NAME": name}
settings.configure(
    DATABASES={"default": database}, DEFAULT_AUTO_FIELD="django.db.models.BigAutoField"
)
django.setup()


class Song(models.Model):
    position = models.IntegerField()

    class Meta:
        app_label = "upstream"
        constraints = [
            models.UniqueConstraint(
                fields=["position"], deferrable=models.Deferrable.IMMEDIATE, name="one_position"
            )
        ]


def duplicate(*, checked):
    try:
        with transaction.atomic():
            if checked:
                connection.check_constraints()
            try:
                Song.objects.create(position=1)
            except IntegrityError:
                return "at the statement"
    except IntegrityError:
        return "at the commit"
    return "never"


with connection.schema_editor() as editor:
    editor.create_model(Song)
try:
    Song.objects.create(position=1)
    print("a duplicate is rejected", duplicate(checked=False))
    print("a duplicate after check_constraints() is rejected", duplicate(checked=True))
finally:
    with connection.schema_editor() as editor:
        editor.delete_model(Song)
