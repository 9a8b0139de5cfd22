"""What changed between two documents: each kind of news, how it folds, and the three renderings."""

from __future__ import annotations

import io
import itertools
import json
import re

import msgspec
import pytest
from msgspec.structs import replace
from rich.console import Console

from matrix_project.report import news
from matrix_project.report.changes import Kind, compare
from matrix_project.report.ranking import BEST_FIRST, rank
from matrix_project.results import (
    Catalog,
    Feature,
    Matrix,
    Outcome,
    Path,
    Status,
    Validation,
    Verdict,
    encode,
    environment_id,
)
from matrix_project.store import union
from tests.conftest import ROOT
from tests.make import (
    ACCEPTED,
    PROJECT,
    REJECTED,
    case,
    cell,
    ddl,
    error,
    probe,
    result,
    step,
    warning,
)

ENFORCED, IGNORED, PARTIAL = Verdict.ENFORCED, Verdict.IGNORED, Verdict.PARTIAL


def document(*results):
    return union({each.id: each for each in results}, PROJECT)


def one(**values):
    """Make a document of a single cell."""
    return document(result(cells=[cell(**values)]))


def many(verdict=ENFORCED, backends=("mysql-8.4", "mysql-9.7"), **values):
    return document(
        *(
            result(
                backend,
                [cell(environment=environment_id(backend, django), verdict=verdict)],
                django=f"{django}.1",
                server_version=f"{backend.partition('-')[2]}.1",
                **values,
            )
            for backend in backends
            for django in ("5.2", "6.1")
        )
    )


def lone(old, new):
    (change,) = compare(old, new).changes
    return change


def shown(changes):
    console = Console(file=io.StringIO(), width=160)
    news.show(changes, console)
    return console.file.getvalue()


def test_a_document_has_no_news_of_itself():
    changes = compare(one(), one())
    assert changes.headline == "Nothing changed"
    assert not changes.verdict_changed
    assert changes.changes == changes.moves == []


def test_the_order_of_verdicts_is_by_what_gets_in_without_a_word():
    assert set(BEST_FIRST) == set(Verdict) - {Verdict.UNKNOWN}
    assert rank(Verdict.REFUSED, warned=False) < rank(PARTIAL, warned=True)
    assert rank(IGNORED, warned=True) < rank(IGNORED, warned=False)
    assert rank(ENFORCED, warned=True) == rank(ENFORCED, warned=False)


@pytest.mark.parametrize(("better", "worse"), list(itertools.pairwise(BEST_FIRST)))
def test_a_verdict_gets_worse_or_better(better, worse):
    good, bad = one(verdict=better), one(verdict=worse, summary="That is bad.")
    change = lone(good, bad)
    assert (change.kind, str(change.old), str(change.new)) == (Kind.WORSE, better, worse)
    assert change.why == "That is bad."
    assert lone(bad, good).kind == Kind.BETTER
    assert compare(good, bad).verdict_changed
    assert compare(good, bad).headline == "1 verdict changed: 1 worse"


def test_a_loss_that_is_announced_no_more_is_worse():
    announced, silent = one(verdict=IGNORED, system_checks=[warning()]), one(verdict=IGNORED)
    change = lone(announced, silent)
    assert (change.kind, str(change.old), str(change.new)) == (
        Kind.WORSE,
        "ignored (warned)",
        "ignored",
    )
    assert lone(silent, announced).kind == Kind.BETTER


def test_a_needless_warning_is_another_message_alone():
    change = lone(one(), one(system_checks=[warning()]))
    assert change.kind == Kind.MESSAGE
    (difference,) = change.differences
    assert (difference.what, difference.old) == ("system_checks", None)
    assert difference.new == "models.W036: no support"


def test_the_same_verdict_with_other_outcomes_is_news():
    first, second = probe("reject", REJECTED), probe("reject", REJECTED)
    second.id = "second"
    let_in = replace(second, outcome=ACCEPTED, error=None)
    change = lone(
        one(verdict=PARTIAL, probes=[first, second]), one(verdict=PARTIAL, probes=[first, let_in])
    )
    assert change.kind == Kind.OTHER
    (difference,) = change.differences
    assert (difference.what, difference.of) == ("outcome", ("second",))
    assert (difference.old, difference.new) == ("rejected", "accepted")


