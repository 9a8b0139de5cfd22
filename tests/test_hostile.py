"""Input is validated whole before anything is made of it, and documents of others are text.

Each malformed input is one line and exit code 2, the file is named, and nothing on disk changes.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from matrix_project import __main__ as main
from matrix_project import backends, bounded
from matrix_project.backends import CatalogueError
from matrix_project.report import badge, csv_table, junit, markdown, news, page, terminal
from matrix_project.report.changes import compare
from matrix_project.report.characters import cut, log_line, printable
from matrix_project.report.publish import accept, publish
from matrix_project.results.codec import encode
from matrix_project.results.contract import Status, observation_hash
from matrix_project.results.files import read_document
from matrix_project.results.store import Store, union
from tests import make
from tests.conftest import ROOT
from tests.make import PROJECT, record, result, warning, with_verdict

HERE, CASE = "sqlite+django-6.1", "check.q"


def at(**shift):
    return (datetime.now(UTC) + timedelta(**shift)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def good(tmp_path):
    """A folder of results and a baseline, each of one environment that was observed."""
    run, baseline = Store(tmp_path / "run"), Store(tmp_path / "baseline")
    run.keep(result())
    publish(run, PROJECT)
    accept(baseline, run, PROJECT)
    for folder in (run.folder, baseline.folder):
        (folder / ".lock").unlink(missing_ok=True)
    return tmp_path


def state(folder):
    """All that is in a folder: each path with its kind and, of a regular file, what it holds."""
    return {
        str(path): (path.lstat().st_mode, path.lstat().st_size, path.lstat().st_mtime_ns)
        for path in folder.rglob("*")
    }


def ended(monkeypatch, capfd, *words):
    monkeypatch.setattr(sys, "argv", ["matrix_project", *map(str, words)])
    code = main._run()
    out, err = capfd.readouterr()
    return code, out, err


def refused(monkeypatch, capfd, folder, path, *words):
    """The one line by which a command refuses a file; nothing on disk has changed."""
    before = state(folder)
    code, out, err = ended(monkeypatch, capfd, *words)
    assert (code, out) == (2, ""), err
    (told,) = err.splitlines()
    assert told.startswith((f"error: {path} cannot be read: ", f"error: there is no {path}: "))
    assert "name another " in told
    assert printable(told) == told
    assert state(folder) == before
    return told


def in_record(**values):
    def spoil(document):
        document["records"][CASE].update(values)

    return spoil


def in_environment(**values):
    def spoil(document):
        document["environment"].update(values)

    return spoil


def first_seen(time):
    def spoil(document):
        document["first_seen"][CASE] = time

    return spoil


def twice(name):
    def spoil(document):
        document["records"][CASE][name] *= 2

    return spoil


def moved(document):
    document["records"]["check.z"] = document["records"].pop(CASE)


RESULTS = {
    "an id that leads out": (in_environment(backend="../../x"), "its id is"),
    "another backend": (in_environment(backend="sqlite-3.99"), "its id is"),
    "another Django": (in_environment(django="5.2.1"), "its id is"),
    "another vendor": (in_environment(vendor="mysql"), "none of its vendor, mysql"),
    "no status": (in_environment(status="perhaps"), "Invalid enum value 'perhaps'"),
    "no server's version": (in_environment(server_version=None), "its server_version is null"),
    "no time": (in_environment(observed_at=None), "its observed_at is null"),
    "no UTC": (in_environment(observed_at="2026-11-21T00:00:00+02:00"), "not in UTC"),
    "no date": (in_environment(observed_at="2026-02-30T00:00:00Z"), "not in UTC"),
    "other digits": (in_environment(observed_at="٢٠٢٦-11-21T00:00:00Z"), "not in UTC"),
    "the year 1": (in_environment(observed_at="0001-01-01T00:00:00Z"), "before there was"),
    "the year 9999": (in_environment(observed_at="9999-12-31T23:59:59Z"), "in the future"),
    "the day after tomorrow": (in_environment(observed_at=at(days=2)), "in the future"),
    "negative seconds": (in_environment(seconds={"suite": -1}), "no length of a run: -1"),
    "seconds of a century": (in_environment(seconds={"suite": 4e9}), "no length of a run"),
    "not-run and observed": (in_environment(status="not-run"), "is not-run, and was observed"),
    "not-run without a reason": (
        in_environment(status="not-run", observed_at=None),
        "has no reason",
    ),
    "not-run with records": (
        in_environment(status="not-run", observed_at=None, reason="x"),
        "it is not-run, and holds something",
    ),
    "records without a time": (
        in_environment(status="lost", observed_at=None, reason="x"),
        "no time at which they were observed",
    ),
    "an attempt in the future": (
        in_environment(last_attempt={"status": "lost", "reason": "x", "at": at(days=3)}),
        "in the future by this machine's clock",
    ),
    "a record of no case": (moved, "check.q has a case or a record, and not both"),
    "a record of another case": (in_record(case="check.z"), "is one of check.z"),
    "a verdict that is none": (in_record(verdict="perhaps"), "Invalid enum value 'perhaps'"),
    "a verdict of another level": (in_record(level="does-not-hold"), "its level is does-not"),
    "a verdict without a level": (in_record(level=None), "its level is null"),
    "somebody behind what holds": (in_record(by="django"), "its `by` is django"),
    "nobody behind what is ignored": (
        in_record(verdict="ignored", level="does-not-hold"),
        "its `by` is null",
    ),
    "an answer to a promise": (in_record(answer="yes"), "has no verdict of a promise"),
    "a warning of no check": (in_record(warned=["models.W036"]), "no system check gave"),
    "a probe twice": (twice("probes"), "has the probe accept_accepted twice"),
    "a step twice": (twice("steps"), "has the step control twice"),
    "rows without an end": (in_record(probes=-1), "Expected `array`"),
    "first seen in the future": (first_seen(at(days=2)), "in the future"),
    "first seen after it was observed": (first_seen("2026-11-22T00:00:00Z"), "after it was"),
    "first seen, never observed": (
        lambda d: d["first_seen"].update({"check.z": "2026-11-21T00:00:00Z"}),
        "and has no record",
    ),
    "a key of nobody's": (lambda d: d.update(colour="\x1b[31m"), "unknown field `colour`"),
    "another contract": (lambda d: d.update(schema=10**9), "of schema 1000000000"),
    "no contract": (lambda d: d.pop("schema"), "missing required field `schema`"),
}


@pytest.mark.parametrize(("spoil", "words"), RESULTS.values(), ids=RESULTS)
def test_results_that_do_not_fit_together_are_refused(good, monkeypatch, capfd, spoil, words):
    path = good / "run" / "environments" / f"{HERE}.json"
    document = json.loads(path.read_text())
    spoil(document)
    path.write_text(json.dumps(document))
    for command in (
        ("report", "--output", path.parent.parent),
        ("merge", path.parent.parent, "--output", good / "new"),
        ("merge", good / "baseline", "--output", path.parent.parent),
        ("accept", path.parent.parent, "--output", good / "baseline"),
        ("accept", path.parent.parent, "--output", good / "new"),
        ("run", "--backend", "sqlite", "--output", path.parent.parent),
    ):
        assert words in refused(monkeypatch, capfd, good, path, *command)


def cell(document):
    return next(iter(document["cells"][CASE].values()))


def another_hash(document):
    (observation,) = document["observations"].values()
    observation["summary"] = "Another."


def in_observation(spoil):
    """Change an observation and name it by its new hash, so that only the change is wrong."""

    def spoilt(document):
        (hash_,) = document["observations"]
        observation = document["observations"].pop(hash_)
        spoil(observation)
        record = make.msgspec.convert(observation, type(make.record()))
        new = observation_hash(record)
        document["observations"][new] = observation
        document["cells"][CASE] = {new: [HERE]}

    return spoilt


DOCUMENTS = {
    "an unknown environment": (lambda d: cell(d).append("zz"), "an environment that is not there"),
    "an environment twice": (lambda d: cell(d).append(HERE), "has two observations in"),
    "an unknown observation": (
        lambda d: d["cells"][CASE].update({"0" * 12: [HERE]}),
        "an observation that is not there",
    ),
    "a case without cells": (lambda d: d["cells"].clear(), "a case or cells, and not both"),
    "cells without a case": (lambda d: d["cases"].clear(), "a case or cells, and not both"),
    "another hash": (another_hash, "is not what was written under that hash"),
    "another level": (
        in_observation(lambda each: each.update(level=None)),
        "is enforced, and its level is null",
    ),
    "a probe twice": (
        in_observation(lambda each: each.update(probes=each["probes"] * 2)),
        "has the probe accept_accepted twice",
    ),
    "made in the future": (lambda d: d.update(generated_at=at(days=2)), "(generated_at)"),
    "first seen nowhere": (
        lambda d: d["first_seen"][CASE].update({"zz": at()}),
        "has no observation there",
    ),
    "no environment's name": (
        lambda d: d["environments"].update({"..": d["environments"][HERE]}),
        "its id is ..",
    ),
    "of another type": (lambda d: d.update(cells=[]), "Expected `object`"),
}
COMMANDS = (
    ("diff", "{baseline}", "{good}"),
    ("diff", "{good}", "{baseline}", "--format", "json"),
    ("report", "--output", "{baseline}"),
    ("merge", "{baseline}", "--output", "{new}"),
    ("accept", "{baseline}", "--output", "{new}"),
    ("accept", "{good}", "--output", "{baseline}"),
    ("run", "--backend", "sqlite", "--baseline", "{baseline}", "--output", "{new}"),
)


def refused_by_all(good, monkeypatch, capfd):
    path = good / "baseline" / "matrix.json"
    places = {"baseline": path.parent, "good": good / "run", "new": good / "new"}
    for command in COMMANDS:
        words = [each.format_map(places) for each in command]
        yield refused(monkeypatch, capfd, good, path, *words)


@pytest.mark.parametrize(("spoil", "words"), DOCUMENTS.values(), ids=DOCUMENTS)
def test_a_document_that_does_not_fit_together_is_refused(good, monkeypatch, capfd, spoil, words):
    path = good / "baseline" / "matrix.json"
    document = json.loads(path.read_text())
    spoil(document)
    path.write_text(json.dumps(document))
    for told in refused_by_all(good, monkeypatch, capfd):
        assert words in told


def of(before, after):
    before, after = (each.encode() if isinstance(each, str) else each for each in (before, after))

    def spoil(data):
        assert before in data
        return data.replace(before, after, 1)

    return spoil


def a_row_of(value):
    return of(b'"age":18', b'"age":' + value)


TEXTS = {
    "nothing": (lambda _: b"", "it is empty"),
    "white space": (lambda _: b" \n\t", "it is empty"),
    "half of it": (lambda data: data[: len(data) // 2], "not a results file"),
    "no JSON": (lambda _: b"\x7fELF\x00", "not a results file"),
    "a list": (lambda _: b"[]", "Expected `object`"),
    "twice": (lambda data: data * 2, "trailing characters"),
    "a zero behind it": (lambda data: data + b"\x00", "trailing characters"),
    "a byte order mark": (lambda data: b"\xef\xbb\xbf" + data, "invalid character (byte 0)"),
    "UTF-16": (lambda data: data.decode().encode("utf-16"), "not a results file"),
    "no UTF-8": (of(b"rule is", b"rule \xff"), "can't decode byte 0xff"),
    "half a character": (of(b"rule is", rb"rule \ud800"), "not a results file"),
    "not a number": (a_row_of(b"NaN"), "not a results file"),
    "without an end": (a_row_of(b"-Infinity"), "not a results file"),
    "a number too large": (a_row_of(b"1e999"), "out of range"),
    "a number too long": (a_row_of(b"9" * 10_000), "out of range"),
    "nested deep": (a_row_of(b"[" * 100 + b"]" * 100), "nested too deep"),
    "nested deeper": (a_row_of(b"[" * 100_000 + b"]" * 100_000), "nested too deep"),
    "nothing but nesting": (lambda _: b'{"a":' * 100_000, "nested too deep"),
    "a key twice at the top": (of(b'"schema": 2,', b'"schema": 2, "schema": 2,'), "the key schema"),
    "a case twice": (
        lambda data: re.sub(rb'("cases": {)(.*?\n  })\n }', rb"\1\2,\2\n }", data, flags=re.DOTALL),
        "the key check.q stands twice in one object",
    ),
    "a cell twice": (
        of(b'"cells": {', b'"cells": {"check.q": {"000000000000": []}, '),
        "the key check.q stands twice in one object",
    ),
    "a verdict twice": (of(b'"verdict": ', b'"verdict": "partial", "verdict": '), "key verdict"),
    "a column twice": (a_row_of(b'18,"age":19'), "the key age stands twice"),
}


@pytest.mark.parametrize(("spoil", "words"), TEXTS.values(), ids=TEXTS)
def test_a_text_that_is_not_json_read_one_way_is_refused(good, monkeypatch, capfd, spoil, words):
    path = good / "baseline" / "matrix.json"
    path.write_bytes(spoil(path.read_bytes()))
    for told in refused_by_all(good, monkeypatch, capfd):
        assert words in told


def linked(target):
    return lambda path: path.symlink_to(target)


def bind(path):
    os.chdir(path.parent)  # a socket's address is short
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)


def sparse(path):
    with path.open("wb") as file:
        file.truncate(10**12)


KINDS = {
    "a folder": (lambda path: path.mkdir(), "it is a folder, not a file"),
    "a pipe": (os.mkfifo, "it is a pipe, a socket or a device, not a file"),
    "a socket": (bind, "it is a pipe, a socket or a device, not a file"),
    "a device without an end": (linked("/dev/zero"), "it is a pipe, a socket or a device"),
    "a link to itself": (linked("matrix.json"), "Too many levels of symbolic links"),
    "a link to nothing": (linked("nothing"), "there is no "),
    "a terabyte": (sparse, "it is larger than 64 MB"),
}


@pytest.mark.parametrize(("put", "words"), KINDS.values(), ids=KINDS)
def test_what_is_no_file_is_refused_and_not_waited_for(good, monkeypatch, capfd, put, words):
    monkeypatch.chdir(good)
    path = good / "baseline" / "matrix.json"
    path.unlink()
    put(path)
    signal.alarm(30)
    for told in refused_by_all(good, monkeypatch, capfd):
        assert words in told
    signal.alarm(0)


def test_a_pipe_in_the_place_of_an_environments_file_is_not_waited_for(good, monkeypatch, capfd):
    path = good / "run" / "environments" / "zz+django-6.1.json"
    os.mkfifo(path)
    for command in (
        ("report", "--output", good / "run"),
        ("run", "--backend", "sqlite", "--output", good / "run"),
    ):
        assert "a pipe" in refused(monkeypatch, capfd, good, path, *command)


def test_a_folder_in_the_place_of_the_document_is_told_before_a_run(good, monkeypatch, capfd):
    path = good / "run" / "matrix.json"
    path.unlink()
    path.mkdir()
    words = ("run", "--backend", "sqlite", "--output", good / "run")
    refused(monkeypatch, capfd, good, path, *words)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_what_may_not_be_read_is_told(good, monkeypatch, capfd):
    path = good / "baseline" / "matrix.json"
    path.chmod(0)
    for told in refused_by_all(good, monkeypatch, capfd):
        assert "Permission denied" in told


PACKED = {
    "cut short": (lambda data: gzip.compress(data)[:-9], "cut short"),
    "not packed": (lambda data: data, "not packed by gzip"),
    "packed twice": (lambda data: gzip.compress(gzip.compress(data)), "not a results file"),
    "two in one": (lambda data: gzip.compress(data) * 2, "followed by something else"),
    "a bomb": (lambda _: gzip.compress(bytes(bounded.LARGEST + 1)), "larger than 64 MB"),
    "a changed sum": (lambda data: gzip.compress(data)[:-8] + bytes(8), "is damaged"),
}


@pytest.mark.parametrize(("pack", "words"), PACKED.values(), ids=PACKED)
def test_a_packed_document_that_is_not_whole_is_refused(good, monkeypatch, capfd, pack, words):
    path = good / "kept.json.gz"
    path.write_bytes(pack((good / "baseline" / "matrix.json").read_bytes()))
    told = refused(monkeypatch, capfd, good, path, "diff", good / "run", path)
    assert words in told


def test_a_document_of_any_sound_kind_is_taken(good):
    whole = (good / "baseline" / "matrix.json").read_bytes()
    (good / "link.json").symlink_to(good / "baseline" / "matrix.json")
    (good / "plain.json").write_text(json.dumps(json.loads(whole)))
    (good / "packed.json.gz").write_bytes(gzip.compress(whole))
    for name in ("link.json", "plain.json", "packed.json.gz"):
        assert encode(read_document(good / name)) == whole


def test_a_backend_that_the_catalogue_does_not_have_is_fine(tmp_path):
    store = Store(tmp_path)
    store.keep(result("mysql-99.9"))
    store.keep(result("oracle-23"))
    assert len(store.read()) == 2


def test_results_that_a_killed_run_was_writing_are_no_obstacle(good):
    (good / "run" / "environments" / f".{HERE}.json.x1y2").write_bytes(b'{"schema": 2, "id')
    (good / "run" / ".matrix.json.x1y2").write_bytes(b"{")
    store = Store(good / "run")
    store.check()
    assert store.read().keys() == {HERE}


SOUND = """
[[django]]
series = "6.1"
pythons = ["3.12", "3.14"]
end_of_life = "2027-12"
[[backend]]
vendor = "sqlite"
"""
CATALOGUES = {
    "no TOML": (of("[[backend]]", "[[backend]"), "Expected ']]'"),
    "no UTF-8": (lambda text: b"\xff" + text, "can't decode byte 0xff"),
    "nested deep": (of("[[backend", f"x = {'[' * 100_000}\n[[backend"), "nested too deep"),
    "a vendor of nobody's": (of("sqlite", "oracle"), "oracle"),
    "a row twice": (lambda text: text + text[text.index(b"[[b") :], "sqlite is in two rows"),
    "a key twice": (of("vendor", 'vendor = "mysql"\nvendor'), "Cannot overwrite a value"),
    "a key of nobody's": (lambda text: text + b"colour = 1\n", "unknown field `colour`"),
    "a series of two lines": (lambda text: text + b'series = "9\\n"\n', "matching regex"),
    "no month": (of("2027-12", "2027-13"), "no such day or month: 2027-13"),
    "no size": (lambda text: text + b"megabytes = -1\n", "`int` >= 1"),
    "Pythons the wrong way round": (of('"3.12", "3.14"', '"3.14", "3.9"'), "wrong way round"),
    "no backend": (lambda text: text[: text.index(b"[[b")], "missing required field `backend`"),
    "nothing": (lambda _: b"", "missing required field"),
    "empty lists": (lambda _: b"backend = []\ndjango = []\n", "it has no row of a backend"),
}


@pytest.mark.parametrize(("spoil", "words"), CATALOGUES.values(), ids=CATALOGUES)
def test_a_catalogue_that_is_not_sound_is_one_line(tmp_path, spoil, words):
    path = tmp_path / "backends.toml"
    path.write_text(SOUND)
    assert backends.read(path).backend[0].id == "sqlite"
    path.write_bytes(spoil(SOUND.encode()))
    with pytest.raises(CatalogueError, match=re.escape(words)) as raised:
        backends.read(path)
    assert str(raised.value).startswith(f"{path}: ")
    assert "\n" not in str(raised.value)


def test_a_fault_of_this_project_has_an_exit_code_of_its_own(good, monkeypatch, capfd):
    def broken(*_):
        message = "boom\x1b[31m\n::error::owned"
        raise LookupError(message)

    monkeypatch.setattr("matrix_project.commands.results.compare", broken)
    code, _, err = ended(monkeypatch, capfd, "diff", good / "baseline", good / "baseline")
    assert code == os.EX_SOFTWARE
    assert "Traceback" in err
    assert "in broken" in err
    assert err.splitlines()[-1].startswith("error: this is a fault of this project")
    assert "\x1b" not in err
    assert not [line for line in err.splitlines() if line.lstrip().startswith("::")]


def without_a_reader(*words):
    """Run a command whose reader is gone before it says a word."""
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "matrix_project", *map(str, words)]
    try:
        return subprocess.run(
            command, stdout=writer, stderr=subprocess.PIPE, check=False, cwd=ROOT, timeout=60
        )
    finally:
        os.close(writer)


@pytest.mark.parametrize(
    "words",
    [
        ("diff", "{0}", "{0}"),
        ("diff", "{0}", "{0}", "--format", "markdown"),
        ("diff", "{0}", "{0}", "--format", "json"),
        ("report", "--output", "{0}"),
        ("shards",),
        ("--help",),
    ],
)
def test_a_reader_that_went_away_is_no_error(good, words):
    done = without_a_reader(*(each.format(good / "baseline") for each in words))
    assert done.stderr == b""
    assert done.returncode in {0, 128 + signal.SIGPIPE}


def test_a_change_is_told_by_the_exit_code_though_nobody_reads_it(good):
    other = Store(good / "other")
    other.keep(result(records={CASE: record(seen=make.ignored())}))
    publish(other, PROJECT)
    done = without_a_reader("diff", good / "baseline", other.folder)
    assert (done.returncode, done.stderr) == (1, b"")


def test_a_terminal_that_has_no_other_characters_than_ascii_is_no_error(good):
    words = [sys.executable, "-m", "matrix_project", "report", "--output", good / "baseline"]
    environ = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run(words, capture_output=True, check=False, env=environ, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"enforced" in done.stdout


# What a reader obeys, follows, or does not see.
HARM = (
    "\x1b[31m\x1b]0;owned\x07\x9b31m \x00\x08\x7f\u202eturned\u2066\u200f\u061c\u200b\u00ad\ufeff"
    "\r\n::error file=x::owned\n##[error]owned ##vso[task.complete] ##teamcity[x]"
    "\u2028::warning::owned\u2029::set-output name=x::y"
    "\n# heading\n- list\n@someone #123 owner/repo#1 GH-123 https://example.org www.example.org"
    " <img src=x onerror=alert(1)> ![x](y) [a](javascript:b) | `code` $math$ [bold]x[/bold]"
    f" \ufffe {'w' * 3000}"
)
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\u061c]")


def hostile(answer="distinct"):
    """A document in which every text that can be anybody's is harmful."""
    unnamed = replace(
        make.unnamed(HARM),
        checks=[warning("models.W036", HARM)],
        steps=[make.step(message=HARM, sql=[HARM]), *make.steps("refused", "refused")[1:]],
    )
    given = with_verdict(record(HARM, unnamed), "partial", level="does-not-hold", summary=HARM)
    cases = {HARM: make.case(HARM, HARM, promise=HARM, declaration=HARM, family=HARM)}
    cases["values.q"] = make.question(HARM, answers={HARM: HARM, "distinct": HARM})
    asked = make.answer("values.q", HARM if answer is None else answer)
    around = {"server_version": HARM, "python": HARM, "origin": HARM, "provider": HARM}
    own = result(
        f"sqlite-{HARM}",
        {HARM: given, "values.q": asked},
        cases,
        django=HARM,
        settings={HARM: HARM},
        end_of_life=HARM,
        **around,
    )
    gone = result(HARM, {}, {}, status=Status.NOT_RUN, reason=HARM, observed_at=None)
    return union({"a": own, "b": gone}, replace(PROJECT, commit=HARM))


