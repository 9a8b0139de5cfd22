"""What is around a run does not reach into it, and what it holds less of takes no place of more."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from matrix_project.results.contract import Status
from matrix_project.servers.environ import PASSED_ON, TAKEN_OUT, environ_of_suite, environ_of_tool
from matrix_project.servers.room import open_room
from tests.conftest import FEW, run_matrix
from tests.waiting import ONE_CASE

# What a user may have exported, and what each of them would do to the suite or to its connection.
EXPORTED = {
    "PYTEST_ADDOPTS": "-k singleton",
    "PYTEST_PLUGINS": "no_such_plugin",
    "DJANGO_SETTINGS_MODULE": "mysite.settings",
    "PYTHONOPTIMIZE": "2",
    "PYTHONPATH": "/nowhere",
    "PYTHONWARNINGS": "error",
    "PYTHONHASHSEED": "7",
    "PYTHONIOENCODING": "ascii",
    "PYTHONUTF8": "0",
    "LC_ALL": "tr_TR.UTF-8",
    "LANGUAGE": "ja",
    "TZ": "Asia/Tokyo",
    "PGOPTIONS": "-c session_replication_role=replica",
    "PGHOST": "192.0.2.1",
    "PGHOSTADDR": "192.0.2.1",
    "PGPORT": "1",
    "PGUSER": "nobody",
    "PGPASSWORD": "wrong",
    "PGSERVICE": "none",
    "PGSSLMODE": "verify-full",
    "PGREQUIREAUTH": "none",
    "PGTARGETSESSIONATTRS": "read-only",
    "PGCLIENTENCODING": "SQL_ASCII",
    "PGDATESTYLE": "German",
    "PGTZ": "Asia/Tokyo",
    "MYSQL_TCP_PORT": "1",
    "MYSQL_UNIX_PORT": "/nowhere",
    "MARIADB_PLUGIN_DIR": "/nowhere",
    "LIBMYSQL_PLUGINS": "none",
    "SQLITE_TMPDIR": "/nowhere",
    "DATABASE_URL": "sqlite:///elsewhere",
    "GIT_DIR": "/nowhere",
    "TAR_OPTIONS": "--exclude=*",
    "PIP_TARGET": "/nowhere",
    "MATRIX_EVENTS_FD": "1",
    "MATRIX_BACKEND": "none",
    "MATRIX_SQLITE_LIBRARY": "/nowhere",
}
# A file of cases that declares none: it has the suite collect the first case alone.
NARROWING = """
from matrix_project.suite import plugin


def pytest_generate_tests(metafunc):
    (first, *_) = metafunc.config.stash[plugin._CASES].values()
    metafunc.parametrize("case", [first], ids=[first.id])


plugin.pytest_generate_tests.__code__ = pytest_generate_tests.__code__
plugin.plugin = plugin
"""


def test_what_is_exported_changes_no_observation(whole_run, tmp_path):
    done = run_matrix(tmp_path / "results", *FEW, **EXPORTED)
    assert done.results.keys() == whole_run.results.keys()
    for id_, result in done.results.items():
        before = whole_run.results[id_]
        assert result.environment.status == before.environment.status, done.output
        assert result.environment.settings == before.environment.settings
        assert len(result.records) == len(FEW)
        assert result.records == {id_: before.records[id_] for id_ in result.records}
    assert done.document["project"] == whole_run.document["project"]


def test_the_suite_gets_what_is_listed_and_nothing_else(monkeypatch):
    for name, value in EXPORTED.items():
        monkeypatch.setenv(name, value)
    with open_room() as room:
        given = environ_of_suite(room, MORE="1")
        assert given.keys() == {"LC_ALL", "HOME", "TMPDIR", "PYTHONUSERBASE", "MORE"}
        assert given["HOME"] == given["TMPDIR"] == str(room.folder)


def test_a_tool_gets_a_proxy_and_no_option(monkeypatch):
    for name, value in EXPORTED.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("https_proxy", "http://192.0.2.1:8080")
    monkeypatch.setenv("PIP_INDEX_URL", "https://192.0.2.1/simple")
    given = environ_of_tool()
    assert not EXPORTED.keys() & given.keys()
    assert given["https_proxy"] == "http://192.0.2.1:8080"
    assert given["PIP_INDEX_URL"] == "https://192.0.2.1/simple"
    assert given["PATH"] == os.environ["PATH"]


def test_each_variable_in_the_tables_has_a_reason():
    assert all(why for why in [*PASSED_ON.values(), *TAKEN_OUT.values()])


def test_the_drivers_in_the_run_itself_read_no_variable():
    words = (
        "import os; from matrix_project.servers.environ import take_out; take_out();"
        "print(*[name for name in os.environ if name.startswith(('PG', 'MYSQL', 'LIBMYSQL'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", words],
        env=os.environ | EXPORTED,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "\n"


@pytest.mark.parametrize("there_before", [True, False])
def test_a_narrowed_suite_is_not_observed_and_replaces_nothing(
    sqlite_results, tmp_path, there_before
):
    folder = sqlite_results if there_before else tmp_path / "results"
    (tmp_path / "narrowing.py").write_text(NARROWING + ONE_CASE)
    words = ("--backend", "sqlite", "--cases", tmp_path / "narrowing.py")
    done = run_matrix(folder, *words)
    assert done.code == 1, done.output
    (result,) = done.results.values()
    if there_before:
        assert result.environment.status == Status.OBSERVED
        assert result.environment.held == result.environment.declared
        assert "1 of" in result.environment.last_attempt.reason
    else:
        assert result.environment.status == Status.LOST
        assert "1 of" in result.environment.reason


def test_the_cases_of_a_file_are_not_lost_by_a_run_without_it(tmp_path):
    (tmp_path / "own.py").write_text(ONE_CASE)
    words = ("--backend", "sqlite", *FEW, "--cases", tmp_path / "own.py")
    assert run_matrix(tmp_path / "results", *words).code == 0
    before = (tmp_path / "results" / "matrix.json").read_bytes()
    done = run_matrix(tmp_path / "results", "--backend", "sqlite")
    assert done.code == 2
    assert "own.py" in done.output
    assert "--cases" in done.output
    assert (tmp_path / "results" / "matrix.json").read_bytes() == before
