"""Django on MySQL and MariaDB: a check on a part of a time holds nothing without time zone tables.

Where TIME_ZONE is not UTC, when__hour__gte=9 becomes EXTRACT(HOUR FROM CONVERT_TZ(`when`, 'UTC',
'Europe/Berlin')) >= 9. CONVERT_TZ() is NULL until mysql_tzinfo_to_sql has filled the time zone
tables, and a check of NULL lets every row in: migrate passes, no check warns, and every row is
stored. Queries of that kind raise "Are time zone definitions for your database installed?"; the
DDL of a constraint does not ask.

Near it: ticket 30786 (how Django finds out whether the tables are filled). No ticket was found that
speaks of constraints; the docs ask for the tables where time zones are used.
https://docs.djangoproject.com/en/stable/ref/databases/#time-zone-definitions

Run it: python django_mysql_check_time_zone_tables.py HOST PORT USER PASSWORD DATABASE
"""

import datetime as dt
import sys

import django
from django.conf import settings

host, port, user, password, database = sys.argv[1:]
settings.configure(
    USE_TZ=True,
    TIME_ZONE="Europe/Berlin",
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.mysql",
            "HOST": host,
            "PORT": port,
            "USER": user,
            "PASSWORD": password,
            "NAME": database,
        }
    },
)
django.setup()

from django.db import connection, models  # noqa: E402


class Visit(models.Model):
    when = models.DateTimeField()

    class Meta:
        app_label = "upstream"
        constraints = [models.CheckConstraint(condition=models.Q(when__hour__gte=9), name="open")]


with connection.schema_editor() as editor:
    editor.create_model(Visit)
try:
    # 02:00 in Berlin.
    Visit.objects.create(when=dt.datetime(2026, 5, 1, 0, 0, tzinfo=dt.UTC))
    print(django.__version__, "save(): stored")
except django.db.IntegrityError as error:
    print(django.__version__, "save():", error)
finally:
    with connection.schema_editor() as editor:
        editor.delete_model(Visit)
