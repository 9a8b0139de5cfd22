"""What the Markdown page and the terminal's table show, and that hostile text stays text."""

from __future__ import annotations

import io
import re

import pytest
from msgspec.structs import replace
from rich.console import Console

from matrix_project.report import markdown, terminal
from matrix_project.report.reading import MARKS, NEVER_CREATED, ORDER, QUESTION
from matrix_project.report.words import WORDS, reads
from matrix_project.results.contract import Attempt, Status, Validation, Verdict
from matrix_project.results.store import union
from matrix_project.results.verdicts import LEVELS
from tests import make
from tests.make import PROJECT, record, result, warning, with_verdict

IGNORED = record(seen=make.ignored(warning()))
SILENT = record(seen=make.ignored())
NARROW = ("enforced,unnamed", "nevercreated(warned)", "nevercreated(silent)", "enforced")
TAKEN = record(seen=make.ignored(sql=True))


def on(backend, given, **values):
    return result(backend, {"check.q": given}, **values)


def asked(word, backend="sqlite", **values):
    given = make.answer(word=word)
    cases = {"values.text_case": make.question(**values)}
    return result(backend, {"values.text_case": given}, cases)


def missing(backend="mysql-9.7", **values):
    given = {"status": Status.NOT_RUN, "reason": "no Docker", **values}
    return result(backend, {}, {}, **given)


def document(*results):
    return union({each.id: each for each in results}, PROJECT)


def rendered(*results):
    return markdown.render(document(*results))


def shown(*results, width=160, **values):
    console = Console(file=io.StringIO(), width=width)
    terminal.show(document(*results), console, **values)
    return console.file.getvalue()


def faulty(*faults):
    """The record of an enforced promise with probes that were not answered."""
    probes = [
        make.probe(outcome=None, fault=fault, id=f"fault{number}")
        for number, fault in enumerate(faults)
    ]
    return record(seen=make.observation(probes=[*make.observation().probes, *probes]))


def test_the_matrix_has_a_row_a_case_and_a_column_a_vendor():
    page = rendered(result(), on("mysql-9.7", IGNORED))
    assert "| case | MySQL 9.7 | SQLite 3.40.1 |" in page
    assert "| [`check.q`](#checkq) | ✖️ never created (warned) | ✅ enforced |" in page


@pytest.mark.parametrize("form", [rendered, shown])
def test_what_django_never_created_is_not_called_ignored_by_the_database(form):
    text = form(on("mysql-9.7", SILENT)).replace("*", "")
    assert "never created (silent)" in text
    assert "never created: Django sends no SQL here, and violations get in" in text
    assert "the database takes the DDL" not in text
    text = form(on("mysql-9.7", TAKEN)).replace("*", "")
    assert "not enforced (silent)" in text
    assert "not enforced: the database takes the DDL, and violations get in" in text
    assert "never created" not in text


def test_every_verdict_has_a_mark_of_its_own_and_its_levels_colour():
    assert list(MARKS) == list(LEVELS)
    marks = [*MARKS.values(), NEVER_CREATED, QUESTION]
    assert len({each.icon for each in marks}) == len({each.meaning for each in marks}) == len(marks)
    assert {each.icon for each in ORDER} == {each.icon for each in marks}
    colours = {
        level: {MARKS[each].colour for each in LEVELS if LEVELS[each] == level}
        for level in LEVELS.values()
    }
    assert all(len(each) == 1 for each in colours.values())
    assert len(set.union(*colours.values())) == len(colours)
    assert QUESTION.colour not in set.union(*colours.values())


@pytest.mark.parametrize("verdict", list(Verdict))
def test_the_page_says_what_each_verdict_means_and_its_level(verdict):
    page = rendered(on("sqlite", with_verdict(record(), verdict)))
    level = LEVELS[verdict]
    told = f" ({level.replace('-', ' ')})" if level else ""
    assert f"- {MARKS[verdict].icon} **{WORDS[verdict]}**: {MARKS[verdict].meaning}{told}\n" in page


def test_the_legend_has_only_the_marks_in_use():
    page = rendered(result())
    assert "**enforced**" in page
    for word in ("**never created**", "(warned)", "(silent)"):
        assert word not in page
    warned = rendered(on("mysql-9.7", IGNORED))
    assert "**(warned)**" in warned
    assert "**(silent)**" not in warned
    assert "**(silent)**" in rendered(on("mysql-9.7", SILENT))


