"""The document in other forms: CSV, JUnit XML, badges."""

from __future__ import annotations

import csv
import io
import re
from xml.etree import ElementTree as ET

import pytest
from junitparser import JUnitXml
from msgspec.structs import replace

from matrix_project.report import badge, csv_table, junit
from matrix_project.report.characters import printable
from matrix_project.report.ranking import HOLDS
from matrix_project.report.words import WORDS
from matrix_project.results.codec import decode_matrix
from matrix_project.results.contract import Status, Validation, Verdict
from matrix_project.results.store import union
from matrix_project.results.verdicts import LEVELS
from tests import make
from tests.conftest import ROOT
from tests.make import PROJECT, record, warning, with_verdict

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "=1+1\x1b[31m\x00 <script>\"'&]]> \n# | `x` \ufffe"
COLUMNS = [
    *("case", "kind", "environment", "backend", "vendor", "django", "status", "verdict"),
    *("answer", "by", "level", "warned", "system_checks", "constraint", "names_constraint"),
    *("class", "code", "message", "full_clean", "summary"),
]
ALL_FORMS = [
    csv_table.render,
    junit.render,
    lambda matrix: "".join(badge.render(matrix).values()),
]


def document(*results):
    return union({each.id: each for each in results}, PROJECT)


def many(records, **values):
    """Results of one environment, with a case for each record."""
    cases = {
        id_: make.case() if given.verdict else make.question() for id_, given in records.items()
    }
    return make.result(records=records, cases=cases, **values)


def one(given=None, **values):
    """A document of a single record."""
    return document(many({"check.q": given or record()}, **values))


def seen(verdict, case="check.q"):
    return with_verdict(record(case), verdict, level=LEVELS[Verdict(verdict)])


def missing(backend="mysql-9.7", **values):
    given = {"status": Status.NOT_RUN, "reason": "no Docker", "server_version": None} | values
    return make.result(backend, {}, {}, observed_at=None, **given)


def rows(matrix):
    return list(csv.DictReader(io.StringIO(csv_table.render(matrix))))


def asked(matrix):
    root = ET.fromstring(junit.render(matrix))
    return {each.get("name"): each for each in root.iter("testcase")}


def badge_of(matrix, backend="sqlite"):
    root = ET.fromstring(badge.render(matrix)[backend])
    return [each.text for each in root.iter(f"{SVG}text")][-1], root


def hostile():
    unnamed = replace(make.unnamed(HOSTILE), checks=[warning("models.W036", HOSTILE)])
    given = with_verdict(record(HOSTILE, unnamed), Verdict.PARTIAL, summary=HOSTILE)
    return document(
        make.result(
            f"sqlite-{HOSTILE}",
            {HOSTILE: given, "values.q": make.answer("values.q", HOSTILE)},
            {HOSTILE: make.case(HOSTILE, HOSTILE), "values.q": make.question(HOSTILE)},
            server_version=HOSTILE,
            settings={HOSTILE: HOSTILE},
            reason=HOSTILE,
        )
    )


def test_the_first_columns_of_the_csv_are_fixed():
    assert csv_table.render(one()).splitlines()[0].split(",")[: len(COLUMNS)] == COLUMNS


def test_a_row_of_the_csv_is_a_cell():
    validation = Validation(
        row="violating 1", outcome="rejected", code="unique", message="One.", compared="agree"
    )
    given = record(seen=replace(make.unnamed("failed: a.b"), validation=[validation]))
    (row,) = rows(one(given))
    assert {
        "case": "check.q",
        "kind": "promise",
        "environment": "sqlite+django-6.1",
        "backend": "sqlite",
        "vendor": "sqlite",
        "server_version": "3.40.1",
        "django": "6.1.3",
        "status": "observed",
        "verdict": "enforced-unnamed",
        "answer": "",
        "by": "",
        "level": "holds",
        "warned": "no",
        "system_checks": "",
        "constraint": "rule",
        "names_constraint": "no",
        "class": "IntegrityError",
        "code": "23514",
        "message": "failed: a.b",
        "full_clean": "rejected",
    }.items() <= row.items()
    assert row["summary"] == given.summary


