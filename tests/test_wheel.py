"""The built wheel, installed as a user does: in an environment of its own, without a checkout."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
import venv
import zipfile
from importlib.metadata import version

import pytest

from matrix_project.cases import load
from matrix_project.vendors import VENDORS
from tests.conftest import FEW, ROOT, SECONDS, observed

NAME = re.compile(r"^[\w.-]+")
# What would change how a project's own Django connects, or is only for the matrix.
OF_THE_MATRIX = {
    "psycopg",
    "psycopg-binary",
    "mysqlclient",
    "pytest",
    "pytest-django",
    "testcontainers",
}


def execute(*words, cwd=ROOT, code=0, **environ):
    kept = {name: os.environ[name] for name in ("HOME", "PATH") if name in os.environ}
    # How pip is told of its index is the machine's.
    kept |= {
        name: value
        for name, value in os.environ.items()
        if name.startswith(("PIP_", "MATRIX_CACHE"))
    }
    done = subprocess.run(
        list(map(str, words)),
        cwd=cwd,
        env=kept | environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def pip(python, *words):
    return execute(python, "-m", "pip", "--disable-pip-version-check", "--quiet", *words)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    if importlib.util.find_spec("pip") is None:
        pytest.skip("no pip here")
    folder = tmp_path_factory.mktemp("wheel")
    pip(sys.executable, "wheel", ROOT, "--no-deps", "--wheel-dir", folder)
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory):
    """A Python with the wheel and its `matrix` extra."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True, symlinks=True)
    found = folder / "bin" / "python"
    pip(found, "install", f"{wheel}[matrix]", f"django=={version('django')}")
    return found


def has_driver(python):
    program = "import importlib.util; print(importlib.util.find_spec('MySQLdb') is not None)"
    return execute(python, "-c", program) == "True\n"


def required(wheel, extra=None):
    """Return the names of the distributions that the wheel asks for, or one of its extras does."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (each for each in archive.namelist() if each.endswith(".dist-info/METADATA"))
        lines = archive.read(name).decode().splitlines()
    asked = [
        line.removeprefix("Requires-Dist: ") for line in lines if line.startswith("Requires-Dist: ")
    ]
    return {
        NAME.match(each)[0].lower()
        for each in asked
        if (f"extra == '{extra}'" in each if extra else "extra ==" not in each)
    }


def test_the_base_brings_no_driver_and_nothing_of_pytest(wheel):
    base, matrix = required(wheel), required(wheel, "matrix")
    assert {"django", "msgspec", "click"} <= base
    assert not base & OF_THE_MATRIX
    assert {"psycopg", "pytest", "pytest-django", "testcontainers"} <= matrix
    assert required(wheel, "containers") == {"testcontainers"}


def test_all_that_is_installed_for_the_base_has_no_driver(wheel, tmp_path):
    report = tmp_path / "report.json"
    words = ("install", "--dry-run", "--ignore-installed", "--report", report, wheel)
    pip(sys.executable, *words)
    names = {each["metadata"]["name"].lower() for each in json.loads(report.read_text())["install"]}
    assert {"constraint-matrix", "django"} <= names
    assert not names & OF_THE_MATRIX


def test_the_wheel_holds_what_is_read_at_run_time_and_no_test(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    package = ROOT / "matrix_project"
    wanted = {
        str(path.relative_to(ROOT))
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    wanted |= {
        f"matrix_project/report/reproductions/{path.name}"
        for path in (ROOT / "reports" / "upstream").glob("*.py")
    }
    assert any(name.endswith(".jinja") for name in wanted)
    assert "matrix_project/suite/pytest.toml" in wanted
    assert wanted <= names
    assert not [name for name in names - wanted if ".dist-info/" not in name]


def test_where_mysqlclient_cannot_be_built_one_line_tells_why(python, tmp_path):
    assert not has_driver(python)
    words = ("run", "--backend", "mysql-9.7", "--backend", "sqlite", "--output", "results", *FEW)
    done = execute(
        *(python, "-m", "matrix_project", *words),
        cwd=tmp_path,
        code=1,
        CC="no-such-compiler",
        MATRIX_CACHE=str(tmp_path / "cache"),
        PATH="/nowhere",
    )
    reason = "mysqlclient could not be built: there is no no-such-compiler: apt-get install gcc"
    assert reason in done.splitlines()
    document = json.loads((tmp_path / "results" / "matrix.json").read_text())
    found = {each["backend"]: each["reason"] for each in document["environments"].values()}
    assert found == {"mysql-9.7": reason, "sqlite": None}
    assert not has_driver(python)


def test_installed_in_an_empty_folder_it_observes_four_vendors(python, tmp_path):
    assert list(tmp_path.iterdir()) == []
    assert not has_driver(python)
    words = ("run", "--output", "results", *FEW)
    out = execute(python, "-m", "matrix_project", *words, cwd=tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"results"}
    document = json.loads((tmp_path / "results" / "matrix.json").read_text())
    for name in VENDORS:
        id_ = observed(document, name)
        environment = document["environments"][id_]
        assert environment["project"] == {"version": version("constraint-matrix"), "commit": None}
        assert environment["declared"]["cases"] == len(load())
    assert len(document["cases"]) == len(FEW)
    # mysqlclient has no wheel for Linux; the run says that it builds it.
    assert f"{python} has no mysqlclient: it is built and installed there" in out
    assert (tmp_path / "results" / "index.html").is_file()
    assert has_driver(python)
