"""One real run of all default backends, which many tests look at."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import filelock
import pytest

from matrix_project.report.publish import publish
from matrix_project.results.store import Store
from matrix_project.run.plan import project
from matrix_project.servers.room import open_room

ROOT = Path(__file__).parent.parent
SECONDS = 300
KILLS = 2


@dataclass(frozen=True)
class Run:
    """A finished run of the command line."""

    code: int
    output: str
    folder: Path

    @cached_property
    def document(self):
        return json.loads((self.folder / "matrix.json").read_text())

    @cached_property
    def results(self):
        """The results of each environment by its id."""
        return Store(self.folder).read()


def pytest_addoption(parser):
    parser.addoption(
        "--kills",
        type=int,
        default=KILLS,
        help=f"how often each server is killed at a random moment (default: {KILLS})",
    )


# Whoever starts the tests in the background has their processes ignore Ctrl-C.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
# Nor, started by `nohup`, the end of a terminal.
if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
# A few cases that say most of what there is to say, for runs that need not have all.
FEW = tuple(
    f"--case={id_}"
    for id_ in (
        "check.q",
        "condition.unique_draft",
        "deferrable_unique.deferred",
        "include.covering",
        "one_field_set.abstract_base",
        "singleton.auto_primary_key",
        "values.text_case",
        "ways_in.ignore_conflicts_check",
    )
)


def command(*arguments):
    return [sys.executable, "-m", "matrix_project", *map(str, arguments)]


def run_matrix(folder, *arguments, **environ):
    """Run the matrix into `folder` and wait for its end; no accepted results are looked at."""
    done = subprocess.run(
        command("run", "--output", folder, "--baseline", folder / "none", *arguments),
        cwd=ROOT,
        env=os.environ | environ,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return Run(done.returncode, done.stdout + done.stderr, folder)


def run_once(factory, name, *arguments):
    """Run the matrix once, also where several processes share the tests."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return run_matrix(factory.mktemp(name) / "results", *arguments)
    shared = factory.getbasetemp().parent / name
    with filelock.FileLock(f"{shared}.lock"):
        folder, ended = shared / "results", shared / "ended.json"
        if not ended.is_file():
            made = run_matrix(folder, *arguments)
            shared.mkdir(exist_ok=True)
            ended.write_text(json.dumps({"code": made.code, "output": made.output}))
        return Run(**json.loads(ended.read_text()), folder=folder)


@pytest.fixture(scope="session")
def whole_run(tmp_path_factory):
    """All default backends, each by the provider that the machine offers first."""
    return run_once(tmp_path_factory, "whole_run")


@pytest.fixture(scope="session")
def recorded(whole_run, tmp_path_factory):
    """Return the record of a case on a vendor's server, as a whole run on packages has it."""
    run = whole_run
    providers = {each.environment.provider for each in run.results.values()}
    if providers & {"container", "url"}:
        run = run_once(tmp_path_factory, "packages_run", "--provider", "packages")

    def record(vendor, id_):
        return run.results[observed(run.document, vendor)].records[id_]

    return record


@pytest.fixture
def sqlite_results(whole_run, tmp_path):
    """A folder of results in which SQLite was observed."""
    folder = tmp_path / "sqlite" / "results"
    store = Store(folder)
    for result in whole_run.results.values():
        if result.environment.vendor == "sqlite":
            store.keep(result)
    publish(store, project())
    return folder


def observed(document, vendor):
    """Return the id of the vendor's environment; skip the test where the machine has none."""
    for id_, environment in document["environments"].items():
        if environment["vendor"] == vendor:
            if environment["status"] == "not-run" and "CI" not in os.environ:
                pytest.skip(f"{vendor} is not to be had: {environment['reason']}")
            assert environment["status"] == "observed", environment["reason"]
            return id_
    return pytest.fail(f"{vendor} is not in the document")


@pytest.fixture
def room():
    with open_room() as room:
        yield room


@pytest.fixture
def cache(monkeypatch):
    """An empty cache, in a place that another user can enter as well."""
    folder = Path(tempfile.mkdtemp(prefix="a cache "))
    folder.chmod(0o755)
    monkeypatch.setenv("MATRIX_CACHE", str(folder))
    yield folder
    shutil.rmtree(folder)
