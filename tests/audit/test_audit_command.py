"""An audit as a team runs it: by manage.py, in a CI, from a test of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from matrix_project.results.sentences import UNTRIED
from matrix_project.testing import AuditError, assert_enforced
from tests.conftest import ROOT

PROJECT = Path(__file__).parent / "project"
SETTINGS = {"PYTHONPATH": str(ROOT), "DJANGO_SETTINGS_MODULE": "settings"}


def manage(*words, **environ):
    backend = [] if "--against" in words else ["--backend=sqlite"]
    done = subprocess.run(
        [sys.executable, "manage.py", "audit_constraints", *backend, *words],
        cwd=PROJECT,
        env=os.environ | SETTINGS | environ,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_a_team_accepts_what_it_knows_with_a_reason(tmp_path):
    baseline = tmp_path / "audit-baseline.toml"
    words = ("one_number", "--fail-on=ignored", f"--output={tmp_path / 'audit'}")
    environ = {"GITHUB_ACTIONS": ""}
    code, out, _ = manage(*words, **environ)
    assert (code, out.count("Fails: shop.Order/one_number: ignored on sqlite+django-")) == (1, 1)
    assert "1 never created (`one_number`)." in out
    assert "shop/models.py:20" in out
    code, out, _ = manage(*words, f"--write-baseline={baseline}", **environ)
    assert (code, "1 accepted, 1 without a reason" in out) == (0, True)
    code, _, err = manage(*words, f"--baseline={baseline}", **environ)
    assert (code, err.count("\n")) == (2, 1)
    assert "give a reason for shop.Order/one_number" in err
    baseline.write_text(baseline.read_text().replace('reason = ""', 'reason = "by hand"'))
    code, out, _ = manage(*words, f"--baseline={baseline}", **environ)
    assert (code, "ignored is accepted: by hand" in out) == (0, True)
    assert '"justification": "by hand"' in (tmp_path / "audit" / "audit.sarif").read_text()


def test_where_no_valid_row_is_found_what_holds_is_told_with_how_to_help(tmp_path):
    code, out, _ = manage("code_has_its_checksum")
    assert (code, out.count(UNTRIED)) == (0, 1)
    assert "Give some in a file, by --rows: rows = " in out
    rows = tmp_path / "rows.py"
    rows.write_text('rows = {"shop.Voucher": [{"code": "140177"}]}')
    code, out, _ = manage("code_has_its_checksum", f"--rows={rows}")
    assert (code, UNTRIED in out) == (0, False)
    assert "1 constraint: it holds" in out


def test_in_a_job_of_github_the_models_are_annotated():
    code, out, _ = manage("one_number", GITHUB_ACTIONS="true")
    assert code == 0
    start = "::warning file=shop/models.py,line=20,title=shop.Order/one_number does not hold"
    assert any(line.startswith(start) for line in out.splitlines())


def test_what_is_no_threshold_ends_before_any_server_starts():
    code, out, err = manage("--fail-on=bad")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "'bad' is none of too-strict, partial, ignored" in err


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--backend", "mysql"), "unknown backend mysql; there are: mysql-8.4, mysql-9.7"),
        (("--against", "gone"), "DATABASES has no 'gone' for --against; there are: "),
        (("--against", "default", "--fresh"), "--fresh means nothing beside --against"),
        (("--migrations", "--fail-on", "partial"), "--fail-on means nothing beside --migrations"),
    ],
)
def test_what_cannot_be_done_is_one_line_that_says_what_to_change(given, said):
    code, _, err = manage(*given)
    assert code == 2
    assert said in err
    assert len(err.splitlines()) == 1


@pytest.fixture
def within(monkeypatch):
    monkeypatch.chdir(PROJECT)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE", raising=False)


def test_a_test_of_a_project_asserts_that_constraints_are_enforced(within):
    names = ("one_open", "positive_number")
    assert_enforced("shop.Order", *names, backends=["sqlite"], settings="settings")


def test_an_assertion_that_fails_says_where_and_why(within):
    with pytest.raises(AssertionError) as caught:
        assert_enforced("shop.Order", backends=["sqlite"], settings="settings")
    headline, why = str(caught.value).splitlines()
    assert headline.startswith("3 constraints: 2 hold on SQLite")
    assert why.startswith("shop.Order/one_number on sqlite+django-")
    assert "never created (warned). Never created: Django sends no SQL for it here" in why


def test_an_assertion_about_nothing_that_there_is_is_no_failure(within):
    with pytest.raises(AuditError, match=r"no app, model or constraint is called shop\.Order"):
        assert_enforced("shop.Order", "gone", backends=["sqlite"], settings="settings")
