"""What changed between two documents: each kind of news, how it folds, and its three forms."""

from __future__ import annotations

import io
import itertools
import json
import re

import msgspec
import pytest
from msgspec.structs import replace
from rich.console import Console

from matrix_project.report import differences, news
from matrix_project.report.change_types import Changes, Kind
from matrix_project.report.changes import compare
from matrix_project.report.ranking import BEST_FIRST, rank
from matrix_project.results.codec import decode_matrix, encode
from matrix_project.results.contract import (
    Catalog,
    Fact,
    Feature,
    Status,
    Validation,
    Verdict,
)
from matrix_project.results.store import union
from tests import make
from tests.conftest import ROOT
from tests.make import (
    ACCEPTED,
    PRESENT,
    PROJECT,
    error,
    observation,
    probe,
    record,
    result,
    step,
    steps,
    warning,
    with_verdict,
)

ENFORCED, IGNORED, PARTIAL = Verdict.ENFORCED, Verdict.IGNORED, Verdict.PARTIAL
WARNED = {"checks": [warning()], "warned": ["models.W036"]}


def document(*results):
    return union({each.id: each for each in results}, PROJECT)


def seen(verdict=ENFORCED, case="check.q", **values):
    """A record with a verdict, and without evidence that could differ."""
    given = {"summary": "All is well.", "steps": [], "probes": []} | values
    return with_verdict(record(case), verdict, **given)


def of(*records, cases=None, **values):
    """A document of one environment."""
    cases = {each.case: make.case() for each in records} if cases is None else cases
    return document(result(records={each.case: each for each in records}, cases=cases, **values))


def one(verdict=ENFORCED, **values):
    """A document of a single record."""
    return of(seen(verdict, **values))


def shows(**values):
    """A document of a single record with the verdict on its evidence."""
    return of(record(seen=observation(**values)))


def answers(word, **values):
    given = make.answer(word=word, seen=observation(probes=[], **values))
    return of(given, cases={given.case: make.question()})


