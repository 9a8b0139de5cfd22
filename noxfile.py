"""Sessions: `nox` runs the matrix on real servers, `nox -s tests` the tests of the project."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from traceback import walk_stack
from types import FrameType

import nox

PYPROJECT = nox.project.load_toml("pyproject.toml")
# pyenv's interpreters need not be on PATH; its shims are, and run none of those by themselves.
FOLDERS = [each for each in os.environ["PATH"].split(os.pathsep) if Path(each).name != "shims"]
PYENV = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions").glob("3.*/bin")
os.environ["PATH"] = os.pathsep.join([*map(str, PYENV), *FOLDERS])
PYTHONS = [f"3.{minor}" for minor in range(19, 10, -1)]
# Each series of Django with the oldest and the newest Python that it supports, newest first.
# MATRIX_DJANGO puts another version (6.2a1), or a path or an address of Django's source, before.
ASKED = os.environ.get("MATRIX_DJANGO")
ROWS = nox.project.load_toml("matrix_project/backends.toml")["django"]
DJANGOS = {ASKED: [ROWS[0]["pythons"][0], PYTHONS[0]]} if ASKED else {}
DJANGOS |= {row["series"]: row["pythons"] for row in ROWS if row["series"] != ASKED}
RUNS_ON = {
    django: next((version for version in between if shutil.which(f"python{version}")), None)
    for django, (oldest, newest) in DJANGOS.items()
    if (between := PYTHONS[PYTHONS.index(newest) : PYTHONS.index(oldest) + 1])
}
DJANGO = ASKED or next((each for each, python in RUNS_ON.items() if python), ROWS[-1]["series"])
PYTHON = RUNS_ON[DJANGO] or PYTHONS[-1]

nox.needs_version = ">=2025.5.1"
nox.options.reuse_venv = "yes"
nox.options.error_on_missing_interpreters = True
nox.options.sessions = [f"matrix(django='{DJANGO}')"]


def end(_signal: int, frame: FrameType | None) -> None:
    """Pass SIGTERM on to what a session runs, and end as after Ctrl-C, when that has ended."""
    values = (value for each, _ in walk_stack(frame) for value in each.f_locals.values())
    for process in {value for value in values if isinstance(value, subprocess.Popen)}:
        process.terminate()
    raise KeyboardInterrupt


for number in (signal.SIGTERM, signal.SIGHUP):
    if signal.getsignal(number) != signal.SIG_IGN:  # as `nohup` has it
        signal.signal(number, end)


def requirement(django: str) -> list[str]:
    """Return what to install for a series (`6.1`), a version (`6.2a1`) or a source of Django."""
    if re.fullmatch(r"\d+\.\d+", django):
        return [f"django~={django}.0"]
    if re.match(r"\d+\.\d+", django):
        return [f"django=={django}"]
    return (
        [f"django @ {django}"] if "://" in django else ["--editable", str(Path(django).resolve())]
    )


def prepare(session: nox.Session, *groups: str, django: str = DJANGO) -> None:
    """Install the project with its `matrix` extra, once for each change of what is asked for."""
    wanted = [*requirement(django), *nox.project.dependency_groups(PYPROJECT, *groups)]
    key = hashlib.sha256(f"{PYPROJECT}{wanted}".encode()).hexdigest()
    stamp = Path(session.virtualenv.location, "prepared")
    if not stamp.is_file() or stamp.read_text() != key:
        session.install("--editable", ".[matrix]", *wanted)
        stamp.write_text(key)
    driver = ("python", "-m", "matrix_project.servers.mysqlclient")
    session.run_install(*driver, success_codes=[0, 1])


def run(session: nox.Session, *words: str, python: str = "python") -> None:
    """Run a module; Ctrl-C and SIGTERM reach it, and nox waits until it has stopped its servers."""
    session.run(python, "-m", *words, external=True, interrupt_timeout=60, terminate_timeout=60)


@nox.session
@nox.parametrize(
    "python,django",
    [nox.param(RUNS_ON[each] or PYTHONS[-1], each, id=f"django='{each}'") for each in DJANGOS],
)
def matrix(session: nox.Session, django: str) -> None:
    """Run the suite on real servers and write the report; `--` passes options on."""
    for newer in [*DJANGOS][: [*DJANGOS].index(django) + 1]:
        if RUNS_ON[newer] is None:
            session.warn(f"Django {newer} needs Python {' to '.join(DJANGOS[newer])}: install one")
    if RUNS_ON[django] is None:
        session.skip(f"no Python here runs Django {django}")
    prepare(session, django=django)
    run(session, "matrix_project", "run", *session.posargs)


def pythons_of_all(session: nox.Session) -> list[str]:
    """Return the Python of each Django's environment, made if need be, newest Django first."""
    able = [django for django, python in RUNS_ON.items() if python]
    folder = str(session.cache_dir.parent)
    sessions = [f"matrix(django='{django}')" for django in able]
    words = (sys.executable, "-m", "nox", "--install-only", "--envdir", folder, "--sessions")
    session.run_install(*words, *sessions, external=True)
    names = [re.sub("[^0-9A-Za-z]+", "-", django).strip("-") for django in able]
    return [f"{folder}/matrix-django-{name}/bin/python" for name in names]


@nox.session(name="matrix-all", python=False)
def matrix_all(session: nox.Session) -> None:
    """Run the whole matrix at once: every Django on every backend that can be had."""
    pythons = pythons_of_all(session)
    named = any(word.startswith("--backend") for word in session.posargs)
    options = [f"--python={python}" for python in pythons] + ([] if named else ["--all"])
    run(session, "matrix_project", "run", *options, *session.posargs, python=pythons[0])


def command(name: str, description: str) -> None:
    """Make a session of a command of `python -m matrix_project`."""

    def session_of(session: nox.Session) -> None:
        prepare(session)
        run(session, "matrix_project", name, *session.posargs)

    session_of.__doc__ = description
    nox.session(name=name, python=PYTHON)(session_of)


command("report", "Write the report of `results/` anew; `--` passes options on.")
command("accept", "Take the results of the last runs as the new baseline, in `reports/`.")
command("merge", "Merge the results of runs made apart: `-- FOLDER... --output FOLDER`.")
command("cost", "Measure what constraints cost; `-- --output reports` for the baseline.")


@nox.session(python=PYTHON)
def tests(session: nox.Session) -> None:
    """Run the tests of the project itself, two at a time; `--` passes other options to pytest."""
    prepare(session, "tests")
    run(session, "pytest", *(session.posargs or ["--numprocesses=2", "--dist=worksteal"]))


@nox.session(python=PYTHON)
def lint(session: nox.Session) -> None:
    """Check style and types."""
    prepare(session, "lint")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("mypy")


@nox.session(python=PYTHON)
def benchmark(session: nox.Session) -> None:
    """Measure the run against the servers' own cold starts, a bare driver and a plain script."""
    prepare(session)
    pythons = [f"--python={python}" for python in pythons_of_all(session)]
    session.run("python", "benchmarks/speed.py", *pythons, *session.posargs)
