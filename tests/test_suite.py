"""The suite's process: what is around a run does not reach it, and what it says of its cases."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys

import pytest

from matrix_project.results.contract import Status
from tests.conftest import ROOT, run_matrix

OWN = """
from django.db.models import CheckConstraint, IntegerField, Q

from matrix_project.cases.case import Promise, Question, asks

adult = Promise(
    "mine.adult",
    "Nobody is younger than 18.",
    fields={"age": IntegerField()},
    constraint=CheckConstraint(condition=Q(age__gte=18), name="adult"),
    valid=[{"age": 18}],
    violating=[{"age": 17}],
)


def stumble(tables):
    raise ZeroDivisionError("no number is there")


stumbling = Question(
    "mine.stumbling",
    "What is one by zero?",
    fields={"age": IntegerField()},
    acts=[asks("a division", stumble)],
    answers={"number": "A number."},
    words={"accepted": "number"},
)
"""


@pytest.fixture
def own(tmp_path):
    path = tmp_path / "own.py"
    path.write_text(OWN)
    return path


def test_no_plugin_but_djangos_is_loaded_into_the_suite():
    folder = ROOT / "matrix_project" / "suite"
    words = ["-c", folder / "pytest.toml", "--trace-config", "--collect-only", folder]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
    )
    # Both are installed where these tests run.
    assert {"django", "xdist"} <= {
        each.name for each in importlib.metadata.entry_points(group="pytest11")
    }
    assert "pytest_django" in done.stdout
    assert "xdist" not in done.stdout


def test_cases_of_a_file_add_to_the_suite(whole_run, own, tmp_path):
    done = run_matrix(tmp_path / "results", "--backend", "sqlite", "--cases", own)
    (result,) = done.results.values()
    suite = whole_run.results[result.id].records
    assert result.records.keys() == {*suite, "mine.adult", "mine.stumbling"}
    assert result.records["mine.adult"].verdict == "enforced"
    assert {case: result.records[case] for case in suite} == suite
    # The whole suite was asked, and the file's place is nobody's business.
    assert result.environment.selection is None
    assert str(own) not in (tmp_path / "results" / "matrix.json").read_text()


def test_a_case_that_stumbles_is_unknown_with_the_reason_and_harms_no_other(own, tmp_path):
    words = ("--backend", "sqlite", "--cases", own, "-k", "mine")
    done = run_matrix(tmp_path / "results", *words)
    (result,) = done.results.values()
    assert result.environment.status == Status.LOST
    assert result.environment.selection == "-k mine"
    assert result.environment.held.cases == 1
    assert result.environment.declared.cases > len(result.cases) == 2
    assert result.records["mine.adult"].verdict == "enforced"
    stumbling = result.records["mine.stumbling"]
    assert stumbling.answer is None
    assert "ZeroDivisionError: no number is there" in stumbling.summary


def test_by_hand_the_suite_runs_on_sqlite(tmp_path):
    folder = ROOT / "matrix_project" / "suite"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-c", folder / "pytest.toml", folder, "-k", "check.q"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout
