"""Uniqueness by the type of the column."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

from django.db.models import (
    BinaryField,
    CharField,
    DateTimeField,
    DecimalField,
    JSONField,
    TextField,
    UniqueConstraint,
    UUIDField,
)

from matrix_project.cases.case import Promise
from matrix_project.cases.documents import OF_TEXT, UNIQUELY

_NOON = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
_KEYS = [uuid.UUID(f"{digit * 8}-2222-4333-8444-555555555555") for digit in "12"]
_ONE_VALUE = UniqueConstraint(fields=["value"], name="one_value")


def _values(one: object, other: object) -> dict[str, Any]:
    """Return the rows of a column that holds a value: another one, and the same again."""
    return {
        "constraint": _ONE_VALUE,
        "rows": [{"value": one}],
        "valid": [{"value": other}],
        "violating": [{"value": one}],
    }


text_field = Promise(
    "unique.text_field",
    "No two rows have one text, of a TextField.",
    title="Unique on a TextField",
    fields={"value": TextField()},
    aliases=["TextField", "key length", "1170", "BLOB/TEXT column used in key specification"],
    **_values("ann", "bob"),
    **OF_TEXT,
)

binary_field = Promise(
    "unique.binary_field",
    "No two rows have one value of bytes, of a BinaryField.",
    title="Unique on a BinaryField",
    fields={"value": BinaryField()},
    # Validation leaves out what no form edits.
    validated=False,
    aliases=["BinaryField", "bytes", "1170", "BLOB"],
    **_values(b"\x00a", b"\x00b"),
    **OF_TEXT,
)

json_field = Promise(
    "unique.json_field",
    "No two rows have one JSON document.",
    title="Unique on a JSONField",
    fields={"value": JSONField()},
    aliases=["JSONField", "jsonb", "3152"],
    **_values({"a": 1}, {"a": 2}),
    **UNIQUELY,
)

char_1000 = Promise(
    "unique.char_1000",
    "No two rows have one text, of a CharField of 1000 characters.",
    title="Unique on a CharField of 1000 characters",
    fields={"value": CharField(max_length=1000)},
    aliases=["key too long", "1071", "max key length is 3072 bytes", "URLField", "191"],
    **_values("ann", "bob"),
    **UNIQUELY,
)

uuid_ = Promise(
    "unique.uuid",
    "No two rows have one UUID.",
    title="Unique on a UUIDField",
    fields={"value": UUIDField()},
    aliases=["UUIDField"],
    **_values(*_KEYS),
    **UNIQUELY,
)

decimal = Promise(
    "unique.decimal",
    "No two rows have one price, a decimal of two places.",
    title="Unique on a DecimalField",
    fields={"value": DecimalField(max_digits=8, decimal_places=2)},
    aliases=["DecimalField", "numeric", "money"],
    **_values(Decimal("1.10"), Decimal("1.11")),
    **UNIQUELY,
)

datetime = Promise(
    "unique.datetime",
    "No two rows have one time, to the second; TIME_ZONE is UTC.",
    title="Unique on a DateTimeField",
    fields={"value": DateTimeField()},
    aliases=["DateTimeField", "timestamp"],
    **_values(_NOON, _NOON + dt.timedelta(seconds=1)),
    **UNIQUELY,
)
