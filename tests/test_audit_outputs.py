"""What comes after the document of an audit: summary, threshold, baseline, SARIF, annotations."""

from __future__ import annotations

import io
import json
import re
from xml.etree import ElementTree as ET

import pytest
from msgspec.structs import replace
from rich.console import Console

from matrix_project.report import annotations, audit_summary, junit, markdown, sarif
from matrix_project.report.findings import failing, failures, findings, outdated, rewritten
from matrix_project.report.publish import publish
from matrix_project.results.audit_baseline import Accepted, read_baseline, write_baseline
from matrix_project.results.codec import decode_matrix, encode
from matrix_project.results.contract import Project, Status, Validation, Verdict
from matrix_project.results.store import Store, StoreError, union
from matrix_project.results.verdicts import unobserved
from tests import make

ONE_OPEN, ONE_EMAIL, ADULT = "shop.Order/one_open", "shop.User/one_email", "shop.User/adult"
SEEN = {
    ONE_OPEN: {"mysql-9.7": make.ignored(make.warning())},
    ONE_EMAIL: {"mysql-9.7": make.ignored()},
    ADULT: {"mysql-9.7": make.refused(), "sqlite": make.refused()},
}
SETTINGS = {"settings": {}, "driver": None}


def described(id_, line=7):
    model, _, constraint = id_.partition("/")
    values = {"file": "shop/models.py", "line": line, "family": "shop", "model": model}
    return make.case(id_, constraint, **values)


def result(backend, seen=SEEN, cases=(), **values):
    ids = [*seen, *cases]
    records = {id_: make.record(id_, seen.get(id_, {}).get(backend)) for id_ in ids}
    return make.result(backend, records, {id_: described(id_) for id_ in ids}, **values)


def document(*results):
    return union({each.id: each for each in results}, make.PROJECT)


def audit(**values):
    others = [f"shop.Item/rule_{number}" for number in range(3)]
    return document(
        *(result(each, cases=others, **values) for each in ("mysql-9.7", "postgresql-18", "sqlite"))
    )


def not_run(backend="mariadb-12.3"):
    given = {"status": Status.NOT_RUN, "reason": "no Docker", "server_version": None}
    return make.result(backend, {}, {}, observed_at=None, **given)


def shown(matrix, found=()):
    out = io.StringIO()
    audit_summary.show(matrix, Console(file=out, width=160), found)
    return out.getvalue()


def accepted(constraint=ONE_OPEN, backend="mysql", verdict="ignored", reason="a lock sees to it"):
    return Accepted(constraint=constraint, backend=backend, verdict=Verdict(verdict), reason=reason)


def test_the_sentence_counts_what_holds_and_names_what_does_not():
    assert audit_summary.headline(audit()) == (
        "6 constraints: 3 hold everywhere. MySQL 9.7: 2 never created (`one_open`, `one_email`),"
        " 1 of them silently; 1 refused (`adult`). SQLite 3.40.1: 1 refused (`adult`)."
    )


def test_the_sentence_claims_nothing_of_what_was_not_observed():
    told = audit_summary.headline(document(result("sqlite", {ONE_OPEN: {}}), not_run()))
    assert told == "1 constraint: it holds on SQLite 3.40.1."
    assert audit_summary.headline(document(not_run())) == "No constraint was observed."
    lost = replace(
        result("sqlite", {ONE_OPEN: {}}), records={ONE_OPEN: unobserved(ONE_OPEN, "killed")}
    )
    told = audit_summary.headline(document(lost, result("mysql-9.7", {ONE_OPEN: {}})))
    assert (
        told == "1 constraint: none holds everywhere. SQLite 3.40.1: 1 not observed (`one_open`)."
    )


