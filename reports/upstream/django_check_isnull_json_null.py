"""Django 5.2 to 6.1: CheckConstraint.validate() takes JSON's null for SQL's NULL.

The check is data IS NOT NULL. JSON's null is a value, and the database stores it; validate() says
that it breaks the check, for the lookup `isnull` answers for every Value(None) by itself, JSON's
null among them. https://code.djangoproject.com/ticket/34754 brought that in for SQL's NULL;
JSONNull() came with https://code.djangoproject.com/ticket/35381.

full_clean() says before that, of the field, "Value must be valid JSON.", and so leaves the
constraint out: no row with JSON's null passes it.

Run it: python django_check_isnull_json_null.py (SQLite in memory; the others do the same)
"""

import django
from django.conf import settings

settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
)
django.setup()

from django.core.exceptions import ValidationError  # noqa: E402
from django.db import connection, models  # noqa: E402


class Document(models.Model):
    data = models.JSONField(null=True, blank=True)

    class Meta:
        app_label = "upstream"
        constraints = [
            models.CheckConstraint(condition=models.Q(data__isnull=False), name="not_null")
        ]


JSON_NULL = (
    models.JSONNull()
    if hasattr(models, "JSONNull")
    else models.Value(None, models.JSONField())
)
with connection.schema_editor() as editor:
    editor.create_model(Document)
document = Document(data=JSON_NULL)
for name, validate in [
    ("validate()", lambda: Document._meta.constraints[0].validate(Document, document)),
    ("full_clean()", document.full_clean),
]:
    try:
        validate()
        print(django.__version__, f"{name}: passes")
    except ValidationError as error:
        print(django.__version__, f"{name}:", error)
document.save()
print("save(): stored", Document.objects.filter(data__isnull=False).count())
