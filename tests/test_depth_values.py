"""The questions of values, ways in and validation have the answers that were found to be true.

Each answer was taken from the evidence of its observation: the SQL, the errors and the rows that
were read back. PostgreSQL 18, MySQL 9.7, MariaDB 11.8, SQLite 3.40.
"""

from __future__ import annotations

import math

import django
import pytest
from django.db.models import CharField, CheckConstraint, FloatField, IntegerField, Q, TextField
from django.db.models import UniqueConstraint as Unique

from matrix_project.cases import load
from matrix_project.cases.case import CaseError, Question, accepts, asks, rejects, validates
from matrix_project.results.contract import Outcome
from matrix_project.suite.observing import CANNOT_BE_MADE
from tests.engine import SERVERS, observe_on, servers  # noqa: F401 (a fixture)

# Where PostgreSQL's locale or the time zone tables of MySQL and MariaDB tell the answer, it is that
# of servers from packages: C, and none loaded.
ANSWERS = """
values.text_case                         distinct duplicate duplicate distinct
values.text_accent                       distinct duplicate duplicate distinct
values.text_trailing_space               distinct distinct duplicate distinct
values.text_sharp_s                      distinct duplicate duplicate distinct
values.text_normal_form                  distinct duplicate duplicate distinct
values.text_emoji                        distinct distinct distinct distinct
values.unique_nulls                      distinct distinct distinct distinct
values.decimal_16_digits                 distinct distinct distinct duplicate
values.float_minus_zero                  duplicate duplicate duplicate duplicate
values.json_number_forms                 duplicate refused distinct distinct
values.json_key_order                    duplicate refused distinct distinct
values.datetime_microseconds             distinct distinct distinct distinct
values.check_null                        accepted accepted accepted accepted
values.check_in_other_case               rejected accepted accepted rejected
values.check_not_empty_blank             accepted accepted rejected accepted
values.check_startswith_other_case       rejected rejected rejected accepted
values.check_icontains_accent            rejected accepted accepted rejected
values.check_icontains_accent_in_other_case rejected accepted accepted rejected
values.check_regex_newline               rejected accepted accepted accepted
values.check_decimal_sum                 accepted accepted accepted rejected
values.check_division_by_zero            rejected rejected rejected accepted
values.check_greatest_null               rejected accepted accepted accepted
values.check_rounded_before              rounded rounded rounded unrounded
values.check_integer_division            integer fraction fraction integer
values.json_key_null                     rejected rejected rejected accepted
values.json_key_text                     rejected accepted rejected accepted
values.json_null                         accepted accepted accepted accepted
values.datetime_hour                     rejected rejected rejected rejected
values.datetime_hour_in_berlin           rejected accepted accepted rejected
values.time_zone_in_ddl                  baked baked baked baked
values.float_nan                         accepted error_before_write error_before_write changed
values.max_length                        rejected rejected rejected accepted
values.small_integer_range               rejected rejected rejected accepted
values.key_zero                          stored error_before_write error_before_write stored
ways_in.ignore_conflicts_unique          dropped dropped dropped dropped
ways_in.ignore_conflicts_check           raises dropped dropped dropped
ways_in.ignore_conflicts_null            raises changed changed dropped
ways_in.ignore_conflicts_too_long        raises changed changed stored
ways_in.ignore_conflicts_out_of_range    raises changed changed stored
ways_in.ignore_conflicts_foreign_key     raises dropped dropped raises
ways_in.ignore_conflicts_deferred        raises cannot_be_made cannot_be_made cannot_be_made
ways_in.update_conflicts_other_unique    raises changed changed raises
ways_in.update_conflicts_conditional     raises cannot_be_made cannot_be_made raises
ways_in.update_shift                     rejected rejected rejected rejected
ways_in.update_shift_ordered             rejected accepted accepted rejected
ways_in.update_swap_case                 rejected rejected rejected rejected
ways_in.bulk_update_swap                 rejected rejected rejected rejected
ways_in.get_or_create                    rejected rejected rejected rejected
ways_in.update_or_create                 rejected rejected rejected rejected
ways_in.model_form                       error_before_write x4
ways_in.admin_add                        error_before_write x4
ways_in.form_excluded_field              rejected rejected rejected rejected
ways_in.loaddata                         rejected rejected rejected rejected
validation.excluded_field                looser looser looser looser
validation.json_null                     stricter stricter stricter stricter
validation.database_default              agree agree agree agree
"""
# https://code.djangoproject.com/ticket/37057
UNKNOWN = ("agree", "looser") if django.VERSION >= (6, 1) else ("stricter", "agree")
# Before Django 6.0 an expression that names a foreign key by its column is compared with itself.
FOREIGN_KEY = "agree" if django.VERSION >= (6, 0) else "stricter"
ANSWERS += f"""
validation.condition_unknown             {UNKNOWN[0]} cannot_be_made cannot_be_made {UNKNOWN[0]}
validation.condition_negated_unknown     {UNKNOWN[1]} cannot_be_made cannot_be_made {UNKNOWN[1]}
validation.expression_of_foreign_key     {FOREIGN_KEY} {FOREIGN_KEY} cannot_be_made {FOREIGN_KEY}
"""
TRUTH = {
    id_: answers[:1] * 4 if answers[1] == "x4" else answers
    for id_, *answers in (line.split() for line in ANSWERS.split("\n") if line)
}


@pytest.mark.parametrize("vendor", SERVERS)
def test_questions_are_answered_as_the_evidence_says(recorded, vendor):
    found = {id_: recorded(vendor, id_) for id_ in TRUTH}
    expected = {id_: answers[SERVERS.index(vendor)] for id_, answers in TRUTH.items()}
    assert {id_: record.answer for id_, record in found.items()} == expected
    assert not [
        (id_, probe.title, probe.fault)
        for id_, record in found.items()
        for probe in record.probes
        if probe.fault is not None
    ]


