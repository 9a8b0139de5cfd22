"""Sessions: `nox` runs the matrix, `nox -s tests` the tests of the project itself."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sys
from pathlib import Path

import nox

HERE = Path(__file__).parent
PYPROJECT = nox.project.load_toml(HERE / "pyproject.toml")

# The axes: the series of Django are rows of the catalogue, newest first. Another version, a
# pre-release for one, comes first where MATRIX_DJANGO names it.
ASKED = os.environ.get("MATRIX_DJANGO")
DJANGOS = {
    row["series"]: row["pythons"]
    for row in nox.project.load_toml(HERE / "matrix_project" / "backends.toml")["django"]
}
PYTHONS = [f"3.{minor}" for minor in range(19, 10, -1)]
if ASKED:
    series = re.match(r"\d+\.\d+", ASKED)
    if series is None:
        sys.exit(f"error: MATRIX_DJANGO={ASKED} is no version of Django: 6.2a1 is one, and 6.1")
    # A series that is not yet in the catalogue wants at least what the newest does.
    pythons = DJANGOS.pop(series[0], [next(iter(DJANGOS.values()))[0], PYTHONS[0]])
    DJANGOS = {ASKED: pythons} | DJANGOS

nox.needs_version = ">=2025.5.1"
nox.options.reuse_venv = "yes"


def interpreters() -> dict[str, str]:
    """Return the interpreters of this machine by version, newest first; pyenv's need no PATH."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    found = {f"{sys.version_info[0]}.{sys.version_info[1]}": sys.executable}
    for version in PYTHONS:
        name = f"python{version}"
        inside = sorted(pyenv.glob(f"{version}.*/bin/{name}"))
        outside = [path] if (path := shutil.which(name)) and "shims" not in path else []
        for path in [*map(str, inside), *outside]:
            found.setdefault(version, path)
    return {version: found[version] for version in PYTHONS if version in found}


def newest(pythons: tuple[str, str]) -> str | None:
    """Return the newest interpreter here that is not older or newer than the two given."""
    known = PYTHONS[PYTHONS.index(pythons[1]) : PYTHONS.index(pythons[0]) + 1]
    here = interpreters()
    return next((here[version] for version in known if version in here), None)


RUNS_ON = {django: newest(pythons) for django, pythons in DJANGOS.items()}
if ASKED and RUNS_ON[ASKED] is None:
    sys.exit(f"error: Django {ASKED} wants Python {' to '.join(DJANGOS[ASKED])}: install one")
DJANGO, PYTHON = next(
    ((django, python) for django, python in RUNS_ON.items() if python), (next(iter(DJANGOS)), None)
)
if PYTHON is None:
    sys.exit("error: no Python 3.11 or newer is here: install one, or put it on PATH")
nox.options.sessions = [f"matrix(django='{DJANGO}')"]


def requirement(django: str) -> str:
    """Return what to install for a series (`6.1`) or a version (`6.2a1`) of Django."""
    return f"django~={django}.0" if re.fullmatch(r"\d+\.\d+", django) else f"django=={django}"


def prepare(session: nox.Session, *groups: str, django: str = DJANGO) -> None:
    """Install the project and the drivers, once for each change of what is asked for."""
    wanted = [requirement(django), *nox.project.dependency_groups(PYPROJECT, *groups)]
    asked = (HERE / "pyproject.toml").read_text() + repr(wanted)
    stamp = Path(session.virtualenv.location, "prepared")
    key = hashlib.sha256(asked.encode()).hexdigest()
    if stamp.is_file() and stamp.read_text() == key:
        return
    session.install("--editable", ".", *wanted)
    try:
        session.run_install("python", "-m", "matrix_project.servers.mysqlclient")
    except nox.command.CommandFailed:
        # The others run; and the next time this is tried again.
        session.warn("without the driver, MySQL and MariaDB will be not-run")
        return
    stamp.write_text(key)


def run_matrix(session: nox.Session, python: str, *options: str) -> None:
    """Run the command line with an environment's Python."""
    # Ctrl-C reaches the run first, which takes its servers down; nox must wait for it.
    session.run(
        *(python, "-m", "matrix_project", "run", *options),
        external=True,
        interrupt_timeout=60,
        terminate_timeout=10,
    )


def noted(session: nox.Session, django: str) -> Path:
    """Return the file in which a session says where the Python is that has a Django."""
    return session.cache_dir / f"python-of-django-{django}"


@nox.session
@nox.parametrize(
    "python,django",
    [nox.param(RUNS_ON[each] or False, each, id=f"django='{each}'") for each in DJANGOS],
)
def matrix(session: nox.Session, django: str) -> None:
    """Run the suite on real servers and write the report; `--` passes options on."""
    if RUNS_ON[django] is None:
        oldest, newest = DJANGOS[django]
        session.skip(f"Django {django} runs on Python {oldest} to {newest}: install one of them")
    prepare(session, django=django)
    noted(session, django).write_text(str(Path(session.bin, "python")))
    session.log(f"Django {django} on {RUNS_ON[django]}")
    run_matrix(session, "python", *session.posargs)


def pythons_of_all(session: nox.Session) -> list[str]:
    """Return the Python of each Django's environment, made if need be, newest Django first."""
    able = [django for django, python in RUNS_ON.items() if python]
    for django in DJANGOS.keys() - set(able):
        session.warn(f"Django {django} is left out: no Python here runs it")
    sessions = [f"matrix(django='{django}')" for django in able]
    # Each Django's own session makes its environment.
    words = ["-m", "nox", "--install-only", "--noxfile", str(HERE / "noxfile.py")]
    words += ["--envdir", str(session.cache_dir.parent)]
    session.run_install(sys.executable, *words, "--sessions", *sessions, external=True)
    return [noted(session, django).read_text() for django in able]


@nox.session(name="matrix-all", python=False)
def matrix_all(session: nox.Session) -> None:
    """Run the whole matrix at once: every Django on every backend that can be had."""
    pythons = pythons_of_all(session)
    named = any(word.startswith("--backend") for word in session.posargs)
    options = [f"--python={python}" for python in pythons] + ([] if named else ["--all"])
    run_matrix(session, pythons[0], *options, *session.posargs)


@nox.session(python=PYTHON)
def report(session: nox.Session) -> None:
    """Write the report anew from the results that are there."""
    prepare(session)
    session.run("python", "-m", "matrix_project", "report", *session.posargs)


@nox.session(python=PYTHON)
def accept(session: nox.Session) -> None:
    """Take the results of the last runs as the new baseline, in `reports/`."""
    prepare(session)
    session.run("python", "-m", "matrix_project", "accept", *session.posargs)


@nox.session(python=PYTHON)
def merge(session: nox.Session) -> None:
    """Merge the results of runs made apart: `-- FOLDER... --output FOLDER`."""
    prepare(session)
    session.run("python", "-m", "matrix_project", "merge", *session.posargs)


@nox.session(python=PYTHON)
def tests(session: nox.Session) -> None:
    """Run the tests of the project itself."""
    prepare(session, "tests")
    session.run(
        "python", "-m", "pytest", *session.posargs, interrupt_timeout=60, terminate_timeout=10
    )


@nox.session(python=PYTHON)
def lint(session: nox.Session) -> None:
    """Check style and types."""
    prepare(session, "lint")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("mypy")


@nox.session(python=PYTHON)
def benchmark(session: nox.Session) -> None:
    """Measure the run against the servers' own cold starts and Django's own constraint tests."""
    prepare(session)
    pythons = [f"--python={python}" for python in pythons_of_all(session)]
    session.run("python", "benchmarks/speed.py", *pythons, *session.posargs)
