"""Checks by the type of the column and of the literal that it is compared with."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

from django.db.models import (
    BinaryField,
    BooleanField,
    CharField,
    CheckConstraint,
    DateField,
    DateTimeField,
    DecimalField,
    DurationField,
    F,
    GeneratedField,
    IntegerField,
    JSONField,
    Q,
    UUIDField,
)

from matrix_project.cases.case import Promise, rejects
from matrix_project.cases.documents import CHECK, CHECKED, GENERATED, all_enforce

_NIL, _ONE = uuid.UUID(int=0), uuid.UUID("11111111-2222-4333-8444-555555555555")
_HOUR = dt.timedelta(hours=1)

json_key = Promise(
    "check.json_key",
    "The age in a JSON document, a number there, is 18 or more.",
    title="Check on a key of a JSONField",
    fields={"data": JSONField()},
    constraint=CheckConstraint(condition=Q(data__age__gte=18), name="age_in_data"),
    valid=[{"data": {"age": 18}}],
    # As a text, 9 would be more than 18.
    violating=[{"data": {"age": 9}}],
    aliases=["jsonb", "key transform", "JSON_EXTRACT"],
    **CHECKED,
)

boolean = Promise(
    "check.boolean",
    "The terms are accepted.",
    title="Check on a BooleanField",
    fields={"accepted": BooleanField()},
    constraint=CheckConstraint(condition=Q(accepted=True), name="terms_accepted"),
    valid=[{"accepted": True}],
    violating=[{"accepted": False}],
    aliases=["boolean", "true"],
    **CHECKED,
)

date = Promise(
    "check.date",
    "A booking is of 2026 or later.",
    title="Check with a date literal",
    fields={"day": DateField()},
    constraint=CheckConstraint(condition=Q(day__gte=dt.date(2026, 1, 1)), name="from_2026"),
    valid=[{"day": dt.date(2026, 1, 1)}],
    violating=[{"day": dt.date(2025, 12, 31)}],
    aliases=["date literal"],
    **CHECKED,
)

decimal = Promise(
    "check.decimal",
    "A price is 0.10 or more, to the cent.",
    title="Check with a decimal literal",
    fields={"price": DecimalField(max_digits=8, decimal_places=2)},
    constraint=CheckConstraint(condition=Q(price__gte=Decimal("0.10")), name="price_from_10_cents"),
    valid=[{"price": Decimal("0.10")}],
    violating=[{"price": Decimal("0.09")}],
    aliases=["decimal literal", "money", "numeric"],
    **CHECKED,
)

duration = Promise(
    "check.duration",
    "A call takes an hour at the most.",
    title="Check on a DurationField",
    fields={"length": DurationField()},
    constraint=CheckConstraint(condition=Q(length__lte=_HOUR), name="an_hour_at_most"),
    valid=[{"length": _HOUR}],
    violating=[{"length": _HOUR + dt.timedelta(microseconds=1)}],
    aliases=["interval", "timedelta"],
    **CHECKED,
)

uuid_literal = Promise(
    "check.uuid_literal",
    "A key is not the nil UUID.",
    title="Check with a UUID literal",
    fields={"code": UUIDField()},
    constraint=CheckConstraint(condition=~Q(code=_NIL), name="code_not_nil"),
    valid=[{"code": _ONE}],
    violating=[{"code": _NIL}],
    aliases=["uuid", "nil"],
    **CHECKED,
)

binary_literal = Promise(
    "check.binary_literal",
    "A file's content is not the two bytes 0x00 0xFF.",
    title="Check with a literal of bytes",
    fields={"content": BinaryField()},
    constraint=CheckConstraint(condition=~Q(content=b"\x00\xff"), name="content_not_00_ff"),
    valid=[{"content": b"\x00\xfe"}],
    violating=[{"content": b"\x00\xff"}],
    # Validation leaves out what no form edits.
    validated=False,
    aliases=["bytes", "bytea", "blob"],
    **CHECKED,
)

percent_in_literal = Promise(
    "check.percent_in_literal",
    'A label contains the text "5%_": the percent sign and the underscore stand for themselves.',
    title="Check with % and _ in a literal",
    fields={"label": CharField(max_length=30)},
    constraint=CheckConstraint(condition=Q(label__contains="5%_"), name="label_with_percent"),
    valid=[{"label": "a 5%_b"}],
    violating=[{"label": "5 of x"}, {"label": "5%x"}],
    aliases=["LIKE", "wildcard", "escape", "contains"],
    **CHECKED,
)

generated_column = Promise(
    "check.generated_column",
    "An order's total, a stored generated column, is 100 at the most.",
    title="Check on a generated column",
    fields={
        "price": IntegerField(),
        "quantity": IntegerField(),
        "total": GeneratedField(
            expression=F("price") * F("quantity"), output_field=IntegerField(), db_persist=True
        ),
    },
    constraint=CheckConstraint(condition=Q(total__lte=100), name="total_at_most_100"),
    valid=[{"price": 10, "quantity": 10}],
    violating=[{"price": 11, "quantity": 10}],
    acts=[
        rejects(
            "QuerySet.update() of the quantity alone",
            lambda t: t.objects.update(quantity=11),
            rows=[{"price": 10, "quantity": 10}],
        )
    ],
    feature="supports_table_check_constraints",
    sources=[CHECK, GENERATED],
    claims=all_enforce(CHECK),
    aliases=["GeneratedField", "computed column"],
)

datetime_hour = Promise(
    "check.datetime_hour",
    "A visit starts at nine or later, TIME_ZONE being UTC; on SQLite the hour is taken by a"
    " function of Django's connection, which the vendor's own client does not have.",
    title="Check on the hour of a DateTimeField",
    fields={"when": DateTimeField()},
    constraint=CheckConstraint(condition=Q(when__hour__gte=9), name="from_nine"),
    valid=[{"when": dt.datetime(2026, 5, 1, 9, tzinfo=dt.UTC)}],
    violating=[{"when": dt.datetime(2026, 5, 1, 8, 59, tzinfo=dt.UTC)}],
    aliases=["extract hour", "time zone", "django_datetime_extract", "opening hours"],
    **CHECKED,
)