def test_a_record_that_is_not_enforced_has_its_sentence_and_its_warning():
    assert "Never created: Django sends no SQL for it here" in rendered(on("mysql-9.7", SILENT))
    assert "is let in. Django warns: models.W036: no support" in rendered(on("sqlite", IGNORED))
    assert "is let in. Django warns of nothing." in rendered(on("mysql-9.7", SILENT))


def test_another_system_check_is_no_warning_of_the_constraint():
    other = replace(warning("fields.W122", "max_length"), about_constraint=False)
    page = rendered(on("mysql-9.7", record(seen=make.ignored(other))))
    assert "never created (silent)" in page
    assert "Django warns of nothing." in page


def test_a_question_shows_its_answer_and_what_its_words_mean():
    results = asked("distinct"), asked("duplicate", "mysql-9.7")
    page = rendered(*results)
    row = "| [`values.text_case`](#valuestext_case) | 🔹 duplicate | 🔹 distinct |"
    assert row in page[page.index("## Questions") :]
    assert "## Promises" not in page
    assert "**an answer**: the answer to a question, neither good nor bad\n" in page
    assert "- **duplicate**: It is the same value.\n" in page
    assert "- 🔹 **MySQL 9.7** duplicate. The answer is duplicate.\n" in page
    assert "distinct" in shown(*results)


def test_a_question_without_an_answer_is_unknown():
    page = rendered(asked("distinct"), asked(None, "mysql-9.7"))
    assert "| ❔ not observed | 🔹 distinct |" in page


def test_an_answer_may_have_a_verdicts_name_and_is_no_verdict():
    page = rendered(asked("ignored", answers={"ignored": "Nothing is raised."}))
    assert "| 🔹 ignored |" in page
    assert "❌" not in page


def test_error_messages_stand_side_by_side():
    page = rendered(on("sqlite", record(seen=make.unnamed("failed: a.b"))))
    assert "| SQLite 3.40.1 | IntegrityError | `23514` | no | `failed: a.b` |" in page


def test_the_error_of_a_refused_constraint_is_that_of_its_ddl():
    page = rendered(on("sqlite", record(seen=make.refused("no such check"))))
    assert "| SQLite 3.40.1 | OperationalError | `23514` |" in page
    assert "`no such check` |" in page


def test_not_run_is_never_drawn_as_a_verdict():
    page = rendered(result(), missing())
    assert "❔ not observed" in page
    assert "is **not-run**: no Docker" in page
    assert "not-run: no Docker" in shown(result(), missing())


def test_an_environment_that_was_not_observed_has_no_row_in_the_table_of_those_that_were():
    page = rendered(result(), missing())
    assert "| sqlite+django-6.1 | 3.40.1 |" in page
    assert "mysql-9.7+django-6.1" not in page
    assert "- mysql-9.7 on Django 6.1 is **not-run**: no Docker" in page


def test_the_page_tells_the_django_series():
    page = rendered(*(result(django=django) for django in ("6.1.3", "5.2.9", "6.0.1")))
    assert ", with Django 5.2, 6.0 and 6.1.\n" in page


def test_answers_of_one_vendor_stand_below_each_other():
    results = [on("mysql-9.7", IGNORED), result("mysql-8.4")]
    answers = "✅ enforced: 8.4<br>✖️ never created (warned): 9.7"
    assert f"| [`check.q`](#checkq) | {answers} |" in rendered(*results)
    lines = shown(*results).splitlines()
    first = next(n for n, line in enumerate(lines) if "enforced: 8.4" in line)
    assert "never created (warned): 9.7" in lines[first + 1]


def test_plainly_enforced_ones_share_a_line():
    page = rendered(result(), on("mysql-9.7", IGNORED), result("mariadb-11.8"))
    assert "- ✅ **MariaDB 11.8, SQLite 3.40.1** enforced.\n" in page


def test_what_is_enforced_in_spite_of_a_warning_has_its_sentence():
    page = rendered(on("sqlite", record(seen=make.enforced(checks=[warning()]))))
    assert "**SQLite 3.40.1** enforced. The one violating" in page
    assert "that names it. Django warns: models.W036: no support" in page


def test_a_later_attempt_is_noted():
    attempt = Attempt(status=Status.LOST, reason="the disk is full", at="2026-11-22T00:00:00Z")
    observed = result(last_attempt=attempt)
    told = "a later attempt (2026-11-22T00:00:00Z) was **lost**, the disk is full; the results of"
    assert f"sqlite+django-6.1: {told} 2026-11-21" in rendered(observed)
    assert "sqlite+django-6.1: lost at 2026-11-22T00:00:00Z: the disk" in shown(observed)