def test_the_csv_tells_who_left_a_constraint_out_and_what_django_warns_of():
    other = replace(warning("fields.W122"), about_constraint=False)
    given = record(seen=make.ignored(warning(), other))
    (row,) = rows(one(given))
    told = (row["verdict"], row["by"], row["level"], row["warned"], row["system_checks"])
    checks = "models.W036 fields.W122"
    assert told == ("ignored", "django", "does-not-hold", "yes", checks)
    (row,) = rows(one(record(seen=make.ignored(other, sql=True))))
    told = (row["by"], row["warned"], row["system_checks"], row["names_constraint"])
    assert told == ("database", "no", "fields.W122", "")


def test_the_csv_has_the_error_of_a_refused_ddl():
    (row,) = rows(one(record(seen=make.refused("no such check"))))
    told = (row["verdict"], row["by"], row["class"], row["message"], row["names_constraint"])
    assert told == ("refused", "database", "OperationalError", "no such check", "")


def test_the_csv_tells_the_verdict_of_each_way_where_they_differ():
    given = make.observation(steps=make.steps(add="refused"))
    (row,) = rows(one(record(seen=given)))
    assert (row["verdict"], row["ways"]) == ("refused", "create: enforced; add: refused")


@pytest.mark.parametrize(("named", "told"), [((True, True), "yes"), ((True, False), "no")])
def test_every_error_has_to_name_the_constraint(named, told):
    probes = [
        make.probe(raised=make.error(names=each), id=f"probe {number}")
        for number, each in enumerate(named)
    ]
    # Neither what something else rejects nor what is rejected without the constraint counts.
    unnamed = make.error("DataError", names=False)
    probes += [
        make.probe(raised=unnamed, masked=True, id="masked"),
        make.probe(raised=unnamed, way="remove", id="removed"),
    ]
    (row,) = rows(one(record(seen=make.observation(probes=probes))))
    assert (row["names_constraint"], row["class"]) == (told, "IntegrityError")


@pytest.mark.parametrize(
    ("outcomes", "told"),
    [
        ((), ""),
        (("rejected", "rejected"), "rejected"),
        (("accepted",), "accepted"),
        (("accepted", "rejected"), "some rejected"),
    ],
)
def test_the_csv_tells_what_full_clean_does_with_the_violating_rows(outcomes, told):
    validation = [
        Validation(row=f"violating {number}", outcome=each, code=None, message=None, compared=None)
        for number, each in enumerate(outcomes, 1)
    ]
    validation.append(
        Validation(row="valid 1", outcome="rejected", code=None, message=None, compared=None)
    )
    (row,) = rows(one(record(seen=make.observation(validation=validation))))
    assert row["full_clean"] == told


def test_a_question_has_its_answer_in_the_csv_and_no_verdict():
    answers = {"values.a": make.answer("values.a"), "values.b": make.answer("values.b", None)}
    first, second = rows(document(many(answers)))
    told = (first["kind"], first["verdict"], first["answer"], first["level"])
    assert told == ("question", "", "distinct", "")
    assert (second["verdict"], second["answer"], second["warned"]) == ("", "unknown", "")


def test_what_was_not_observed_has_its_row_in_the_csv_and_is_never_no():
    results = make.result(), missing(), missing("mariadb-11.8", status=Status.LOST)
    mariadb, mysql, sqlite = sorted(rows(document(*results)), key=lambda row: row["environment"])
    assert sqlite["verdict"] == "enforced"
    for row, status in ((mysql, "not-run"), (mariadb, "lost")):
        told = (row["status"], row["verdict"], row["warned"], row["names_constraint"])
        assert told == (status, "unknown", "", "")
        assert row["summary"] == ("" if status == "not-run" else "Not observed: no Docker")


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1", " =1", "\uff1d1"]
)
def test_no_field_of_the_csv_is_a_formula(text):
    (row,) = rows(one(replace(record(), summary=text)))
    assert row["summary"] == "'" + text.replace("\r", " ").replace("\n", " ")


@pytest.mark.parametrize("text", ["'=1", "''\t=1", "' @x"])
def test_a_program_gets_a_field_of_the_csv_back_by_taking_an_apostrophe_away(text):
    (row,) = rows(one(replace(record(), summary=text)))
    assert row["summary"] == f"'{text}"


