"""Questions about conflicts, races of two connections, and what must not change from run to run."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace

import pytest
from django.db.models import CharField, IntegerField, Q, UniqueConstraint

from matrix_project.cases.case import Promise, Question, asks, rejects
from matrix_project.observe.scrub import number_made_up, uuids
from matrix_project.results.contract import Outcome, Verdict, observation_hash
from matrix_project.suite.observing import CANNOT_BE_MADE
from tests.engine import SERVERS, observe_on, servers  # noqa: F401 (a fixture)
from tests.said import SAID

FIELDS = {"name": CharField(max_length=30), "n": IntegerField()}
PLAIN = UniqueConstraint(fields=["name"], name="one_name")
PARTIAL = UniqueConstraint(fields=["name"], condition=Q(n__gt=0), name="one_name")
NAMED = {"unique_fields": ["name"], "update_fields": ["n"]}
UNNAMED = {"update_fields": ["n"]}
ANSWERS = {
    "updated": "The row that is there is changed.",
    "raises": "An error is raised.",
    "stored": "Another row is stored.",
}


def on_all(test):
    return pytest.mark.parametrize("vendor", SERVERS)(test)


def upsert(constraint, words):
    def ask(tables):
        row = tables.build({"name": "ann", "n": 2})
        tables.objects.bulk_create([row], update_conflicts=True, **words)

    def read(observation):
        (probe,) = (each for each in observation.probes if each.way_in == "own")
        if probe.outcome == Outcome.REJECTED:
            return "raises"
        changed = [row for change in probe.rows for row in change.removed]
        return "updated" if changed else "stored"

    return Question(
        "answers.upsert",
        "Is the row that is there changed?",
        fields=FIELDS,
        constraint=constraint,
        rows=[{"name": "ann", "n": 1}],
        acts=[asks("bulk_create(update_conflicts=True)", ask)],
        answers=ANSWERS,
        words=read,
    )


@pytest.mark.parametrize(
    ("constraint", "words", "expected"),
    [
        # Django knows the columns of MySQL's and MariaDB's conflict by no name, and needs one of
        # the others'.
        (PLAIN, NAMED, ["updated", "raises", "raises", "updated"]),
        (PLAIN, UNNAMED, ["raises", "updated", "updated", "raises"]),
        (PARTIAL, NAMED, ["raises", CANNOT_BE_MADE, CANNOT_BE_MADE, "raises"]),
    ],
    ids=["named", "unnamed", "partial"],
)
@on_all
def test_an_upsert_is_answered(servers, vendor, constraint, words, expected):  # noqa: F811
    found = observe_on(servers, vendor, upsert(constraint, words))
    assert found.answer == expected[SERVERS.index(vendor)], found.summary


@pytest.mark.parametrize(("constraint", "words"), [(PLAIN, NAMED), (PARTIAL, NAMED)])
@on_all
def test_the_words_of_its_outcomes_answer_it_too(servers, vendor, constraint, words):  # noqa: F811
    """What cannot be done at all, with the constraint or without, is an answer."""
    asked = upsert(constraint, words)
    by_function = observe_on(servers, vendor, asked).answer
    outcomes = {
        Outcome.REJECTED: "raises",
        Outcome.ACCEPTED: "updated",
        Outcome.CHANGED: "updated",
    }
    assert observe_on(servers, vendor, replace(asked, words=outcomes)).answer == by_function


def ask_both(tables):
    """Insert a row, and the same one by the other connection, which waits for the first."""
    tables.save({"name": "zoe", "n": 1})
    tables.on_other(lambda other: other.save({"name": "zoe", "n": 2}))


def ask_other_first(tables):
    tables.on_other(lambda other: other.save({"name": "zoe", "n": 2})).result(60)
    tables.save({"name": "zoe", "n": 1})


@pytest.mark.parametrize("race", [ask_both, ask_other_first])
@on_all
def test_who_loses_a_race_is_rejected(servers, vendor, race):  # noqa: F811
    case = Promise(
        "answers.race",
        "No two have one name.",
        fields=FIELDS,
        constraint=PLAIN,
        rows=[{"name": "ann", "n": 1}],
        valid=[{"name": "bob", "n": 1}],
        violating=[{"name": "ann", "n": 2}],
        acts=[rejects("the same row by two connections", race)],
    )
    found = observe_on(servers, vendor, case)
    unnamed = vendor == "sqlite"
    assert found.verdict == (Verdict.ENFORCED_UNNAMED if unnamed else Verdict.ENFORCED)
    (probe,) = (each for each in found.probes if each.way_in == "own")
    assert (probe.outcome, probe.masked) == (Outcome.REJECTED, False)
    assert probe.error.names_constraint is not unnamed


def test_a_race_that_nobody_loses_lets_the_row_in(servers):  # noqa: F811
    case = Question(
        "answers.race",
        "Are both stored?",
        fields=FIELDS,
        acts=[asks("the same row by two connections", ask_both)],
        answers={"both": "They are."},
        words={Outcome.ACCEPTED: "both"},
    )
    found = observe_on(servers, "postgresql", case)
    assert found.answer == "both"
    (probe,) = found.probes
    assert len(probe.rows[0].added) == 2


@pytest.mark.parametrize("id_", SAID)
def test_the_same_is_written_down_twice(servers, id_):  # noqa: F811
    case, _ = SAID[id_]
    first, second = (observe_on(servers, "sqlite", case) for _ in range(2))
    assert observation_hash(first) == observation_hash(second)


@pytest.mark.parametrize("id_", ["uuid_key", "time_of_change", "foreign_key_to_a_uuid"])
@on_all
def test_what_is_made_up_at_each_run_is_not_written_down(servers, vendor, id_):  # noqa: F811
    case, _ = SAID[id_]
    first, second = (observe_on(servers, vendor, case) for _ in range(2))
    assert first == second
    # Both ways are one, for nothing tells them apart.
    assert {probe.way for probe in first.probes} <= {"both", "remove"}


def test_what_is_made_up_is_numbered():
    made_up, given = uuid.uuid4(), uuid.uuid4()
    now = dt.datetime.now(dt.UTC)
    texts = [
        f"'{made_up.hex}', '{given.hex}', '{now:%Y-%m-%d %H:%M:%S.%f}+00:00'",
        f"({made_up}, {now:%Y-%m-%d}, 2001-02-03 04:05:06, 2001-02-03, {uuid.uuid4()})",
    ]
    first, second = number_made_up(texts, uuids(str([given])))
    assert first == (
        f"'00000000000040008000000000000001', '{given.hex}', '2000-01-01 00:00:00.000001+00:00'"
    )
    assert second == (
        "(00000000-0000-4000-8000-000000000001, 2000-01-01, 2001-02-03 04:05:06, 2001-02-03,"
        " 00000000-0000-4000-8000-000000000002)"
    )
