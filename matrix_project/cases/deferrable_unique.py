"""Uniqueness that may be broken for a while inside a transaction."""

from __future__ import annotations

from django.db.models import CharField, Deferrable, F, IntegerField, UniqueConstraint

from matrix_project.cases.case import Promise, accepts, rejects
from matrix_project.cases.documents import DEFERRABLE, UNIQUE, all_but, all_enforce
from matrix_project.observe import Tables

_FIELDS = {"title": CharField(max_length=30), "position": IntegerField()}
_ROWS = [
    {"title": "Intro", "position": 1},
    {"title": "Verse", "position": 2},
    {"title": "Outro", "position": 3},
]
_VALID = [{"title": "Coda", "position": 4}]
_VIOLATING = [{"title": "Coda", "position": 3}]
_SHIFT = "A shift of all positions by one, in one statement"
_SWAP = "A swap of two positions, in two statements of one transaction"


def _shift(tables: Tables) -> None:
    tables.objects.update(position=F("position") + 1)


def _swap(tables: Tables) -> None:
    tables.objects.filter(title="Intro").update(position=2)
    tables.objects.filter(title="Verse").update(position=1)


def _duplicate(tables: Tables) -> None:
    tables.objects.filter(title="Intro").update(position=2)
    tables.objects.filter(title="Outro").update(position=5)


def _duplicate_in_savepoint(tables: Tables) -> None:
    with tables.atomic():
        tables.objects.filter(title="Intro").update(position=2)
    tables.objects.filter(title="Verse").update(position=1)


_DUPLICATE = rejects("A duplicate that is still there at the commit", _duplicate)

deferred = Promise(
    "deferrable_unique.deferred",
    "No two tracks have one position once a transaction is committed.",
    title="Deferrable unique, initially deferred",
    fields=_FIELDS,
    constraint=UniqueConstraint(
        fields=["position"], deferrable=Deferrable.DEFERRED, name="one_position"
    ),
    rows=_ROWS,
    valid=_VALID,
    violating=_VIOLATING,
    acts=[
        _DUPLICATE,
        accepts(_SHIFT, _shift),
        accepts(_SWAP, _swap),
        accepts(
            "A duplicate at a savepoint's release, mended before the commit",
            _duplicate_in_savepoint,
        ),
    ],
    feature="supports_deferrable_unique_constraints",
    sources=[DEFERRABLE],
    claims=all_but("mysql", "mariadb", "sqlite", source=DEFERRABLE),
    aliases=["deferred constraint", "initially deferred", "reorder", "swap"],
)

immediate = Promise(
    "deferrable_unique.immediate",
    "No two tracks have one position once a statement is done.",
    title="Deferrable unique, initially immediate",
    fields=_FIELDS,
    constraint=UniqueConstraint(
        fields=["position"], deferrable=Deferrable.IMMEDIATE, name="one_position"
    ),
    rows=_ROWS,
    valid=_VALID,
    violating=_VIOLATING,
    acts=[_DUPLICATE, accepts(_SHIFT, _shift), rejects(_SWAP, _swap)],
    feature="supports_deferrable_unique_constraints",
    sources=[DEFERRABLE],
    claims=all_but("mysql", "mariadb", "sqlite", source=DEFERRABLE),
    aliases=["deferrable", "initially immediate", "shift"],
)

not_deferrable = Promise(
    "deferrable_unique.not_deferrable",
    "For comparison: no two rows have one position at any time, not even within a statement.",
    title="Unique, not deferrable (for comparison)",
    fields=_FIELDS,
    constraint=UniqueConstraint(fields=["position"], name="one_position"),
    rows=_ROWS,
    valid=_VALID,
    violating=_VIOLATING,
    acts=[_DUPLICATE, rejects(_SHIFT, _shift), rejects(_SWAP, _swap)],
    sources=[UNIQUE],
    claims=all_enforce(UNIQUE),
    aliases=["plain unique"],
)
