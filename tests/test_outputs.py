"""The document in other forms: CSV, JUnit XML, badges."""

from __future__ import annotations

import csv
import io
import re
from xml.etree import ElementTree as ET

import msgspec
import pytest
from junitparser import JUnitXml

from matrix_project.report import badge, csv_table, junit
from matrix_project.results import Matrix, Outcome, Status, Validation, Verdict
from matrix_project.store import union
from tests.conftest import ROOT
from tests.make import ACCEPTED, PROJECT, REJECTED, case, cell, error, probe, result, warning

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "=1+1\x1b[31m\x00 <script>\"'&]]> \n# | `x` \ud800\ufffe"
ALL_FORMS = [
    csv_table.render,
    junit.render,
    lambda matrix: "".join(badge.render(matrix).values()),
]


def document(*results):
    return union({each.id: each for each in results}, PROJECT)


def one(constraint="rule", **values):
    cells = [cell(**values)]
    return document(result(cells=cells, cases={"check.q": case(constraint=constraint)}))


def missing(**values):
    given = {"status": Status.NOT_RUN, "reason": "no Docker", "server_version": None} | values
    return result("mysql-9.7", [], {}, observed_at=None, **given)


def rows(matrix):
    return list(csv.DictReader(io.StringIO(csv_table.render(matrix))))


def asked(matrix):
    root = ET.fromstring(junit.render(matrix))
    return {each.get("name"): each for each in root.iter("testcase")}


def badge_of(matrix, backend="sqlite"):
    root = ET.fromstring(badge.render(matrix)[backend])
    return [each.text for each in root.iter(f"{SVG}text")][-1], root


def hostile():
    return document(
        result(
            f"sqlite-{HOSTILE}",
            [
                cell(
                    HOSTILE,
                    f"sqlite-{HOSTILE}+django-6.1",
                    Verdict.PARTIAL,
                    summary=HOSTILE,
                    system_checks=[warning(HOSTILE, HOSTILE)],
                    probes=[probe("reject", REJECTED, error(message=HOSTILE))],
                )
            ],
            {HOSTILE: case(title=HOSTILE, constraint=HOSTILE)},
            django="6.1",
            server_version=HOSTILE,
            settings={HOSTILE: HOSTILE},
            reason=HOSTILE,
        )
    )


def test_a_row_of_the_csv_is_a_cell():
    rejected = probe("reject", REJECTED, error(message="failed: a.b", names=False))
    validation = Validation(outcome=Outcome.REJECTED, code="unique", message="There is one.")
    (row,) = rows(
        one(
            verdict=Verdict.ENFORCED_OTHER_ERROR,
            probes=[rejected],
            validation=validation,
            system_checks=[warning()],
        )
    )
    assert {
        "case": "check.q",
        "family": "check",
        "environment": "sqlite+django-6.1",
        "backend": "sqlite",
        "server_version": "3.40.1",
        "django": "6.1.3",
        "driver": "sqlite3 3.13.0",
        "verdict": "enforced-other-error",
        "warned": "yes",
        "system_checks": "models.W036",
        "constraint": "rule",
        "names_constraint": "no",
        "class": "IntegrityError",
        "code": "23514",
        "message": "failed: a.b",
        "full_clean": "rejected",
        "observed_at": "2026-11-21T00:00:00Z",
    }.items() <= row.items()


def test_what_was_not_observed_is_empty_in_the_csv_not_no():
    row = next(each for each in rows(document(result(), missing())) if each["verdict"] == "unknown")
    assert (row["status"], row["warned"], row["names_constraint"]) == ("not-run", "", "")
    assert row["summary"] == "Not observed: no Docker"


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1", " =1", "\uff1d1"]
)
def test_no_field_of_the_csv_is_a_formula(text):
    (row,) = rows(one(summary=text))
    assert row["summary"] == f"'{text.strip()}"


def test_a_row_of_the_csv_is_one_line():
    text = csv_table.render(one(summary='two\nlines, "quoted"'))
    assert len(text.splitlines()) == 2
    assert rows(one(summary='two\nlines, "quoted"'))[0]["summary"] == 'two lines, "quoted"'


@pytest.mark.parametrize("verdict", [Verdict.ENFORCED, Verdict.ENFORCED_OTHER_ERROR])
def test_a_promise_that_is_kept_passes(verdict):
    test = asked(one(verdict=verdict))["check.q"]
    assert test.get("classname") == "sqlite+django-6.1"
    said = [each.tag for each in test]
    assert said == ([] if verdict == Verdict.ENFORCED else ["system-out"])


@pytest.mark.parametrize("verdict", [Verdict.PARTIAL, Verdict.REFUSED, Verdict.IGNORED])
def test_a_promise_that_is_not_kept_fails_and_says_how(verdict):
    let_in = probe("reject", ACCEPTED)
    (failure,) = asked(one(verdict=verdict, probes=[let_in], system_checks=[warning()]))["check.q"]
    assert failure.tag == "failure"
    assert failure.get("type") == f"{verdict} (warned)"
    assert failure.get("message").startswith(f"{verdict} (warned): All is well.")
    assert "models.W036: no support" in failure.text
    assert "a probe to reject: accepted" in failure.text


