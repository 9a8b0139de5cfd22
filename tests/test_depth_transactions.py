"""What the servers answer about transactions, migrations and ways past constraints.

The answers were found by reading the evidence, and tried in plain SQL where it left a doubt:
PostgreSQL 18, MySQL 9.7, MariaDB 11.8, SQLite 3.40, with Django 5.2 and later.
"""

from __future__ import annotations

import threading

import pytest
from django.db.migrations import AddConstraint, RenameField, RunSQL
from django.db.models import CharField, CheckConstraint, IntegerField, Q, UniqueConstraint

from matrix_project.cases import load
from matrix_project.cases.case import Promise, Question, asks, rejects, shows
from matrix_project.observe import OwnStep
from matrix_project.results.contract import Outcome
from matrix_project.suite.observing import CANNOT_BE_MADE
from tests.engine import SERVERS, observe_on, servers  # noqa: F401 (a fixture)

TRUTH = {
    "transactions.after_violation": "aborted usable usable usable",
    "transactions.after_violation_in_atomic": "blocked_by_django " * 4,
    "transactions.deferred_at": "commit never never never",
    "transactions.set_constraints": "raises not_supported not_supported not_supported",
    "transactions.check_constraints_defers_all": "deferred not_supported not_supported"
    " not_supported",
    "transactions.two_checks": "first_by_name first_by_name first_defined first_defined",
    "transactions.two_uniques": "first_defined first_defined first_defined last_defined",
    "transactions.check_and_unique": "check check check check",
    "transactions.null_and_check": "null null null null",
    "transactions.race_unique": "waits_then_fails " * 4,
    "transactions.race_singleton": "waits_then_fails " * 4,
    "transactions.race_deadlock": "one_fails one_fails one_fails both_pass",
    "transactions.lost_conditional": "one_row two_rows two_rows one_row",
    "migrations.fails_half_way": "nothing tables_and_constraints tables_and_constraints nothing",
    "migrations.run_again_after": "works already_exists already_exists works",
    "migrations.add_to_violating_rows": "refused refused refused refused",
    "migrations.remove_check_twice": "refused refused accepted accepted",
    "migrations.rename_field_under_check": "accepted refused accepted accepted",
    "migrations.remove_field_under_check": "accepted_constraint_lost refused refused refused",
    "migrations.alter_field_under_check": "accepted accepted accepted accepted",
    "migrations.rename_model": "accepted accepted accepted accepted",
    "migrations.check_and_unique_of_one_name": "refused accepted refused accepted",
    "migrations.names_equal_but_for_case": "accepted refused refused accepted",
    "migrations.unique_names_equal_but_for_case": "accepted refused refused accepted",
    "migrations.one_name_on_two_tables": "accepted refused accepted accepted",
    "migrations.one_unique_name_on_two_tables": "refused accepted accepted accepted",
    "migrations.check_with_random": "accepted refused refused accepted",
    "migrations.name_of_70_characters": "truncated refused refused accepted",
    "migrations.index_dropped_with_field_index": "kept lost lost kept",
    "migrations.conditional_dropped_with_field_index": f"lost {CANNOT_BE_MADE} {CANNOT_BE_MADE}"
    " kept",
    "migrations.unique_back_after_remake": "lost lost lost kept",
    "migrations.add_locks_writes": "waits check_waits passes waits",
    "migrations.add_not_valid": "supported not_supported not_supported not_supported",
    "bypass.session_setting": "none_of_tried none_of_tried possible possible",
    "bypass.session_setting_foreign_key": "possible possible possible possible",
    "bypass.not_enforced": "possible possible none_of_tried none_of_tried",
    "bypass.unstrict_mode": "none_of_tried possible possible none_of_tried",
}
# What Django and every database reject without the constraint, too: a NULL, an unknown setting.
MASKED = {"transactions.null_and_check", "bypass.session_setting"}
CASES = load()
FAMILIES = ("transactions", "migrations", "bypass")
NAME = {"name": CharField(max_length=30)}
ONE_NAME = UniqueConstraint(fields=["name"], name="one_name")


def on_all(test):
    return pytest.mark.parametrize("vendor", SERVERS)(test)


def test_every_question_of_these_families_has_its_answers_here():
    assert {each.id for each in CASES.values() if each.family in FAMILIES} == set(TRUTH)


@pytest.mark.parametrize("id_", TRUTH)
@on_all
def test_it_is_answered(recorded, vendor, id_):
    found = recorded(vendor, id_)
    assert found.answer == TRUTH[id_].split()[SERVERS.index(vendor)], found.summary
    assert not [each.fault for each in [*found.probes, *found.steps] if each.fault]
    assert id_ in MASKED or not [each.title for each in found.probes if each.masked]


