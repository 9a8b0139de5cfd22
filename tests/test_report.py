"""The first reports: what they say, and that hostile text stays text."""

from __future__ import annotations

import io
import re

import msgspec
import pytest
from rich.console import Console

from matrix_project.report import markdown, terminal
from matrix_project.results import Attempt, Status, Verdict
from matrix_project.store import union
from tests.make import PROJECT, REJECTED, case, cell, error, probe, result, warning

IGNORED = cell(
    environment="mysql-9.7+django-6.1",
    verdict=Verdict.IGNORED,
    summary="All get in.",
    system_checks=[warning()],
)


def document(*results):
    return union({each.id: each for each in results}, PROJECT)


def rendered(*results):
    return markdown.render(document(*results))


def shown(*results):
    console = Console(file=io.StringIO(), width=160)
    terminal.show(document(*results), console)
    return console.file.getvalue()


def test_the_matrix_has_a_row_a_case_and_a_column_a_vendor():
    page = rendered(result(), result("mysql-9.7", cells=[IGNORED]))
    assert "| case | MySQL 9.7 | SQLite 3.40.1 |" in page
    assert "| [`check.q`](#checkq) | ❌ ignored (warned) | ✅ enforced |" in page


def test_the_legend_has_only_the_marks_in_use():
    page = rendered(result())
    assert "**enforced**" in page
    assert "**ignored**" not in page
    assert "(warned)" not in page
    assert "a range of versions" not in page
    assert "**(warned)**" in rendered(result("mysql-9.7", cells=[IGNORED]))


def test_a_cell_that_is_not_enforced_has_its_sentence_and_its_warning():
    page = rendered(result("mysql-9.7", cells=[IGNORED]))
    assert "All get in. Django warns: models.W036: no support" in page


def test_a_control_without_a_constraint_is_not_called_enforced():
    control = result(cases={"check.q": case(constraint=None)})
    assert "| ▫️ no constraint |" in rendered(control)
    assert "✅" not in rendered(control)
    assert "no constraint" in shown(control)


def test_a_silent_loss_is_said():
    silent = cell(environment="mysql-9.7+django-6.1", verdict=Verdict.IGNORED)
    assert "Django warns of nothing." in rendered(result("mysql-9.7", cells=[silent]))


def test_error_messages_stand_side_by_side():
    rejected = cell(probes=[probe("reject", REJECTED, error(message="failed: a.b", names=False))])
    page = rendered(result(cells=[rejected]))
    assert "| SQLite 3.40.1 | IntegrityError | `23514` | no | `failed: a.b` |" in page


def test_not_run_is_never_drawn_as_a_verdict():
    missing = result("mysql-9.7", cells=[], cases={}, status=Status.NOT_RUN, reason="no Docker")
    page = rendered(result(), missing)
    assert "❔ unknown" in page
    assert "is **not-run**: no Docker" in page
    assert "not-run: no Docker" in shown(result(), missing)


def test_an_environment_that_was_not_observed_has_no_row_in_the_table_of_those_that_were():
    missing = result("mysql-9.7", cells=[], cases={}, status=Status.NOT_RUN, reason="no Docker")
    page = rendered(result(), missing)
    assert "| sqlite+django-6.1 | 3.40.1 |" in page
    assert "mysql-9.7+django-6.1" not in page
    assert "- mysql-9.7 on Django 6.1 is **not-run**: no Docker" in page


def test_the_page_tells_the_django_series():
    page = rendered(*(result(django=django) for django in ("6.1.3", "5.2.9", "6.0.1")))
    assert ", with Django 5.2, 6.0 and 6.1.\n" in page


def test_answers_of_one_vendor_stand_below_each_other():
    results = [result("mysql-9.7", cells=[IGNORED]), result("mysql-8.4")]
    answers = "✅ enforced: 8.4<br>❌ ignored (warned): 9.7"
    assert f"| [`check.q`](#checkq) | {answers} |" in rendered(*results)
    lines = shown(*results).splitlines()
    first = next(n for n, line in enumerate(lines) if "enforced: 8.4" in line)
    assert "ignored (warned): 9.7" in lines[first + 1]


