"""A run against the baseline: what is news, and how it becomes the baseline."""

from __future__ import annotations

import json
import subprocess

import jsonschema
import pytest
from msgspec.structs import replace

from matrix_project.report.publish import accept
from matrix_project.results.codec import schema
from matrix_project.results.store import Store
from tests.conftest import ROOT, command, run_matrix
from tests.make import PROJECT, with_verdict

LOST = "include.covering"
READ_BY_PEOPLE = {"README.md", "index.html", "heatmap.svg", "matrix.csv", "matrix.json"}


def run(*words):
    done = subprocess.run(
        command(*words), cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    return done.returncode, done.stdout, done.stderr


def files(folder):
    found = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    return {str(path) for path in found if path.parts[0] != "badges" and path.name != ".lock"}


@pytest.fixture
def observed(sqlite_results):
    """The results of a real run."""
    return sqlite_results


@pytest.fixture
def baseline(tmp_path, observed):
    """A baseline of before the day that a constraint was lost: it was enforced."""
    (result,) = Store(observed).read().values()
    enforced = with_verdict(result.records[LOST], "enforced", by=None, level="holds", warned=[])
    environment = replace(result.environment, observed_at="2026-01-01T00:00:00Z")
    before = Store(tmp_path / "before")
    before.keep(
        replace(
            result,
            environment=environment,
            records=result.records | {LOST: enforced},
            first_seen={},
        )
    )
    folder = tmp_path / "baseline"
    accept(Store(folder), before, PROJECT)
    return folder


def test_a_run_tells_what_is_otherwise_than_the_baseline(tmp_path, baseline):
    done = run_matrix(tmp_path / "out", "--backend", "sqlite", "--baseline", baseline)
    assert done.code == 0, done.output
    assert "Compared with the accepted results:" in done.output
    assert "1 verdict changed: 1 worse" in done.output
    assert f"worse: {LOST} on SQLite" in done.output


def test_a_run_does_not_write_into_the_baseline(baseline):
    before = files(baseline)
    done = run_matrix(baseline, "--backend", "sqlite")
    assert done.code == 2
    assert "is a baseline: name another --output" in done.output
    assert files(baseline) == before


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
    old = tmp_path / "old.json"
    old.write_text('{"schema": 1}')
    for path, words in ((tmp_path / "none.json", "there is no "), (old, "run the matrix again")):
        code, _, said = run("diff", observed, path)
        assert code == 2
        assert words in said
        assert len(said.splitlines()) == 1


def test_what_is_accepted_is_the_baseline(tmp_path, baseline, observed):
    history = tmp_path / "history"
    code, said, _ = run("accept", observed, "--output", baseline, "--history", history)
    assert code == 0
    assert "1 verdict changed: 1 worse" in said
    assert files(baseline) == READ_BY_PEOPLE
    assert Store(baseline).read().keys() == Store(observed).read().keys()
    assert run("diff", baseline, observed)[0] == 0
    (kept,) = history.glob("*.json.gz")
    assert run("diff", kept, observed)[0] == 0


def test_the_report_of_a_baseline_is_written_anew_beside_its_document(baseline):
    (baseline / "README.md").unlink()
    code, _, said = run("report", "--output", baseline)
    assert code == 0, said
    assert files(baseline) == READ_BY_PEOPLE


def test_nothing_is_accepted_out_of_an_empty_folder(tmp_path, baseline):
    before = (baseline / "matrix.json").read_bytes()
    code, _, said = run("accept", tmp_path / "none", "--output", baseline)
    assert code == 2
    assert "holds no results" in said
    assert (baseline / "matrix.json").read_bytes() == before


def test_the_committed_baseline_is_whole_and_holds_nothing_twice():
    folder = ROOT / "reports"
    # Beside it are the reproductions of faults of Django's and the servers'.
    beside = {"costs.json", *(each for each in files(folder) if each.startswith("upstream"))}
    assert set(files(folder)) == READ_BY_PEOPLE | beside
    assert Store(folder).read()
    path = folder / "matrix.json"
    jsonschema.validate(json.loads(path.read_text()), schema())
    assert path.stat().st_size < 8_000_000
