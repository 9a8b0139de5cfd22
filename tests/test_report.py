"""The first reports: what they say, and that hostile text stays text."""

from __future__ import annotations

import io

from rich.console import Console

from matrix_project.report import markdown, terminal
from matrix_project.results import Status, Verdict
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


def test_the_matrix_has_a_row_a_case_and_a_column_an_environment():
    page = rendered(result(), result("mysql-9.7", cells=[IGNORED]))
    assert "| case | mysql-9.7 | sqlite 3.40.1 |" in page
    assert "| [`check.q`](#checkq) | ❌ ignored (warned) | ✅ enforced |" in page


def test_the_legend_has_only_the_marks_in_use():
    page = rendered(result())
    assert "**enforced**" in page
    assert "**ignored**" not in page


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
    assert "| sqlite 3.40.1 | IntegrityError | `23514` | no | `failed: a.b` |" in page


def test_not_run_is_never_drawn_as_a_verdict():
    missing = result("mysql-9.7", cells=[], cases={}, status=Status.NOT_RUN, reason="no Docker")
    page = rendered(result(), missing)
    assert "❔ unknown" in page
    assert "is **not-run**: no Docker" in page
    assert "not-run: no Docker" in shown(result(), missing)


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