def test_plainly_enforced_ones_share_a_line():
    page = rendered(result(), result("mysql-9.7", cells=[IGNORED]), result("mariadb-11.8"))
    assert "- ✅ **MariaDB 11.8, SQLite 3.40.1** enforced.\n" in page


def test_what_is_enforced_in_spite_of_a_warning_has_its_sentence():
    page = rendered(result(cells=[cell(system_checks=[warning()])]))
    assert "**SQLite 3.40.1** enforced. All is well. Django warns: models.W036: no support" in page


def test_a_later_attempt_is_noted():
    attempt = Attempt(status=Status.LOST, reason="the disk is full", at="2026-11-22T00:00:00Z")
    observed = result(last_attempt=attempt)
    said = "a later attempt (2026-11-22T00:00:00Z) was **lost**, the disk is full; the results of"
    assert f"sqlite+django-6.1: {said} 2026-11-21" in rendered(observed)
    assert "sqlite+django-6.1: lost at 2026-11-22T00:00:00Z: the disk" in shown(observed)


def test_the_terminal_says_a_doubt_once_and_where():
    partial = [
        result(
            "mysql-9.7",
            django=django,
            cells=[cell(environment=f"mysql-9.7+django-{django[:3]}", verdict=Verdict.PARTIAL)],
        )
        for django in ("5.2.9", "6.1.3")
    ]
    said = shown(*partial)
    assert "check.q on MySQL 9.7: partial: All is well.\n" in said
    assert said.count("All is well.") == 1


def test_what_a_lost_server_left_open_is_said_once():
    lost = result(
        "mysql-9.7",
        status=Status.LOST,
        reason="the server is gone",
        cases={"check.q": case(), "check.r": case()},
    )
    said = shown(lost)
    assert "mysql-9.7 on Django 6.1: lost: the server is gone" in said
    assert said.count("the server is gone") == 1
    assert "unknown" in said


def test_nothing_observed_is_a_page_all_the_same():
    missing = result("mysql-9.7", cells=[], cases={}, status=Status.NOT_RUN, reason="no Docker")
    assert "is **not-run**: no Docker" in rendered(missing)
    assert "mysql-9.7 on Django 6.1: not-run: no Docker" in shown(missing)


@pytest.mark.parametrize(
    "backend",
    ["mysql-<script>", "<script>", "mysql-|", "mysql-[bold]", "mysql-`x", "sqlite-\n# heading"],
)
def test_hostile_names_stay_text(backend):
    own = result(backend, server_version="<script>[x](y)|", django="<script>.1", python="<script>")
    other = result(backend, django="6.1", cells=[cell(environment=f"{backend}+django-6.1")])
    missing = result(
        f"{backend}9", cells=[], cases={}, status=Status.NOT_RUN, reason="<script>", django="6.1"
    )
    page = rendered(own, other, missing)
    assert "<script>" not in page
    assert "[x](y)" not in page
    assert "\n# heading" not in page
    overview = [line for line in page.splitlines() if line.startswith(("| case", "| [`check.q`"))]
    assert len({len(re.findall(r"(?<!\\)\|", line)) for line in overview}) == 1
    shown(own, other, missing)


def test_a_declaration_cannot_leave_its_block():
    described = msgspec.structs.replace(case(), declaration="```\n<script>\n```")
    assert "````python\n```\n<script>\n```\n````\n" in rendered(
        result(cases={"check.q": described})
    )


def test_hostile_text_stays_text():
    hostile = cell(
        summary="<script>alert(1)</script> | [link](javascript:x)",
        verdict=Verdict.PARTIAL,
        probes=[probe("reject", REJECTED, error(message="a | `b` <img src=x>"))],
    )
    page = rendered(result(cells=[hostile], cases={"check.q": case(title="<b>*")}))
    assert "<script>" not in page
    assert "<b>" not in page
    assert "[link](" not in page
    assert "``a \\| `b` <img src=x>``" in page
    assert "[bold]" in shown(result(cells=[cell(case="[bold]")], cases={"[bold]": case()}))


def test_the_same_document_gives_the_same_page():
    matrix = document(result(), result("mysql-9.7", cells=[IGNORED]))
    assert markdown.render(matrix) == markdown.render(matrix)
