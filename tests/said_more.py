"""Further declarations with what is true of them: see `said`."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.migrations import RunSQL
from django.db.models import CharField, F, GeneratedField, IntegerField, Q, TextField

from matrix_project.cases.case import row
from tests.said import check, said, unique

_NAME, _INT = CharField(max_length=30), IntegerField()
_AGE = Q(age__gte=18)
_ADULT = {"fields": {"age": _INT}, "valid": [{"age": 18}], "violating": [{"age": 17}]}
_ONE = {"rows": [{"n": 1}], "valid": [{"n": 2}], "violating": [{"n": 1}]}
_ONE_NAME = {"rows": [{"name": "ann"}], "valid": [{"name": "bob"}], "violating": [{"name": "ann"}]}

said(
    "beside_a_refused_field",
    "E E E E",
    check(_AGE),
    fields={"age": _INT, "text": TextField(unique=True)},
    valid=[{"age": 18, "text": "a"}],
    violating=[{"age": 17, "text": "b"}],
)
said(
    "more_than_64_bits",
    "RED RED RED RED",
    check(Q(age__lt=100)),
    fields={"age": _INT},
    valid=[{"age": 18}],
    violating=[{"age": 2**70}],
)
said(
    "message_in_the_data",
    "E E E EU",
    unique("name"),
    fields={"name": _NAME, "n": _INT},
    rows=[{"name": "x' for key 'other", "n": 1}],
    valid=[{"name": "b", "n": 1}],
    violating=[{"name": "x' for key 'other", "n": 2}],
)
said("name_of_64_characters", "E E E E", check(_AGE, "n" * 64), **_ADULT)
said("model_" + "m" * 70, "E E E E", check(_AGE), **_ADULT)
said(
    "named_primary",
    "E R:1280 R:1280 EU",
    unique("name", name="PRIMARY"),
    fields={"name": _NAME},
    **_ONE_NAME,
)
said(
    "primary_key_of_text",
    "E R:1170 R:1170 EU",
    observes="primary_key",
    fields={"name": TextField(primary_key=True)},
    **_ONE_NAME,
)
if hasattr(models, "DB_SET_NULL"):
    # https://dev.mysql.com/doc/refman/en/create-table-check-constraints.html
    said(
        "check_on_a_key_that_the_database_sets_null",
        "E R:3823 R:1901 E",
        check(Q(author__isnull=False)),
        others={"Author": {"n": _INT}},
        fields={"author": models.ForeignKey("Author", models.DB_SET_NULL, null=True)},
        rows=[row("Author", id=1, n=1)],
        valid=[{"author": 1}],
        violating=[{"author": None}],
    )
said(
    "lookup_that_django_lacks",
    "E E E RD",
    check(Q(data__contains={"a": 1})),
    fields={"data": models.JSONField()},
    valid=[{"data": {"a": 1}}],
    violating=[{"data": {"a": 2}}],
    validated=False,
)


class Citext(models.Field):
    """A column of a type that SQLite alone takes without knowing it."""

    def db_type(self, connection):
        return "citext"


said(
    "unknown_type",
    "A:42704 A:1064 A:4161 EU",
    unique("name"),
    fields={"name": Citext()},
    **_ONE_NAME,
)
said(
    "later_django",
    "A A A A",
    lambda: models.ConstraintOfTheFuture(name="the_check"),
    fields=lambda: {"n": models.FieldOfTheFuture()},
    from_django="99.0",
    **_ONE,
)
said(
    "exclusion_without_its_extension",
    "R:42704 R:1064 R:1064 R:SQLITE_ERROR",
    ExclusionConstraint(name="one", expressions=[("n", "=")]),
    fields={"n": _INT},
    **_ONE,
)
said(
    "prerequisite_that_fails",
    "A A A A",
    unique("n"),
    prerequisites=[RunSQL("SELECT * FROM nowhere")],
    fields={"n": _INT},
    **_ONE,
)
said(
    "unique_generated_field",
    "E E E EU",
    observes="unique",
    fields={
        "n": _INT,
        "double": GeneratedField(
            expression=F("n") * 2,
            output_field=IntegerField(),
            db_persist=True,
            unique=True,
        ),
    },
    **_ONE,
)
