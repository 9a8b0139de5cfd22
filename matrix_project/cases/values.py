"""Which values are one and the same to a database."""

from __future__ import annotations

from django.db.models import CharField, UniqueConstraint

from matrix_project.cases.case import Question, asks
from matrix_project.results.contract import Outcome

text_case = Question(
    "values.text_case",
    'A unique text holds "abc": is "ABC" another value? The collation is the server\'s default.',
    title="Upper and lower case in a unique text",
    fields={"name": CharField(max_length=30)},
    constraint=UniqueConstraint(fields=["name"], name="one_name"),
    rows=[{"name": "abc"}],
    acts=[asks('save() of "ABC" beside "abc"', lambda t: t.save({"name": "ABC"}))],
    answers={
        "distinct": "It is another value: both are stored.",
        "duplicate": "It is the same value: the second is rejected.",
    },
    words={Outcome.ACCEPTED: "distinct", Outcome.REJECTED: "duplicate"},
    aliases=["case insensitive", "collation", "citext", "1062"],
)