def test_a_path_is_named_where_it_alone_differs():
    at_create = probe("reject", REJECTED)
    at_create.paths = [Path.CREATE]
    at_add = replace(at_create, paths=[Path.ADD], error=error(message="other words"))
    change = lone(
        one(probes=[probe("reject", REJECTED)]),
        one(probes=[at_create, at_add]),
    )
    assert change.differences[0].of == ("reject_rejected (add)",)


def test_a_ddl_step_that_ends_otherwise_is_news():
    def added(outcome):
        return one(ddl=replace(ddl(), add_to_violating_rows=step(outcome)))

    change = lone(added("refused"), added("accepted"))
    assert change.kind == Kind.OTHER
    assert change.differences[0].of == ("ddl.add_to_violating_rows",)


@pytest.mark.parametrize(
    ("what", "values"),
    [
        ("class", {"class_": "OperationalError"}),
        ("driver_class", {"driver_class": "driver.Other"}),
        ("code", {"code": "1"}),
        ("message", {"message": "in other words"}),
        ("constraint", {"constraint": "other"}),
        ("names_constraint", {"names_constraint": False}),
    ],
)
def test_an_error_that_reads_otherwise_is_another_message(what, values):
    old = one(probes=[probe("reject", REJECTED)])
    new = one(probes=[probe("reject", REJECTED, replace(error(), **values))])
    change = lone(old, new)
    assert change.kind == Kind.MESSAGE
    (difference,) = change.differences
    assert (difference.what, difference.of) == (what, ("reject_rejected",))
    assert not compare(old, new).verdict_changed
    assert compare(old, new).headline == "No verdict changed; 1 cell with another message"


def test_what_full_clean_says_is_a_message():
    def clean(outcome=Outcome.REJECTED, code="unique", message="There is one."):
        return one(validation=Validation(outcome=outcome, code=code, message=message))

    assert lone(clean(), clean(message="Taken.")).kind == Kind.MESSAGE
    assert lone(clean(), clean(code=None)).kind == Kind.MESSAGE
    assert lone(clean(), clean(Outcome.ACCEPTED, None, None)).kind == Kind.OTHER


def test_the_error_of_a_refused_ddl_is_a_message():
    def refused(message):
        given = replace(ddl(), add=step("refused", message=message))
        return one(verdict=Verdict.REFUSED, ddl=given)

    change = lone(refused("not here"), refused("never"))
    assert change.kind == Kind.MESSAGE
    assert change.differences[0].of == ("ddl.add",)


@pytest.mark.parametrize(
    ("what", "values"),
    [
        ("definition", {"catalog": Catalog(present=True, definition="CHECK (18 <= age)")}),
        ("feature", {"feature": Feature(flag="supports_checks", declares=True)}),
        ("asked", {"probes": [probe("accept", ACCEPTED)]}),
        ("ddl", {"ddl": replace(ddl(), add=replace(step(), sql=["ALTER"]))}),
        ("summary", {"summary": "All is very well."}),
    ],
)
def test_other_evidence_is_no_news_of_a_verdict(what, values):
    change = lone(one(), one(**values))
    assert change.kind == Kind.EVIDENCE
    assert [each.what for each in change.differences] == [what]
    assert not compare(one(), one(**values)).verdict_changed


def test_a_probe_that_is_new_is_told_where_it_changes_the_verdict():
    change = lone(one(), one(verdict=PARTIAL, probes=[probe("reject", ACCEPTED)]))
    assert change.kind == Kind.WORSE
    assert [each.what for each in change.differences] == ["asked"]


def test_another_declaration_is_neither_better_nor_worse():
    changed = replace(case(), declaration="constraints = [other]")
    old = one()
    new = document(result(cells=[cell(verdict=IGNORED)], cases={"check.q": changed}))
    assert lone(old, new).kind == Kind.DECLARED_OTHERWISE
    assert not compare(old, new).verdict_changed
    assert compare(old, new).headline == "No verdict changed; 1 cell declared otherwise"


def test_another_title_is_no_other_declaration():
    assert compare(one(), document(result(cases={"check.q": case(title="Other")}))).changes == []


@pytest.mark.parametrize("status", [Status.LOST, Status.NOT_RUN])
def test_what_was_not_observed_is_never_a_loss(status):
    seen = one()
    unseen = document(result(cells=[], status=status, reason="no Docker"))
    change = lone(seen, unseen)
    assert (change.kind, change.why) == (Kind.NO_LONGER_OBSERVED, f"{status}: no Docker")
    assert not compare(seen, unseen).verdict_changed
    assert lone(unseen, seen).kind == Kind.NEWLY_OBSERVED
    assert not compare(unseen, one(verdict=IGNORED)).verdict_changed