def test_why_django_rejects_a_row_that_a_database_accepts_is_told():
    told = Validation(
        row="valid 1",
        outcome="rejected",
        code="invalid_choice",
        message="0 is not a valid choice.",
        compared="stricter",
    )
    seen = make.observation(validation=[told])
    assert "`full_clean()` rejects (0 is not a valid choice.) a row that the database accepts" in (
        shown(document(result("sqlite", {ADULT: {"sqlite": seen}})))
    )


def test_what_is_the_same_on_every_backend_is_told_once_and_names_are_told_apart():
    seen = {
        id_: {"mysql-9.7": make.partial(), "sqlite": make.partial()}
        for id_ in ("a.B/one", "a.C/one", "a.D/two", "a.E/three", "a.F/four")
    }
    told = audit_summary.headline(document(result("mysql-9.7", seen), result("sqlite", seen)))
    assert told == (
        "5 constraints: none holds everywhere. Everywhere: 5 partial (`a.B/one`, `a.C/one`,"
        " `two`, and 2 more), silently."
    )


def test_the_terminal_shows_the_constraints_that_do_not_hold_and_why():
    out = shown(audit(), findings(audit(), baseline=[accepted()]))
    assert "rule_1" not in out
    assert "shop/models.py:7" in out
    assert f"{ADULT} on MySQL 9.7, SQLite 3.40.1: refused: The database refuses the DDL" in out
    assert f"{ONE_OPEN} on mysql-9.7+django-6.1: ignored is accepted: a lock sees to it" in out


def test_a_row_on_which_django_and_a_database_differ_is_shown_the_smallest_first():
    def seen(sql):
        probe = make.probe(id="save", sql=["SAVEPOINT a", f'{sql} RETURNING "a"."id"'])
        told = Validation(
            row="violating 1", outcome="accepted", code=None, message=None, compared="looser"
        )
        return make.observation(probes=[probe], validation=[told])

    stricter = Validation(
        row="violating 1", outcome="rejected", code=None, message=None, compared="stricter"
    )
    given = {
        ONE_EMAIL: {"sqlite": replace(make.ignored(), validation=[stricter])},
        ONE_OPEN: {"sqlite": seen("INSERT long")},
        ADULT: {"sqlite": seen("INSERT 1")},
    }
    lines = shown(document(result("sqlite", given))).splitlines()
    assert lines[-2:] == [
        f"{id_} on SQLite 3.40.1: `full_clean()` accepts a row that the database rejects: {sql}"
        for id_, sql in ((ADULT, "INSERT 1"), (ONE_OPEN, "INSERT long"))
    ]


@pytest.mark.parametrize(
    ("words", "verdicts"),
    [
        ("absent", {"absent"}),
        ("ignored", {"ignored", "refused", "unusable", "absent"}),
        ("does-not-hold", {"partial", "ignored", "refused", "unusable", "absent"}),
        ("refused, unknown", {"refused", "unusable", "absent", "unknown"}),
    ],
)
def test_a_threshold_stands_for_itself_and_all_that_is_worse(words, verdicts):
    assert failing(words) == verdicts


@pytest.mark.parametrize("word", ["enforced", "holds", "", "bad"])
def test_what_is_no_threshold_is_refused(word):
    with pytest.raises(ValueError, match="is none of too-strict, partial"):
        failing(word)


def test_nothing_fails_unless_it_is_asked_for_and_the_baseline_accepts_what_it_names():
    assert failures(audit(), frozenset()) == []
    found = failures(audit(), failing("ignored"), [accepted(), accepted("*", "s*", "refused")])
    assert {(each.case, each.backend) for each in found} == {
        (ONE_EMAIL, "mysql-9.7"),
        (ADULT, "mysql-9.7"),
    }


def test_an_accepted_verdict_that_got_worse_fails():
    matrix = document(result("mysql-9.7", {ADULT: {"mysql-9.7": make.refused()}}))
    assert failures(matrix, failing("partial"), [accepted(ADULT, verdict="ignored")])