def test_what_nobody_knows_is_skipped_with_the_reason():
    matrix = document(result(), missing())
    suite = ET.fromstring(junit.render(matrix)).find("testsuite[@name='mysql-9.7+django-6.1']")
    (test,) = suite.findall("testcase")
    assert test.find("skipped").get("message") == "Not observed: no Docker"
    assert (suite.get("skipped"), suite.get("errors"), suite.get("failures")) == ("1", "0", "0")


@pytest.mark.parametrize("status", [Status.LOST, Status.OBSERVED])
def test_a_run_that_went_wrong_is_one_error(status):
    cases = {"check.q": case(), "check.r": case()}
    tests = asked(document(result(cells=[], cases=cases, status=status, reason="it is gone")))
    assert [tests["observation"][0].tag, tests["check.q"][0].tag] == ["error", "skipped"]
    assert tests["observation"][0].get("message") == f"{status}: it is gone"
    assert len(tests) == 3


def test_another_reader_of_junit_understands_it():
    cases = {name: case() for name in ("check.a", "check.b", "check.c")}
    cells = [
        cell("check.a"),
        cell("check.b", verdict=Verdict.IGNORED),
        cell("check.c", verdict=Verdict.UNKNOWN),
    ]
    read = JUnitXml.fromstring(junit.render(document(result(cells=cells, cases=cases))).encode())
    (suite,) = read
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (3, 1, 0, 1)
    assert (read.tests, read.failures, read.errors) == (3, 1, 0)
    assert [each.is_passed for each in suite] == [True, False, False]
    assert {each.name: each.value for each in suite.properties()}["settings.encoding"] == "UTF-8"
    assert suite.timestamp == "2026-11-21T00:00:00Z"


def test_a_badge_says_how_many_constraints_hold():
    cases = {name: case() for name in ("check.a", "check.b", "check.c")}
    cells = [
        cell("check.a"),
        cell("check.b", verdict=Verdict.ENFORCED_OTHER_ERROR),
        cell("check.c", verdict=Verdict.IGNORED),
    ]
    said, root = badge_of(document(result(cells=cells, cases=cases)))
    assert said == "2 of 3 enforced"
    title = root.find(f"{SVG}title").text
    assert title == (
        "constraint matrix: sqlite: 2 of 3 enforced (1 enforced, 1 enforced-other-error, 1 ignored)"
    )
    assert root.get("aria-label") == title
    assert [each.text for each in root.iter(f"{SVG}text")] == ["constraint matrix", "sqlite", said]


def test_a_badge_counts_what_holds_on_every_django():
    def on(django, verdict):
        return result(
            cells=[cell(environment=f"sqlite+django-{django}", verdict=verdict)],
            django=f"{django}.1",
        )

    both = document(on("5.2", Verdict.IGNORED), on("6.1", Verdict.ENFORCED))
    assert badge_of(both)[0] == "0 of 1 enforced"
    half = document(on("5.2", Verdict.UNKNOWN), on("6.1", Verdict.ENFORCED))
    assert badge_of(half)[1].find(f"{SVG}title").text.endswith("(1 unknown)")
    assert badge_of(half)[0] == "0 of 1 enforced, 1 unknown"
    worse = document(on("5.2", Verdict.UNKNOWN), on("6.1", Verdict.IGNORED))
    assert badge_of(worse)[0] == "0 of 1 enforced"


def test_a_badge_of_a_backend_that_was_not_run_claims_nothing():
    assert badge_of(document(result(), missing()), "mysql-9.7")[0] == "not observed"
    assert badge_of(document(missing()), "mysql-9.7")[0] == "not observed"


def test_a_control_without_a_constraint_is_no_part_of_a_badge():
    assert badge_of(one(constraint=None))[0] == "not observed"


def test_a_badge_is_told_apart_by_words_and_stands_alone():
    states = [
        one(),
        one(verdict=Verdict.IGNORED),
        one(verdict=Verdict.UNKNOWN),
    ]
    badges = [badge_of(each) for each in states]
    assert len({said for said, _ in badges}) == 3
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


def test_no_hostile_field_is_a_formula():
    (row,) = rows(hostile())
    assert row["case"].startswith("'=")
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
    one, other = (msgspec.json.decode(data, type=Matrix) for _ in range(2))
    assert form(one) == form(other)


def test_a_real_document_is_there_whole():
    matrix = msgspec.json.decode((ROOT / "reports" / "matrix.json").read_bytes(), type=Matrix)
    assert len(rows(matrix)) == len(matrix.cells)
    read = JUnitXml.fromstring(junit.render(matrix).encode())
    assert sum(1 for suite in read for _ in suite) >= len(matrix.cells)
    assert badge.render(matrix).keys() == {each.backend for each in matrix.environments.values()}
