"""A condition on the columns of one row."""

from __future__ import annotations

from django.db.models import (
    BooleanField,
    CharField,
    CheckConstraint,
    ExpressionWrapper,
    IntegerField,
    Q,
)

from matrix_project.cases.case import Promise, rejects
from matrix_project.cases.documents import CHECK, all_enforce

_FIELDS = {"name": CharField(max_length=30), "age": IntegerField()}
_VALID = [{"name": "Ann", "age": 18}]
_VIOLATING = [{"name": "Bob", "age": 17}]
_ACTS = [
    rejects(
        "QuerySet.update() of several rows, one of which becomes violating",
        lambda t: t.objects.update(age=17),
        rows=[{"name": "Ann", "age": 40}, {"name": "Cid", "age": 18}],
    )
]

q = Promise(
    "check.q",
    "A customer's age is never less than 18.",
    title="Check on a Q object",
    fields=_FIELDS,
    constraint=CheckConstraint(condition=Q(age__gte=18), name="of_age"),
    valid=_VALID,
    violating=_VIOLATING,
    acts=_ACTS,
    feature="supports_table_check_constraints",
    sources=[CHECK],
    claims=all_enforce(CHECK),
    aliases=["check constraint", "condition", "validate a range"],
)

boolean_expression = Promise(
    "check.boolean_expression",
    "A customer's age is never less than 18; the condition is a boolean expression.",
    title="Check on a boolean expression",
    fields=_FIELDS,
    constraint=CheckConstraint(
        condition=ExpressionWrapper(Q(age__gte=18), output_field=BooleanField()), name="of_age"
    ),
    valid=_VALID,
    violating=_VIOLATING,
    acts=_ACTS,
    feature="supports_table_check_constraints",
    sources=[CHECK],
    claims=all_enforce(CHECK),
    aliases=["check constraint", "ExpressionWrapper"],
)