def test_the_terminal_tells_a_doubt_once_and_where():
    partial = record(seen=make.partial())
    shows = shown(*(on("mysql-9.7", partial, django=django) for django in ("5.2.9", "6.1.3")))
    assert "check.q on MySQL 9.7: partial: 1 of 2 violating writes is let in" in shows
    assert shows.count("1 of 2 violating writes") == 1


@pytest.mark.parametrize("seen", [make.ignored(), make.ignored(warning()), make.refused()])
def test_the_details_have_the_reason_of_what_does_not_hold(seen):
    given = record(seen=seen)
    results = [on("mysql-9.7", given, django=django) for django in ("5.2.9", "6.1.3")]
    results.append(result())
    word = "refused" if given.verdict == Verdict.REFUSED else "never created"
    told = f"check.q on MySQL 9.7: {word}: {reads(given.summary)}\n"
    shows = shown(*results, details=True)
    assert shows.count(told) == 1
    assert "check.q on SQLite" not in shows
    assert given.summary not in shown(*results)


def test_the_details_have_what_is_said_without_them():
    unknown = with_verdict(record(), Verdict.UNKNOWN, summary="Not observed: no probe.")
    results = on("mysql-9.7", record(seen=make.partial())), on("sqlite", unknown)
    told = [line for line in shown(*results).splitlines() if line.startswith("check.q on")]
    assert told == [
        f"check.q on MySQL 9.7: partial: {reads(results[0].records['check.q'].summary)}",
        "check.q on SQLite 3.40.1: not observed: Not observed: no probe.",
    ]
    assert set(told) <= set(shown(*results, details=True).splitlines())


def test_the_details_have_no_line_for_what_holds_a_questions_answer_or_a_gap():
    held = on("sqlite", record(seen=make.unnamed()))
    shows = shown(held, asked("distinct"), missing(), details=True)
    assert " on SQLite" not in shows
    assert shows.count("no Docker") == 1


@pytest.mark.parametrize("details", [False, True])
def test_a_probe_that_was_not_answered_is_told_though_the_promise_holds(details):
    given = faulty("AttributeError: no\n::error::such")
    assert given.verdict == Verdict.ENFORCED
    shows = shown(on("sqlite", given), on("mysql-9.7", record()), details=details)
    told = "a probe was not answered: AttributeError: no : :error::such\n"
    assert f"check.q on SQLite 3.40.1: {told}" in shows
    assert shows.count("not answered") == 1


def test_probes_that_were_not_answered_are_counted_and_each_reason_told_once():
    shows = shown(on("sqlite", faulty("no", "no", "never")))
    assert "check.q on SQLite 3.40.1: 3 probes were not answered: no; never\n" in shows


def test_an_act_of_a_question_that_was_not_answered_is_told():
    seen = make.observation(probes=[make.probe(None, None, fault="TypeError: x")])
    given = result(
        records={"values.q": make.answer("values.q", seen=seen)},
        cases={"values.q": make.question()},
    )
    assert "values.q on SQLite 3.40.1: a probe was not answered: TypeError: x\n" in shown(given)


@pytest.mark.parametrize("width", [80, 120])
def test_no_column_vanishes_in_a_narrow_terminal(width):
    id_ = "one_field_set.value_matches_type_of_each_member"
    cases = {id_: make.case()}
    backends = {
        "postgresql-18": record(id_, seen=make.unnamed()),
        "mysql-9.7": record(id_, seen=make.ignored(warning())),
        "mariadb-11.8": record(id_, seen=make.ignored()),
        "sqlite": record(id_),
    }
    results = [result(each, {id_: given}, cases) for each, given in backends.items()]
    table = [line for line in shown(*results, width=width).splitlines() if line[:1] in "┃│"]
    assert max(map(len, table)) <= width
    columns = [
        "".join("".join(column).split())
        for column in zip(*(re.split("[┃│]", line)[1:-1] for line in table), strict=True)
    ]
    assert len(columns) == 5
    for column, said in zip(columns, (id_, *NARROW), strict=True):
        assert said in column


