"""What cannot be loaded, or means nothing, is one line; no server starts."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.audit.auditing import (
    SETTINGS,
    audit,
    environ_of_audit,
    listed,
    write_project,
)
from tests.conftest import ROOT

ITEM = """
from django.db import models


class Item(models.Model):
    number = models.IntegerField(unique=True)
"""
BROKEN = {
    "a module that is not there": (
        {"settings": "import shop_private"},
        "settings.py:1: ModuleNotFoundError: No module named 'shop_private'",
    ),
    "a variable that is not set": (
        {"settings": "import os\nSECRET_KEY = os.environ['SHOP_SECRET']"},
        "settings.py:2: KeyError: 'SHOP_SECRET'",
    ),
    "settings that are none": (
        {"settings": "INSTALLED_APPS = 'shop'"},
        "ImproperlyConfigured: The INSTALLED_APPS setting must be a list or a tuple.",
    ),
    "an app that is not there": (
        {"settings": SETTINGS.replace("shop", "shopping")},
        "ModuleNotFoundError: No module named 'shopping'",
    ),
    "a syntax error": (
        {"models": ITEM + "    name = models.CharField(\n"},
        "shop/models.py:7: SyntaxError: '(' was never closed",
    ),
    "an exit": ({"models": "import sys\nsys.exit('not today')"}, "shop/models.py:2: SystemExit"),
    "a field that raises": (
        {"models": ITEM + "    name = models.CharField(max_size=10)\n"},
        "shop/models.py:7: TypeError:",
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_project_that_cannot_be_loaded_says_why_and_where(tmp_path, what):
    files, words = BROKEN[what]
    code, said = listed(write_project(tmp_path, **{"models": ITEM, **files}))
    assert (code, said.count("\n")) == (4, 0), said
    assert words in said


LOADED = {
    "no key, no apps' default, no database": "INSTALLED_APPS = ['shop']",
    "USE_TZ off": f"{SETTINGS}USE_TZ = False",
    "no databases": SETTINGS + "DATABASES = {}",
    "databases of backends that are not there": SETTINGS
    + "DATABASES = {'default': {'ENGINE': 'gone.oracle'}, 'other': {'ENGINE': 'gone.mssql'}}",
    "routers that are not there": f"{SETTINGS}DATABASE_ROUTERS = ['gone.Router']",
    "a cache that is not there": SETTINGS
    + "CACHES = {'default': {'BACKEND': 'gone.Cache'}, 'other': {'BACKEND': 'gone.Cache'}}",
    "logging into a folder that is there": f"{SETTINGS}LOGGING_CONFIG = None",
}


@pytest.mark.parametrize("what", LOADED)
def test_a_project_of_such_settings_is_loaded(tmp_path, what):
    assert listed(write_project(tmp_path, settings=LOADED[what], models=ITEM)) == (0, "")


@pytest.fixture(scope="session")
def shop(tmp_path_factory):
    """A project of one constraint."""
    return write_project(tmp_path_factory.mktemp("shop"), models=ITEM)


def test_settings_that_are_no_module_are_named(shop):
    told = "there is no module shop.gone: name the project's settings by --settings, in the folder"
    for settings in ("shop.gone", "gone.settings", "settings.py"):
        code, said = listed(shop, settings)
        assert (code, said.count("\n")) == (4, 0), said
        assert told.replace("shop.gone", settings) in said
    # What has no settings in it.
    assert listed(shop, "shop.models")[0] == 4


ROWS = {
    "rows = {": "rows.py:1: SyntaxError",
    "import gone": "rows.py:1: ModuleNotFoundError: No module named 'gone'",
    "1 / 0": "rows.py:1: ZeroDivisionError: division by zero",
    "raise SystemExit('no')": "rows.py:1: SystemExit: no",
    "": "gives no rows: set `rows",
    "rows = [1]": "gives `rows` that is no dict by model",
    "rows = {'shop.Item': {'number': 1}}": "gives rows for shop.Item that are no list of dicts",
    "rows = {'shop.Item': [1]}": "gives rows for shop.Item that are no list of dicts",
    "rows = {'shop.Gone': [{}]}": "gives rows for shop.Gone, and there is no such model",
    "rows = {'Item': [{}]}": "gives rows for Item, and there is no such model",
    "rows = {1: [{}]}": "gives rows for 1, and there is no such model",
    "rows = {'shop.Item': [{'numbr': 1}]}": "gives a value for numbr, and shop.Item has no such",
    "factories = {'shop.Item': 7}": "gives a factory for shop.Item that is no function",
}


READ = """
import sys
from matrix_project.audit.project import ProjectError, load, read_help

load("settings", "django.db.backends.sqlite3")
for file in sys.argv[1:]:
    try:
        print(read_help(file))
    except ProjectError as error:
        print(error)
"""


def test_a_file_of_rows_that_is_none_says_so(shop, tmp_path):
    for number, text in enumerate(ROWS):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "rows.py").write_text(text)
    files = [str(tmp_path / str(number) / "rows.py") for number in range(len(ROWS))]
    said = subprocess.run(
        [sys.executable, "-c", READ, *files],
        cwd=shop,
        env=environ_of_audit(),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout.splitlines()
    for file, words, line in zip(files, ROWS.values(), said, strict=True):
        assert line.startswith(file), line
        assert words in line
    # As the audit's process says it.
    code, line = listed(shop, rows=files[0])
    assert (code, line) == (4, f"ERROR: {said[0]}")


WORDS = {
    "a label that is none": (["shop.Itm"], "no app, model or constraint is called shop.Itm; the"),
    "-k without a match": (["-k", "gone"], "no constraint has gone in its id"),
    "a backend that is none": (["--backend", "oracle"], "unknown backend oracle"),
    "a file that is not there": (["--rows", "gone.py"], "File 'gone.py' does not exist"),
    "settings that are none": (["--settings", "gone"], "there is no module gone"),
    "an output that is a file": (["--output", "settings.py"], "settings.py"),
    "the accepted results": (["--output", str(ROOT / "reports")], "reports"),
    "a baseline that is none": (
        ["--fail-on", "ignored", "--baseline", "settings.py"],
        "settings.py",
    ),
}


@pytest.mark.parametrize("what", WORDS)
def test_what_means_nothing_ends_in_one_line_and_leaves_nothing(shop, what, tmp_path):
    words, told = WORDS[what]
    before = sorted(shop.rglob("*"))
    done = audit(shop, *words, output=tmp_path / "audit", TMPDIR=str(tmp_path))
    assert (done.code, done.errors.count("\n")) == (2, 1), done.errors
    assert told in done.errors
    assert sorted(shop.rglob("*")) == before
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "models", ["", "from django.db import models\nclass A(models.Model): pass"]
)
def test_a_project_without_constraints_says_so(tmp_path, models):
    done = audit(write_project(tmp_path / "project", models=models), TMPDIR=str(tmp_path))
    told = "error: the models of settings declare no constraint\n"
    assert (done.code, done.errors) == (2, told)
    assert [each.name for each in tmp_path.iterdir()] == ["project"]