@pytest.mark.parametrize("text", ["'a'::text", "a  b", "a|b", "user@host", "1-1", "“ü” 👍"])
def test_an_ordinary_value_stands_in_the_csv_as_it_is(text):
    (row,) = rows(one(replace(record(), summary=text)))
    assert row["summary"] == text


def test_a_row_of_the_csv_is_one_line():
    matrix = one(replace(record(), summary='two\nlines, "quoted"'))
    assert len(csv_table.render(matrix).splitlines()) == 2
    assert rows(matrix)[0]["summary"] == 'two lines, "quoted"'


@pytest.mark.parametrize("verdict", sorted(HOLDS))
def test_a_promise_that_is_kept_passes(verdict):
    test = asked(one(seen(verdict)))["check.q"]
    assert test.get("classname") == "sqlite+django-6.1"
    assert [each.tag for each in test] == ([] if verdict == "enforced" else ["system-out"])


@pytest.mark.parametrize("verdict", ["too-strict", "partial", "ignored", "refused", "unusable"])
def test_a_promise_that_is_not_kept_fails(verdict):
    (failure,) = asked(one(seen(verdict)))["check.q"]
    assert failure.tag == "failure"
    assert failure.get("message").startswith(WORDS[Verdict(verdict)])


def test_a_failure_tells_what_got_in():
    (failure,) = asked(one(record(seen=make.ignored(warning()))))["check.q"]
    assert failure.get("type") == "never created (warned)"
    words = "never created (warned): Never created: Django sends no SQL for it here"
    assert failure.get("message").startswith(words)
    assert "models.W036: no support" in failure.text
    assert "a probe to reject: accepted" in failure.text
    assert "a probe to accept" not in failure.text


def test_a_question_passes_with_its_answer():
    answers = {"values.a": make.answer("values.a"), "values.b": make.answer("values.b", None)}
    tests = asked(document(many(answers)))
    (output,) = tests["values.a"]
    assert (output.tag, output.text) == ("system-out", "distinct: The answer is distinct.")
    assert [each.tag for each in tests["values.b"]] == ["skipped"]


def test_where_there_is_no_model_nothing_is_asked():
    given = make.observation(absent="Django 5.2 cannot declare it.", steps=[], probes=[])
    (skipped,) = asked(one(record(seen=given)))["check.q"]
    assert (skipped.tag, skipped.get("message")) == ("skipped", "Django 5.2 cannot declare it.")


def test_what_nobody_knows_is_skipped_with_the_reason():
    matrix = document(make.result(), missing())
    suite = ET.fromstring(junit.render(matrix)).find("testsuite[@name='mysql-9.7+django-6.1']")
    (test,) = suite.findall("testcase")
    assert test.find("skipped").get("message") == "Not observed: no Docker"
    assert (suite.get("skipped"), suite.get("errors"), suite.get("failures")) == ("1", "0", "0")


@pytest.mark.parametrize("status", [Status.LOST, Status.OBSERVED])
def test_a_run_that_went_wrong_is_one_error(status):
    cases = {"check.q": make.case(), "check.r": make.case()}
    given = make.result(records={}, cases=cases, status=status, reason="it is gone")
    tests = asked(document(given))
    assert [tests["observation"][0].tag, tests["check.q"][0].tag] == ["error", "skipped"]
    assert tests["observation"][0].get("message") == f"{status}: it is gone"
    assert len(tests) == 3


def test_another_reader_of_junit_understands_it():
    verdicts = {"check.a": "enforced", "check.b": "ignored", "check.c": "unknown"}
    given = many({id_: seen(verdict, id_) for id_, verdict in verdicts.items()})
    read = JUnitXml.fromstring(junit.render(document(given)).encode())
    (suite,) = read
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (3, 1, 0, 1)
    assert (read.tests, read.failures, read.errors) == (3, 1, 0)
    assert [each.is_passed for each in suite] == [True, False, False]
    assert {each.name: each.value for each in suite.properties()}["settings.encoding"] == "UTF-8"
    assert suite.timestamp == "2026-11-21T00:00:00Z"