# ------------------------------------------------------------------ what the engine could not do
def twice(tables):
    for _ in range(2):
        try:
            tables.save({"name": "ann"})
        except Exception as error:  # noqa: BLE001 (the second is what is looked at)
            last = error
    raise last


@on_all
def test_what_django_refuses_after_an_error_is_no_error_of_the_databases(servers, vendor):  # noqa: F811
    """It had the first one's code and constraint, and stood among what was sent."""
    case = Promise(
        "depth.broken",
        "No two have one name.",
        fields=NAME,
        constraint=ONE_NAME,
        rows=[{"name": "ann"}],
        valid=[{"name": "bob"}],
        violating=[{"name": "ann"}],
        acts=[rejects("save() twice in one transaction", twice)],
    )
    (probe, *_) = (each for each in observe_on(servers, vendor, case).probes if each.id == "own_1")
    assert probe.error.class_ == "TransactionManagementError"
    assert (probe.error.code, probe.error.constraint, probe.error.names_constraint) == (
        None,
        None,
        False,
    )
    assert [sql[:6] for sql in probe.sql] == ["BEGIN", "INSERT", "ROLLBA"]


def wait_for_nothing(tables):
    """Return whether an act waits that goes on at once, and one that is met before it ends."""
    ended = tables.waits(tables.on_other(lambda other: other.objects.count()))
    go = threading.Event()
    act = tables.on_other(lambda other: (go.wait(60), other.save({"name": "zoe"})))
    go.set()
    return [ended, tables.waits(act)]


def wait_for_the_first(tables):
    with tables.atomic():
        tables.save({"name": "zoe"})
        act = tables.on_other(lambda other: other.save({"name": "zoe"}))
        waits = tables.waits(act)
    act.exception(60)
    return waits


@pytest.mark.parametrize(
    ("look", "shows_"), [(wait_for_nothing, "[False, False]"), (wait_for_the_first, "True")]
)
@on_all
def test_whether_a_second_connection_waits_is_seen(servers, vendor, look, shows_):  # noqa: F811
    case = Question(
        "depth.waits",
        "Does it wait?",
        fields=NAME,
        beside=[ONE_NAME],
        facts=[shows("it waits", look)],
        answers={"told": "It is told."},
        words=lambda _: "told",
    )
    (fact,) = observe_on(servers, vendor, case).facts
    assert fact.shows == shows_


@on_all
def test_what_the_second_connection_sends_is_written_down(servers, vendor):  # noqa: F811
    case = Question(
        "depth.second",
        "What is sent?",
        fields=NAME,
        acts=[asks("by another", lambda t: t.on_other(lambda o: o.save({"name": "zoe"})))],
        answers={"stored": "It is stored."},
        words={Outcome.ACCEPTED: "stored"},
    )
    (probe,) = observe_on(servers, vendor, case).probes
    (sent,) = (each for each in probe.sql if "INSERT" in each)
    assert sent.startswith("-- on the second connection: INSERT INTO")
    assert len(probe.rows[0].added) == 1


OF_AGE = CheckConstraint(condition=Q(age__gte=18), name="of_age")
INSERT = "INSERT INTO depth_after ({}) VALUES ({})"


@on_all
def test_steps_go_on_from_the_rows_that_are_there_and_after_a_refusal(servers, vendor):  # noqa: F811
    case = Question(
        "depth.after",
        "What comes of each step?",
        fields={"age": IntegerField()},
        rows=[{"age": 17}],
        steps=[
            OwnStep(name="refused", operations=[AddConstraint("After", OF_AGE)]),
            OwnStep(
                name="mended",
                operations=[AddConstraint("After", OF_AGE)],
                rows=[{"age": 18}],
                anyway=True,
            ),
            OwnStep(name="gone_on", operations=[RunSQL(INSERT.format("age", 19))], rows="kept"),
            OwnStep(name="again", operations=[RunSQL(INSERT.format("age", 17))], rows="kept"),
            OwnStep(name="never", operations=[RenameField("After", "age", "years")]),
        ],
        answers={"told": "It is told."},
        words=lambda _: "told",
    )
    steps = {step.name: step for step in observe_on(servers, vendor, case).steps}
    assert "never" not in steps
    outcomes = [steps[name].outcome for name in ("refused", "mended", "gone_on", "again")]
    assert outcomes == ["refused", "accepted", "accepted", "refused"]
    assert steps["again"].left_behind.rows == 2
    # What stands before a step is what makes it end so: see `Replay`.
    assert not [sql for sql in steps["mended"].setup if "17" in sql]
    assert [sql for sql in steps["again"].setup if "VALUES (19)" in sql]
