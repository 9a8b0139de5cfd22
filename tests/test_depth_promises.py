"""The promises of the matrix, each with what is true of it on PostgreSQL, MySQL, MariaDB, SQLite.

The truth was found by reading the evidence; the words are those of `tests.said`.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import django
import pytest
from django.db import connections

from matrix_project.cases import load
from matrix_project.cases.case import Promise
from matrix_project.observe.scrub import scrub
from matrix_project.results.contract import Verdict
from matrix_project.suite.declarations import verify
from matrix_project.suite.observing import describe, record, too_old
from tests.engine import SERVERS, observe_on, servers  # noqa: F401 (a fixture)
from tests.test_faults_said import WORDS, codes, faults

TRUTH = {
    "check.binary_literal": "E R:1064 R:1064 E",
    "check.boolean": "E E E E",
    "check.case_when": "E STRICT:3819 STRICT:4025 E",
    "check.case_when_numbers": "E E E E",
    "check.choices": "E E E E",
    "check.date": "E E E E",
    "check.datetime_hour": "E E E E",
    "check.decimal": "E E E E",
    "check.duration": "E E E E",
    "check.foreign_key": "E E E E",
    "check.generated_column": "E E E E",
    "check.json_key": "E E E E",
    "check.md5": "E R:3814 E E",
    "check.negated": "E E E E",
    "check.now": "E R:3814 R:1901 U:SQLITE_ERROR",
    "check.percent_in_literal": "E E E E",
    "check.positive_field": "E EO:1264 EO:1264 EU",
    "check.range": "E E E E",
    "check.regex": "E E E E",
    "check.set_null_foreign_key": "E R:3823 R:1901 E",
    "check.sum": "E E E E",
    "check.text_length": "E E E E",
    "check.two_columns": "E E E E",
    "check.two_foreign_keys_exclusive": "E E E E",
    "check.uuid_literal": "E E R:1064 E",
    "check.xor": "E E E E",
    "condition.case_expression": "E E N E",
    "condition.generated_column": "E E E EU",
    "condition.nullable_column": "E E E EU",
    "deferrable_unique.foreign_key_check": "E:23503 STRICT:1451 STRICT:1452 EU",
    "deferrable_unique.negative_detour": "E E E EU",
    "deferrable_unique.ordered_update": "STRICT:23505 E E STRICT:SQLITE_CONSTRAINT_UNIQUE",
    "exclusion.deferrable": "E:23P01 A:1064 A:4161 R:SQLITE_ERROR",
    "exclusion.for_each_room": "E:23P01 R:1064 R:1064 R:SQLITE_ERROR",
    "exclusion.hash_equal": "E:23P01 R:1064 R:1064 R:SQLITE_ERROR",
    "exclusion.overlap": "E:23P01 A:1064 A:4161 R:SQLITE_ERROR",
    "exclusion.unique_slot": "E E E EU",
    "include.covering_and_plain": "E E E EU",
    "singleton.constant_unique_column": "E E E EU",
    "unique.binary_field": "E R:1170 E EU",
    "unique.case_when": "E E N E",
    "unique.char_1000": "E R:1071 E EU",
    "unique.coalesce": "E E N E",
    "unique.coalesce_generated_column": "E E E EU",
    "unique.coalesce_sentinel": "E E N E",
    "unique.composite_primary_key": "E E E EU",
    "unique.datetime": "E E E EU",
    "unique.decimal": "E E E EU",
    "unique.field": "E E E EU",
    "unique.fields": "E E E EU",
    "unique.foreign_key": "E E E EU",
    "unique.json_field": "E R:3152 E EU",
    "unique.lower": "E E N E",
    "unique.lower_generated_column": "E E E EU",
    "unique.lower_text": "E R:3757 N E",
    "unique.null_in_one_column": "E E E EU",
    "unique.nulls_distinct_false": "E N N N",
    "unique.nulls_distinct_true": "E N N N",
    "unique.opclasses": "E E E EU",
    "unique.stored_generated_column": "E E E EU",
    "unique.text_field": "E R:1170 E EU",
    "unique.together": "E E E EU",
    "unique.uuid": "E E E EU",
    # Before Django 6.1 a system check keeps the table from PostgreSQL.
    "unique.virtual_generated_column": (
        "R:0A000 E E EU" if django.VERSION >= (6, 1) else "A E E EU"
    ),
}
CASES = load()
ROOT = Path(__file__).parent.parent


def on_all(test):
    return pytest.mark.parametrize("vendor", SERVERS)(test)


@pytest.mark.parametrize("id_", TRUTH)
@on_all
def test_the_verdict_is_true(recorded, vendor, id_):
    if (reason := too_old(CASES[id_])) is not None:
        pytest.skip(reason)
    word, _, code = TRUTH[id_].split()[SERVERS.index(vendor)].partition(":")
    found = recorded(vendor, id_)
    assert (found.verdict, found.by) == WORDS[word], found.summary
    assert not code or code in codes(found)
    assert faults(found) == []
    assert not any(probe.masked for probe in found.probes)


@on_all
def test_a_foreign_key_is_held_at_the_commit_where_the_database_defers_it(recorded, vendor):
    found = recorded(vendor, "deferrable_unique.foreign_key_check")
    stages = {probe.stage for probe in found.probes if probe.expect == "reject"}
    assert stages == {"statement" if vendor in {"mysql", "mariadb"} else "commit"}
    assert found.catalog.present
    assert "REFERENCES" in found.catalog.definition
    assert {each.compared for each in found.validation} == {"agree"}
    # What makes it and what takes it away is shown, each in the one statement that does it.
    steps = {step.name: step for step in found.steps}
    assert any("REFERENCES" in sql for sql in steps["create"].sql)
    assert any("DROP" in sql for sql in steps["remove"].sql)
    assert steps["add_to_violating_rows"].outcome == "refused"


def test_counters_are_set_in_the_order_of_the_rows(recorded):
    """An order of the process's own would be another one in the next run."""
    found = recorded("postgresql", "check.two_foreign_keys_exclusive")
    (probe, *_) = (each for each in found.probes if each.id == "valid_update")
    counted = [sql.split('"')[1] for sql in probe.setup if "setval" in sql]
    assert counted[:2] == ["check_person", "check_company"]


