"""Checks on the columns of a row: compared with a value, with each other, over foreign keys."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db.models import (
    CASCADE,
    CharField,
    CheckConstraint,
    DateField,
    F,
    ForeignKey,
    IntegerField,
    PositiveIntegerField,
    Q,
)
from django.db.models.lookups import Exact

from matrix_project.cases.case import Promise, rejects, row
from matrix_project.cases.documents import CHECK, CHECKED, FOREIGN_KEY, POSITIVE, all_enforce

_NAME = CharField(max_length=30)
_DAY, _NEXT_DAY = dt.date(2026, 5, 1), dt.date(2026, 5, 2)

two_columns = Promise(
    "check.two_columns",
    "A stay does not end before it starts.",
    title="Check that compares two columns",
    fields={"start": DateField(), "end": DateField()},
    constraint=CheckConstraint(condition=Q(start__lte=F("end")), name="start_before_end"),
    valid=[{"start": _DAY, "end": _DAY}],
    violating=[{"start": _NEXT_DAY, "end": _DAY}],
    acts=[
        rejects(
            "QuerySet.update() of the end alone",
            lambda t: t.objects.update(end=dt.date(2026, 4, 30)),
            rows=[{"start": _DAY, "end": _NEXT_DAY}],
        )
    ],
    aliases=["F expression", "start before end", "date range"],
    **CHECKED,
)

sum_ = Promise(
    "check.sum",
    "Three percentages total 100.",
    title="Check on a sum",
    fields={"red": IntegerField(), "green": IntegerField(), "blue": IntegerField()},
    constraint=CheckConstraint(
        condition=Exact(F("red") + F("green") + F("blue"), 100), name="total_100"
    ),
    valid=[{"red": 50, "green": 30, "blue": 20}],
    violating=[{"red": 50, "green": 30, "blue": 19}],
    acts=[
        rejects(
            "QuerySet.update() of one part alone",
            lambda t: t.objects.update(red=F("red") + 1),
            rows=[{"red": 50, "green": 30, "blue": 20}],
        )
    ],
    aliases=["percentages", "arithmetic", "total"],
    **CHECKED,
)

choices = Promise(
    "check.choices",
    "An article is a draft, in review or published, and nothing else.",
    title="Check on a list of values",
    fields={"status": CharField(max_length=10)},
    constraint=CheckConstraint(
        condition=Q(status__in=["draft", "review", "published"]), name="known_status"
    ),
    valid=[{"status": "published"}],
    violating=[{"status": "deleted"}],
    aliases=["choices", "enum", "in list", "TextChoices"],
    **CHECKED,
)

negated = Promise(
    "check.negated",
    "A customer's name is not the empty text.",
    title="Check on a negated condition",
    fields={"name": _NAME},
    constraint=CheckConstraint(condition=~Q(name=""), name="name_not_empty"),
    valid=[{"name": "Ann"}],
    violating=[{"name": ""}],
    aliases=["not empty", "blank", "~Q", "not equal"],
    **CHECKED,
)

range_ = Promise(
    "check.range",
    "A customer's age is between 18 and 99.",
    title="Check on a range",
    fields={"age": IntegerField()},
    constraint=CheckConstraint(condition=Q(age__range=(18, 99)), name="age_range"),
    valid=[{"age": 18}],
    violating=[{"age": 17}, {"age": 100}],
    aliases=["between", "minimum and maximum", "MinValueValidator"],
    **CHECKED,
)

positive_field = Promise(
    "check.positive_field",
    "A stock is never negative; nothing but the type of the field says so.",
    title="PositiveIntegerField, no constraint beside it",
    fields={"stock": PositiveIntegerField()},
    observes="check",
    valid=[{"stock": 0}],
    violating=[{"stock": -1}],
    acts=[
        rejects(
            "QuerySet.update() that takes one from the stock of 0",
            lambda t: t.objects.update(stock=F("stock") - 1),
            rows=[{"stock": 0}],
        )
    ],
    feature="supports_table_check_constraints",
    sources=[POSITIVE],
    claims=all_enforce(POSITIVE),
    aliases=["unsigned", "1264", "1690", "negative"],
)

_PEOPLE = [row("Person", id=1, name="Ann"), row("Person", id=2, name="Bob")]

foreign_key = Promise(
    "check.foreign_key",
    "Nobody sells to themselves: two foreign keys of a row differ.",
    title="Check over foreign keys",
    others={"Person": {"name": _NAME}},
    fields={
        "seller": ForeignKey("Person", CASCADE, related_name="sales"),
        "buyer": ForeignKey("Person", CASCADE, related_name="purchases"),
    },
    constraint=CheckConstraint(condition=~Q(seller=F("buyer")), name="seller_is_not_buyer"),
    rows=_PEOPLE,
    valid=[{"seller": 1, "buyer": 2}],
    violating=[{"seller": 1, "buyer": 1}],
    aliases=["foreign key", "self reference", "friend of oneself"],
    **CHECKED,
)

two_foreign_keys_exclusive = Promise(
    "check.two_foreign_keys_exclusive",
    "An account belongs to a person or to a company: exactly one of two foreign keys is set.",
    title="Exactly one of two foreign keys",
    others={"Person": {"name": _NAME}, "Company": {"name": _NAME}},
    fields={
        "person": ForeignKey("Person", CASCADE, null=True, blank=True),
        "company": ForeignKey("Company", CASCADE, null=True, blank=True),
    },
    constraint=CheckConstraint(
        condition=Q(person__isnull=False, company__isnull=True)
        | Q(person__isnull=True, company__isnull=False),
        name="person_or_company",
    ),
    rows=[*_PEOPLE, row("Company", id=1, name="Acme")],
    valid=[{"company": 1}],
    violating=[{"person": 1, "company": 1}, {}],
    aliases=["exclusive arc", "polymorphic", "one of two foreign keys", "generic foreign key"],
    **CHECKED,
)


def _nulled() -> Mapping[str, Any]:
    from django.db.models import DB_SET_NULL

    return {
        "editor": ForeignKey("Person", DB_SET_NULL, null=True, blank=True),
        "archived": IntegerField(),
    }


set_null_foreign_key = Promise(
    "check.set_null_foreign_key",
    "An article that is not archived has an editor; the database itself sets the foreign key to"
    " NULL where the editor is deleted (`DB_SET_NULL`).",
    title="Check over a foreign key that the database sets to NULL",
    others={"Person": {"name": _NAME}},
    fields=_nulled,
    constraint=CheckConstraint(
        condition=Q(editor__isnull=False) | Q(archived=1), name="editor_unless_archived"
    ),
    rows=_PEOPLE,
    valid=[{"editor": 1, "archived": 0}, {"archived": 1}],
    violating=[{"archived": 0}],
    acts=[
        rejects(
            "Deletion of the editor of an article that is not archived",
            lambda t: t.all("Person").filter(id=2).delete(),
            rows=[{"editor": 2, "archived": 0}],
        )
    ],
    feature="supports_table_check_constraints",
    sources=[CHECK, FOREIGN_KEY],
    claims=all_enforce(CHECK),
    aliases=["ON DELETE SET NULL", "referential action", "3823", "DB_SET_NULL", "cascade"],
    from_django="6.1",
)
