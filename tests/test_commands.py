"""The command line as a new user meets it: defaults, mistakes, and what is not to be had."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from io import StringIO

import click
import pytest
from rich.console import Console

from matrix_project.__main__ import cli
from matrix_project.results.contract import Driver
from matrix_project.results.counts import declared
from matrix_project.run.progress import shown
from matrix_project.suite import events
from tests.conftest import SECONDS, command, run_matrix
from tests.make import case, record

OPTIONS = [
    pytest.param(name, option, id=f"{name} {option.opts[0]}")
    for name, found in cli.commands.items()
    for option in found.params
    if isinstance(option, click.Option) and not option.is_flag
]
HEAD = """from django.db.models import *
from matrix_project.cases.case import *
"""
SOUND = {
    "id": '"mine.adult"',
    "promise": '"Nobody is younger than 18."',
    "fields": '{"name": CharField(max_length=9, null=True), "age": IntegerField()}',
    "constraint": 'CheckConstraint(condition=Q(age__gte=18), name="adult")',
    "valid": '[{"age": 18}]',
    "violating": '[{"age": 17}]',
}


def run(*words, cwd, **environ):
    done = subprocess.run(
        command(*words),
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
        cwd=cwd,
        env=os.environ | environ,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(("name", "option"), OPTIONS)
def test_the_help_of_each_option_tells_its_default(name, option):
    found = cli.commands[name]
    text = " ".join(found.get_help(click.Context(found)).split())
    # An option stands before what it takes, in capitals or in brackets.
    start = re.search(rf" {re.escape(option.opts[0])} [A-Z\[]", text)
    assert start is not None
    own, *_ = re.split(r" --?[a-z-]+ [A-Z\[]", text[start.end() :])
    assert "[default: " in own


@pytest.mark.parametrize("name", cli.commands)
def test_each_command_says_what_it_does(name):
    assert re.match(r"[A-Z]\w+ .+\.", str(cli.commands[name].help))


def test_no_command_is_a_usage_error_that_lists_them(tmp_path):
    code, out, _ = run(cwd=tmp_path)
    assert code == 2
    assert all(name in out for name in cli.commands)


def test_the_report_is_that_of_results_and_no_other(sqlite_results, tmp_path):
    folder = tmp_path / "project"
    shutil.copytree(sqlite_results, folder / "results")
    shutil.copytree(sqlite_results, folder / "reports")
    for each in ("results", "reports"):
        (folder / each / "index.html").unlink()
    code, out, _ = run("report", cwd=folder)
    assert code == 0
    assert "results/index.html" in out
    assert (folder / "results" / "index.html").is_file()
    assert not (folder / "reports" / "index.html").exists()


def written(**changed):
    values = ", ".join(f"{name}={text}" for name, text in (SOUND | changed).items())
    return f"{HEAD}adult = Promise({values})\n"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (written(fields='{"age": Integer()}'), 3, "name 'Integer' is not defined"),
        (f"{HEAD}def broken(:\n", 3, "invalid syntax"),
        (f"{HEAD}import no_such_module\n", 3, "No module named 'no_such_module'"),
        (written(violating='[{"age": 18}]'), 3, "violating row 1 is accepted"),
        (written(valid='[{"age": 17}]'), 3, "valid row 1 is rejected"),
        (written(violating="[]"), 3, "no violating row"),
        (written(valid='[{"years": 18}]'), 3, "no field years"),
        (written(id='"wrong"'), 3, "an id is `family.case`"),
        (
            written() + written().removeprefix(HEAD).replace("adult =", "other ="),
            4,
            "its id is taken already",
        ),
        (written(id='"check.q"'), 3, "its id is taken already"),
        (written(constraint="None"), 3, "no constraint to observe"),
        (
            written(
                constraint='UniqueConstraint(fields=["name"], name="one")',
                valid='[{"name": "bob", "age": 1}]',
                violating='[{"name": "ann", "age": 1}]',
            ),
            3,
            "violating row 1 is accepted",  # the row that it repeats was forgotten
        ),
    ],
)
def test_a_mistake_in_a_case_is_one_line_before_any_server_starts(tmp_path, text, line, words):
    path = tmp_path / "own.py"
    path.write_text(text)
    code, out, err = run("run", "--cases", path, cwd=tmp_path)
    assert code == 2
    assert "Traceback" not in err
    (told,) = err.splitlines()
    assert told.startswith(f"error: {path}:{line}: ")
    assert words in told
    assert "starting" not in out
    assert not list((tmp_path / "results" / "environments").iterdir())


def test_what_was_not_run_is_no_change(whole_run, tmp_path):
    words = ("--backend", "mysql-9.7", "--backend", "sqlite", "--provider", "url")
    done = run_matrix(
        tmp_path / "results", *words, "--baseline", whole_run.folder, MATRIX_MYSQL_URL=""
    )
    assert done.code == 1
    assert "mysql-9.7 on Django" in done.output
    assert "set MATRIX_MYSQL_URL=" in done.output
    assert "Nothing changed" in done.output
    assert "not observed this time" not in done.output


STARTED = events.Started(
    server_version="1",
    django="6.1",
    python="3.13",
    driver=Driver(name="sqlite3", version="1"),
    settings={},
)


@pytest.mark.parametrize("terminal", [True, False])
def test_the_total_of_cases_stays_the_same_while_they_are_observed(terminal):
    output = StringIO()
    cases = {f"check.{letter}": case() for letter in "abc"}
    console = Console(file=output, force_terminal=terminal, width=120, color_system=None)
    with shown({"sqlite+django-6.1": "in-process"}, console) as listener:
        listener(
            "sqlite+django-6.1", events.Collected(cases=cases, declared=declared(cases.values()))
        )
        for event in (
            STARTED,
            events.Observed(record=record("check.a")),
            events.Phase(text="slow"),
            events.Failed(case="check.b", reason="no reason"),
            events.Observed(record=record("check.c")),
            events.Ended(),
        ):
            listener("sqlite+django-6.1", event)
    counts = re.findall(r"(\d+)/(\S+)", output.getvalue())
    assert counts[-1] == ("3", "3")
    assert {total for _, total in counts if total != "?"} == {"3"}