def shown(matrix, width=80):
    console = terminal.Console(file=io.StringIO(), width=width)
    terminal.show(matrix, console, details=True)
    return console.file.getvalue()


def told(changes, width=80):
    console = terminal.Console(file=io.StringIO(), width=width)
    news.show(changes, console)
    return console.file.getvalue()


def changes():
    return compare(hostile(), hostile(None))


FORMS = {
    "terminal": lambda: shown(hostile()),
    "narrow terminal": lambda: shown(hostile(), 20),
    "changes in a terminal": lambda: told(changes()),
    "changes in Markdown": lambda: news.render(changes()),
    "changes in JSON": lambda: news.encode(changes()),
    "Markdown": lambda: markdown.render(hostile()),
    "CSV": lambda: csv_table.render(hostile()),
    "JUnit": lambda: junit.render(hostile()),
    "badge": lambda: "\n".join(badge.render(hostile()).values()),
    "page": lambda: page.render(hostile()),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_no_output_holds_what_a_reader_obeys_or_does_not_see(form):
    text = form()
    text.encode()
    assert OBEYED.search(text) is None
    assert "owned" in text or "turned" in text


@pytest.mark.parametrize("name", sorted(FORMS.keys() - {"page"}))  # no log shows it
def test_no_line_of_an_output_is_a_command_of_a_ci(name):
    text = FORMS[name]()
    assert [line for line in text.splitlines() if line.lstrip().startswith("::")] == []
    if name != "CSV":
        assert re.search(r"##\w*\[", text) is None


@pytest.mark.parametrize("name", ["changes in Markdown", "Markdown"])
def test_no_markdown_notifies_links_or_marks_up(name):
    page_ = re.sub(r"(`{3,})python\n.*?\n\1", "", FORMS[name](), flags=re.DOTALL)
    prose = re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", page_)
    assert "someone" in prose
    for pattern in (
        r"@\w",
        r"(?<![&(])#\d",
        r"GH-\d",
        r"https?://",
        r"www\.",
        r"<(?!br>|/?code>)",
        r"(?<!\\)\]\((?!#|matrix\.json|heatmap\.svg)",
        r"\$",
        r"^# heading",
        r"^- list",
    ):
        assert re.search(pattern, prose, re.MULTILINE) is None, pattern


@pytest.mark.parametrize("name", ["terminal", "changes in a terminal", "Markdown", "badge"])
def test_no_word_is_longer_than_there_is_room_for(name):
    text = re.sub(r"(`{3,})python\n.*?\n\1", "", FORMS[name](), flags=re.DOTALL)
    anchors = re.sub(r"\]\(#.*?\)", "]", text)
    assert max(map(len, re.findall("w+", anchors))) <= 200


@pytest.mark.parametrize("name", ["terminal", "changes in a terminal"])
def test_no_table_is_wider_than_its_terminal(name):
    table = [line for line in FORMS[name]().splitlines() if line[:1] in "┃│┏└"]
    assert table
    assert max(map(len, table)) <= 80


@pytest.mark.parametrize(
    "text", ["one_draft_a_user", "a|b", "user@host", "'DRAFT'::text", "CHECK (age >= 18)", "“ü” 👍"]
)
def test_ordinary_values_are_shown_as_they_are(text):
    assert log_line(cut(text)) == printable(text) == text
    given = record(seen=make.enforced(text))
    shown_ = markdown.render(union({"a": result(records={CASE: given})}, PROJECT))
    (row,) = (line for line in shown_.splitlines() if "| IntegrityError |" in line)
    code = text.replace("|", r"\|")
    assert row.endswith((f"| `{code}` |", f"| <code>{code}</code> |"))


def test_json_of_changes_says_the_same_as_the_document():
    data = json.loads(news.encode(changes()))
    assert HARM in {each["new"]["word"] for each in data["changes"] if each["new"]}
