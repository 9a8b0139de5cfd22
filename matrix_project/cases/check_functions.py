"""Checks that call a function, match a pattern, or combine conditions."""

from __future__ import annotations

import datetime as dt
import hashlib

from django.db.models import (
    BooleanField,
    Case,
    CharField,
    CheckConstraint,
    DateTimeField,
    IntegerField,
    Q,
    Value,
    When,
)
from django.db.models.functions import MD5, Length, Now
from django.db.models.lookups import GreaterThanOrEqual

from matrix_project.cases.case import Promise, shows
from matrix_project.cases.documents import CHECKED
from matrix_project.observe import Tables

_NAME = CharField(max_length=60)

text_length = Promise(
    "check.text_length",
    "A name has three characters or more, however many bytes these are.",
    title="Check on the length of a text",
    fields={"name": _NAME},
    constraint=CheckConstraint(
        condition=GreaterThanOrEqual(Length("name"), 3), name="three_characters"
    ),
    valid=[{"name": "äöü"}],
    # These are four bytes.
    violating=[{"name": "äö"}],
    aliases=["Length", "char_length", "minimum length", "MinLengthValidator"],
    **CHECKED,
)

regex = Promise(
    "check.regex",
    "A code is made of lower-case letters alone; on SQLite the pattern is matched by a function of"
    " Django's connection, which the vendor's own client does not have.",
    title="Check on a regular expression",
    fields={"code": _NAME},
    constraint=CheckConstraint(condition=Q(code__regex="^[a-z]+$"), name="lower_case_letters"),
    valid=[{"code": "abc"}],
    violating=[{"code": "abc1"}],
    aliases=["RegexValidator", "REGEXP", "pattern"],
    **CHECKED,
)

now = Promise(
    "check.now",
    "A time of birth is not in the future.",
    title="Check on the present time",
    fields={"when": DateTimeField()},
    constraint=CheckConstraint(condition=Q(when__lte=Now()), name="not_in_the_future"),
    valid=[{"when": dt.datetime(2020, 1, 1, tzinfo=dt.UTC)}],
    violating=[{"when": dt.datetime(2900, 1, 1, tzinfo=dt.UTC)}],
    aliases=["Now", "current timestamp", "non-deterministic", "3814", "1901", "future date"],
    **CHECKED,
)


def _md5(name: str) -> str:
    return hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()


def _md5_of_server(tables: Tables) -> str:
    with tables.connection.cursor() as cursor:
        cursor.execute("SELECT MD5('Ann')")
        return str(cursor.fetchone()[0])


md5 = Promise(
    "check.md5",
    "A digest is the MD5 of the name beside it; on SQLite the digest is made by a function of"
    " Django's connection, which the vendor's own client does not have.",
    title="Check on an MD5 digest",
    fields={"name": _NAME, "digest": _NAME},
    constraint=CheckConstraint(condition=Q(digest=MD5("name")), name="digest_of_name"),
    valid=[{"name": "Ann", "digest": _md5("Ann")}],
    violating=[{"name": "Ann", "digest": _md5("Bob")}],
    facts=[shows("SELECT MD5('Ann')", _md5_of_server, without=True)],
    aliases=["hash", "MD5", "checksum", "classic hashing"],
    **CHECKED,
)

case_when = Promise(
    "check.case_when",
    "A paid order has an amount of more than 0; of another the amount does not matter.",
    title="Check on a Case of conditions",
    fields={"status": CharField(max_length=10), "amount": IntegerField()},
    constraint=CheckConstraint(
        condition=Case(
            When(status="paid", then=Q(amount__gt=0)),
            default=Value(True),  # noqa: FBT003 (an SQL literal)
            output_field=BooleanField(),
        ),
        name="amount_of_paid",
    ),
    valid=[{"status": "paid", "amount": 1}, {"status": "open", "amount": 0}],
    violating=[{"status": "paid", "amount": 0}],
    aliases=["Case", "When", "conditional", "implication"],
    **CHECKED,
)

case_when_numbers = Promise(
    "check.case_when_numbers",
    "A paid order has an amount of more than 0; of another the amount does not matter, and is never"
    " negative: the expression is the least amount, a number.",
    title="Check against a Case of numbers",
    fields={"status": CharField(max_length=10), "amount": IntegerField()},
    constraint=CheckConstraint(
        condition=Q(amount__gte=Case(When(status="paid", then=1), default=0)),
        name="amount_of_paid",
    ),
    valid=[{"status": "paid", "amount": 1}, {"status": "open", "amount": 0}],
    violating=[{"status": "paid", "amount": 0}],
    aliases=["Case", "When", "conditional", "implication"],
    instead_of="check.case_when",
    **CHECKED,
)

xor = Promise(
    "check.xor",
    "Of a mail address and a telephone number just one is given.",
    title="Check on an exclusive or",
    fields={
        "email": CharField(max_length=60, null=True, blank=True),
        "phone": CharField(max_length=60, null=True, blank=True),
    },
    constraint=CheckConstraint(
        condition=Q(email__isnull=True) ^ Q(phone__isnull=True), name="email_xor_phone"
    ),
    valid=[{"phone": "123"}],
    violating=[{"email": "ann@example.com", "phone": "123"}, {}],
    aliases=["exclusive or", "XOR", "either or"],
    **CHECKED,
)
