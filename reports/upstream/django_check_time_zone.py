"""A check on a part of a time holds in the zone of `migrate`, full_clean() asks in the active one.

when__hour__gte=9 is compared in the active time zone. `migrate` writes that into the DDL as a
literal; full_clean() takes the zone that is active then, which is another one where a view calls
timezone.activate() for its user, or where TIME_ZONE was changed since: no migration is made for
that. So full_clean() passes, and save() raises an IntegrityError, or the other way round. SQLite
shows it here; PostgreSQL, MySQL and MariaDB get the zone in the DDL as well. Seen with Django 5.2,
6.0 and 6.1.

Near it: https://code.djangoproject.com/ticket/37013 (Trunc() and Extract() without tzinfo are
ambiguous in migrations; its fix deprecates that). It was not found to speak of lookups.

    python django_check_time_zone.py
"""

import datetime as dt

import django
from django.conf import settings

settings.configure(
    USE_TZ=True,
    TIME_ZONE="Europe/Berlin",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)
django.setup()

from django.core.exceptions import ValidationError  # noqa: E402
from django.db import IntegrityError, connection, models  # noqa: E402
from django.utils import timezone  # noqa: E402


class Visit(models.Model):
    when = models.DateTimeField()

    class Meta:
        app_label = "upstream"
        constraints = [models.CheckConstraint(condition=models.Q(when__hour__gte=9), name="open")]


with connection.schema_editor() as editor:
    editor.create_model(Visit)
# 05:00 UTC is 07:00 in Berlin and 14:00 in Tokyo; 07:30 UTC is 09:30 in Berlin, 03:30 in New York.
for zone, hour, minute in (("Asia/Tokyo", 5, 0), ("America/New_York", 7, 30)):
    visit = Visit(when=dt.datetime(2026, 5, 1, hour, minute, tzinfo=dt.UTC))
    with timezone.override(zone):
        for name, act in (("full_clean()", visit.full_clean), ("save()", visit.save)):
            try:
                act()
                print(django.__version__, zone, f"{name}: passes")
            except (ValidationError, IntegrityError) as error:
                print(django.__version__, zone, f"{name}: {type(error).__name__}")
