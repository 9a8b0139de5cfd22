"""Violate constraints of a few models on one database, and print which the page's lines find.

`python -m tests.page.violations VENDOR` reads an entry of Django's `DATABASES` from its input and
prints a JSON object: the language of the messages → what was violated → what was found, and the
message.
"""

from __future__ import annotations

import json
import sys

import django
from django.conf import settings

LANGUAGES = ("en_US", "de_DE", "fr_FR", "ja_JP", "zh_CN", "hu_HU", "cs_CZ", "es_ES", "ru_RU")
TRANSLATED = ("mysql", "mariadb")
"""The vendors whose messages carry the name, in the language of `lc_messages`."""


def models():
    """Return the models, each with one constraint, and the rows of which the last violates it."""
    from django.db.models import (
        CASCADE,
        CharField,
        CheckConstraint,
        ForeignKey,
        IntegerField,
        Model,
        PositiveIntegerField,
        Q,
        UniqueConstraint,
    )
    from django.db.models.functions import Lower

    def model(name, constraint=None, **fields):
        constraints = [constraint] if constraint else []
        meta = type("Meta", (), {"app_label": "page", "constraints": constraints})
        return type(name, (Model,), {"__module__": __name__, "Meta": meta, **fields})

    text, number = (lambda: CharField(max_length=40)), IntegerField
    quoted = {"user": "ann's for key 'a.b'", "status": "DRAFT"}
    owner = model("Owner", title=text())
    yield owner, []
    of_age = CheckConstraint(condition=Q(age__gte=18), name="of_age")
    yield model("Check", of_age, age=number()), [{"age": 18}, {"age": 17}]
    one = UniqueConstraint(fields=["user", "status"], name="one_each")
    yield model("Unique", one, user=text(), status=text()), [quoted] * 2
    draft = UniqueConstraint(fields=["user"], condition=Q(status="DRAFT"), name="one_draft")
    yield model("Condition", draft, user=text(), status=text()), [quoted] * 2
    lower = UniqueConstraint(Lower("user"), name="one_lower")
    yield model("Expression", lower, user=text()), [{"user": "A"}, {"user": "a"}]
    yield model("Field", points=PositiveIntegerField()), [{"points": -1}]
    yield model("Key", owner=ForeignKey(owner, CASCADE)), [{"owner_id": 1}]


def violated(vendor, model, rows):
    """Return what is found in the last row's error, and its message; None without an error."""
    from django.db import IntegrityError

    from matrix_project.report import which_constraint

    model.objects.all().delete()
    try:
        for row in rows:
            model(**row).save()
    except IntegrityError as error:
        given = (error, model) if vendor == "sqlite" else (error,)
        return [getattr(which_constraint, vendor)(*given), str(error)]
    return None


def main(vendor):
    from django.db import DataError, connection

    made = list(models())
    with connection.schema_editor() as editor:
        for model, _ in made:
            editor.create_model(model)
    found = {}
    for language in LANGUAGES if vendor in TRANSLATED else ("en_US",):
        if vendor in TRANSLATED:
            with connection.cursor() as cursor:
                cursor.execute("SET lc_messages = %s", [language])
        found[language] = {}
        for model, rows in made:
            try:
                result = violated(vendor, model, rows)
            except DataError:  # a type's range comes before a field's check
                continue
            if result is not None:
                found[language][model.__name__] = result
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    settings.configure(
        DATABASES={"default": json.load(sys.stdin)},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
    )
    django.setup()
    main(sys.argv[1])
