"""The suite's process, and what it says when a case is not as it should be."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from matrix_project.observe.case import BaseCase, ConstraintCase
from tests.conftest import ROOT

CASE = '''
from matrix_project.families.check.models import Customer
from matrix_project.observe.case import ConstraintCase


class TestBroken(ConstraintCase):
    """A promise."""

    id = "check.broken"
    {title}
    models = (Customer,)
    good = {{"name": "Ann", "age": 18}}
    bad = {bad}
'''
TITLE, BAD = 'title = "Broken"', '{"name": "Bob", "age": 17}'


@pytest.fixture
def clone(tmp_path):
    """A copy of the project to break."""
    for name in ("matrix_project", "tests"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def run(clone, case, *arguments):
    (clone / "tests" / "matrix" / "test_broken.py").write_text(case)
    words = ["run", "--backend", "sqlite", "--output", str(clone / "out"), *arguments]
    done = subprocess.run(
        [sys.executable, "-m", "matrix_project", *words],
        cwd=clone,
        env=os.environ | {"PYTHONPATH": str(clone)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done.returncode, done.stdout + done.stderr


def test_a_case_that_lacks_something_is_said(clone):
    code, said = run(clone, CASE.format(title="", bad=BAD))
    assert code == 1
    assert "the case TestBroken has no title" in said
    code, said = run(clone, CASE.format(title="", bad=BAD), "--case", "check.q")
    assert code == 2
    assert "the case TestBroken has no title" in said


def test_a_case_that_cannot_be_asked_is_unknown_and_harms_no_other(clone):
    code, said = run(clone, CASE.format(title=TITLE, bad='{"name": "Bob", "years": 17}'))
    assert code == 1
    assert "check.broken on SQLite" in said
    assert "unexpected keyword arguments: 'years'" in said
    assert "the server is gone" not in said
    assert said.count("unknown") >= 1
    assert "check.q" in said


def test_a_case_says_what_it_lacks():
    with pytest.raises(TypeError, match="the case Empty has no title, no models, no good, no bad"):

        class Empty(ConstraintCase):
            id = "check.empty"

    with pytest.raises(TypeError, match="no docstring"):

        class Silent(BaseCase):
            id = "check.silent"
            title, models, good = "Silent", (), {}
