"""Audits of small projects, as a user starts them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.conftest import ROOT, SECONDS

SETTINGS = """
SECRET_KEY = "of a test"
INSTALLED_APPS = ["shop"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "/dev/null/none"}}
"""


@dataclass(frozen=True)
class Audit:
    """An audit that has ended."""

    code: int
    output: str
    errors: str
    folder: Path

    @cached_property
    def document(self):
        return json.loads((self.folder / "matrix.json").read_text())

    @property
    def verdicts(self):
        """By constraint and vendor, the verdicts."""
        document = self.document
        return {
            (id_, document["environments"][environment]["vendor"]): document["observations"][hash_][
                "verdict"
            ]
            for id_, seen in document["cells"].items()
            for hash_, environments in seen.items()
            for environment in environments
        }


def write_project(folder, *, settings=SETTINGS, models="", **files):
    """Write a project of one app, `shop`; `files` are more by their path with `__` for `/`."""
    texts = {"settings": settings, "shop__models": models, "shop__init": "", **files}
    for name, text in texts.items():
        path = folder / f"{name.replace('__', '/').replace('/init', '/__init__')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def environ_of_audit(**environ):
    """Return the environment of a user who has this project's package."""
    left_out = ("DJANGO_SETTINGS_MODULE", "GITHUB_ACTIONS")
    own = {name: value for name, value in os.environ.items() if name not in left_out}
    return own | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", **environ}


def words_of_audit(*words):
    return [sys.executable, "-m", "matrix_project", "audit", *map(str, words)]


def audit(project, *words, backends=("sqlite",), settings="settings", output=None, **environ):
    """Audit a project, and wait for the end."""
    output = output or project / "audit"
    done = subprocess.run(
        words_of_audit(
            *(f"--settings={settings}", f"--output={output}"),
            *(f"--backend={each}" for each in backends),
            *words,
        ),
        cwd=project,
        env=environ_of_audit(**environ),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return Audit(done.returncode, done.stdout, done.stderr, output)


def listed(project, settings="settings", **options):
    """Have the audit's process load a project; return its exit code and what it said."""
    done = subprocess.run(
        [
            *(sys.executable, "-P", "-m", "matrix_project.audit.process"),
            *("list", "django.db.backends.sqlite3"),
            json.dumps({"settings": settings, **options}),
        ],
        cwd=project,
        env=environ_of_audit(),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return done.returncode, (done.stdout + done.stderr).strip()