def test_a_cell_of_a_lost_environment_is_not_compared():
    lost = document(
        result(cells=[cell(verdict=IGNORED)], status=Status.LOST, reason="the server is gone")
    )
    assert lone(one(), lost).kind == Kind.NO_LONGER_OBSERVED
    assert str(lone(one(), lost).new) == "unknown"
    assert compare(lost, lost).headline == "Nothing changed"


def test_a_single_cell_that_is_unknown_says_why():
    unknown = one(verdict=Verdict.UNKNOWN, summary="Not observed: the harness failed")
    assert lone(one(), unknown).why == "Not observed: the harness failed"


def test_environments_and_cases_come_and_go():
    both = document(result(), result("mysql-9.7", server_version="9.7.1"))
    change = lone(one(), both)
    assert (change.kind, change.environments) == (Kind.ADDED, ("mysql-9.7+django-6.1",))
    assert lone(both, one()).kind == Kind.REMOVED
    cases = {"check.q": case(), "check.r": case()}
    more = document(result(cells=[cell(), cell("check.r", verdict=IGNORED)], cases=cases))
    change = lone(one(), more)
    assert (change.kind, change.cases, str(change.new)) == (Kind.ADDED, ("check.r",), "ignored")
    assert lone(more, one()).kind == Kind.REMOVED


def test_surroundings_that_moved_are_told_apart_from_verdicts():
    settings = {"sql_mode": "ANSI"}
    changes = compare(many(), many(settings=settings, python="3.14.0"))
    assert changes.changes == []
    assert {(each.what, each.old, each.new, each.where) for each in changes.moves} == {
        ("python", "3.13.0", "3.14.0", "MySQL 8.4, 9.7"),
        ("settings.sql_mode", None, "ANSI", "MySQL 8.4, 9.7"),
        ("settings.encoding", "UTF-8", None, "MySQL 8.4, 9.7"),
    }
    assert changes.headline == "No verdict changed; surroundings of 4 environments moved"


def test_when_it_was_observed_and_how_fast_is_no_news():
    later = many(observed_at="2027-01-01T00:00:00Z", seconds={"suite": 9.0})
    assert compare(many(), later).headline == "Nothing changed"


def test_the_same_news_of_many_environments_is_one_line():
    changes = compare(many(), many(IGNORED))
    (change,) = changes.changes
    assert change.where == "MySQL 8.4, 9.7"
    assert len(change.environments) == 4
    assert changes.counts == {Kind.WORSE: 4}
    assert changes.headline == "4 verdicts changed: 4 worse"
    assert shown(changes).count("│ worse") == 1


def test_a_label_says_no_more_than_what_changed():
    new = many()
    for each in new.cells:
        if each.environment.endswith("5.2"):
            each.verdict = IGNORED
    assert lone(many(), new).where == "MySQL 8.4, 9.7 on Django 5.2"
    fewer = many(backends=("mysql-8.4",))
    assert lone(many(), fewer).where == "MySQL 9.7"


def test_a_lost_environment_is_one_line_for_all_its_cases():
    cases = {"check.q": case(), "check.r": case()}
    seen = document(result(cells=[cell(), cell("check.r", verdict=IGNORED)], cases=cases))
    lost = document(result(cells=[], cases=cases, status=Status.LOST, reason="the server is gone"))
    changes = compare(seen, lost)
    assert changes.counts == {Kind.NO_LONGER_OBSERVED: 2}
    assert "no longer observed: all 2 cases on SQLite 3.40.1: lost: the server is gone" in shown(
        changes
    )
    assert "| all 2 cases | SQLite 3.40.1 |" in news.render(changes)


def test_the_worst_news_come_first():
    names = ["check.a", "check.b", "check.c"]
    cases = dict.fromkeys(names, case())

    def all_of(*verdicts):
        cells = [cell(name, verdict=each) for name, each in zip(names, verdicts, strict=True)]
        return document(result(cells=cells, cases=cases))

    changes = compare(all_of(PARTIAL, IGNORED, ENFORCED), all_of(PARTIAL, ENFORCED, IGNORED))
    assert [each.kind for each in changes.changes] == [Kind.WORSE, Kind.BETTER]
    assert changes.headline == "2 verdicts changed: 1 worse, 1 better"


