"""Which values are one and the same to a uniqueness: numbers, times, JSON and NULL."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db.models import (
    CharField,
    DateTimeField,
    DecimalField,
    FloatField,
    JSONField,
)

from matrix_project.cases.case import Question
from matrix_project.cases.question_forms import two_values

_NOON = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)

unique_nulls = Question(
    "values.unique_nulls",
    "A unique column holds a NULL: is a second NULL another value?",
    title="Two NULLs in a unique column",
    **two_values(CharField(max_length=30, null=True), None, None, other="a"),
    aliases=["null", "nulls distinct", "several nulls", "UNIQUE NULL"],
)

decimal_16_digits = Question(
    "values.decimal_16_digits",
    "A unique decimal holds 1234567890.1234567: is 1234567890.1234568, which differs in the 17th"
    " significant digit, another value?",
    title="Decimals of more than 16 digits in a unique column",
    **two_values(
        DecimalField(max_digits=20, decimal_places=7),
        Decimal("1234567890.1234567"),
        Decimal("1234567890.1234568"),
        other=Decimal("1234567891.1234567"),
    ),
    aliases=["decimal precision", "significant digits", "REAL", "numeric", "rounding"],
)

float_minus_zero = Question(
    "values.float_minus_zero",
    "A unique float holds 0.0: is -0.0 another value?",
    title="Minus zero in a unique float",
    **two_values(FloatField(), 0.0, -0.0, other=1.0),
    aliases=["negative zero", "signed zero", "-0.0", "IEEE 754"],
)

json_number_forms = Question(
    "values.json_number_forms",
    'A unique JSON holds {"a": 1}: is {"a": 1.0} another value?',
    title="1 and 1.0 in a unique JSON",
    **two_values(JSONField(), {"a": 1}, {"a": 1.0}, other={"a": 2}),
    aliases=["jsonb", "JSON number", "3152", "1170", "unique JSONField"],
)

json_key_order = Question(
    "values.json_key_order",
    'A unique JSON holds {"a": 1, "b": 2}: is {"b": 2, "a": 1} another value?',
    title="The order of keys in a unique JSON",
    **two_values(JSONField(), {"a": 1, "b": 2}, {"b": 2, "a": 1}, other={"a": 1, "b": 3}),
    aliases=["jsonb", "key order", "3152", "1170", "unique JSONField"],
)

datetime_microseconds = Question(
    "values.datetime_microseconds",
    "A unique time holds 12:00:00.000001: is 12:00:00.000002 another value?",
    title="Microseconds in a unique time",
    **two_values(
        DateTimeField(),
        _NOON.replace(microsecond=1),
        _NOON.replace(microsecond=2),
        other=_NOON.replace(second=1),
        title="save() of 12:00:00.000002 beside 12:00:00.000001",
    ),
    aliases=["datetime(6)", "fractional seconds", "timestamp precision"],
)
