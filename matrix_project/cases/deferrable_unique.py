"""Uniqueness that may be broken for a while inside a transaction."""

from __future__ import annotations

from typing import Any

from django.db.models import (
    CASCADE,
    CharField,
    Deferrable,
    F,
    ForeignKey,
    IntegerField,
    UniqueConstraint,
)

from matrix_project.cases.case import Promise, accepts, rejects, row
from matrix_project.cases.documents import (
    DEFERRABLE,
    FOREIGN_KEY,
    UNIQUE,
    UNIQUELY,
    all_but,
    all_enforce,
)
from matrix_project.observe import Tables

_TRACKS: dict[str, Any] = {
    "fields": {"title": CharField(max_length=30), "position": IntegerField()},
    "rows": [
        {"title": "Intro", "position": 1},
        {"title": "Verse", "position": 2},
        {"title": "Outro", "position": 3},
    ],
    "valid": [{"title": "Coda", "position": 4}],
    "violating": [{"title": "Coda", "position": 3}],
}
_PLAIN = {**_TRACKS, "constraint": UniqueConstraint(fields=["position"], name="one_position")}
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
    constraint=UniqueConstraint(
        fields=["position"], deferrable=Deferrable.DEFERRED, name="one_position"
    ),
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
    **_TRACKS,
)

immediate = Promise(
    "deferrable_unique.immediate",
    "No two tracks have one position once a statement is done.",
    title="Deferrable unique, initially immediate",
    constraint=UniqueConstraint(
        fields=["position"], deferrable=Deferrable.IMMEDIATE, name="one_position"
    ),
    acts=[_DUPLICATE, accepts(_SHIFT, _shift), rejects(_SWAP, _swap)],
    feature="supports_deferrable_unique_constraints",
    sources=[DEFERRABLE],
    claims=all_but("mysql", "mariadb", "sqlite", source=DEFERRABLE),
    aliases=["deferrable", "initially immediate", "shift"],
    **_TRACKS,
)

not_deferrable = Promise(
    "deferrable_unique.not_deferrable",
    "For comparison: no two rows have one position at any time, not even within a statement.",
    title="Unique, not deferrable (for comparison)",
    acts=[_DUPLICATE, rejects(_SHIFT, _shift), rejects(_SWAP, _swap)],
    sources=[UNIQUE],
    claims=all_enforce(UNIQUE),
    aliases=["plain unique"],
    **_PLAIN,
)


def _swap_by_detour(tables: Tables) -> None:
    tables.objects.filter(title="Intro").update(position=-2)
    tables.objects.filter(title="Verse").update(position=1)
    tables.objects.filter(title="Intro").update(position=2)


def _shift_by_detour(tables: Tables) -> None:
    tables.objects.update(position=-F("position") - 1)
    tables.objects.update(position=-F("position"))


negative_detour = Promise(
    "deferrable_unique.negative_detour",
    "No two rows have one position at any time; positions change places by way of negative ones,"
    " which no row has otherwise.",
    title="Plain unique, positions changed by way of negative ones",
    acts=[
        _DUPLICATE,
        accepts("A shift of all positions by one, in two statements", _shift_by_detour),
        accepts("A swap of two positions, in three statements of one transaction", _swap_by_detour),
    ],
    aliases=["reorder", "swap", "shift", "negative positions", "two-step update"],
    instead_of="deferrable_unique.deferred",
    **_PLAIN,
    **UNIQUELY,
)

ordered_update = Promise(
    "deferrable_unique.ordered_update",
    "No two rows have one position at any time; a shift by one takes the highest position first,"
    " the rows being stored in ascending order.",
    title="Plain unique, positions shifted from the highest down",
    acts=[
        _DUPLICATE,
        accepts(
            'order_by("-position").update() of all positions by one, in one statement',
            lambda t: t.objects.order_by("-position").update(position=F("position") + 1),
        ),
    ],
    aliases=["reorder", "shift", "UPDATE ORDER BY", "order_by update"],
    instead_of="deferrable_unique.deferred",
    **_PLAIN,
    **UNIQUELY,
)


def _child_first(tables: Tables) -> None:
    tables.save({"title": "Coda", "album": 9})
    tables.save(row("Album", id=9, name="Later"))


def _parent_removed_and_restored(tables: Tables) -> None:
    tables.sql("DELETE FROM deferrable_unique_album WHERE id = %s", [1])
    tables.save(row("Album", id=1, name="Restored"))


def _parent_removed(tables: Tables) -> None:
    tables.sql("DELETE FROM deferrable_unique_album WHERE id = %s", [1])


foreign_key_check = Promise(
    "deferrable_unique.foreign_key_check",
    "For comparison: a track's album exists once a transaction is committed, as Django declares"
    " every foreign key where it can.",
    title="Foreign key, which Django defers (for comparison)",
    others={"Album": {"name": CharField(max_length=30)}},
    fields={"title": CharField(max_length=30), "album": ForeignKey("Album", CASCADE)},
    observes="foreign_key",
    rows=[row("Album", id=1, name="First"), {"title": "Intro", "album": 1}],
    valid=[{"title": "Coda", "album": 1}],
    violating=[{"title": "Coda", "album": 9}],
    acts=[
        accepts("A track before its album, in one transaction", _child_first),
        accepts(
            "An album deleted and inserted again, in one transaction", _parent_removed_and_restored
        ),
        rejects("Deletion of an album that has a track", _parent_removed),
    ],
    feature="can_defer_constraint_checks",
    sources=[FOREIGN_KEY],
    claims=all_enforce(FOREIGN_KEY),
    aliases=["deferred foreign key", "DEFERRABLE INITIALLY DEFERRED", "1452", "circular"],
)
