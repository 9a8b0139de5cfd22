"""What a run on real servers writes: all of it, the same each time, and true when replayed."""

from __future__ import annotations

import copy
import json
import os
import re
import sqlite3
from functools import partial

import jsonschema
import pytest
from django.db.backends.sqlite3._functions import register

from matrix_project.backends import catalogue
from matrix_project.cases import load
from matrix_project.interpreters import own
from matrix_project.results.contract import Outcome, Verdict
from matrix_project.run import plan as plans
from matrix_project.run.plan import plan
from matrix_project.servers.room import open_room
from matrix_project.vendors import VENDORS
from tests.conftest import FEW, observed, run_matrix
from tests.replay import Replay

FIFTEEN = {
    "singleton.auto_primary_key",
    "singleton.plain_primary_key",
    "singleton.unconstrained",
    "one_field_set.value_matches_type",
    "one_field_set.generated",
    "one_field_set.abstract_base",
    "deferrable_unique.deferred",
    "deferrable_unique.immediate",
    "deferrable_unique.not_deferrable",
    "include.covering",
    "include.plain",
    "condition.unique_draft",
    "condition.unconditional",
    "check.q",
    "check.boolean_expression",
}
DEFERRABLE = {"deferrable_unique.deferred", "deferrable_unique.immediate"}
NEVER_CREATED = {
    "postgresql": set(),
    "mysql": {*DEFERRABLE, "include.covering", "condition.unique_draft"},
    "mariadb": {*DEFERRABLE, "include.covering", "condition.unique_draft"},
    "sqlite": {*DEFERRABLE, "include.covering"},
}
STORED = {Verdict.ENFORCED, Verdict.ENFORCED_UNNAMED, Verdict.ENFORCED_OTHER_ERROR}


@pytest.fixture(params=VENDORS)
def vendor(request):
    return request.param


@pytest.fixture
def result(whole_run, vendor):
    return whole_run.results[observed(whole_run.document, vendor)]


@pytest.fixture
def records(result):
    return result.records


def steps(record):
    return {step.name: step for step in record.steps}


def test_the_run_ends_well_and_says_where_the_report_is(whole_run):
    assert whole_run.code == 0, whole_run.output
    assert "Report:" in whole_run.output
    assert (whole_run.folder / "README.md").is_file()


def test_every_case_is_there_for_every_vendor(records):
    assert records.keys() == load().keys()
    assert records.keys() >= FIFTEEN


def test_nothing_is_unknown_and_no_question_was_left_unanswered(records):
    for case, record in records.items():
        assert record.verdict or record.answer, case
        assert record.verdict != Verdict.UNKNOWN, record.summary
        assert not [probe.fault for probe in record.probes if probe.fault], case
        assert not [step.fault for step in record.steps if step.fault], case


def test_the_document_is_valid_by_its_schema(whole_run):
    published = json.loads((whole_run.folder / "matrix.schema.json").read_text())
    jsonschema.validate(whole_run.document, published)


def test_what_is_never_created_is_ignored_with_a_warning_and_without_sql(records, vendor):
    ignored = {
        case
        for case, record in records.items()
        if record.verdict == Verdict.IGNORED and record.by == "django"
    }
    assert ignored & FIFTEEN == NEVER_CREATED[vendor]
    for case in ignored & FIFTEEN:
        record = records[case]
        assert not record.catalog.present
        assert steps(record)["add"].sql == []
        assert steps(record)["create"].sql == steps(record)["control"].sql
        assert all(id_.startswith("models.W") for id_ in record.warned)
        assert len(record.warned) == 1


def test_the_singleton_on_an_automatic_key(records, vendor):
    record = records["singleton.auto_primary_key"]
    if vendor not in {"mysql", "mariadb"}:
        assert record.verdict == Verdict.ENFORCED
        return
    assert (record.verdict, record.by) == (Verdict.REFUSED, "database")
    add = steps(record)["add"]
    assert add.error.code == {"mysql": "3818", "mariadb": "1901"}[vendor]
    assert len(add.left_behind.tables) == 1
    assert not add.left_behind.constraints
    assert not add.left_behind.recorded
    assert not [probe for probe in record.probes if probe.expect == "reject"]
    # The refusal stops nothing else.
    assert records["singleton.plain_primary_key"].verdict == Verdict.ENFORCED


def test_sqlite_names_a_check_but_not_a_uniqueness(whole_run):
    records = whole_run.results[observed(whole_run.document, "sqlite")].records
    assert records["check.q"].verdict == Verdict.ENFORCED
    unique = records["deferrable_unique.not_deferrable"]
    assert unique.verdict == Verdict.ENFORCED_UNNAMED
    rejected = [probe for probe in unique.probes if probe.outcome == Outcome.REJECTED]
    assert all(probe.error.columns and not probe.error.constraint for probe in rejected)


def test_a_deferred_constraint_is_checked_at_the_commit(whole_run):
    records = whole_run.results[observed(whole_run.document, "postgresql")].records
    stages = {
        case: {
            (probe.outcome, probe.stage)
            for probe in records[case].probes
            if probe.expect == "reject" and probe.way_in != "own"
        }
        for case in (*DEFERRABLE, "deferrable_unique.not_deferrable")
    }
    assert stages["deferrable_unique.deferred"] == {("rejected", "commit")}
    assert stages["deferrable_unique.immediate"] == {("rejected", "statement")}
    assert stages["deferrable_unique.not_deferrable"] == {("rejected", "statement")}


