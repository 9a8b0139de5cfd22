"""What updates do that meet a uniqueness on their way, or handle its conflicts themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db.models import Case, CharField, F, IntegerField, Q, UniqueConstraint, Value, When

from matrix_project.cases.case import Question, accepts, asks
from matrix_project.cases.question_forms import asked
from matrix_project.observe import Tables
from matrix_project.results.contract import Observation, Outcome

_UPSERT = {
    "raises": "An error is raised, and nothing is stored.",
    "changed": "The row that is there is changed.",
    "stored": "Another row is stored.",
    "not_supported": "Django refuses the call, and sends nothing.",
}
_ALIASES = ["upsert", "update_conflicts", "ON CONFLICT DO UPDATE", "ON DUPLICATE KEY UPDATE"]


def _upsert(
    values: Mapping[str, Any], unique: str, update: Sequence[str]
) -> Callable[[Tables], None]:
    def act(tables: Tables) -> None:
        targeted = tables.connection.features.supports_update_conflicts_with_target
        tables.objects.bulk_create(
            [tables.build(values)],
            update_conflicts=True,
            update_fields=update,
            unique_fields=[unique] if targeted else None,
        )

    return act


def _of_upsert(observation: Observation) -> str | None:
    probe = asked(observation)[0]
    if probe.outcome is None:
        return None
    if probe.error is not None:
        return "not_supported" if probe.error.class_ == "NotSupportedError" else "raises"
    return "changed" if any(change.removed for change in probe.rows) else "stored"


update_conflicts_other_unique = Question(
    "ways_in.update_conflicts_other_unique",
    "A product has a unique code and a unique slug: what does bulk_create(update_conflicts=True),"
    ' given unique_fields=["code"], do with a new code beside a slug that is taken? MySQL and'
    " MariaDB must not be given unique_fields.",
    title="update_conflicts and another uniqueness",
    fields={
        "code": CharField(max_length=10),
        "slug": CharField(max_length=10),
        "price": IntegerField(),
    },
    constraint=UniqueConstraint(fields=["slug"], name="one_slug"),
    beside=[UniqueConstraint(fields=["code"], name="one_code")],
    rows=[{"code": "A", "slug": "tea", "price": 1}],
    acts=[
        asks(
            'bulk_create(update_conflicts=True, update_fields=["price"]) of code B, slug tea,'
            " price 2",
            _upsert({"code": "B", "slug": "tea", "price": 2}, "code", ["price"]),
        ),
        accepts(
            "the same of code A, slug oil, price 2, which changes the row of code A",
            _upsert({"code": "A", "slug": "oil", "price": 2}, "code", ["price"]),
        ),
    ],
    answers=_UPSERT,
    words=_of_upsert,
    aliases=_ALIASES,
)

update_conflicts_conditional = Question(
    "ways_in.update_conflicts_conditional",
    "A user has one draft at the most: what does bulk_create(update_conflicts=True), given"
    ' unique_fields=["user"], do with a second draft? MySQL and MariaDB must not be given'
    " unique_fields.",
    title="update_conflicts and a conditional uniqueness",
    fields={
        "user": CharField(max_length=10),
        "status": CharField(max_length=10),
        "words": IntegerField(),
    },
    constraint=UniqueConstraint(fields=["user"], condition=Q(status="DRAFT"), name="one_draft"),
    rows=[{"user": "ann", "status": "DRAFT", "words": 1}],
    acts=[
        asks(
            'bulk_create(update_conflicts=True, update_fields=["words"]) of a second draft',
            _upsert({"user": "ann", "status": "DRAFT", "words": 2}, "user", ["words"]),
        )
    ],
    answers=_UPSERT,
    words=_of_upsert,
    aliases=[*_ALIASES, "partial index", "42P10", "index predicate"],
)


def _moved(title: str, do: Callable[[Tables], object]) -> dict[str, Any]:
    """Return what asks whether positions under a plain uniqueness can be changed so."""
    return {
        "fields": {"title": CharField(max_length=30), "position": IntegerField()},
        "constraint": UniqueConstraint(fields=["position"], name="one_position"),
        "rows": [
            {"title": "Intro", "position": 1},
            {"title": "Verse", "position": 2},
            {"title": "Outro", "position": 3},
        ],
        "acts": [asks(title, do)],
        "answers": {
            "accepted": "All rows are changed.",
            "rejected": "It meets a duplicate on its way, and nothing is changed.",
        },
        "words": {Outcome.ACCEPTED: "accepted", Outcome.REJECTED: "rejected"},
        "aliases": ["reorder", "swap", "shift", "position", "duplicate in between"],
    }


def _swap_one_by_one(tables: Tables) -> None:
    first, second = tables.objects.order_by("position")[:2]
    first.position, second.position = second.position, first.position
    tables.objects.bulk_update([first, second], ["position"])


update_shift = Question(
    "ways_in.update_shift",
    'Can update(position=F("position") + 1) shift all positions under a plain uniqueness? The rows'
    " are stored in ascending order.",
    title="A shift in one statement",
    **_moved(
        'update(position=F("position") + 1)', lambda t: t.objects.update(position=F("position") + 1)
    ),
)

update_shift_ordered = Question(
    "ways_in.update_shift_ordered",
    'Can order_by("-position").update(position=F("position") + 1) shift all positions under a plain'
    " uniqueness? The rows are stored in ascending order.",
    title="A shift in one statement, from the last row on",
    **_moved(
        'order_by("-position").update(position=F("position") + 1)',
        lambda t: t.objects.order_by("-position").update(position=F("position") + 1),
    ),
)

update_swap_case = Question(
    "ways_in.update_swap_case",
    "Can update(position=Case(…)) swap two positions under a plain uniqueness, in one statement?"
    " The rows are stored in ascending order.",
    title="A swap in one statement",
    **_moved(
        "update(position=Case(When(position=1, then=2), When(position=2, then=1)))",
        lambda t: t.objects.filter(position__in=[1, 2]).update(
            position=Case(When(position=1, then=Value(2)), When(position=2, then=Value(1)))
        ),
    ),
)

bulk_update_swap = Question(
    "ways_in.bulk_update_swap",
    "Can bulk_update() swap two positions under a plain uniqueness? The rows are stored in"
    " ascending order.",
    title="A swap by bulk_update()",
    **_moved("bulk_update() of two rows with each other's position", _swap_one_by_one),
)
