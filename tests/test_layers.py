"""The plan of the house: what may import what, and where vendors are told apart."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib.metadata import packages_distributions

import pytest

from matrix_project import observe
from matrix_project.vendors import VENDORS
from tests.conftest import ROOT

PACKAGE = ROOT / "matrix_project"
MODULES = sorted(PACKAGE.rglob("*.py"))
LONGEST = 300
ENGINE_ALONE = """
import sys
from importlib.abc import MetaPathFinder

BLOCKED = {blocked}


class Blocker(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name in BLOCKED:
            raise ModuleNotFoundError(f"{{name}} is blocked", name=name)
        return None


sys.meta_path.insert(0, Blocker())

import django
from django.conf import settings

settings.configure(
    DATABASES={{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)
django.setup()

from django.db import models


class Article(models.Model):
    user = models.CharField(max_length=30)
    status = models.CharField(max_length=10)

    class Meta:
        app_label = "blog"
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(status="DRAFT"),
                name="one_draft_a_user",
            )
        ]


{script}
"""
# What the engine needs, and what Django itself does.
ALLOWED = {"django", "msgspec", "matrix_project", "asgiref", "sqlparse", "typing_extensions"}


def name(path):
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imported(path):
    """Yield the full names that a module imports when it runs, wherever in it."""
    tree = ast.parse(path.read_text())
    for_types = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    for node in (each for each in ast.walk(tree) if id(each) not in for_types):
        match node:
            case ast.Import(names=names):
                yield from (each.name for each in names)
            case ast.ImportFrom(module=str(module), names=names):
                yield module
                yield from (f"{module}.{each.name}" for each in names)


def within(folder):
    return [path for path in MODULES if path.is_relative_to(PACKAGE / folder)]


def is_of(full, *packages):
    return any(f"{full}.".startswith(f"{package}.") for package in packages)


def of_standard_library(full):
    return full.partition(".")[0] in sys.stdlib_module_names


OWN = (
    "matrix_project.observe",
    "matrix_project.results.contract",
    "matrix_project.results.evidence",
    "matrix_project.vendors",
)


def test_the_engine_imports_nothing_above_it():
    paths = within("observe")
    assert len(paths) > 5
    for path in paths:
        wrong = [
            full
            for full in imported(path)
            if not of_standard_library(full)
            and not is_of(full, "django", "msgspec", *OWN)
            and full not in {"matrix_project", "matrix_project.results"}
        ]
        assert not wrong, name(path)


@pytest.mark.parametrize("folder", ["report", "results"])
def test_results_and_reports_know_no_django(folder):
    paths = within(folder)
    assert len(paths) > 5
    for path in paths:
        assert not [full for full in imported(path) if is_of(full, "django")], name(path)


@pytest.mark.parametrize(
    ("folder", "above"),
    [
        ("vendors", ["observe", "servers", "suite", "run", "report", "results", "commands"]),
        ("results", ["report", "run", "suite", "servers", "cases", "observe", "commands"]),
        ("report", ["run", "suite", "servers", "cases", "observe", "commands"]),
        ("servers", ["run", "suite", "cases", "observe", "report", "commands"]),
        ("cases", ["run", "suite", "servers", "report", "commands"]),
        ("suite", ["run", "servers", "report", "commands"]),
        ("run", ["commands", "cases", "observe", "cost"]),
        ("cost", ["report", "commands"]),
    ],
)
def test_data_run_one_way(folder, above):
    paths = within(folder)
    assert paths
    packages = [f"matrix_project.{each}" for each in above]
    for path in paths:
        assert not [full for full in imported(path) if is_of(full, *packages)], name(path)


@pytest.mark.parametrize(
    "statement",
    [
        "import matrix_project.observe, matrix_project.results.verdicts",
        "import matrix_project.report.page, matrix_project.results.store",
    ],
)
def test_no_more_is_imported_than_a_user_asked_for(statement):
    program = f"import sys; {statement}; print(*sys.modules)"
    words = [sys.executable, "-c", program]
    done = subprocess.run(words, check=True, capture_output=True, text=True, cwd=ROOT)
    there = {full.partition(".")[0] for full in done.stdout.split()}
    assert "matrix_project" in there
    unwanted = {"pytest", "click", "psycopg", "MySQLdb", "testcontainers"}
    unwanted |= {"rich", "jinja2"} if "observe" in statement else {"django"}
    assert not there & unwanted


def test_without_the_matrix_extra_every_command_can_be_read():
    blocked = ("pytest", "pytest_django", "psycopg", "MySQLdb", "testcontainers")
    program = f"import sys; sys.modules |= dict.fromkeys({blocked})\n{READ_COMMANDS}"
    words = [sys.executable, "-c", program]
    done = subprocess.run(words, check=True, capture_output=True, text=True, cwd=ROOT)
    assert "sqlite" in done.stdout


# The shards are what a CI asks for before anything else is installed.
READ_COMMANDS = """
from matrix_project.__main__ import cli
cli(["shards"])
"""


def compared(path):
    """Yield the text constants that a module compares with, or looks for among others."""
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Compare(left=left, comparators=others):
                for side in (left, *others):
                    yield from (each for each in ast.walk(side) if isinstance(each, ast.Constant))
            case ast.MatchValue(value=ast.Constant() as value):
                yield value


def test_vendors_are_told_apart_in_their_package_alone():
    outside = [path for path in MODULES if not path.is_relative_to(PACKAGE / "vendors")]
    found = [
        f"{name(path)}:{constant.lineno}: {constant.value}"
        for path in outside
        for constant in compared(path)
        if constant.value in VENDORS
    ]
    assert not found


def test_the_scan_for_vendors_finds_them(tmp_path):
    path = tmp_path / "module.py"
    path.write_text('if vendor in {"mysql", "x"}: ...\nmatch vendor:\n    case "sqlite": ...\n')
    assert {each.value for each in compared(path)} == {"mysql", "x", "sqlite"}


def test_a_module_is_read_in_one_sitting():
    lengths = {name(path): len(path.read_text().splitlines()) for path in MODULES}
    assert len(lengths) > 50
    assert {module: lines for module, lines in lengths.items() if lines > LONGEST} == {}


def test_the_engine_observes_a_model_with_django_and_msgspec_alone(tmp_path):
    """The script in the docstring of `observe`, where nothing else can be imported."""
    script = "\n".join(
        line.removeprefix("    ")
        for line in str(observe.__doc__).splitlines()
        if line.startswith("    ") or not line
    )
    assert "observe(subject" in script
    program = tmp_path / "script.py"
    blocked = set(packages_distributions()) - ALLOWED
    assert {"click", "jinja2", "pytest"} <= blocked
    program.write_text(ENGINE_ALONE.format(blocked=blocked, script=script))
    words = [sys.executable, "-I", program]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.stderr == ""
    assert "UNIQUE constraint failed: blog_article.user" in done.stdout
