"""Two connections at once: who waits for whom, and what the second one comes to.

Both work at the isolation that Django's connections have by default: READ COMMITTED on PostgreSQL,
MySQL and MariaDB. No statement waits for a lock for longer than 20 seconds.
"""

from __future__ import annotations

import threading

from django.db.models import CharField, CheckConstraint, F, IntegerField, Q, UniqueConstraint

from matrix_project.cases.case import Question, asks, shows
from matrix_project.cases.question_words import shown, shown_more, the_act
from matrix_project.observe import Tables
from matrix_project.results.contract import Observation

_SECONDS = 60
_NAME = {"name": CharField(max_length=30)}
_ALIASES = ["race condition", "concurrency", "two transactions", "lock"]
_ISOLATION = (
    "The isolation is that of Django's defaults, and a lock is waited for 20 seconds at most."
)


def _insert(tables: Tables) -> None:
    tables.objects.create(name="Ann")


def _second_inserts(tables: Tables) -> None:
    """Insert a row, and the same one by the second connection before the first one's commit."""
    _insert(tables)
    tables.waits(tables.on_other(_insert))


def _second(tables: Tables) -> str:
    """Return what the second INSERT does while the first is not committed, and afterwards."""
    with tables.atomic():
        _insert(tables)
        other = tables.on_other(_insert)
        waits = tables.waits(other)
    error = other.exception(_SECONDS)
    if other.timed_out:
        return f"times_out: {type(error).__name__} {other.code}"
    if error is None:
        return "waits_then_passes" if waits else "passes_at_once"
    word = "waits_then_fails" if waits else "fails_at_once"
    return f"{word}: {type(error).__name__} {other.code}"


_OF_SECOND = {
    "waits_then_fails": "It waits until the first connection commits, and fails then.",
    "fails_at_once": "It fails while the first connection has not committed.",
    "waits_then_passes": "It waits until the first connection commits, and passes then.",
    "passes_at_once": "It passes while the first connection has not committed.",
    "times_out": "It waits for a lock until that wait is given up.",
}
_RACE = asks("The same row by two connections, the first not committed", _second_inserts)
_SHOWS = shows("The INSERT by the second connection", _second)

race_unique = Question(
    "transactions.race_unique",
    "Two connections insert the same value under a uniqueness, and the first commits after the"
    f" second one's INSERT: what does that INSERT do? {_ISOLATION}",
    title="Two connections insert the same unique value",
    fields=_NAME,
    constraint=UniqueConstraint(fields=["name"], name="one_name"),
    acts=[_RACE],
    facts=[_SHOWS],
    answers=_OF_SECOND,
    words=shown(_OF_SECOND),
    tells=shown_more,
    aliases=_ALIASES,
)

race_singleton = Question(
    "transactions.race_singleton",
    "Two connections insert the one row of a table whose key is checked to be 1, and the first"
    f" commits after the second one's INSERT: what does that INSERT do? {_ISOLATION}",
    title="Two connections insert the one row of a singleton",
    fields={"id": IntegerField(primary_key=True, default=1), **_NAME},
    # The key is what the race is about: without the check it goes the same.
    beside=[CheckConstraint(condition=Q(id=1), name="one_row")],
    acts=[_RACE],
    facts=[_SHOWS],
    answers=_OF_SECOND,
    words=shown(_OF_SECOND),
    tells=shown_more,
    aliases=[*_ALIASES, "singleton"],
)


# ------------------------------------------------------------------ crosswise
def _crosswise(tables: Tables) -> str:
    """Change two rows by two connections, each in another order, and return how that ends."""
    locked, go = threading.Event(), threading.Event()

    def add(on: Tables, name: str) -> None:
        on.objects.filter(pk=name).update(balance=F("balance") + 1)

    def one(on: Tables) -> None:
        with on.atomic():
            add(on, "Ann")
            locked.set()
            go.wait(_SECONDS)
            add(on, "Bob")

    def two(on: Tables) -> None:
        with on.atomic():
            add(on, "Bob")
            add(on, "Ann")

    first = tables.on_other(one)
    try:
        locked.wait(_SECONDS)
        second = tables.on_other(two)
        tables.waits(second)
    finally:
        go.set()
    both = [(each.exception(_SECONDS), each) for each in (first, second)]
    failed = [(error, each) for error, each in both if error is not None]
    told = "".join(f": {type(error).__name__} {each.code}" for error, each in failed)
    if any(each.timed_out for _, each in failed):
        return f"times_out{told}"
    return ("both_pass", "one_fails", "both_fail")[len(failed)] + told


_CROSSWISE = {
    "one_fails": "The database ends one of them with an error, and the other one passes.",
    "both_pass": "Both pass: the second one changes no row before the first one is done.",
    "both_fail": "The database ends both with an error.",
    "times_out": "One waits for a lock until that wait is given up.",
}

race_deadlock = Question(
    "transactions.race_deadlock",
    "Two transactions change two rows, one in the order Ann, Bob and the other in the order Bob,"
    f" Ann, each as soon as the database lets it: how does that end? {_ISOLATION}",
    title="Two transactions change two rows crosswise",
    fields={"name": CharField(max_length=30, primary_key=True), "balance": IntegerField()},
    rows=[{"name": "Ann", "balance": 0}, {"name": "Bob", "balance": 0}],
    facts=[shows("The two transactions", _crosswise)],
    answers=_CROSSWISE,
    words=shown(_CROSSWISE),
    tells=shown_more,
    aliases=[*_ALIASES, "deadlock", "40P01", "1213", "database is locked"],
)


# ------------------------------------------------------------------ get_or_create
def _get_or_create(tables: Tables) -> None:
    tables.objects.get_or_create(user="ann", status="DRAFT")


def _two_get_or_create(tables: Tables) -> None:
    _get_or_create(tables)
    tables.waits(tables.on_other(_get_or_create))


def _how_many_rows(observation: Observation) -> str | None:
    act = the_act(observation)
    if act is None:
        return None
    if act.error is not None:
        return "error"
    return {1: "one_row", 2: "two_rows"}.get(sum(len(each.added) for each in act.rows))


lost_conditional = Question(
    "transactions.lost_conditional",
    "Two connections call get_or_create() for the same row under a conditional uniqueness, and the"
    f" first commits after the second one's call: how many rows are there? {_ISOLATION}",
    title="Two get_or_create() at once under a conditional uniqueness",
    fields={"user": CharField(max_length=30), "status": CharField(max_length=10)},
    beside=[
        UniqueConstraint(fields=["user"], condition=Q(status="DRAFT"), name="one_draft_a_user")
    ],
    acts=[asks("get_or_create() by two connections, the first not committed", _two_get_or_create)],
    answers={
        "one_row": "One row: the second call finds the first one's row.",
        "two_rows": "Two rows: Django creates no conditional uniqueness there.",
        "error": "The second call raises an error.",
    },
    words=_how_many_rows,
    aliases=[*_ALIASES, "get_or_create", "MultipleObjectsReturned", "duplicates"],
)