SHOWN = {
    ("singleton.plain_primary_key", "in the way of the migration"): "[7]",
    ("singleton.plain_primary_key", "form of a second row"): "is_valid() is True, errors: {}",
    ("singleton.plain_primary_key", 'offers "add"'): "False beside a row, True in the empty table",
    ("singleton.unconstrained", "update_or_create"): "MultipleObjectsReturned",
    ("one_field_set.value_matches_type", "managers"): "2 rows, 1 in points and 1 in time",
    ("one_field_set.value_matches_type", "full_clean()"): "needs no type; of the wrong value",
}


@pytest.mark.parametrize(("case", "title"), SHOWN)
def test_what_the_posts_do_around_a_constraint_is_shown(records, case, title):
    (fact,) = (fact for fact in records[case].facts if title in fact.title)
    assert SHOWN[case, title] in fact.shows


def test_both_ways_bad_data_and_removal_are_observed(records):
    seen = 0
    for case, record in records.items():
        if record.verdict not in STORED or "add" not in steps(record):
            continue
        seen += 1
        found = steps(record)
        assert found["create"].outcome == found["add"].outcome == "accepted", case
        assert found["add_to_violating_rows"].outcome == "refused", case
        left = found["add_to_violating_rows"].left_behind.constraints
        # MySQL makes an index for a foreign key where the uniqueness that served it is gone.
        assert not set(record.catalog.names) & set(left), case
        assert found["remove"].outcome == "accepted", case
        still = found["remove"].definition or ""
        assert not any(name in still for name in record.catalog.names), case
        assert record.catalog.definition, case
        asked = {
            (probe.id.partition(".")[0], way) for probe in record.probes for way in _ways(probe)
        }
        assert {("save", "create"), ("save", "add"), ("valid_save", "create")} <= asked, case
        assert ("after_remove", "remove") in asked, case
        assert all(probe.control for probe in record.probes), case
    assert seen >= 3


def _ways(probe):
    return ("create", "add") if probe.way == "both" else (probe.way,)


def test_the_document_holds_nothing_that_changes_from_run_to_run(whole_run):
    text = (whole_run.folder / "matrix.json").read_text() + whole_run.output
    assert not re.search(r"matrix_(\d{8}_)?[0-9a-f]{8}\b", text)
    assert "127.0.0.1" not in text
    assert "/tmp" not in text.replace(str(whole_run.folder), "")
    assert '"None"' not in text


def timeless(document):
    document = copy.deepcopy(document)
    del document["generated_at"], document["first_seen"]
    for environment in document["environments"].values():
        del environment["observed_at"], environment["seconds"]
    return document


def test_two_runs_give_the_same_document(whole_run, tmp_path):
    again = run_matrix(tmp_path / "results")
    assert timeless(again.document) == timeless(whole_run.document)


def test_replayed_by_hand_each_step_and_each_probe_ends_the_same(result):
    """The SQL of each, sent through the bare driver, is taken or refused as it is written."""
    backend = catalogue()[result.environment.backend]
    (planned,) = plan([backend], [own()], result.environment.provider)
    replayed = 0
    with open_room() as room, planned.providers[0].serve(backend, room) as server:
        shared = server.beside()
        for record in result.records.values():
            # What a case needs before its tables is there for it alone.
            needs = any(step.name == "prerequisites" for step in record.steps)
            database = server.beside() if needs else shared
            again = partial(connect, backend.vendor, database)
            connection = again()
            try:
                replayed += Replay(connection, backend.vendor, again).record(record)
            finally:
                connection.close()
    assert replayed > 10 * len(result.records)


def connect(vendor, database):
    access = VENDORS[vendor].access
    if access is None:
        connection = sqlite3.connect(database["NAME"], isolation_level=None)
        # The file is thrown away: nothing has to wait for a disk.
        connection.execute("PRAGMA synchronous = OFF")
        # Django's own functions, which a CHECK may call.
        register(connection)
        return connection
    options = {"autocommit": True} if database["ENGINE"].endswith("mysql") else {}
    return access.connect(database, options)


def test_a_server_of_ones_own_is_observed_and_left_as_it_was(tmp_path):
    backend = catalogue()["postgresql-18"]
    (planned,) = plan([backend], [own()], "packages")
    if not planned.providers and "CI" not in os.environ:
        pytest.skip(planned.lacking)
    with open_room() as room, planned.providers[0].serve(backend, room) as server:
        at = server.database
        url = f"postgresql://{at['USER']}:{at['PASSWORD']}@{at['HOST']}:{at['PORT']}/"
        before = databases(at)
        words = ("--backend", backend.id, *FEW)
        run = run_matrix(tmp_path / "results", *words, MATRIX_POSTGRESQL_URL=url)
        after = databases(at)
    assert run.code == 0, run.output
    (environment,) = run.document["environments"].values()
    assert (environment["provider"], environment["backend"]) == ("url", "postgresql-18")
    assert at["PASSWORD"] not in run.output + json.dumps(run.document)
    assert after == before


def databases(at):
    with connect("postgresql", at) as connection:
        found = connection.execute("SELECT datname FROM pg_database ORDER BY 1").fetchall()
    assert found
    return found


def test_a_server_of_ones_own_is_never_taken_for_another(monkeypatch):
    monkeypatch.setenv("MATRIX_MYSQL_URL", "mysql://nobody@127.0.0.1/")
    monkeypatch.setattr(plans.url, "server_series", lambda _: "8.4")
    backend = catalogue()["mysql-9.7"]
    (asked,) = plan([backend], [own()], "url", named=True)
    assert (asked.backend, asked.providers) == (backend, ())
    assert "your own server is mysql-8.4" in asked.lacking
    (unasked,) = plan([backend], [own()], "url")
    assert unasked.backend.id == "mysql-8.4"
