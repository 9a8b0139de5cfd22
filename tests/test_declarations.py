"""A mistake in a declaration is one line with the file, the line and the case's id."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from matrix_project.cases import load
from matrix_project.cases.case import CaseError
from matrix_project.suite.declarations import verify
from tests.conftest import ROOT, command

IMPORTS = """\
from django.db.models import *

from matrix_project.cases.case import Promise, Question, accepts, asks, rejects, row
from matrix_project.results.contract import Outcome

AGE = {"age": IntegerField()}
OF_AGE = CheckConstraint(condition=Q(age__gte=18), name="of_age")
WORDS = {"yes": "It is.", "no": "It is not."}


"""
LINE = IMPORTS.count("\n") + 1
"""The line of the declaration."""
SOUND = """\
sound = Promise("mine.sound", "Sound.", fields=AGE, constraint=OF_AGE, valid=[{"age": 18}],
                violating=[{"age": 17}])
"""


def promise(rest, id_="mine.adult"):
    return f'adult = Promise("{id_}", "Nobody is younger than 18.", {rest})\n'


def question(rest):
    return f'asked = Question("mine.asked", "Is it?", fields=AGE, {rest})\n'


ROWS = 'valid=[{"age": 18}], violating=[{"age": 17}]'
ACTS = 'acts=[asks("it", lambda t: t.save({"age": 1}))]'

MISTAKES = {
    "others in a list": (
        promise(f"fields=AGE, constraint=OF_AGE, others=[], {ROWS}"),
        r"mine.adult: others is a dictionary: ",
    ),
    "another model's fields in a list": (
        promise(f'fields=AGE, constraint=OF_AGE, others={{"Room": []}}, {ROWS}'),
        r"mine.adult: others gives Room no dictionary of fields: ",
    ),
    "fields in a list": (
        promise(f"fields=[IntegerField()], constraint=OF_AGE, {ROWS}"),
        r"mine.adult: fields is a dictionary: ",
    ),
    "words in a list": (
        question(f'{ACTS}, answers=WORDS, words=["yes"]'),
        r"mine.asked: words is a dictionary: ",
    ),
    "answers in a list": (
        question(f'{ACTS}, answers=["yes"], words={{"accepted": "yes"}}'),
        r"mine.asked: answers is a dictionary: ",
    ),
    "a valid row that refers to nothing": (
        promise(
            'others={"Room": {"name": CharField(max_length=9)}}, constraint=OF_AGE,'
            ' fields={**AGE, "room": ForeignKey("Room", CASCADE)},'
            ' valid=[{"age": 18, "room": 7}], violating=[{"age": 17, "room": 7}]'
        ),
        r"mine.adult: its valid row 1 cannot be stored even without the constraint: ",
    ),
    "no such name": (
        "owner = ForeignKey(Acount, CASCADE)\n",
        "NameError: name 'Acount' is not defined",
    ),
    "no such module": ("import matrix_projekt\n", "ModuleNotFoundError: No module named"),
    "no Python": ("adult = Promise(\n", r"'\(' was never closed"),
    "no such argument": (
        promise(f"feilds=AGE, constraint=OF_AGE, {ROWS}"),
        r"TypeError: Promise\.__init__\(\) got an unexpected keyword argument 'feilds'",
    ),
    "no such lookup": (
        promise(
            f'fields=AGE, constraint=CheckConstraint(condition=Q(age__gteq=18), name="x"), {ROWS}'
        ),
        "mine.adult: Unsupported lookup 'gteq' for IntegerField",
    ),
    "no value for a required field": (
        promise(f'fields={{**AGE, "day": DateField()}}, constraint=OF_AGE, {ROWS}'),
        "mine.adult: a valid row gives no value for day",
    ),
    "a list of constraints": (
        promise(f"fields=AGE, constraint=[OF_AGE], {ROWS}"),
        "mine.adult: constraint is one constraint, and further ones go to `beside`",
    ),
    "one row in the place of a list": (
        promise('fields=AGE, constraint=OF_AGE, valid=[{"age": 18}], violating={"age": 17}'),
        "mine.adult: violating is a list of rows: a dictionary each",
    ),
    "a class in the place of a field": (
        promise(f'fields={{"age": IntegerField}}, constraint=OF_AGE, {ROWS}'),
        r"mine.adult: the field age is no instance of a field, such as IntegerField\(\)",
    ),
    "a function in the place of an act": (
        promise(f"fields=AGE, constraint=OF_AGE, {ROWS}, acts=[lambda t: 1]"),
        "mine.adult: acts has something else than what rejects",
    ),
    "a word for what is no outcome": (
        question(f'{ACTS}, answers=WORDS, words={{"REJECTED": "no"}}'),
        "mine.asked: `words` gives a word to REJECTED; the outcomes are accepted, rejected",
    ),
    "no such field in a row": (
        promise('fields=AGE, constraint=OF_AGE, valid=[{"agee": 18}], violating=[{"age": 17}]'),
        "mine.adult: a row has no field agee: there are age, id",
    ),
    "no such field in the constraint": (
        promise(f'fields=AGE, constraint=UniqueConstraint(fields=["name"], name="one"), {ROWS}'),
        "mine.adult: .*name",
    ),
    "no such field in the condition": (
        promise(f'fields=AGE, constraint=CheckConstraint(condition=Q(agee=1), name="one"), {ROWS}'),
        "mine.adult: .*agee",
    ),
    "a value that is none": (
        promise('fields=AGE, constraint=OF_AGE, valid=[{"age": 18}], violating=[{"age": "x"}]'),
        "mine.adult: a violating row has a value that is none: .*must be an integer",
    ),
    "a second violating row that is valid": (
        promise(
            'fields=AGE, constraint=OF_AGE, valid=[{"age": 18}],'
            ' violating=[{"age": 17}, {"age": 20}]'
        ),
        "mine.adult: its violating row 2 is accepted by Django's own validation",
    ),
    "no violating row": (
        promise('fields=AGE, constraint=OF_AGE, valid=[{"age": 18}]'),
        "mine.adult: there is no violating row",
    ),
    "no valid row": (
        promise('fields=AGE, constraint=OF_AGE, violating=[{"age": 17}]'),
        "mine.adult: there is no valid row",
    ),
    "a violating row that is valid": (
        promise('fields=AGE, constraint=OF_AGE, valid=[{"age": 18}], violating=[{"age": 19}]'),
        "mine.adult: its violating row 1 is accepted by Django's own validation",
    ),
    "a valid row that is violating": (
        promise('fields=AGE, constraint=OF_AGE, valid=[{"age": 1}], violating=[{"age": 17}]'),
        "mine.adult: its valid row 1 is rejected by Django's own validation",
    ),
    "a forgotten row before": (
        promise(
            'fields=AGE, constraint=UniqueConstraint(fields=["age"], name="one"),'
            ' valid=[{"age": 18}], violating=[{"age": 17}]'
        ),
        "mine.adult: its violating row 1 is accepted",
    ),
    "a row before that cannot be stored": (
        promise(f'fields=AGE, constraint=OF_AGE, rows=[{{"age": None}}], {ROWS}'),
        "mine.adult: its rows cannot be stored even without the constraint",
    ),
    "no constraint": (
        promise(f"fields=AGE, {ROWS}"),
        "mine.adult: the model has no constraint to observe",
    ),
    "no unique field": (
        promise(f'fields=AGE, observes="unique", {ROWS}'),
        "mine.adult: the model has no unique to observe",
    ),
    "no model": (
        promise(f"constraint=OF_AGE, {ROWS}"),
        "mine.adult: it has no model",
    ),
    "a bad id": (
        promise(f"fields=AGE, constraint=OF_AGE, {ROWS}", id_="wrong"),
        "wrong: an id is `family.case`",
    ),
    "an id that is taken": (
        promise(f"fields=AGE, constraint=OF_AGE, {ROWS}", id_="check.q"),
        r"check\.q: its id is taken already, at .*check\.py:\d+",
    ),
    "a way round nothing": (
        promise(f'fields=AGE, constraint=OF_AGE, instead_of="mine.nothing", {ROWS}'),
        r"mine\.adult: instead_of names no case: mine\.nothing",
    ),
    "no series of Django": (
        promise(f'fields=AGE, constraint=OF_AGE, from_django="6.1.2", {ROWS}'),
        "mine.adult: from_django is a series",
    ),
    "a row of an unknown model": (
        promise(f'fields=AGE, constraint=OF_AGE, rows=[row("Owner", id=1)], {ROWS}'),
        "mine.adult: a row is of Owner: the models are Adult",
    ),
    "a foreign key to an unknown model": (
        promise(
            'fields={**AGE, "owner": ForeignKey("mine.Owner", CASCADE, null=True)},'
            f" constraint=OF_AGE, {ROWS}"
        ),
        r"mine\.adult: a field refers to mine\.owner: the models are mine\.adult",
    ),
    "no such model to observe": (
        promise(f'fields=AGE, constraint=OF_AGE, of="Owner", {ROWS}'),
        "mine.adult: of names no model: Owner",
    ),
    "no such outcome": (
        question(f'answers=WORDS, {ACTS}, words={{Outcome.ACEPTED: "yes"}}'),
        "AttributeError: .*ACEPTED",
    ),
    "an unknown word": (
        question(f'answers=WORDS, {ACTS}, words={{Outcome.ACCEPTED: "maybe"}}'),
        "mine.asked: `words` gives maybe, which `answers` has not",
    ),
    "no answers": (
        question(f'{ACTS}, words={{Outcome.ACCEPTED: "yes"}}'),
        "mine.asked: it has no answers",
    ),
    "no words": (
        question(f"answers=WORDS, {ACTS}"),
        "mine.asked: no outcome has a word",
    ),
    "nothing asked": (
        question('answers=WORDS, words={Outcome.ACCEPTED: "yes"}'),
        "mine.asked: it asks nothing",
    ),
}


@pytest.fixture
def declared(tmp_path, django_db_blocker):
    """Have a file of cases read and verified, as the suite does before any server starts."""

    def read(text):
        path = tmp_path / "mine.py"
        path.write_text(text)
        with django_db_blocker.unblock():
            cases = load([path])
            own = [case for case in cases.values() if case.where.startswith(str(path))]
            verify(own)
        return own

    return read


def test_a_sound_declaration_has_no_mistake(declared):
    (case,) = declared(IMPORTS + SOUND)
    assert case.id == "mine.sound"
    assert case.where.endswith(f"mine.py:{LINE}")


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_line_with_its_place(declared, tmp_path, mistake):
    text, message = MISTAKES[mistake]
    with pytest.raises(CaseError) as raised:
        declared(IMPORTS + text)
    said = str(raised.value)
    assert "\n" not in said
    assert re.fullmatch(rf"{re.escape(str(tmp_path))}/mine\.py:{LINE}: {message}.*", said), said


def test_a_file_that_is_no_python_file_is_named(tmp_path):
    (tmp_path / "cases.txt").touch()
    with pytest.raises(CaseError, match=r"cases\.txt: no Python file"):
        load([tmp_path / "cases.txt"])


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(CaseError, match=r"nowhere\.py: there is no such file"):
        load([tmp_path / "nowhere.py"])


def test_a_run_of_a_file_without_cases_ends_with_one_line(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(IMPORTS)
    done = subprocess.run(
        command("run", "--cases", path, "--backend", "sqlite"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert f"{path}: there is no case in it: declare a Promise or a Question" in line


def test_the_suite_ends_with_the_line_before_anything_is_asked(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(IMPORTS + MISTAKES["no violating row"][0])
    folder = ROOT / "matrix_project" / "suite"
    words = ["-c", folder / "pytest.toml", folder, "--collect-only", "--cases", path]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    lines = (done.stdout + done.stderr).strip().splitlines()
    assert f"ERROR: {path}:{LINE}: mine.adult: there is no violating row" in lines[-1]


def test_cases_of_a_list_are_found(tmp_path):
    path = tmp_path / "mine.py"
    copies = 'copies = [replace(sound, id=f"mine.copy_{number}") for number in range(3)]\n'
    path.write_text(f"{IMPORTS}{SOUND}from dataclasses import replace\n{copies}")
    found = {id_: case.where for id_, case in load([path]).items() if id_.startswith("mine.")}
    last = len(path.read_text().splitlines())
    assert found == {
        "mine.sound": f"{path}:{LINE}",
        **{f"mine.copy_{number}": f"{path}:{last}" for number in range(3)},
    }


def test_an_id_that_is_given_twice_in_a_file_is_refused(declared):
    with pytest.raises(CaseError, match=r"mine\.sound: its id is taken already, at .*mine\.py:\d+"):
        declared(IMPORTS + SOUND + SOUND)


@pytest.mark.parametrize(
    "mistake", ["no such name", "no Python", "a violating row that is valid", "an unknown word"]
)
def test_a_run_ends_with_the_line_before_any_server_starts(tmp_path, mistake):
    text, message = MISTAKES[mistake]
    path = tmp_path / "mine.py"
    path.write_text(IMPORTS + text)
    done = subprocess.run(
        command("run", "--cases", path, "--backend", "sqlite", "-k", "mine"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert re.search(rf"{re.escape(str(path))}:{LINE}: {message}", done.stderr), done.stderr
    assert "Traceback" not in done.stderr
