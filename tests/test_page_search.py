"""The search of the page of the accepted results: the right row comes first."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path

import pytest

from matrix_project.report import page as pages
from matrix_project.results.codec import decode_matrix
from tests.page.queries import QUERIES
from tests.test_page_browser import browser, expect

__all__ = ["browser"]

REPORTS = Path(__file__).parents[1] / "reports"


@pytest.fixture(scope="module")
def page(browser, tmp_path_factory):
    file = tmp_path_factory.mktemp("page") / "index.html"
    file.write_text(pages.render(decode_matrix((REPORTS / "matrix.json").read_bytes())))
    page = browser.new_page()
    page.goto(file.as_uri())
    page.wait_for_selector("html[data-ready]", state="attached")
    yield page
    page.close()


def found(page, query):
    page.get_by_role("searchbox").fill(query)
    return page.locator("#matrix tbody th code").all_text_contents()


@pytest.mark.parametrize(("query", "right"), QUERIES.items())
def test_the_right_case_comes_first(page, query, right):
    first, *_ = found(page, query)
    assert fnmatch(first, right)


def test_what_is_there_for_comparison_comes_last(page):
    *_, last = found(page, "condition unique")
    assert last == "condition.unconditional"


@pytest.mark.parametrize("words", ["unique condition", "condition unique", "Condition,  UNIQUE"])
def test_words_stand_in_any_order(page, words):
    assert found(page, words)[0] == "condition.unique_draft"


def test_a_vendor_and_a_version_are_filters(page):
    found(page, "partial index mysql 9.7")
    heads = page.locator("#matrix thead").first.locator("th").all_text_contents()
    assert heads == ["Found", "MySQL 9.7"]


def test_a_version_that_was_not_observed_is_said_first(page):
    found(page, "conditional unique MySQL 8.4")
    expect(page.locator("#matrix .note").first).to_contain_text(
        "MySQL 8.4 was not observed here. Nothing is implied of it; the nearest series that was"
        " observed is MySQL 9.7."
    )
    page.locator("#matrix .note a", has_text="MySQL 9.7").click()
    expect(page.get_by_role("searchbox")).to_have_value("mysql 9.7 conditional unique")


def test_a_version_that_the_report_does_not_know_is_told(page):
    found(page, "conditional unique mysql 8.0 django4.2")
    notes = page.locator("#matrix .note").all_text_contents()
    assert notes == [
        (
            "MySQL 8.0 is not in this report; it has MySQL 8.4, 9.7, 9.7~utf8mb4_0900_as_cs and"
            " 9.7~utf8mb4_bin."
        ),
        "Django 4.2 is not in this report; it has Django 5.2, 6.0 and 6.1.",
    ]


def test_what_no_case_has_is_not_covered(page):
    assert found(page, "blockchain") == []
    expect(page.locator("#matrix")).to_contain_text("blockchain\u201d is not covered by any case.")


def test_a_word_that_is_nearly_there_is_offered(page):
    assert found(page, "exclusivity") == []
    expect(page.locator("#matrix .note")).to_contain_text("Nearest: exclus")


def test_what_is_not_covered_does_not_hide_the_other_words(page):
    assert found(page, "exclusion blockchain")[0].startswith("exclusion.")
    expect(page.locator("#matrix .note")).to_contain_text("is not covered by any case.")
