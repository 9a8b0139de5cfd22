"""The sessions of nox: which Django each one installs, and what it says where a Python lacks."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from matrix_project.backends import djangos
from tests.conftest import ROOT, SECONDS

NEWEST, *_, OLDEST = (each.series for each in djangos())
SHOW = """
import json, sys
from noxfile import DJANGO, RUNS_ON, requirement
print(json.dumps([DJANGO, RUNS_ON, [requirement(each) for each in sys.argv[1:]]]))
"""


def noxfile(*djangos, **environ):
    """Return the Django that is taken by default, the Python of each, and what is installed."""
    kept = {name: value for name, value in os.environ.items() if name != "MATRIX_DJANGO"}
    done = subprocess.run(
        [sys.executable, "-c", SHOW, *djangos],
        cwd=ROOT,
        env=kept | environ,
        capture_output=True,
        text=True,
        check=True,
        timeout=SECONDS,
    )
    return json.loads(done.stdout)


def test_a_series_is_its_newest_release_and_a_version_just_that():
    _, _, wanted = noxfile(NEWEST, "6.2a1", "6.1.2")
    assert wanted == [[f"django~={NEWEST}.0"], ["django==6.2a1"], ["django==6.1.2"]]


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ("6.2a1", ["django==6.2a1"]),
        (OLDEST, [f"django~={OLDEST}.0"]),
        ("../6.2-of-mine", ["--editable", str(ROOT.parent / "6.2-of-mine")]),
        (
            "git+https://example.org/django.git@main",
            ["django @ git+https://example.org/django.git@main"],
        ),
    ],
)
def test_matrix_django_is_taken_by_default_and_changes_no_other(asked, wanted):
    default, runs_on, found = noxfile(asked, NEWEST, MATRIX_DJANGO=asked)
    assert default == asked
    assert runs_on.keys() == {asked, *(each.series for each in djangos())}
    assert found == [wanted, [f"django~={NEWEST}.0"]]


def test_without_it_the_newest_that_a_python_here_runs_is_taken():
    default, runs_on, _ = noxfile()
    assert runs_on[default] is not None
    newer = list(runs_on)[: list(runs_on).index(default)]
    assert not any(runs_on[each] for each in newer)


def test_a_newer_django_that_no_python_here_runs_is_said(tmp_path):
    """On a machine that has the Python of the oldest series alone."""
    python = tmp_path / "python3.11"
    python.symlink_to(sys.executable)
    environ = {"PATH": str(tmp_path), "HOME": str(tmp_path), "PYENV_ROOT": str(tmp_path)}
    default, runs_on, _ = noxfile(**environ)
    assert (default, runs_on[NEWEST]) == (OLDEST, None)
    done = subprocess.run(
        # It ends where an environment would be made.
        [sys.executable, "-m", "nox", "--no-venv", "--no-install", "-R", "--", "--help"],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    said = done.stdout + done.stderr
    oldest, newest = next(each.pythons for each in djangos() if each.series == NEWEST)
    assert f"Django {NEWEST} needs Python {oldest} to {newest}: install one" in said