def test_the_types_of_json_are_written_in_one_order(recorded):
    definition = recorded("sqlite", "check.json_key").catalog.definition
    assert "IN ('false','null','true')" in definition


@on_all
def test_the_validation_of_a_composite_key_is_its_own(recorded, vendor):
    found = recorded(vendor, "unique.composite_primary_key")
    assert [(each.outcome, each.compared) for each in found.validation] == [
        ("rejected", "agree"),
        ("accepted", "agree"),
    ]


@pytest.mark.parametrize("name", ["#sql-79fe_a", "#sql-alter-1b2c-5"])
def test_a_copy_that_is_named_after_the_process_is_not(name):
    text = f"a foreign key constraint fails (`matrix`.`{name}`, CONSTRAINT `x`)"
    assert scrub(text, connections["default"]).count("`#sql-copy`") == 1


def test_a_fact_does_not_show_the_name_of_the_database(recorded):
    """MySQL 9.6 and newer have MD5() in a component alone, which nobody has installed."""
    (fact,) = recorded("mysql", "check.md5").facts
    assert fact.shows == "OperationalError: (1305, 'FUNCTION matrix.MD5 does not exist')"


def _only_later():
    message = "cannot import name 'DB_LATER' from 'django.db.models'"
    raise ImportError(message)


@pytest.mark.parametrize(
    ("lacking", "reason"),
    [
        ({"from_django": "99.0"}, "99.0 is the first to"),
        ({"needs_module": "no_such_module"}, "the module no_such_module is not installed"),
    ],
)
def test_what_cannot_be_declared_here_is_absent(lacking, reason):
    case = Promise("depth.later", "Later.", fields=_only_later, valid=[{}], violating=[{}])
    case = replace(case, **lacking)
    verify([case])
    assert describe(case).declaration == ""
    found = record(case, ["default"])
    assert found.verdict == Verdict.ABSENT
    assert reason in found.summary


def test_the_cases_are_read_without_the_driver_of_postgresql():
    program = (
        "import sys; sys.modules['psycopg'] = sys.modules['psycopg2'] = None\n"
        "import django; from django.conf import settings\n"
        "settings.configure(DATABASES={}); django.setup()\n"
        "from matrix_project.cases import load\n"
        "print('exclusion.overlap' in load())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.split() == [b"True"]
