"""Django's functions MD5 and SHA1 raise error 1305 on MySQL 9.6 and newer.

MySQL 9.6 has moved MD5() and SHA1() to a component that no server has unless its administrator
installs it. MD5() and SHA1() of django.db.models.functions send the same SQL as ever: a query
raises OperationalError 1305, "FUNCTION … does not exist", and a check with one of them is refused
by error 3814. Neither a system check nor a feature flag tells of it. Seen with Django 5.2, 6.0 and
6.1 on MySQL 9.7.
https://dev.mysql.com/doc/refman/9.6/en/legacy-hashing-component.html

Expected: a system check, or a line in the reference of both functions.

Near it: ticket 30240 (SHA1 added). No ticket of this itself was found.

Needs Django, mysqlclient and an empty database of MySQL 9.6 or newer:

    python django_mysql_md5_sha1.py HOST PORT USER PASSWORD NAME
"""

import sys

import django
from django.conf import settings

host, port, user, password, name = sys.argv[1:]
database = {"ENGINE": "django.db.backends.mysql", "HOST": host, "PORT": port}
database |= {"USER": user, "PASSWORD": password, "NAME": name}
settings.configure(
    DATABASES={"default": database}, DEFAULT_AUTO_FIELD="django.db.models.BigAutoField"
)
django.setup()

from django.db import DatabaseError, connection, models  # noqa: E402
from django.db.models.functions import MD5, SHA1, SHA256  # noqa: E402


class Person(models.Model):
    name = models.CharField(max_length=30)

    class Meta:
        app_label = "upstream"


print(django.__version__, connection.mysql_server_info)
with connection.schema_editor() as editor:
    editor.create_model(Person)
try:
    Person.objects.create(name="Ann")
    for function in (MD5, SHA1, SHA256):
        try:
            print(function.__name__, Person.objects.values_list(function("name"), flat=True).get())
        except DatabaseError as error:
            print(function.__name__, f"{type(error).__name__}{error.args}")
finally:
    with connection.schema_editor() as editor:
        editor.delete_model(Person)
