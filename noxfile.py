"""Sessions: `nox` runs the matrix, `nox -s tests` the tests of the project itself."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from pathlib import Path

import nox

# The axes. Each Django series with the oldest Python it runs on, newest first:
# https://docs.djangoproject.com/en/stable/faq/install/#what-python-version-can-i-use-with-django
DJANGOS = {"6.1": (3, 12), "6.0": (3, 12), "5.2": (3, 11)}
PYTHONS = ((3, 14), (3, 13), (3, 12), (3, 11))

HERE = Path(__file__).parent
PYPROJECT = nox.project.load_toml(HERE / "pyproject.toml")

nox.needs_version = ">=2025.5.1"
nox.options.sessions = ["matrix"]
nox.options.reuse_venv = "yes"


def interpreters() -> dict[tuple[int, int], str]:
    """Return the interpreters of this machine by version, newest first; pyenv's need no PATH."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    found = {sys.version_info[:2]: sys.executable}
    for version in PYTHONS:
        name = f"python{version[0]}.{version[1]}"
        inside = sorted(pyenv.glob(f"{version[0]}.{version[1]}.*/bin/{name}"))
        outside = [path] if (path := shutil.which(name)) and "shims" not in path else []
        for path in [*map(str, inside), *outside]:
            found.setdefault(version, path)
    return {version: found[version] for version in PYTHONS if version in found}


def newest() -> tuple[str, str]:
    """Return the newest Django series that an interpreter here runs, and that interpreter."""
    here = interpreters()
    for django, oldest in DJANGOS.items():
        for version, path in here.items():
            if version >= oldest:
                return django, path
    sys.exit("error: no Python 3.11 or newer is here: install one, or put it on PATH")


DJANGO, PYTHON = newest()


def prepare(session: nox.Session, *groups: str) -> None:
    """Install the project and the drivers, once for each change of what is asked for."""
    wanted = [f"django~={DJANGO}.0", *nox.project.dependency_groups(PYPROJECT, *groups)]
    asked = (HERE / "pyproject.toml").read_text() + repr(wanted)
    stamp = Path(session.virtualenv.location, "prepared")
    key = hashlib.sha256(asked.encode()).hexdigest()
    if stamp.is_file() and stamp.read_text() == key:
        return
    session.install("--editable", ".", *wanted)
    try:
        session.run("python", "-m", "matrix_project.servers.mysqlclient")
    except nox.command.CommandFailed:
        # The others run; and the next time this is tried again.
        session.warn("without the driver, MySQL and MariaDB will be not-run")
        return
    stamp.write_text(key)


@nox.session(python=PYTHON)
def matrix(session: nox.Session) -> None:
    """Run the suite on real servers and write the report; `--` passes options on."""
    prepare(session)
    session.log(f"Django {DJANGO}, the newest that a Python here can run ({PYTHON})")
    # Ctrl-C reaches the run first, which takes its servers down; nox must wait for it.
    session.run(
        *("python", "-m", "matrix_project", "run", *session.posargs),
        interrupt_timeout=60,
        terminate_timeout=10,
    )


@nox.session(python=PYTHON)
def report(session: nox.Session) -> None:
    """Write the report anew from the results that are there."""
    prepare(session)
    session.run("python", "-m", "matrix_project", "report", *session.posargs)


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
    session.run("python", "benchmarks/speed.py", *session.posargs)