def test_what_a_lost_server_left_open_is_told_once():
    lost = result(
        "mysql-9.7",
        status=Status.LOST,
        reason="the server is gone",
        cases={"check.q": make.case(), "check.r": make.case()},
    )
    shows = shown(lost)
    assert "mysql-9.7 on Django 6.1: lost: the server is gone" in shows
    assert shows.count("the server is gone") == 1
    assert "not observed" in shows


def test_nothing_observed_is_a_page_all_the_same():
    assert "is **not-run**: no Docker" in rendered(missing())
    assert "mysql-9.7 on Django 6.1: not-run: no Docker" in shown(missing())


@pytest.mark.parametrize(
    "backend",
    ["mysql-<script>", "<script>", "mysql-|", "mysql-[bold]", "mysql-`x", "sqlite-\n# heading"],
)
def test_hostile_names_stay_text(backend):
    own = result(backend, server_version="<script>[x](y)|", django="<script>.1", python="<script>")
    results = own, result(backend, django="6.1"), missing(f"{backend}9", reason="<script>")
    page = rendered(*results)
    assert "<script>" not in page
    assert "[x](y)" not in page
    assert "\n# heading" not in page
    overview = [line for line in page.splitlines() if line.startswith(("| case", "| [`check.q`"))]
    assert len({len(re.findall(r"(?<!\\)\|", line)) for line in overview}) == 1
    assert "check.q" in shown(*results)


def test_a_declaration_cannot_leave_its_block():
    described = make.case(declaration="```\n<script>\n```")
    page = rendered(result(cases={"check.q": described}))
    assert "````python\n```\n<script>\n```\n````\n" in page


def test_hostile_text_stays_text():
    hostile = replace(
        record(seen=make.enforced("a | `b` <img src=x>", checks=[warning()])),
        summary="<script>alert(1)</script> | [link](javascript:x) @everyone",
    )
    page = rendered(result(records={"check.q": hostile}, cases={"check.q": make.case("<b>*")}))
    assert "<script>" not in page
    assert "<b>" not in page
    assert "[link](" not in page
    assert "@everyone" not in page
    assert r"<code>a \| \`b\` &lt;img src=x&gt;</code>" in page


def test_a_sentence_keeps_its_code_and_what_it_quotes_stays_text():
    validated = [
        Validation(row="violating 1", outcome="rejected", code=None, message=None, compared=None)
    ]
    quoted = "`<b>` `a|b` ``two`` `@someone` `open"
    given = record(seen=replace(make.ignored(), validation=validated))
    page = rendered(on("mysql-9.7", replace(given, summary=quoted)))
    assert " `full_clean()` rejects such a row." in page
    escaped = r"\`&lt;b&gt;\` \`a\|b\` \`\`two\`\` \`@&#8203;someone\` \`open."
    assert escaped in page


def test_a_cases_own_words_keep_their_code():
    described = make.case("On `save()`", promise="`age` is never *less*.")
    page = rendered(result(cases={"check.q": described}))
    assert "On `save()`. `age` is never \\*less\\*.\n" in page


def test_a_hostile_answer_stays_text():
    word = "<script>|[x](y)\x1b[31m\n::error::x"
    results = [asked(word, answers={word: word})]
    assert "<script>" not in rendered(*results)
    assert "[x](y)" not in rendered(*results)
    assert "\x1b" not in shown(*results)


def test_the_terminal_prints_no_escape_and_no_workflow_command():
    hostile = "\n::error::owned \x1b[31m ##[error]owned [bold]"
    id_ = f"check{hostile}"
    given = record(id_, seen=make.partial())
    lost = missing(reason=hostile)
    observed = result(
        f"sqlite-{hostile}",
        {id_: replace(given, summary=hostile)},
        {id_: make.case()},
        server_version=hostile,
    )
    shows = shown(observed, lost)
    assert "\x1b" not in shows
    assert "##[" not in shows
    assert not [line for line in shows.splitlines() if line.lstrip().startswith("::")]
    assert "[bold]" in shows


def test_a_long_name_does_not_cover_the_table():
    id_ = f"check.{'x' * 336}"
    shows = shown(result(records={id_: record(id_)}, cases={id_: make.case()}))
    assert "enforced" in shows
    table = [line for line in shows.splitlines() if line[:1] in "┃│"]
    assert len(table) < 10
    assert f"{'x' * 20}…" in "".join(line.split("│")[1].strip() for line in table[1:])


def test_the_same_document_gives_the_same_page():
    results = result(), on("mysql-9.7", IGNORED)
    assert rendered(*results) == rendered(*reversed(results))