def test_an_entry_that_no_longer_applies_is_told_and_left_out_of_a_new_baseline():
    stale = [accepted("shop.Item/*"), accepted("shop.Gone/rule", "*")]
    partly = accepted(ADULT, ["mysql", "postgresql-18"], "refused")
    baseline = [accepted(), partly, *stale]
    assert outdated(audit(), baseline) == [
        f"{constraint} is accepted as {verdict} on {backend}, and is so no more: take it out of"
        " the baseline"
        for constraint, verdict, backend in (
            (ADULT, "refused", "postgresql-18"),
            ("shop.Item/*", "ignored", "mysql"),
            ("shop.Gone/rule", "ignored", "*"),
        )
    ]
    added = [
        accepted(ONE_EMAIL, ["mysql-9.7"], reason=""),
        accepted(ADULT, ["sqlite"], "refused", ""),
    ]
    new = rewritten(audit(), failing("partial"), baseline)
    assert new[:2] == [accepted(), partly]
    assert sorted(new[2:], key=str) == sorted(added, key=str)


def test_what_was_not_observed_leaves_an_entry_alone():
    part = document(replace(result("sqlite"), environment=make.environment(selection="shop.User")))
    assert outdated(part, [accepted("shop.Gone/rule"), accepted()]) == []


def test_a_new_baseline_waits_for_its_reasons(tmp_path):
    path = tmp_path / "audit-baseline.toml"
    odd = 'shop.A/unique("a", \\ [b]*)\x7f'
    matrix = document(result("mysql-9.7", {odd: {"mysql-9.7": make.ignored()}}))
    write_baseline(path, rewritten(matrix, failing("ignored"), []))
    with pytest.raises(StoreError, match=r"give a reason for shop.A/unique\("):
        read_baseline(path)
    path.write_text(path.read_text().replace('reason = ""', 'reason = "known"'))
    assert failures(matrix, failing("ignored"), read_baseline(path)) == []
    assert rewritten(matrix, failing("ignored"), read_baseline(path)) == read_baseline(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("accepted = 1", r"no baseline of an audit: Expected `array`, got `int`"),
        ("[[accepted", r"no baseline of an audit: Expected"),
        ("[[accepted]]\nconstraint = 'a'", r"missing required field `backend`"),
        ("[[accepted]]\nconstraint='a'\nbackend='b'\nverdict='bad'\nreason='c'", "'bad'"),
        ("[[acepted]]", "unknown field `acepted`"),
        ("\x00", "no baseline of an audit"),
    ],
)
def test_a_file_that_is_no_baseline_is_refused_in_one_line(tmp_path, text, said):
    path = tmp_path / "audit-baseline.toml"
    path.write_text(text)
    with pytest.raises(StoreError, match=said) as caught:
        read_baseline(path)
    assert "\n" not in str(caught.value)


def test_no_file_is_no_baseline(tmp_path):
    with pytest.raises(StoreError, match="--write-baseline"):
        read_baseline(tmp_path / "none.toml")


def sarif_of(matrix, **values):
    told = json.loads(sarif.render(matrix, findings(matrix, **values)))
    assert told["version"] == "2.1.0"
    (run,) = told["runs"]
    return run


def test_sarif_has_a_result_for_each_constraint_and_backend_that_does_not_hold():
    run = sarif_of(audit(), fail_on=failing("refused"), baseline=[accepted()])
    rules = [each["id"] for each in run["tool"]["driver"]["rules"]]
    assert rules == ["constraint/never-created", "constraint/refused"]
    found = {
        (
            each["locations"][0]["logicalLocations"][0]["fullyQualifiedName"],
            each["properties"]["environment"],
        ): each
        for each in run["results"]
    }
    assert len(found) == len(run["results"]) == 4
    for each in run["results"]:
        assert rules[each["ruleIndex"]] == each["ruleId"]
        assert each["locations"][0]["physicalLocation"] == {
            "artifactLocation": {"uri": "shop/models.py", "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": 7},
        }
    assert found[ADULT, "sqlite+django-6.1"]["level"] == "error"
    known = found[ONE_OPEN, "mysql-9.7+django-6.1"]
    assert known["level"] == "warning"
    assert known["suppressions"] == [{"kind": "external", "justification": "a lock sees to it"}]
    prints = {each["partialFingerprints"]["constraintOnBackend/v1"] for each in run["results"]}
    assert len(prints) == 4