def full():
    """Make changes of nearly every kind."""
    cases = {name: case() for name in ("check.a", "check.b", "check.c", "check.d", "check.e")}
    old = [
        cell("check.a"),
        cell("check.b", verdict=IGNORED),
        cell("check.c", probes=[probe("reject", REJECTED)]),
        cell("check.d"),
        cell("check.e"),
    ]
    new = [
        cell("check.a", verdict=IGNORED, summary="All get in."),
        cell("check.b"),
        cell("check.c", probes=[probe("reject", REJECTED, error(message="a | `b`"))]),
        cell("check.d", catalog=Catalog(present=True, definition="other")),
        cell("check.e", verdict=Verdict.UNKNOWN, summary="Not observed: no probe."),
    ]
    return compare(
        document(result(cells=old, cases=cases)),
        document(result(cells=new, cases=cases, server_version="3.40.2")),
    )


def test_all_three_renderings_say_the_same():
    changes = full()
    page, table, data = news.render(changes), shown(changes), json.loads(news.encode(changes))
    assert page.splitlines()[0] == f"## {changes.headline}"
    assert table.splitlines()[0] == data["headline"] == changes.headline
    assert data["schema"] == 1
    assert data["verdict_changed"] is True
    kinds = ("worse", "better", "message", "no longer observed", "evidence")
    assert data["counts"] == dict.fromkeys(kinds, 1)
    for change in data["changes"]:
        for said in (page, table):
            assert change["kind"] in said or change["kind"] == "evidence"
            assert change["cases"][0] in said
            assert change["why"] in said
    assert "server_version on SQLite 3.40.2: 3.40.1 → 3.40.2" in table
    assert "| server\\_version | `3.40.1` | `3.40.2` | SQLite 3.40.2 |" in page


def test_the_json_decodes_to_the_same_changes():
    data = news.encode(full())
    assert msgspec.json.decode(data, type=type(full())) == full()
    assert data.count(b"\n") > 50


def test_many_differences_are_cut_short_but_for_the_json():
    def rejected(word):
        probes = []
        for number in range(9):
            raised = error(message=f"{word} {number}")
            probes.append(replace(probe("reject", REJECTED, raised), id=f"probe{number}"))
        return one(probes=probes)

    changes = compare(rejected("old"), rejected("new"))
    assert len(changes.changes[0].differences) == 9
    assert "  - and 6 more\n" in news.render(changes)
    assert "  and 6 more\n" in shown(changes)


def test_hostile_text_stays_text():
    hostile = "<script>x</script> | [a](javascript:b)\n# heading \x1b[31m\x00 [bold]"
    case_id = "check.`|<b>\x1b]"
    cases = {case_id: case()}

    def of(**values):
        return document(result(f"sqlite-{hostile}", [cell(case_id, **values)], cases, django="6.1"))

    old = of(environment=f"sqlite-{hostile}+django-6.1")
    new = of(
        environment=f"sqlite-{hostile}+django-6.1",
        verdict=IGNORED,
        summary=hostile,
        system_checks=[warning(message=hostile)],
    )
    for each in new.environments.values():
        each.settings = {hostile: hostile}
    changes = compare(old, new)
    page, table = news.render(changes), shown(changes)
    prose = re.sub(r"(`+).*?\1", "", page)
    assert "<script>" not in prose
    assert "[a](" not in prose
    assert "\n# heading" not in page
    for said in (page, table):
        assert "\x1b" not in said
        assert "\x00" not in said
    assert "[bold]" in table
    rows = [line for line in page.splitlines() if line.startswith("| 🔻")]
    assert [len(re.findall(r"(?<!\\)\|", row)) for row in rows] == [6]


def test_the_same_documents_give_the_same_bytes():
    for render in (news.encode, news.render, shown):
        assert render(full()) == render(full())


def test_a_real_document_has_no_news_of_itself():
    data = (ROOT / "reports" / "matrix.json").read_bytes()
    matrix, again = (msgspec.json.decode(data, type=Matrix) for _ in range(2))
    again.cells.reverse()
    assert compare(matrix, again).headline == "Nothing changed"
    same = encode(matrix) == data
    assert same


def test_a_loss_in_a_real_document_is_told():
    data = (ROOT / "reports" / "matrix.json").read_bytes()
    old, new = (msgspec.json.decode(data, type=Matrix) for _ in range(2))
    for each in new.cells:
        if each.case == "condition.unique_draft":
            each.system_checks = []
    changes = compare(old, new)
    silent = [each for each in changes.changes if each.kind == Kind.WORSE]
    assert [each.cases for each in silent] == [("condition.unique_draft",)] * len(silent)
    assert silent
    assert changes.verdict_changed