def many(verdict=ENFORCED, backends=("mysql-8.4", "mysql-9.7"), djangos=("5.2", "6.1"), **values):
    """A document of several environments; those of `djangos` have the verdict."""
    return document(
        *(
            result(
                backend,
                {"check.q": seen(verdict if django in djangos else ENFORCED)},
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


def test_the_order_of_verdicts_is_the_contracts_and_a_silent_loss_is_the_worse_one():
    assert [*BEST_FIRST, Verdict.UNKNOWN] == list(Verdict)
    for verdict in (IGNORED, PARTIAL):
        assert rank(verdict, warned=True) < rank(verdict, warned=False)
    for verdict in (ENFORCED, Verdict.REFUSED):
        assert rank(verdict, warned=True) == rank(verdict, warned=False)
    with pytest.raises(ValueError, match="not in tuple"):
        rank(Verdict.UNKNOWN, warned=False)


@pytest.mark.parametrize(("better", "worse"), list(itertools.pairwise(BEST_FIRST)))
def test_a_verdict_gets_worse_or_better(better, worse):
    good, bad = one(better), one(worse, summary="That is bad.")
    change = lone(good, bad)
    assert (change.kind, change.old.word, change.new.word) == (Kind.WORSE, better, worse)
    assert change.why == "That is bad."
    assert lone(bad, good).kind == Kind.BETTER
    assert compare(good, bad).verdict_changed
    assert compare(good, bad).headline == "1 verdict changed: 1 worse"


def test_a_loss_of_which_django_warns_no_more_is_worse():
    announced, silent = one(IGNORED, **WARNED), one(IGNORED)
    change = lone(announced, silent)
    assert change.kind == Kind.WORSE
    assert (str(change.old), str(change.new)) == ("not enforced (warned)", "not enforced (silent)")
    assert lone(silent, announced).kind == Kind.BETTER


def test_who_leaves_a_constraint_out_is_neither_better_nor_worse():
    change = lone(one(IGNORED, by="database"), one(IGNORED, by="django"))
    assert change.kind == Kind.OTHER
    assert (str(change.old), str(change.new)) == ("not enforced (silent)", "never created (silent)")


def test_another_answer_to_a_question_is_neither_better_nor_worse():
    for words in (("distinct", "duplicate"), ("duplicate", "distinct")):
        change = lone(*map(answers, words))
        assert (change.kind, change.old.word, change.new.word) == (Kind.OTHER, *words)
        assert change.why == f"The answer is {words[1]}."
        assert compare(*map(answers, words)).verdict_changed
    assert compare(answers("distinct"), answers("distinct")).changes == []


def test_a_question_that_has_no_answer_any_more_is_not_observed_this_time():
    change = lone(answers("distinct"), answers(None))
    assert (change.kind, str(change.new)) == (Kind.NOT_OBSERVED, "not observed")
    assert lone(answers(None), answers("distinct")).kind == Kind.NEWLY_OBSERVED
    assert not compare(answers("distinct"), answers(None)).verdict_changed


def test_a_needless_warning_is_another_message_alone():
    change = lone(one(), one(**WARNED))
    assert change.kind == Kind.MESSAGE
    (difference,) = change.differences
    assert (difference.what, difference.old) == ("system_checks", None)
    assert difference.new == "models.W036: no support"


def test_the_same_verdict_with_other_outcomes_is_news():
    first, second = probe(), probe(id="second")
    let_in = replace(second, outcome=ACCEPTED, error=None)
    old, new = ([first, each] for each in (second, let_in))
    change = lone(one(PARTIAL, probes=old), one(PARTIAL, probes=new))
    assert change.kind == Kind.OTHER
    (difference,) = change.differences
    assert (difference.what, difference.of) == ("outcome", ("second",))
    assert (difference.old, difference.new) == ("rejected", "accepted")


def test_a_probe_that_was_not_answered_has_no_other_outcome():
    unanswered = replace(probe(), outcome=None, error=None, stage=None, fault="lock time-out")
    change = lone(one(probes=[probe()]), one(probes=[unanswered]))
    assert change.kind == Kind.EVIDENCE
    assert [each.what for each in change.differences] == ["asked"]


def test_a_way_is_named_where_it_alone_differs():
    with_table, added = probe(way="create"), probe(way="add", raised=error(message="other words"))
    change = lone(one(probes=[probe()]), one(probes=[with_table, added]))
    assert change.differences[0].of == ("reject_rejected (add)",)
    removed = probe(way="remove", id="removed")
    let_in = replace(removed, outcome=ACCEPTED, error=None)
    change = lone(one(probes=[removed]), one(probes=[let_in]))
    assert change.differences[0].of == ("removed (remove)",)


def test_a_ddl_step_that_ends_otherwise_is_news():
    def added(outcome):
        return one(steps=[step("add_to_violating_rows", outcome)])

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
        ("columns", {"columns": ["other"]}),
        ("names_constraint", {"names_constraint": False}),
    ],
)
def test_an_error_that_reads_otherwise_is_another_message(what, values):
    old, new = (
        one(probes=[probe(raised=raised)]) for raised in (error(), replace(error(), **values))
    )
    change = lone(old, new)
    assert change.kind == Kind.MESSAGE
    (difference,) = change.differences
    assert (difference.what, difference.of) == (what, ("reject_rejected",))
    assert not compare(old, new).verdict_changed
    assert compare(old, new).headline == "No verdict changed; 1 cell with another message"


def test_what_full_clean_does_is_a_message():
    def clean(outcome="rejected", code="unique", message="There is one."):
        told = Validation(
            row="violating 1", outcome=outcome, code=code, message=message, compared=None
        )
        return one(validation=[told])

    assert lone(clean(), clean(message="Taken.")).kind == Kind.MESSAGE
    assert lone(clean(), clean(code=None)).kind == Kind.MESSAGE
    change = lone(clean(), clean("accepted", None, None))
    assert change.kind == Kind.OTHER
    assert change.differences[0].of == ("full_clean() of violating 1",)


def test_what_a_form_says_is_a_message():
    old, new = (one(facts=[Fact(title="A form", shows=each)]) for each in ("Taken.", "No."))
    change = lone(old, new)
    assert (change.kind, change.differences[0].of) == (Kind.MESSAGE, ("A form",))


def test_the_error_of_a_refused_ddl_is_a_message():
    def refused(message):
        return one(Verdict.REFUSED, steps=[step("add", "refused", message=message)])

    change = lone(refused("not here"), refused("never"))
    assert change.kind == Kind.MESSAGE
    assert change.differences[0].of == ("ddl.add",)


@pytest.mark.parametrize(
    ("what", "values"),
    [
        ("definition", {"catalog": Catalog(present=True, names=["rule"], definition="other")}),
        ("catalog", {"catalog": Catalog(present=True, names=["r"], definition=PRESENT.definition)}),
        ("feature", {"feature": Feature(flag="supports_checks", declares=True)}),
        ("controlled", {"controlled": False}),
        ("left_out", {"left_out": ["other"]}),
        ("asked", {"probes": [*make.observation().probes, probe(id="more")]}),
        ("ddl", {"steps": [*steps(), step("remove", sql=["ALTER"])]}),
        ("rows", {"probes": [probe("accept", ACCEPTED, rows=[]), probe()]}),
        ("control", {"probes": [probe("accept", ACCEPTED), probe(control=None)]}),
        ("sql", {"probes": [probe("accept", ACCEPTED), probe(sql=["INSERT INTO"])]}),
    ],
)
def test_other_evidence_is_no_news_of_a_verdict(what, values):
    old = shows(steps=[*steps(), step("remove")]) if what == "ddl" else shows()
    new = shows(**values)
    change = lone(old, new)
    assert change.kind == Kind.EVIDENCE
    assert what in [each.what for each in change.differences]
    assert not compare(old, new).verdict_changed


def test_a_probe_that_is_new_is_told_where_it_changes_the_verdict():
    change = lone(one(), one(PARTIAL, probes=[probe(outcome=ACCEPTED)]))
    assert change.kind == Kind.WORSE
    assert [each.what for each in change.differences] == ["asked"]


def test_another_declaration_is_neither_better_nor_worse():
    old, new = one(), of(seen(IGNORED), cases={"check.q": make.case(declaration="other")})
    assert lone(old, new).kind == Kind.DECLARED_OTHERWISE
    assert not compare(old, new).verdict_changed
    assert compare(old, new).headline == "No verdict changed; 1 cell declared otherwise"


def test_another_title_is_no_other_declaration():
    assert compare(of(seen()), of(seen(), cases={"check.q": make.case("Other")})).changes == []


@pytest.mark.parametrize("status", [Status.LOST, Status.NOT_RUN])
def test_what_was_not_observed_is_never_a_loss(status):
    unseen = document(result(records={}, status=status, reason="no Docker"))
    change = lone(one(), unseen)
    assert (change.kind, change.why) == (Kind.NOT_OBSERVED, f"{status}: no Docker")
    assert not compare(one(), unseen).verdict_changed
    assert lone(unseen, one()).kind == Kind.NEWLY_OBSERVED
    assert not compare(unseen, one(IGNORED)).verdict_changed


def test_a_cell_of_a_lost_environment_is_not_compared():
    lost = of(seen(IGNORED), status=Status.LOST, reason="the server is gone")
    assert lone(one(), lost).kind == Kind.NOT_OBSERVED
    assert str(lone(one(), lost).new) == "not observed"
    assert compare(lost, lost).headline == "Nothing changed"


def test_a_single_cell_that_is_unknown_tells_why():
    unknown = one(Verdict.UNKNOWN, summary="Not observed: the harness failed")
    assert lone(one(), unknown).why == "Not observed: the harness failed"


def test_environments_and_cases_come_and_go():
    both = document(result(), result("mysql-9.7", server_version="9.7.1"))
    change = lone(document(result()), both)
    assert (change.kind, change.environments) == (Kind.ADDED, ("mysql-9.7+django-6.1",))
    gone = lone(both, document(result()))
    assert (gone.kind, gone.environments) == (Kind.NOT_OBSERVED, ("mysql-9.7+django-6.1",))
    assert gone.why == "the new document has no such environment"
    more = of(seen(), seen(IGNORED, "check.r"))
    change = lone(one(), more)
    assert (change.kind, change.cases) == (Kind.ADDED, ("check.r",))
    assert str(change.new) == "not enforced (silent)"
    gone = lone(more, one())
    assert (gone.kind, gone.cases) == (Kind.NOT_OBSERVED, ("check.r",))
    assert gone.why == "the new document has no such case"


def test_what_was_never_observed_is_not_missed():
    missing = result("mysql-9.7", {}, {}, status=Status.NOT_RUN, reason="no Docker")
    unknown = seen(Verdict.UNKNOWN, "check.r")
    cases = dict.fromkeys(("check.q", "check.r"), make.case())
    old = document(
        result(records={"check.q": seen(), "check.r": unknown}, cases=cases),
        missing,
        result("mariadb-11.8", {"check.q": seen()}, server_version="11.8.1"),
    )
    changes = compare(old, one())
    assert changes.counts == {Kind.NOT_OBSERVED: 1}
    assert changes.headline == "No verdict changed; 1 cell not observed this time"
    assert changes.changes[0].environments == ("mariadb-11.8+django-6.1",)
    only_missing = document(result(records={"check.q": seen()}), missing)
    assert compare(only_missing, one()).headline == "Nothing changed"


def test_a_reason_keeps_its_code_and_what_it_quotes_stays_text():
    summary = "A check stops `migrate`: `<b>` | @someone"
    page = news.render(compare(one(), one(IGNORED, summary=summary)))
    assert r"A check stops `migrate`: \`&lt;b&gt;\` \| @&#8203;someone" in page


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


def test_a_label_names_no_more_than_what_changed():
    assert lone(many(), many(IGNORED, djangos=("5.2",))).where == "MySQL 8.4, 9.7 on Django 5.2"
    fewer = many(backends=("mysql-8.4",))
    assert lone(many(), fewer).where == "MySQL 9.7"


def test_a_lost_environment_is_one_line_for_all_its_cases():
    before = seen(), seen(IGNORED, "check.r")
    cases = dict.fromkeys(("check.q", "check.r"), make.case())
    lost = of(cases=cases, status=Status.LOST, reason="the server is gone")
    changes = compare(of(*before), lost)
    assert changes.counts == {Kind.NOT_OBSERVED: 2}
    told = "not observed this time: all 2 cases on SQLite 3.40.1: lost: the server is gone"
    assert told in shown(changes)
    assert "| all 2 cases | SQLite 3.40.1 |" in news.render(changes)


def test_the_worst_news_come_first():
    def all_of(*verdicts):
        names = ("check.a", "check.b", "check.c")
        return of(*(seen(each, name) for name, each in zip(names, verdicts, strict=True)))

    changes = compare(all_of(PARTIAL, IGNORED, ENFORCED), all_of(PARTIAL, ENFORCED, IGNORED))
    assert [each.kind for each in changes.changes] == [Kind.WORSE, Kind.BETTER]
    assert changes.headline == "2 verdicts changed: 1 worse, 1 better"


def full():
    """Make changes of nearly every kind."""
    old = of(
        seen(case="check.a"),
        seen(IGNORED, "check.b"),
        seen(case="check.c", probes=[probe()]),
        seen(case="check.d"),
        seen(case="check.e"),
    )
    other = Catalog(present=True, names=["rule"], definition="other")
    new = of(
        seen(IGNORED, "check.a", by="django", summary="All get in."),
        seen(case="check.b"),
        seen(case="check.c", probes=[probe(raised=error(message="a | `b`"))]),
        seen(case="check.d", catalog=other),
        seen(Verdict.UNKNOWN, "check.e", summary="Not observed: no probe."),
        server_version="3.40.2",
    )
    return compare(old, new)


def test_all_three_forms_tell_the_same():
    changes = full()
    page, table, data = news.render(changes), shown(changes), json.loads(news.encode(changes))
    assert page.splitlines()[0] == f"## {changes.headline}"
    assert table.splitlines()[0] == data["headline"] == changes.headline
    assert data["schema"] == 2
    assert data["verdict_changed"] is True
    kinds = ("worse", "better", "message", "not observed this time", "evidence")
    assert data["counts"] == dict.fromkeys(kinds, 1)
    for change in data["changes"]:
        for text in (page, table):
            assert change["kind"] in text or change["kind"] == "evidence"
            assert change["cases"][0] in text
            assert change["why"] in text
    worse = data["changes"][0]
    assert worse["new"] == {
        "word": "ignored",
        "level": "does-not-hold",
        "by": "django",
        "warned": False,
    }
    assert "| ✅ enforced | ✖️ never created (silent) |" in page
    assert "never created (silent)" in table
    assert "server_version on SQLite 3.40.2: 3.40.1 → 3.40.2" in table
    assert "| server\\_version | `3.40.1` | `3.40.2` | SQLite 3.40.2 |" in page


def test_the_json_decodes_to_the_same_changes():
    data = news.encode(full())
    assert msgspec.json.decode(data, type=Changes) == full()
    assert data.count("\n") > 50


def test_many_differences_are_cut_short_but_for_the_json():
    def rejected(word):
        return one(
            probes=[
                probe(raised=error(message=f"{word} {number}"), id=f"probe{number}")
                for number in range(9)
            ]
        )

    changes = compare(rejected("old"), rejected("new"))
    assert len(changes.changes[0].differences) == 9
    assert "  - and 6 more\n" in news.render(changes)
    assert "  and 6 more\n" in shown(changes)


HOSTILE = (
    "<script>x</script> | [a](javascript:b) @someone\n# heading"
    "\n::error::owned\n##[error]owned \x1b[31m\x00 [bold]"
)


def hostile():
    """Make changes in which all that can be hostile is."""
    id_ = f"check.`|<b>\x1b]{HOSTILE}"
    question = make.answer("values.q", HOSTILE)
    cases = {id_: make.case(), "values.q": make.question()}
    raised = [probe(raised=error(message=each), id=HOSTILE) for each in ("words", HOSTILE)]
    backend = f"sqlite-{HOSTILE}"

    def side(given, answered, **values):
        records = {given.case: given, answered.case: answered}
        return document(result(backend, records, cases, **values))

    old = side(seen(case=id_, probes=raised[:1]), make.answer("values.q"))
    changed = seen(IGNORED, id_, summary=HOSTILE, probes=raised[1:], **WARNED)
    new = side(
        changed, question, settings={HOSTILE: HOSTILE}, server_version=HOSTILE, origin=HOSTILE
    )
    return compare(old, new)


def test_hostile_text_stays_text():
    page, table = news.render(hostile()), shown(hostile())
    prose = re.sub(r"(`+).*?\1", "", page)
    for markup in ("<script>", "[a](", "@someone"):
        assert markup not in prose
    assert "\n# heading" not in page
    for text in (page, table):
        assert "\x1b" not in text
        assert "\x00" not in text
    assert "[bold]" in table
    rows = [line for line in page.splitlines() if line.startswith(("| 🔻", "| 🔸"))]
    assert [len(re.findall(r"(?<!\\)\|", row)) for row in rows] == [6, 6]


@pytest.mark.parametrize("form", [news.render, shown])
def test_hostile_text_is_no_workflow_command(form):
    text = form(hostile())
    assert "error" in text
    assert "##[" not in text
    assert not [line for line in text.splitlines() if line.lstrip().startswith("::")]


def test_the_same_documents_give_the_same_bytes(monkeypatch):
    monkeypatch.setattr("matrix_project.results.document.now", lambda: "2026-11-25T00:00:00Z")
    for render in (news.encode, news.render, shown):
        assert render(full()) == render(full())


def test_environments_that_share_an_observation_are_compared_once(monkeypatch):
    counted = []

    def counting(*records):
        counted.append(records)
        return differences.compared(*records)

    monkeypatch.setattr("matrix_project.report.changes.compared", counting)
    assert compare(many(), many(IGNORED)).counts == {Kind.WORSE: 4}
    assert len(counted) == 1


def test_a_real_document_has_no_news_of_itself():
    data = (ROOT / "reports" / "matrix.json").read_bytes()
    matrix, again = (decode_matrix(data) for _ in range(2))
    again.environments = dict(reversed(again.environments.items()))
    assert compare(matrix, again).headline == "Nothing changed"
    assert encode(matrix) == data


def test_a_loss_in_a_real_document_is_told():
    data = (ROOT / "reports" / "matrix.json").read_bytes()
    old, new = (decode_matrix(data) for _ in range(2))
    for each in new.observations.values():
        if each.case == "condition.unique_draft":
            each.warned = []
    changes = compare(old, new)
    silent = [each for each in changes.changes if each.kind == Kind.WORSE]
    assert [each.cases for each in silent] == [("condition.unique_draft",)] * len(silent)
    assert silent
    assert changes.verdict_changed
