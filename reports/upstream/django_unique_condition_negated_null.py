"""Django 6.1: UniqueConstraint.validate() lets a NULL under a negated condition pass.

The index of ~Q(status="DELETED") holds rows without a status, for Django adds "AND status IS NOT
NULL" inside the negation: the database rejects the second row. validate() compares values in the
place of columns, which are not nullable, and adds nothing: NOT (NULL = 'DELETED') is unknown, which
6.1 takes for "the constraint does not apply". Until 6.0 it took it for "it applies", and agreed.

Introduced by https://code.djangoproject.com/ticket/37057, which mended Q(status="DRAFT").

Run it: python django_unique_condition_negated_null.py (Django 6.1, SQLite in memory)
"""

import django
from django.conf import settings

settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
)
django.setup()

from django.core.exceptions import ValidationError  # noqa: E402
from django.db import IntegrityError, connection, models  # noqa: E402


class Page(models.Model):
    user = models.CharField(max_length=10)
    status = models.CharField(max_length=10, null=True, blank=True)

    class Meta:
        app_label = "upstream"
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=~models.Q(status="DELETED"), name="one_alive"
            )
        ]


with connection.schema_editor() as editor:
    editor.create_model(Page)
Page.objects.create(user="ann", status="DRAFT")
second = Page(user="ann", status=None)
try:
    second.full_clean()
    print(django.__version__, "full_clean(): passes")
except ValidationError as error:
    print(django.__version__, "full_clean():", error)
try:
    second.save()
    print("save(): stored")
except IntegrityError as error:
    print("save():", error)