def test_all_questions_of_these_families_are_in_the_table():
    families = {"values", "ways_in", "validation"}
    assert set(TRUTH) == {id_ for id_, case in load().items() if case.family in families}


WORDS = {Outcome.ACCEPTED: "accepted", Outcome.REJECTED: "rejected"}
OF_AGE = CheckConstraint(condition=Q(age__gte=18), name="of_age")


def question(*acts, **more):
    given = {
        "fields": {"age": IntegerField(null=True)},
        "constraint": OF_AGE,
        "answers": {"accepted": "It is stored.", "rejected": "It is rejected."},
        "words": WORDS,
    }
    return Question("depth.q", "Is it stored?", acts=acts, **given | more)


NULL = asks("save() of NULL", lambda t: t.save({"age": None}))


@pytest.mark.parametrize(
    ("guard", "answer"),
    [
        (accepts("save() of 18", lambda t: t.save({"age": 18})), "accepted"),
        (rejects("save() of 17", lambda t: t.save({"age": 17})), "accepted"),
        (accepts("save() of 17", lambda t: t.save({"age": 17})), None),
        (rejects("save() of 18", lambda t: t.save({"age": 18})), None),
        # It is no sign of the constraint that something else rejects the row.
        (rejects("save() of a text", lambda t: t.sql("INSERT INTO nowhere VALUES (1)")), None),
    ],
)
def test_a_question_whose_guard_comes_out_otherwise_has_no_answer(servers, guard, answer):  # noqa: F811
    found = observe_on(servers, "sqlite", question(NULL, guard))
    assert found.answer == answer
    assert (guard.title in found.summary) is (answer is None)


def test_a_question_of_guards_alone_asks_nothing():
    with pytest.raises(CaseError, match="it asks nothing"):
        question(accepts("save() of 18", lambda t: t.save({"age": 18}))).subject()


@pytest.mark.parametrize("vendor", ["mysql", "mariadb"])
def test_a_question_has_a_word_where_its_constraint_alone_is_refused(servers, vendor):  # noqa: F811
    asked = {
        "fields": {"name": TextField()},
        "constraint": Unique(fields=["name"], name="one_name"),
        "answers": {"accepted": "It is.", "rejected": "It is not.", "refused": "None can be had."},
    }
    act = asks("save() of a", lambda t: t.save({"name": "a"}))
    if vendor == "mysql":
        assert observe_on(servers, vendor, question(act, **asked)).answer == CANNOT_BE_MADE
        assert observe_on(servers, vendor, question(act, **asked, refused="refused")).answer == (
            "refused"
        )
    else:
        # MariaDB keeps a hash of each value. https://mariadb.com/docs/server/reference
        assert observe_on(servers, vendor, question(act, **asked)).answer == "accepted"


def test_a_word_for_a_refused_constraint_has_to_be_an_answer():
    with pytest.raises(CaseError, match="which `answers` has not"):
        question(NULL, refused="refused").subject()


def test_full_clean_is_compared_with_the_save_of_the_same_act(servers):  # noqa: F811
    rows = [{"age": 17}, {"age": 18}, {"age": None}]
    acts = [validates(row, title=f"save() of {row}") for row in rows]
    without = validates(rows[0], title="save() of 17", exclude=["age"])
    asked = question(*acts, without, words=lambda _: "accepted")
    found = observe_on(servers, "sqlite", asked).validation
    # Of the NULL Django says that the field is not to be blank, and nothing of the constraint.
    assert [(each.row, each.outcome, each.compared) for each in found] == [
        ("own 1", "rejected", "agree"),
        ("own 2", "accepted", "agree"),
        ("own 3", "accepted", "agree"),
        ("own 4", "accepted", "looser"),
    ]


@pytest.mark.parametrize("vendor", ["postgresql", "mysql", "mariadb"])
def test_a_number_that_json_has_not_is_told_by_its_name(servers, vendor):  # noqa: F811
    """PostgreSQL keeps NaN, which is no NULL; the driver of the others does not send it."""
    asked = question(
        asks("save() of NaN", lambda t: t.save({"a": math.nan})),
        fields={"a": FloatField(null=True), "name": CharField(max_length=5, default="x")},
        constraint=CheckConstraint(condition=Q(a__gte=0), name="the_check"),
    )
    (probe,) = observe_on(servers, vendor, asked).probes
    if vendor == "postgresql":
        assert probe.rows[0].added == [{"a": "nan", "name": "x"}]
    else:
        assert probe.fault is None
        assert probe.error.message == "nan can not be used with MySQL"
        assert "VALUES (%s, %s)" in probe.sql[-2]


def test_a_key_of_a_json_is_asked_for_by_the_same_sql_in_each_process(recorded):
    """Django names the types of JSON on SQLite out of a set, whose order is each process's own."""
    found = recorded("sqlite", "values.json_key_null")
    (create,) = (step for step in found.steps if step.name == "create")
    assert "IN ('false','null','true')" in create.sql[-2]


def test_keys_are_counted_on_in_the_order_of_the_rows(recorded):
    """It is the same in each process: a set of classes has an order of its own in each."""
    found = recorded("postgresql", "validation.expression_of_foreign_key")
    (asked, *_) = (probe for probe in found.probes if probe.way_in == "own")
    counted = [sql for sql in asked.setup if sql.startswith("SELECT setval")]
    tables = ["validation_author", "validation_expressionofforeignkey"]
    assert [f'"{table}"' in sql for table, sql in zip(tables, counted, strict=True)] == [True, True]
