"""The axes: which pairings there are, and one server for all Djangos."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from contextlib import contextmanager

import pytest
from msgspec.structs import replace

from matrix_project.backends import Backend, asked, catalogue, djangos, variants
from matrix_project.interpreters import Interpreter, InterpreterError, ask, own
from matrix_project.results.contract import series
from matrix_project.run.jobs import Job, Selection, observe
from matrix_project.run.plan import Plan, plan, project, run
from matrix_project.servers import Provider, in_process, packages
from matrix_project.servers.room import open_room
from matrix_project.support import support
from tests.conftest import FEW, ROOT, command, run_matrix

OTHER = "5.2"


@pytest.fixture(scope="session")
def other_python(tmp_path_factory):
    """A Python like this one, with another Django."""
    if series(own().django) == OTHER:
        pytest.skip(f"Django {OTHER} is the newest that this Python runs")
    folder = tmp_path_factory.mktemp("python")
    venv.create(folder, symlinks=True)
    (site,) = folder.glob("lib/python*/site-packages")
    words = ["install", "--quiet", "--target", str(site), f"django~={OTHER}.0"]
    subprocess.run([sys.executable, "-m", "pip", *words], check=True, capture_output=True)
    # All else is this Python's own.
    here = sysconfig.get_path("platlib")
    (site / "others.pth").write_text(f"import site; site.addsitedir({here!r})\n")
    return str(folder / "bin" / "python")


def having(**oldest):
    return Interpreter("python", replace(support(), oldest={"sqlite": (3, 37), **oldest}))


@pytest.mark.parametrize(
    ("oldest", "backend", "taken"),
    [
        ((10, 11), "mariadb-10.6", False),
        ((10, 11), "mariadb-10.11", True),
        ((10, 11), "mariadb-11.4", True),
        ((10, 5), "mariadb-10.5", True),
        ((15,), "postgresql-14", False),
        ((15,), "postgresql-19rc1", True),
        ((8, 0, 11), "mysql-8.4", True),
        ((8, 4), "mysql-9.7", True),
    ],
)
def test_a_pairing_is_what_django_itself_connects_to(oldest, backend, taken):
    row = catalogue()[backend]
    refusal = having(**{row.vendor: oldest}).refuses(row)
    assert (refusal is None) == taken
    if not taken:
        assert ".".join(map(str, oldest)) in refusal


def test_a_series_of_two_numbers_is_measured_by_two():
    assert having(mysql=(8, 0, 11)).refuses(Backend("mysql", "8.0")) is None


def test_the_interpreters_own_sqlite_is_measured_by_its_version():
    here = having()
    old = Interpreter("python", replace(here.has, libraries={"sqlite": (3, 31, 1)}))
    assert here.refuses(Backend("sqlite")) is None
    assert "SQLite 3.37" in old.refuses(Backend("sqlite"))


# https://docs.djangoproject.com/en/6.1/releases/6.1/ and the notes before it
SUPPORTED = {
    "5.2": {"postgresql": (14,), "mysql": (8, 0, 11), "mariadb": (10, 5), "sqlite": (3, 31)},
    "6.0": {"postgresql": (14,), "mysql": (8, 0, 11), "mariadb": (10, 6), "sqlite": (3, 31)},
    "6.1": {"postgresql": (15,), "mysql": (8, 4), "mariadb": (10, 11), "sqlite": (3, 37)},
}


def test_django_says_itself_what_its_release_notes_say(other_python, room):
    for interpreter in ask((sys.executable, other_python), room):
        assert dict(interpreter.has.oldest) == SUPPORTED[series(interpreter.django)]


unsupported = pytest.mark.skipif(
    own().refuses(catalogue()["mariadb-10.5"]) is None, reason="this Django supports MariaDB 10.5"
)


@unsupported
def test_a_pairing_that_is_not_supported_is_left_out_and_said(tmp_path):
    done = run_matrix(tmp_path, "--backend", "mariadb-10.5", "--backend", "sqlite", *FEW)
    assert done.code == 0, done.output
    assert [each["backend"] for each in done.document["environments"].values()] == ["sqlite"]
    assert "mariadb-10.5+django-" in done.output
    assert "left out: Django" in done.output


@unsupported
def test_where_nothing_is_left_that_is_an_error(tmp_path):
    done = run_matrix(tmp_path, "--backend", "mariadb-10.5")
    assert done.code == 2
    assert "left out: Django" in done.output


def test_one_server_serves_every_django(other_python, room):
    backend = catalogue()["mariadb-11.8"]
    starts = []

    class Counting(Provider):
        name = "packages"

        def lacks(self, backend):
            return packages.provider.lacks(backend)

        @contextmanager
        def serve(self, backend, room):
            with packages.provider.serve(backend, room) as server:
                starts.append(server.database["NAME"])
                yield server

    if (reason := packages.provider.lacks(backend)) and "CI" not in os.environ:
        pytest.skip(reason)
    interpreters = ask((sys.executable, other_python), room)
    plans = [Plan(backend, tuple(interpreters), providers=(Counting(),))]
    kept = []
    results = run(plans, Selection(cases=["check.q"]), room, lambda *_: None, kept.append)
    assert len(starts) == 1
    assert {each.id for each in results} == {each.environment(backend) for each in interpreters}
    assert len(kept) == 2
    assert {each.environment.status for each in results} == {"observed"}
    verdicts = {case: record.verdict for each in results for case, record in each.records.items()}
    assert verdicts == {"check.q": "enforced"}
    assert {each.environment.django[:3] for each in results} >= {OTHER}


def test_each_django_is_an_environment_of_its_own(tmp_path, other_python):
    pythons = ("--python", sys.executable, "--python", other_python)
    done = run_matrix(tmp_path, "--backend", "sqlite", *pythons, *FEW)
    assert done.code == 0, done.output
    versions = {id_: each["django"] for id_, each in done.document["environments"].items()}
    assert len(versions) == 2
    for id_, version in versions.items():
        assert version.startswith(id_.removeprefix("sqlite+django-"))
    verdicts = [each.get("verdict") for each in done.document["observations"].values()]
    assert "enforced" in verdicts
    assert "unknown" not in verdicts


def test_two_pythons_with_one_django_are_refused(tmp_path, other_python, room):
    twin = tmp_path / "python"
    twin.write_text(f'#!/bin/sh\nexec {other_python} "$@"\n')
    twin.chmod(0o755)
    with pytest.raises(InterpreterError, match=f"both have Django {OTHER}"):
        ask((other_python, str(twin)), room)


@pytest.mark.parametrize("path", ["/nowhere/python", "/bin/true", "/bin/false"])
def test_a_python_that_cannot_run_the_suite_is_said(tmp_path, path):
    done = run_matrix(tmp_path, "--backend", "sqlite", "--python", path)
    assert done.code == 2
    assert f"{path} cannot run the suite" in done.output
    assert "Traceback" not in done.output


def test_a_prerelease_is_had_by_its_name_alone():
    assert catalogue()["postgresql-19rc1"].prerelease
    assert not catalogue()["postgresql-19rc1"].default
    named = asked("mariadb-13.0-rc")
    assert (named.image, named.prerelease) == ("mariadb:13.0-rc", True)
    assert named.serves("13.0.1")
    assert not named.serves("12.3.1")
    beta = asked("postgresql-20beta2")
    assert beta.image == "postgres:20beta2"
    assert beta.serves("20beta2")
    assert not beta.serves("20beta1")
    assert asked("postgresql-81") is None
    assert asked("oracle-23rc1") is None


def test_all_takes_no_backend_beside_it(tmp_path):
    done = run_matrix(tmp_path, "--all", "--backend", "sqlite")
    assert done.code == 2
    assert "leave out --backend" in done.output


def test_all_is_every_release_of_the_catalogue():
    done = subprocess.run(
        command("shards", "--by", "backend"), cwd=ROOT, capture_output=True, text=True, check=True
    )
    shards = json.loads(done.stdout)["include"]
    assert {each["shard"] for each in shards} == {
        id_ for id_, row in catalogue().items() if not row.prerelease
    }
    every = [*catalogue().values(), *variants().values()]
    planned = plan(every, [own()], "container")
    assert {each["options"] for each in shards} <= {
        " ".join(f"--backend {backend.id}" for backend in each.backends) for each in planned
    }


def test_the_shards_by_django_are_sessions_that_nox_has():
    done = subprocess.run(
        command("shards", "--by", "django"), cwd=ROOT, capture_output=True, text=True, check=True
    )
    sessions = [each["session"] for each in json.loads(done.stdout)["include"]]
    assert sessions == [f"matrix(django='{each.series}')" for each in djangos()]


def variant(backend, name="x", database="CREATE DATABASE {name} COLLATE y"):
    return f'[[variant]]\nbackend = "{backend}"\nname = "{name}"\ndatabase = "{database}"'


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ('[[backend]]\nvendor = "oracle"', "oracle"),
        ('[[backend]]\nvendor = "mysql"\nseries = 9', "got `int`"),
        ('[[backend]]\nvendor = "mysql"\ncolour = "red"', "colour"),
        ('[[backend]]\nvendor = "mysql"\nseries = "9.7"', "mysql-9.7 is in two rows"),
        ('[[django]]\nseries = "7.0"\nend_of_life = "2030-01"', "pythons"),
        ('[[backend]]\nvendor = "mysql"\nend_of_life = "next year"', "end_of_life"),
        ("[[backend]", "backends.toml"),
        (variant("mysql-5.0"), "the variant x is of mysql-5.0, which has no row"),
        (variant("sqlite"), "the variant x is of sqlite, which has no server"),
        (variant("mysql-9.7", name="utf8mb4_bin"), "mysql-9.7~utf8mb4_bin is in two rows"),
        (variant("mysql-9.7", name="a b"), "name"),
        (variant("mysql-9.7", database="DROP DATABASE {name}"), "database"),
        (variant("mysql-9.7", database="CREATE DATABASE {name} {other}"), "database"),
        (
            variant("mysql-9.7").replace(
                "[[variant]]", '[[backend]]\nvendor = "mysql"\n[backend.variant]'
            ),
            "mysql~x is in a row of a backend: a variant has a row of its own, [[variant]]",
        ),
    ],
)
def test_a_mistake_in_the_catalogue_is_said_in_one_line(tmp_path, wrong, said):
    shutil.copytree(
        ROOT / "matrix_project",
        tmp_path / "matrix_project",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    with (tmp_path / "matrix_project" / "backends.toml").open("a") as file:
        file.write(f"\n{wrong}\n")
    done = subprocess.run(
        command("shards"),
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"error: {tmp_path}/matrix_project/backends.toml: ")
    assert said in line


@pytest.mark.parametrize(
    ("version", "of"),
    [("6.1.3", "6.1"), ("6.2a1", "6.2a1"), ("6.2rc1", "6.2rc1"), ("6.2.dev20261101", "6.2.dev")],
)
def test_what_is_not_released_is_a_series_of_its_own(version, of):
    assert series(version) == of


def test_a_python_whose_django_changes_during_a_run_observes_nothing(tmp_path, other_python):
    fickle = tmp_path / "python"
    fickle.write_text(
        f'#!/bin/sh\ncase "$*" in *support*) exec {other_python} "$@";; esac\n'
        f'exec {sys.executable} "$@"\n'
    )
    fickle.chmod(0o755)
    done = run_matrix(tmp_path / "out", "--backend", "sqlite", "--python", fickle, *FEW)
    assert done.code == 1
    (environment,) = done.document["environments"].values()
    assert environment["status"] == "not-run"
    assert "do not change it during a run" in environment["reason"]


def test_a_library_that_is_not_taken_observes_nothing():
    """As in a Python that SQLite is a fixed part of."""
    row = replace(catalogue()["sqlite-3.53"], series=None)
    if reason := in_process.provider.lacks(row):
        pytest.skip(reason)

    class Fixed(type(in_process.provider)):
        def environ(self, backend, room):
            return {**super().environ(backend, room), "LD_PRELOAD": ""}

    with open_room() as room:
        job = Job(row, Fixed(), Selection(), project(), room, lambda *_: None)
        (result,) = observe(job, [(row, own())])
    assert result.environment.status == "not-run"
    assert "does not take SQLite from" in result.environment.reason
