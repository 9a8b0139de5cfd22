"""What a run on real servers writes: all of it, the same each time, and true when replayed."""

from __future__ import annotations

import copy
import json
import os
import re
import sqlite3
from contextlib import closing

import jsonschema
import pytest

from matrix_project.backends import catalogue
from matrix_project.interpreters import own
from matrix_project.run import plan
from matrix_project.servers.room import open_room
from tests.conftest import observed, run_matrix

VENDORS = ("postgresql", "mysql", "mariadb", "sqlite")
CASES = {
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
UNIQUES = {case for case in CASES if case.startswith(("deferrable", "include", "condition"))}
IGNORED = {
    "postgresql": set(),
    "mysql": UNIQUES
    - {"deferrable_unique.not_deferrable", "include.plain", "condition.unconditional"},
    "mariadb": UNIQUES
    - {"deferrable_unique.not_deferrable", "include.plain", "condition.unconditional"},
    "sqlite": {
        "deferrable_unique.deferred",
        "deferrable_unique.immediate",
        "include.covering",
    },
}


@pytest.fixture(params=VENDORS)
def vendor(request):
    return request.param


@pytest.fixture
def cells(whole_run, vendor):
    document = whole_run.document
    environment = observed(document, vendor)
    return {cell["case"]: cell for cell in document["cells"] if cell["environment"] == environment}


def test_the_run_ends_well_and_says_where_the_report_is(whole_run):
    assert whole_run.code == 0, whole_run.output
    assert "Report:" in whole_run.output
    assert (whole_run.folder / "README.md").is_file()


def test_every_case_is_there_for_every_vendor(cells):
    assert cells.keys() == CASES


def test_the_document_is_valid_by_its_schema(whole_run):
    published = json.loads((whole_run.folder / "matrix.schema.json").read_text())
    jsonschema.validate(whole_run.document, published)


def test_what_is_ignored_is_ignored_with_a_warning_and_without_ddl(cells, vendor):
    ignored = {case for case, cell in cells.items() if cell["verdict"] == "ignored"}
    assert ignored == IGNORED[vendor]
    for case in ignored:
        assert cells[case]["catalog"] == {"present": False, "definition": None}
        assert cells[case]["ddl"]["add"]["sql"] == []
        assert [check["id"][:8] for check in cells[case]["system_checks"]] == ["models.W"]


def test_the_singleton_on_an_automatic_key(cells, vendor):
    cell = cells["singleton.auto_primary_key"]
    if vendor not in {"mysql", "mariadb"}:
        assert cell["verdict"] == "enforced"
        return
    assert cell["verdict"] == "refused"
    add = cell["ddl"]["add"]
    assert add["error"]["code"] == {"mysql": "3818", "mariadb": "1901"}[vendor]
    assert add["left_behind"] == {
        "tables": ["singleton_remoteapiaccount"],
        "rows": 0,
        "constraint": False,
        "recorded": False,
    }
    assert cell["probes"] == []
    # The refusal stops nothing else: the family's next constraint is there.
    assert cells["singleton.plain_primary_key"]["verdict"] == "enforced"


def test_sqlite_names_a_check_but_not_a_uniqueness(whole_run):
    environment = observed(whole_run.document, "sqlite")
    verdicts = {
        cell["case"]: cell["verdict"]
        for cell in whole_run.document["cells"]
        if cell["environment"] == environment
    }
    assert verdicts["check.q"] == "enforced"
    assert verdicts["include.plain"] == "enforced-other-error"


def test_a_deferred_constraint_is_checked_at_the_commit(whole_run):
    environment = observed(whole_run.document, "postgresql")
    stages = {
        (cell["case"], probe["id"]): (probe["outcome"], probe["stage"])
        for cell in whole_run.document["cells"]
        if cell["environment"] == environment
        for probe in cell["probes"]
    }
    assert stages["deferrable_unique.deferred", "save"] == ("rejected", "commit")
    assert stages["deferrable_unique.deferred", "swap"] == ("accepted", "commit")
    assert stages["deferrable_unique.immediate", "swap"] == ("rejected", "statement")
    assert stages["deferrable_unique.not_deferrable", "shift"] == ("rejected", "statement")


def test_both_ddl_paths_bad_data_and_removal_are_observed(cells):
    for case, cell in cells.items():
        ddl = cell["ddl"]
        assert ddl["create"] is not None
        if cell["verdict"] in {"enforced", "enforced-other-error"} and ddl["add"] is not None:
            assert ddl["add"]["sql"], case
            assert ddl["add_to_violating_rows"]["outcome"] == "refused", case
            assert ddl["add_to_violating_rows"]["left_behind"]["constraint"] is False
            assert ddl["remove"]["outcome"] == "accepted"
            assert ddl["remove"]["definition"] is None
            assert cell["catalog"]["definition"]
            assert cell["validation"]["outcome"] == "rejected"
            assert any(probe["paths"] == ["remove"] for probe in cell["probes"])
        if ddl["add"] is not None and ddl["add"]["outcome"] == "accepted":
            asked = {probe["id"].partition(".")[0]: probe["paths"] for probe in cell["probes"]}
            assert asked["save"] == asked["valid_save"] == ["create", "add"], case
            # Less is asked the second time only where the catalogue shows the very same.
            if asked["raw_sql"] == ["create"]:
                assert ddl["create"]["definition"] == ddl["add"]["definition"]


def test_the_document_holds_nothing_that_changes_from_run_to_run(whole_run):
    text = (whole_run.folder / "matrix.json").read_text() + whole_run.output
    assert not re.search(r"matrix_[0-9a-f]{8}\b", text)
    assert "127.0.0.1" not in text
    assert "/tmp" not in text.replace(str(whole_run.folder), "")
    assert '"None"' not in text


def timeless(document):
    document = copy.deepcopy(document)
    del document["generated_at"]
    for environment in document["environments"].values():
        del environment["observed_at"], environment["seconds"]
    for cell in document["cells"]:
        del cell["since"]
    return document


def test_two_runs_give_the_same_document(whole_run, tmp_path):
    again = run_matrix(tmp_path / "reports")
    assert timeless(again.document) == timeless(whole_run.document)


def test_replayed_by_hand_each_probe_ends_the_same(whole_run, cells, vendor):
    """Every probe's SQL, sent through the bare driver, is accepted or rejected as it is written."""
    with open_room() as room:
        environment = whole_run.document["environments"][cells["check.q"]["environment"]]
        backend = catalogue()[environment["backend"]]
        (planned,) = plan([backend], [own()], environment["provider"])
        with planned.providers[0].serve(planned.backend, room) as server, client(server) as execute:
            replayed = sum(replay(cell, execute) for cell in cells.values())
    assert replayed > 150


def test_a_server_of_ones_own_is_observed_and_left_as_it_was(tmp_path):
    backend = catalogue()["postgresql-18"]
    (planned,) = plan([backend], [own()], "packages")
    if not planned.providers and "CI" not in os.environ:
        pytest.skip(planned.lacking)
    with open_room() as room, planned.providers[0].serve(backend, room) as server:
        at = server.database
        url = f"postgresql://{at['USER']}:{at['PASSWORD']}@{at['HOST']}:{at['PORT']}/"
        with connect(at) as connection:
            before = connection.execute("SELECT datname FROM pg_database").fetchall()
        run = run_matrix(tmp_path, "--backend", backend.id, MATRIX_POSTGRESQL_URL=url)
        with connect(at) as connection:
            after = connection.execute("SELECT datname FROM pg_database").fetchall()
    assert run.code == 0, run.output
    (environment,) = run.document["environments"].values()
    assert (environment["provider"], environment["backend"]) == ("url", "postgresql-18")
    assert at["PASSWORD"] not in run.output + json.dumps(run.document)
    assert sorted(after) == sorted(before)


def test_a_server_of_ones_own_is_never_taken_for_another(monkeypatch):
    monkeypatch.setenv("MATRIX_MYSQL_URL", "mysql://nobody@127.0.0.1/")
    monkeypatch.setattr("matrix_project.run.url.server_series", lambda _: "8.4")
    backend = catalogue()["mysql-9.7"]
    (asked,) = plan([backend], [own()], "url", named=True)
    assert (asked.backend, asked.providers) == (backend, ())
    assert "your own server is mysql-8.4" in asked.lacking
    (unasked,) = plan([backend], [own()], "url")
    assert unasked.backend.id == "mysql-8.4"


def replay(cell, execute):
    """Replay a cell on fresh tables for each probe; return how many were replayed."""
    replay_steps(cell, execute)
    create = cell["ddl"]["create"]
    tables = [found[1] for sql in create["sql"] if (found := re.match(TABLE, sql))]
    if create["outcome"] == "refused":
        assert execute(create["sql"]) is not None, cell["case"]
        return 1
    probes = [probe for probe in cell["probes"] if "create" in probe["paths"]]
    for probe in probes:
        assert execute(create["sql"]) is None
        assert execute(probe["setup"]) is None
        error = execute(probe["sql"])
        assert (error is None) == (probe["outcome"] == "accepted"), (cell["case"], probe, error)
        if error is not None and probe["error"]["code"].isdigit():
            assert code(error) == probe["error"]["code"]
        assert execute([f"DROP TABLE {table}" for table in tables]) is None
    return len(probes)


def replay_steps(cell, execute):
    """Replay each DDL step on what its setup makes."""
    for name, step in cell["ddl"].items():
        if step is None or name == "create":
            continue
        assert execute(step["setup"]) is None, (cell["case"], name)
        error = execute(step["sql"])
        assert (error is None) == (step["outcome"] == "accepted"), (cell["case"], name, error)
        tables = [found[1] for sql in step["setup"] if (found := re.match(TABLE, sql))]
        assert execute([f"DROP TABLE {table}" for table in tables if "new__" not in table]) is None


TABLE = r"CREATE TABLE (\S+)"


def code(error):
    return getattr(error, "sqlstate", None) or str(error.args[0])


class client:  # noqa: N801 (reads as a function)
    """A bare driver's connection, as a function that sends statements and returns the error."""

    def __init__(self, server):
        self.connection = connect(server.database)

    def __enter__(self):
        return self.execute

    def __exit__(self, *_):
        self.connection.close()

    def execute(self, statements):
        with closing(self.connection.cursor()) as cursor:
            try:
                for sql in statements:
                    cursor.execute(sql)
                    if cursor.description:
                        cursor.fetchall()
            except Exception as error:  # noqa: BLE001 (whatever the driver raises is the answer)
                if getattr(self.connection, "in_transaction", True):
                    cursor.execute("ROLLBACK")
                return error
        return None


def connect(database):
    if database["ENGINE"].endswith("sqlite3"):
        return sqlite3.connect(database["NAME"], isolation_level=None)
    access = {
        "host": database["HOST"],
        "port": int(database["PORT"]),
        "user": database["USER"],
        "password": database["PASSWORD"],
    }
    if database["ENGINE"].endswith("postgresql"):
        import psycopg

        return psycopg.connect(dbname=database["NAME"], autocommit=True, **access)
    import MySQLdb

    return MySQLdb.connect(database=database["NAME"], autocommit=True, **access)
