"""Drivers that a Python borrows: what a user's environment has not, and does not get."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import venv
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from matrix_project.backends import catalogue
from matrix_project.servers import Room, packages, tools
from matrix_project.servers.drivers import drivers_beside
from matrix_project.servers.environ import BORROWED
from matrix_project.servers.room import open_room
from matrix_project.vendors import vendor
from tests.conftest import ROOT, SECONDS

# What a parent does, and then a child of it that connects by Django.
PARENT = """
import json, subprocess, sys
from matrix_project.servers.drivers import drivers_beside
from matrix_project.servers.environ import environ_of_suite
from matrix_project.servers.room import open_room
from matrix_project.vendors import vendor

names, child, databases = json.load(sys.stdin)
said = []
with open_room() as room:
    borrowed = drivers_beside(map(vendor, names), room, said.append)
    done = subprocess.run(
        [sys.executable, "-P", "-c", child],
        input=json.dumps(databases), text=True, stdout=subprocess.PIPE, check=True,
        env=environ_of_suite(room, **borrowed.environ),
    )
    here = [vendor(name).import_driver().__file__ for name in names if name not in borrowed.lacks]
print(json.dumps({"said": said, "lacks": borrowed.lacks, "here": here, "child": done.stdout}))
"""
CHILD = """
import json, sys
from matrix_project.servers.environ import borrow_drivers
borrow_drivers()
from django.conf import settings
settings.configure(DATABASES={"default": {}} | json.load(sys.stdin))
from django.db import connections
for alias in settings.DATABASES.keys() - {"default"}:
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT 1")
        print(alias, connections[alias].Database.__file__, *cursor.fetchone())
"""
NO_CHILD = "pass"


def environment(folder: Path, *more: str) -> Path:
    """Return a Python with Django and the project, and `more`; it has no pip, as uv makes them."""
    if importlib.util.find_spec("pip") is None:
        pytest.skip("no pip here")
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    pip(python, "install", "--quiet", ROOT, f"django=={version('django')}", *more)
    return python


def pip(python: Path, *words: object) -> str:
    argv = [sys.executable, "-m", "pip", "--python", python, *words]
    return execute(*argv)


def execute(*words: object, stdin: str = "", cwd: Path | None = None, **variables: str) -> str:
    dropped = (tools.LIBRARY_VARIABLE, "PYTHONPATH")
    kept = {key: value for key, value in os.environ.items() if key not in dropped}
    done = subprocess.run(
        [str(word) for word in words],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
        cwd=cwd,
        env=kept | variables,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return environment(tmp_path_factory.mktemp("bare"))


def borrow(python: Path, *names: str, child: str = NO_CHILD, **variables: Any) -> dict[str, Any]:
    databases = variables.pop("databases", {})
    stdin = json.dumps([names, child, databases])
    found: dict[str, Any] = json.loads(execute(python, "-c", PARENT, stdin=stdin, **variables))
    return found


def test_a_driver_is_fetched_once_and_nothing_is_installed(bare: Path, cache: Path) -> None:
    before = pip(bare, "freeze")
    first = borrow(bare, "postgresql")
    assert first["lacks"] == {}
    assert first["said"] == [f"{bare} has no psycopg and no psycopg2: psycopg goes into the cache"]
    assert Path(first["here"][0]).is_relative_to(cache / "drivers")
    # Without an index, and without a program that could make one.
    again = borrow(bare, "postgresql", PIP_NO_INDEX="1", PIP_FIND_LINKS="", PATH="/nowhere")
    assert again == first | {"said": []}
    assert pip(bare, "freeze") == before
    # What was imported from there has written nothing there.
    out = execute(bare, "-m", "matrix_project", "cache", "--verify")
    assert "damaged" not in out


def test_a_child_reaches_both_servers_with_borrowed_drivers(bare: Path) -> None:
    before = pip(bare, "freeze")
    backends = [catalogue()["postgresql-18"], catalogue()["mysql-9.7"]]
    for backend in backends:
        if reason := packages.provider.lacks(backend):
            pytest.skip(reason)
    with (
        open_room() as room,
        packages.provider.serve(backends[0], room) as one,
        packages.provider.serve(backends[1], room) as other,
    ):
        databases = {"postgresql": one.database, "mysql": other.database}
        found = borrow(bare, "postgresql", "mysql", "mariadb", child=CHILD, databases=databases)
    assert found["lacks"] == {}
    lines = dict(line.split(maxsplit=1) for line in found["child"].splitlines())
    assert lines.keys() == {"postgresql", "mysql"}
    for words in lines.values():
        path, answer = words.rsplit(maxsplit=1)
        assert (answer, Path(path).is_relative_to(tools.cache() / "drivers")) == ("1", True)
    assert pip(bare, "freeze") == before


def test_what_cannot_be_built_is_told_in_one_line(bare: Path, cache: Path) -> None:
    found = borrow(bare, "mysql", "mariadb", "sqlite", CC="no-such-compiler", PATH="/nowhere")
    reason = (
        "MySQLdb could not be had: there is no no-such-compiler: apt-get install gcc;"
        f" or install it in {bare}"
    )
    assert found["lacks"] == {"mysql": reason, "mariadb": reason}


def test_a_project_with_psycopg2_is_observed_with_it(tmp_path: Path) -> None:
    more = ("psycopg2-binary", "pytest", "pytest-django")
    python = environment(tmp_path / "environment", *more)
    found = borrow(python, "postgresql", MATRIX_CACHE=str(tmp_path / "none"))
    assert (found["said"], found["lacks"]) == ([], {})
    assert Path(found["here"][0]).is_relative_to(tmp_path / "environment")
    if reason := packages.provider.lacks(catalogue()["postgresql-18"]):
        pytest.skip(reason)
    cases = ("check.range", "exclusion.overlap", "unique.together")
    words = [f"--case={each}" for each in cases]
    folder = tmp_path / "results"
    execute(
        *(python, "-m", "matrix_project", "run", "--backend", "postgresql-18"),
        *("--output", folder, *words),
        cwd=tmp_path,
    )
    document = json.loads((folder / "matrix.json").read_text())
    (environment_,) = document["environments"].values()
    assert environment_["driver"]["name"] == "psycopg2-binary"
    for observation in document["observations"].values():
        assert observation["verdict"] == "enforced"
        errors = [each["error"] for each in observation["probes"] if each["error"]]
        assert errors
        assert all(each["driver_class"].startswith("psycopg2.") for each in errors)
        assert not any(each["message"].endswith("\n") for each in errors)


def test_a_driver_that_is_there_and_broken_is_told_and_not_hidden(
    room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_driver.py").write_text("raise ImportError('no library of its own')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv(BORROWED, "exported")
    broken = replace(vendor("postgresql"), drivers=["broken_driver"], driver_help="mend it")
    borrowed = drivers_beside([broken], room, pytest.fail)
    assert borrowed.environ == {}
    assert BORROWED not in os.environ
    assert borrowed.lacks == {
        "postgresql": "broken_driver cannot be imported (no library of its own): mend it"
    }
