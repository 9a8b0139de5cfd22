"""A change of a model beside its constraints: is it accepted, and do they hold afterwards?

Each change is followed by the insertion of rows that break the constraint.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.migrations import (
    AddConstraint,
    AlterField,
    RemoveConstraint,
    RemoveField,
    RenameField,
    RenameModel,
    SeparateDatabaseAndState,
)
from django.db.migrations.operations.base import Operation
from django.db.models import (
    BigIntegerField,
    CharField,
    CheckConstraint,
    IntegerField,
    Q,
    UniqueConstraint,
)
from django.db.models.functions import Random

from matrix_project.cases.case import Question
from matrix_project.cases.question_words import put_in, step_of, still_holds
from matrix_project.observe import OwnStep
from matrix_project.results.contract import Observation

_NAME, _AGE = CharField(max_length=30), IntegerField()
_OF_AGE = CheckConstraint(condition=Q(age__gte=18), name="of_age")
_ONE_NAME = UniqueConstraint(fields=["name"], name="one_name")
_ACCEPTED = {
    "accepted": "The migration passes, and the constraint holds afterwards.",
    "refused": "The migration fails.",
    "accepted_constraint_lost": "The migration passes, and a row that breaks the constraint is"
    " stored afterwards.",
}
_KEPT = {
    "kept": "The uniqueness holds afterwards.",
    "lost": "A duplicate is stored afterwards.",
    "refused": "The migration fails.",
}


def _changed(
    id_: str, promise: str, operations: Sequence[Operation], *puts: OwnStep, **words: Any
) -> Question:
    """Return the question whether a change is accepted, and what holds after it."""
    return Question(
        id_,
        promise,
        steps=[OwnStep(name="change", operations=operations), *puts],
        answers=_ACCEPTED,
        words=still_holds("change", ("accepted", "accepted_constraint_lost", "refused")),
        **words,
    )


rename_field_under_check = _changed(
    "migrations.rename_field_under_check",
    "RenameField of a field that a check is about: is it accepted?",
    [RenameField("RenameFieldUnderCheck", "age", "years")],
    put_in("RenameFieldUnderCheck", {"years": 17}),
    title="Rename a field under a check",
    fields={"age": _AGE},
    beside=[_OF_AGE],
    rows=[{"age": 18}],
    aliases=["RenameField", "RENAME COLUMN", "3959", "CheckConstraint"],
)

remove_field_under_check = _changed(
    "migrations.remove_field_under_check",
    "RemoveField of one of the two fields that a check is about: is it accepted, and does the check"
    " hold for the other one afterwards?",
    [RemoveField("RemoveFieldUnderCheck", "b")],
    put_in("RemoveFieldUnderCheck", {"a": -1}),
    title="Remove a field under a check",
    fields={"a": _AGE, "b": _AGE},
    beside=[CheckConstraint(condition=Q(a__gte=0, b__gte=0), name="not_negative")],
    rows=[{"a": 1, "b": 1}],
    aliases=["RemoveField", "DROP COLUMN CASCADE", "3959", "CheckConstraint"],
)

alter_field_under_check = _changed(
    "migrations.alter_field_under_check",
    "AlterField from IntegerField to BigIntegerField of a field that a check is about: is it"
    " accepted?",
    [AlterField("AlterFieldUnderCheck", "age", BigIntegerField())],
    put_in("AlterFieldUnderCheck", {"age": 17}),
    title="Alter a field under a check",
    fields={"age": _AGE},
    beside=[_OF_AGE],
    rows=[{"age": 18}],
    aliases=["AlterField", "ALTER COLUMN TYPE", "MODIFY"],
)

rename_model = _changed(
    "migrations.rename_model",
    "RenameModel of a model with a check and a uniqueness: is it accepted, and do both hold?",
    [RenameModel("RenameModel", "Person")],
    put_in("Person", {"name": "Bob", "age": 17}),
    put_in("Person", {"name": "Ann", "age": 18}, 2),
    title="Rename a model with constraints",
    fields={"name": _NAME, "age": _AGE},
    beside=[_OF_AGE, _ONE_NAME],
    rows=[{"name": "Ann", "age": 18}],
    aliases=["RenameModel", "RENAME TABLE"],
)

check_with_random = _changed(
    "migrations.check_with_random",
    "AddConstraint of a check that calls Random() (on SQLite RAND(), a function of Django's own"
    " connections, which no other client knows): is it accepted?",
    [
        AddConstraint(
            "CheckWithRandom", CheckConstraint(condition=Q(n__gt=Random()), name="above_chance")
        )
    ],
    put_in("CheckWithRandom", {"n": -1}),
    title="A check that calls a random function",
    fields={"n": IntegerField()},
    rows=[{"n": 2}],
    aliases=["volatile", "non-deterministic function", "RAND", "3814", "Random"],
)


def _twice(observation: Observation) -> str | None:
    step = step_of(observation, "change")
    return step.outcome if step is not None else None


remove_check_twice = Question(
    "migrations.remove_check_twice",
    "RemoveConstraint of a check that is gone from the database already (a migration that is run"
    " again, or the check was dropped by hand): is it accepted?",
    title="Remove a check that is gone already",
    fields={"age": _AGE},
    beside=[_OF_AGE],
    steps=[
        OwnStep(
            name="change",
            operations=[
                SeparateDatabaseAndState([RemoveConstraint("RemoveCheckTwice", "of_age")]),
                RemoveConstraint("RemoveCheckTwice", "of_age"),
            ],
        )
    ],
    answers={
        "accepted": "The second removal passes.",
        "refused": "The second removal fails.",
    },
    words=_twice,
    aliases=["RemoveConstraint", "DROP CONSTRAINT IF EXISTS", "does not exist", "3821"],
)


# ------------------------------------------------------------------ uniquenesses that go and come
def _kept(id_: str, promise: str, steps: Sequence[OwnStep], model: str, **words: Any) -> Question:
    """Return the question whether a uniqueness of the name Ann holds after some steps."""
    return Question(
        id_,
        promise,
        steps=[*steps, put_in(model, {"name": "Ann", "n": 2})],
        rows=[{"name": "Ann", "n": 1}],
        answers=_KEPT,
        words=still_holds("change", ("kept", "lost", "refused")),
        **words,
    )


def _drop_index(model: str) -> OwnStep:
    return OwnStep(name="change", operations=[AlterField(model, "name", CharField(max_length=30))])


_INDEXED = {"name": CharField(max_length=30, db_index=True), "n": IntegerField()}

index_dropped_with_field_index = _kept(
    "migrations.index_dropped_with_field_index",
    "A field has db_index=True, and a UniqueConstraint is on the same field. AlterField takes"
    " db_index away: does the uniqueness hold afterwards?",
    [_drop_index("IndexDroppedWithFieldIndex")],
    "IndexDroppedWithFieldIndex",
    title="A uniqueness, and db_index of its field taken away",
    fields=_INDEXED,
    beside=[_ONE_NAME],
    aliases=["db_index", "AlterField", "DROP INDEX"],
)

conditional_dropped_with_field_index = _kept(
    "migrations.conditional_dropped_with_field_index",
    "A field has db_index=True, and a conditional UniqueConstraint is on the same field. AlterField"
    " takes db_index away: does the uniqueness hold afterwards?",
    [_drop_index("ConditionalDroppedWithFieldIndex")],
    "ConditionalDroppedWithFieldIndex",
    title="A conditional uniqueness, and db_index of its field taken away",
    fields=_INDEXED,
    constraint=UniqueConstraint(fields=["name"], condition=Q(n__gt=0), name="one_name"),
    aliases=["db_index", "AlterField", "DROP INDEX", "partial index"],
)

unique_back_after_remake = _kept(
    "migrations.unique_back_after_remake",
    "A uniqueness was dropped in the database but not in the migrations, and no duplicate has come"
    " since. AlterField of another field, for which SQLite remakes the table: does the uniqueness"
    " hold afterwards?",
    [
        OwnStep(
            name="drop",
            operations=[
                SeparateDatabaseAndState([RemoveConstraint("UniqueBackAfterRemake", "one_name")])
            ],
        ),
        OwnStep(
            name="change",
            operations=[AlterField("UniqueBackAfterRemake", "n", BigIntegerField())],
            rows="kept",
        ),
    ],
    "UniqueBackAfterRemake",
    title="A dropped uniqueness after the table is remade",
    fields={"name": _NAME, "n": IntegerField()},
    beside=[_ONE_NAME],
    aliases=["table remake", "_remake_table", "schema drift"],
)