def test_sarif_has_what_is_unknown_as_no_result():
    records = {ONE_OPEN: unobserved(ONE_OPEN, "the server was killed")}
    lost = replace(result("sqlite", {ONE_OPEN: {}}), records=records)
    run = sarif_of(document(lost, not_run()))
    assert run["results"] == []
    (invocation,) = run["invocations"]
    assert not invocation["executionSuccessful"]
    assert [each["message"]["text"] for each in invocation["toolExecutionNotifications"]] == [
        "mariadb-12.3+django-6.1 is not-run: no Docker",
        f"{ONE_OPEN} on sqlite+django-6.1: Not observed: the server was killed",
    ]


def test_github_annotates_a_constraint_once_what_fails_first():
    found = findings(audit(), failing("refused"), [accepted()])
    first, second = annotations.render(audit(), found).splitlines()
    title = "title=shop.User/adult does not hold everywhere"
    assert first.startswith(f"::error file=shop/models.py,line=7,{title}::mysql-9.7+django-6.1: ")
    assert first.count("%0A") == 1
    assert second.startswith("::warning file=shop/models.py,line=7,title=shop.User/one_email ")


def test_github_is_given_no_other_command():
    name = "a.B/x\n::error::,y%:z\r::stop"
    seen = {name: {"sqlite": make.refused("no\n::set-env name=A::b\n##[group]100%")}}
    matrix = document(result("sqlite", seen))
    (line,) = annotations.render(matrix, findings(matrix)).splitlines()
    properties, _, text = line.removeprefix("::").partition("::")
    assert re.fullmatch(r"warning file=[^,:]+,line=7,title=[^,:]+", properties)
    assert "100%25" in text
    assert not re.search(r"(?<!\S)::|##\[", text)


def test_junit_has_the_place_of_a_constraint_and_passes_what_is_accepted():
    matrix = audit()
    root = ET.fromstring(junit.render(matrix, findings(matrix, baseline=[accepted()])))
    suite = root.find("testsuite[@name='mysql-9.7+django-6.1']")
    assert suite.get("failures") == "2"
    test = suite.find(f"testcase[@name='{ONE_OPEN}']")
    assert (test.get("file"), test.get("line")) == ("shop/models.py", "7")
    assert test.find("failure") is None
    assert test.findtext("system-out").endswith("accepted: a lock sees to it")


def test_markdown_begins_with_the_sentence_and_tells_the_place():
    plain = "shop.User/unique(name, email)"
    page = markdown.render(document(result("sqlite", {plain: {"sqlite": make.partial()}})))
    assert "SQLite 3.40.1: 1 partial (`shop.User/unique(name, email)`), silently." in page
    page = markdown.render(audit())
    assert "6 constraints: 3 hold everywhere. MySQL 9.7: 2 never created (`one_open`" in page
    assert "Declared at `shop/models.py:7`." in page


def test_the_folder_of_an_audit_has_its_sarif_and_that_of_a_run_has_none(tmp_path):
    for name, given in {"audit": result("sqlite"), "run": make.result()}.items():
        store = Store(tmp_path / name)
        store.keep(given)
        publish(store, Project(version="0", commit=None), baseline=[accepted()])
        assert (tmp_path / name / "audit.sarif").exists() == (name == "audit")


def test_a_document_says_where_a_constraint_is_declared_only_where_it_is_known():
    matrix = document(make.result())
    assert b'"file"' not in encode(matrix)
    assert decode_matrix(encode(matrix)) == matrix
    assert decode_matrix(encode(audit())).cases[ADULT].line == 7
