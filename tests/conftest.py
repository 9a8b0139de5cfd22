"""One real run of all default backends, which many tests look at."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from matrix_project.servers.room import open_room

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Run:
    """A finished run of the command line."""

    code: int
    output: str
    folder: Path

    @property
    def document(self):
        return json.loads((self.folder / "matrix.json").read_text())


def command(*arguments):
    return [sys.executable, "-m", "matrix_project", *map(str, arguments)]


def run_matrix(folder, *arguments, **environ):
    """Run the matrix into `folder` and wait for its end."""
    done = subprocess.run(
        command("run", "--output", folder, *arguments),
        cwd=ROOT,
        env=os.environ | environ,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return Run(done.returncode, done.stdout + done.stderr, folder)


@pytest.fixture(scope="session")
def whole_run(tmp_path_factory):
    """All default backends, each by the provider that the machine offers first."""
    return run_matrix(tmp_path_factory.mktemp("run") / "reports")


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
