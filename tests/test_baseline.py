"""A run against the baseline: what is news, and how it becomes the baseline."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.conftest import ROOT, command, run_matrix


def run(*words):
    done = subprocess.run(
        command(*words), cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="module")
def observed(tmp_path_factory):
    """The results of a real run."""
    done = run_matrix(tmp_path_factory.mktemp("run") / "results", "--backend", "sqlite")
    assert done.code == 0, done.output
    return done.folder


@pytest.fixture
def baseline(tmp_path, observed):
    """A baseline of before the day that a constraint was lost: all of it was enforced."""
    folder = tmp_path / "baseline"
    (source,) = (observed / "environments").iterdir()
    result = json.loads(source.read_text())
    for cell in result["cells"]:
        if cell["case"] == "include.covering":
            cell["verdict"] = "enforced"
    (folder / "environments").mkdir(parents=True)
    (folder / "environments" / source.name).write_text(json.dumps(result))
    assert run("report", "--output", folder)[0] == 0
    return folder


def test_a_run_tells_what_is_otherwise_than_the_baseline(tmp_path, baseline):
    done = run_matrix(tmp_path / "out", "--backend", "sqlite", "--baseline", baseline)
    assert done.code == 0, done.output
    assert "1 verdict changed: 1 worse" in done.output
    assert "worse: include.covering on SQLite" in done.output


def test_a_run_like_the_baseline_has_no_news(tmp_path, observed):
    done = run_matrix(tmp_path / "out", "--backend", "sqlite", "--baseline", observed)
    assert "Nothing changed" in done.output


def test_diff_ends_with_1_where_a_verdict_changed(baseline, observed):
    code, said, _ = run("diff", baseline, observed)
    assert code == 1
    assert "1 verdict changed: 1 worse" in said
    code, said, _ = run("diff", observed, observed / "matrix.json")
    assert code == 0
    assert "Nothing changed" in said


def test_diff_in_other_forms(baseline, observed):
    code, said, _ = run("diff", baseline, observed, "--format", "json")
    assert code == 1
    assert json.loads(said)["counts"] == {"worse": 1}
    code, said, _ = run("diff", baseline, observed, "--format", "markdown")
    assert code == 1
    assert said.startswith("## 1 verdict changed: 1 worse")


def test_diff_says_what_it_cannot_read(tmp_path, observed):
    code, _, said = run("diff", observed, tmp_path)
    assert code == 2
    assert "holds no matrix.json" in said
    code, _, said = run("diff", observed, tmp_path / "none.json")
    assert code == 2
    assert len(said.splitlines()) == 1


def test_what_is_accepted_is_the_baseline(tmp_path, baseline, observed):
    history = tmp_path / "history"
    code, said, _ = run("accept", observed, "--output", baseline, "--history", history)
    assert code == 0
    assert "1 verdict changed: 1 worse" in said
    assert run("diff", baseline, observed)[0] == 0
    (kept,) = history.glob("*.json.gz")
    assert run("diff", kept, observed)[0] == 0


def test_nothing_is_accepted_out_of_an_empty_folder(tmp_path, baseline):
    before = (baseline / "matrix.json").read_bytes()
    code, _, said = run("accept", tmp_path / "none", "--output", baseline)
    assert code == 2
    assert "holds no results" in said
    assert (baseline / "matrix.json").read_bytes() == before