def test_a_badge_tells_how_many_promises_hold():
    verdicts = {"check.a": "enforced", "check.b": "enforced-unnamed", "check.c": "too-strict"}
    records = {id_: seen(verdict, id_) for id_, verdict in verdicts.items()}
    words, root = badge_of(document(many(records)))
    assert words == "2 of 3 promises hold"
    title = root.find(f"{SVG}title").text
    assert title == (
        "constraint matrix: sqlite: 2 of 3 promises hold"
        " (1 enforced, 1 enforced, unnamed, 1 too strict)"
    )
    assert root.get("aria-label") == title
    texts = [each.text for each in root.iter(f"{SVG}text")]
    assert texts == ["constraint matrix", "sqlite", words]


def test_a_badge_counts_what_holds_on_every_django():
    def on(django, verdict):
        return many({"check.q": seen(verdict)}, django=f"{django}.1")

    both = document(on("5.2", "ignored"), on("6.1", "enforced"))
    assert badge_of(both)[0] == "0 of 1 promises hold"
    half = document(on("5.2", "unknown"), on("6.1", "enforced"))
    assert badge_of(half)[1].find(f"{SVG}title").text.endswith("(1 not observed)")
    assert badge_of(half)[0] == "0 of 1 promises hold, 1 not observed"
    worse = document(on("5.2", "unknown"), on("6.1", "ignored"))
    assert badge_of(worse)[0] == "0 of 1 promises hold"


def test_a_badge_of_a_backend_that_was_not_run_claims_nothing():
    assert badge_of(document(make.result(), missing()), "mysql-9.7")[0] == "not observed"
    assert badge_of(document(missing()), "mysql-9.7")[0] == "not observed"


def test_a_question_is_no_part_of_a_badge():
    question = {"values.a": make.answer("values.a")}
    assert badge_of(document(many(question)))[0] == "not observed"
    both = question | {"check.q": record()}
    assert badge_of(document(many(both)))[0] == "1 of 1 promises hold"


def test_a_badge_is_told_apart_by_words_and_stands_alone():
    badges = [badge_of(one(seen(each))) for each in ("enforced", "ignored", "unknown")]
    assert len({words for words, _ in badges}) == 3
    fills = {[each.get("fill") for each in root.iter(f"{SVG}rect")][-1] for _, root in badges}
    assert len(fills) == 3
    text = badge.render(one())["sqlite"]
    assert not re.search(r"href|url\(|<style|<script|@import", text)


def test_the_parts_of_a_badge_fill_its_width():
    _, root = badge_of(one())
    rects = [(int(each.get("x")), int(each.get("width"))) for each in root.iter(f"{SVG}rect")]
    assert [left for left, _ in rects] == [0, rects[0][1], rects[0][1] + rects[1][1]]
    assert int(root.get("width")) == sum(width for _, width in rects)


@pytest.mark.parametrize("form", ALL_FORMS)
def test_hostile_text_stays_inert(form):
    text = form(hostile())
    text.encode()
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]", text)


def test_half_a_character_is_no_character():
    assert printable("a\ud800b") == "a\N{REPLACEMENT CHARACTER}b"


def test_no_hostile_field_is_a_formula():
    first, second = rows(hostile())
    assert first["case"].startswith("'=")
    assert second["answer"].startswith("'=")
    for row in (first, second):
        assert not any(field.startswith(("=", "+", "-", "@")) for field in row.values())


def test_hostile_text_comes_back_as_text():
    root = ET.fromstring(junit.render(hostile()))
    assert root.find(".//script") is None
    assert "<script>\"'&]]>" in root.find(".//failure").get("message")
    for svg in badge.render(hostile()).values():
        assert ET.fromstring(svg).find(f".//{SVG}script") is None


@pytest.mark.parametrize("form", ALL_FORMS)
def test_a_real_document_gives_the_same_each_time(form):
    data = (ROOT / "reports" / "matrix.json").read_bytes()
    assert form(decode_matrix(data)) == form(decode_matrix(data))


def test_a_real_document_is_there_whole():
    matrix = decode_matrix((ROOT / "reports" / "matrix.json").read_bytes())
    cells = len(matrix.cases) * len(matrix.environments)
    assert len(rows(matrix)) == cells
    read = JUnitXml.fromstring(junit.render(matrix).encode())
    assert sum(1 for suite in read for _ in suite) >= cells
    assert badge.render(matrix).keys() == {each.backend for each in matrix.environments.values()}
