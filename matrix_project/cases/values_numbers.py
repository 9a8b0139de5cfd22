"""How numbers are counted, rounded and kept, under a check and by a column's type alone."""

from __future__ import annotations

import math
from decimal import Decimal

from django.db.models import (
    BigAutoField,
    CharField,
    DecimalField,
    F,
    FloatField,
    IntegerField,
    Q,
    SmallIntegerField,
)
from django.db.models.lookups import LessThanOrEqual

from matrix_project.cases.case import Question, asks
from matrix_project.cases.question_forms import WRITTEN, by_write, checked, columns_take
from matrix_project.results.contract import Outcome

_MONEY = DecimalField(max_digits=6, decimal_places=2)


def _sum(a: str, b: str, total: str) -> dict[str, Decimal]:
    return {"a": Decimal(a), "b": Decimal(b), "total": Decimal(total)}


check_decimal_sum = Question(
    "values.check_decimal_sum",
    "A check asks for total = a + b, of three decimals: is 0.10 + 0.20 = 0.30 stored?",
    title="A sum of decimals under a check",
    **checked(
        {"a": _MONEY, "b": _MONEY, "total": _MONEY},
        Q(total=F("a") + F("b")),
        _sum("0.10", "0.20", "0.30"),
        keeps=_sum("0.25", "0.50", "0.75"),
        breaks=_sum("0.25", "0.50", "0.76"),
    ),
    aliases=["decimal", "floating point", "0.1 + 0.2", "money", "REAL"],
)

check_rounded_before = Question(
    "values.check_rounded_before",
    "A decimal column has one place, and a check asks for 10 at most: is 10.04, which Django sends"
    " as it is, rounded before it is checked?",
    title="A decimal of more places than its column under a check",
    **{
        **checked(
            {"amount": DecimalField(max_digits=4, decimal_places=1)},
            Q(amount__lte=10),
            {"amount": Decimal("10.04")},
            keeps={"amount": Decimal("10.0")},
            breaks={"amount": Decimal("10.1")},
        ),
        "answers": {
            "rounded": "It is rounded to 10.0 first, and stored.",
            "unrounded": "It is checked as it is given, and rejected.",
        },
        "words": {Outcome.ACCEPTED: "rounded", Outcome.REJECTED: "unrounded"},
    },
    aliases=["decimal_places", "rounding", "scale", "numeric(4, 1)"],
)

check_integer_division = Question(
    "values.check_integer_division",
    "A check asks for a / b <= 3, of two integers: what is 7 / 2?",
    title="A division of integers under a check",
    **checked(
        {"a": IntegerField(), "b": IntegerField()},
        LessThanOrEqual(F("a") / F("b"), 3),
        {"a": 7, "b": 2},
        keeps={"a": 6, "b": 2},
        breaks={"a": 8, "b": 2},
    )
    | {
        "answers": {
            "integer": "It is 3, and the row is stored.",
            "fraction": "It is 3.5, and the row is rejected.",
        },
        "words": {Outcome.ACCEPTED: "integer", Outcome.REJECTED: "fraction"},
    },
    aliases=["integer division", "truncation", "DIV", "floor"],
)

_NAN = {"a": math.nan}

float_nan = Question(
    "values.float_nan",
    "A check on a nullable float asks for a__gte=0: is NaN stored?",
    title="NaN under a check",
    **checked({"a": FloatField(null=True)}, Q(a__gte=0), _NAN, keeps={"a": 0.0}, breaks={"a": -1.0})
    | {
        "answers": {**WRITTEN, "changed": "A NULL is stored in its place."},
        "words": by_write(_NAN),
    },
    aliases=["NaN", "not a number", "float('nan')", "infinity"],
)

max_length = Question(
    "values.max_length",
    "A CharField(max_length=5), nothing else declared: are 6 characters stored?",
    title="A text longer than max_length",
    fields={"name": CharField(max_length=5)},
    **columns_take({"name": "abcdef"}),
    aliases=["varchar", "22001", "1406", "too long", "truncation"],
)

small_integer_range = Question(
    "values.small_integer_range",
    "A SmallIntegerField, nothing else declared: is 40000 stored?",
    title="A number out of the range of its type",
    fields={"n": SmallIntegerField()},
    **columns_take({"n": 40000}),
    aliases=["smallint", "out of range", "22003", "1264", "overflow"],
)

key_zero = Question(
    "values.key_zero",
    "save() of a row whose automatic key is given as 0: is it stored under that key?",
    title="An automatic key of 0",
    fields={"id": BigAutoField(primary_key=True), "name": CharField(max_length=30)},
    acts=[
        asks(
            "save() of id=0",
            lambda t: t.save({"id": 0, "name": "a"}),
            rows=[{"id": 5, "name": "b"}],
        )
    ],
    answers={
        "stored": "It is stored under 0.",
        "changed": "It is stored under another key.",
        "rejected": "The database rejects it.",
        "error_before_write": WRITTEN["error_before_write"],
    },
    words=by_write({"id": 0, "name": "a"}, accepted="stored"),
    aliases=["AutoField", "AUTO_INCREMENT", "NO_AUTO_VALUE_ON_ZERO", "primary key 0"],
)
