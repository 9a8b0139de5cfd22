"""What a reader comes for: the picture, advice, a move of one's own constraints, a comparison."""

from __future__ import annotations

import json
import re

import msgspec
import pytest

from matrix_project.report import page as pages
from matrix_project.report.site import Site
from matrix_project.results.codec import encode
from matrix_project.results.contract import Fact, Validation
from matrix_project.results.store import union
from tests import make
from tests.make import PROJECT, result
from tests.page.document import document
from tests.test_page_browser import Axe, address, browser, expect, fragment, said, visit

__all__ = ["address", "browser", "visit"]

LOSS = "cell=condition.unique&in=mysql-9.7%2Bdjango-6.1"


def at(page, kind, column, row):
    """Return the middle of a cell of the picture's first block of a kind."""
    box = page.locator(f"#map svg.cells.{kind}").first.bounding_box()
    count = int(page.locator(f"#map svg.cells.{kind}").first.get_attribute("data-count"))
    width = box["width"] / count
    return box["x"] + width * (column + 0.5), box["y"] + 13 * row + 6.5


def test_the_picture_tells_a_cell_that_is_pointed_at_and_a_click_opens_it(visit):
    page = visit()
    page.mouse.move(*at(page, "promise", 0, 4))
    expect(page.locator("#map-said")).to_have_text(
        "Check on a Q object, MySQL 9.7 on Django 6.1: enforced"
    )
    page.mouse.move(*at(page, "promise", 0, 3))
    expect(page.locator("#map-said")).to_have_text(
        "Check on a Q object, MySQL 8.4 on Django 6.1: not observed"
    )
    page.mouse.click(*at(page, "promise", 0, 4))
    expect(page.get_by_role("dialog", name="Check on a Q object")).to_be_visible()
    assert fragment(page) == "#cell=check.q&in=mysql-9.7+django-6.1"


def test_the_arrows_walk_over_the_picture_and_enter_opens(visit):
    page = visit()
    page.locator("#map").focus()
    for key in ("ArrowDown", "ArrowRight", *["ArrowDown"] * 4):
        page.keyboard.press(key)
    expect(page.locator("#map-said")).to_have_text(
        "Unique under a condition, MySQL 9.7 on Django 6.1: never created (warned)"
    )
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Unique under a condition")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#map")).to_be_focused()


def test_the_arrows_stay_within_the_picture(visit):
    page = visit()
    page.locator("#map").focus()
    for key in ["ArrowUp"] * 3 + ["ArrowRight"] * 9 + ["ArrowDown"] * 20:
        page.keyboard.press(key)
    expect(page.locator("#map-said")).to_have_text(
        "Upper and lower case, SQLite 3.40.1 on Django 6.1: distinct"
    )


def test_the_first_loss_is_few_stops_away(visit):
    page = visit()
    stops = []
    while len(stops) < 29 and not any("partial" in each for each in stops):
        page.keyboard.press("Tab")
        stops.append(page.evaluate("document.activeElement.textContent"))
    assert "partial" in stops[-1]


def test_a_slash_leads_to_the_search(visit):
    page = visit()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("1/2")
    expect(page.get_by_role("searchbox")).to_have_value("1/2")


def test_a_link_says_the_case_the_server_and_the_answer(visit):
    page = visit()
    name = "Unique under a condition, MySQL 9.7: never created warned"
    expect(page.get_by_role("link", name=name, exact=True)).to_have_count(1)


def test_what_is_lost_comes_with_advice(visit):
    page = visit(LOSS)
    advice = page.locator("#evidence section", has_text="What to do on MySQL 9.7")
    expect(advice).to_contain_text("None of this matrix goes round it.")
    page = visit("cell=singleton.key&in=mysql-9.7%2Bdjango-6.1")
    advice = page.locator("#evidence section", has_text="What to do on MySQL 9.7")
    expect(advice).to_contain_text("Check on a Q object: enforced on MySQL 9.7")


def test_what_was_also_seen_of_a_way_round_stands_beside_it(visit, tmp_path):
    seen = make.enforced("no")
    seen.facts = [Fact(title="An update that forgets the column", shows="ann has 2 drafts")]
    cases = {"check.q": make.case(), "check.round": make.case("Nullable", instead_of="check.q")}
    records = {
        "check.q": make.record(seen=make.ignored()),
        "check.round": make.record("check.round", seen),
    }
    found = result("sqlite", records, cases)
    file = tmp_path / "index.html"
    file.write_text(pages.render(union({found.id: found}, PROJECT)))
    told = "Also seen: An update that forgets the column: ann has 2 drafts"
    page = visit("cell=check.q&in=sqlite", at=file.as_uri())
    assert told in said(page, "#evidence .body")
    page = visit("case:check.q", at=file.as_uri())
    expect(page.locator("article:visible")).to_contain_text(told)


def test_the_probes_that_came_out_otherwise_stand_first(visit, tmp_path):
    probes = [make.probe(id="met"), make.probe(outcome=make.ACCEPTED, title="let in", id="let_in")]
    found = result("sqlite", {"check.q": make.record(seen=make.observation(probes=probes))})
    file = tmp_path / "index.html"
    file.write_text(pages.render(union({found.id: found}, PROJECT)))
    page = visit("cell=check.q&in=sqlite", at=file.as_uri())
    expect(page.locator("#evidence details.probe").first).to_contain_text("let in")


def test_what_was_not_observed_says_so_before_its_reason(visit):
    page = visit("cell=check.q&in=mysql-8.4%2Bdjango-6.1")
    told = said(page, "#evidence .body")
    assert told.index("Not observed here;") < told.index("MySQL 8.4 was not observed here.")
    assert told.index("MySQL 8.4 was not observed here.") < told.index("no Docker")


def test_what_full_clean_catches_and_what_passes_it_by_are_told(visit, tmp_path):
    row = Validation(
        row="violating 1", outcome="rejected", code=None, message="No.", compared="stricter"
    )
    lost = msgspec.structs.replace(make.ignored(make.warning()), validation=[row])
    file = tmp_path / "index.html"
    race = "transactions.race_unique"
    cases = {
        "check.q": make.case(declaration="UniqueConstraint()"),
        race: make.question("Two connections", answers={"fails_at_once": "It fails."}),
    }
    records = {"check.q": make.record(seen=lost), race: make.answer(race, "fails_at_once")}
    found = result("mysql-9.7", records, cases, server_version="9.7.4")
    file.write_text(pages.render(union({found.id: found}, PROJECT)))
    page = visit("cell=check.q&in=mysql", at=file.as_uri())
    told = said(page, "#evidence .body")
    assert "full_clean() rejects the violating rows here" in told
    assert "These ways in wrote one all the same:" in told
    page.get_by_role("link", name="of two requests at once").click()
    expect(page.locator("#evidence")).to_contain_text("Two connections")


def test_since_which_version_and_since_when_are_two_things(visit):
    page = visit("cell=check.q&in=mariadb-11.8%2Bdjango-6.1")
    told = said(page, "#evidence section:has(h3:text-is('Since which version'))")
    assert "So on MariaDB 11.8; differs before 11.8: partial on 10.11." in told
    assert "This project first saw the present verdict on 4 March 2026" in told


def test_a_move_to_what_was_not_observed_says_so_first_and_offers_the_nearest(visit):
    page = visit("from=postgresql-18&to=mysql-8.4")
    first = page.locator("#moved > *").first
    expect(first).to_contain_text("MySQL 8.4 was not observed here.")
    first.get_by_role("link", name="MySQL 9.7").click()
    expect(page.locator("[name=to]")).to_have_value("mysql-9.7+django-6.1")
    expect(page.locator("#move-count")).to_contain_text("Lost: 2")


def test_a_move_is_printed_as_a_memo(visit):
    page = visit("from=postgresql-18&to=mysql-9.7")
    page.emulate_media(media="print")
    expect(page.locator("#moved")).to_contain_text(
        "Moving from PostgreSQL 18 on Django 6.1 to MySQL"
    )
    expect(page.locator("#moved .lost table")).to_be_visible()
    for hidden in ("#first", "#overview", "#route", "#errors"):
        expect(page.locator(hidden)).to_be_hidden()


def own():
    """The document of an audit, as text."""
    id_ = "shop.Order/one_open_order"
    cases = {id_: make.case("one_open_order", family="shop", file="shop/models.py", line=31)}
    seen = {"postgresql-18": make.record(id_), "mysql-9.7": make.record(id_, make.ignored())}
    found = [result(backend, {id_: record}, cases) for backend, record in seen.items()]
    return encode(union({each.id: each for each in found}, PROJECT)).decode()


def test_one_moves_one_s_own_constraints_alone(visit, tmp_path):
    file = tmp_path / "matrix.json"
    file.write_text(own())
    page = visit("from=postgresql-18&to=mysql-9.7")
    page.locator("details.own summary").click()
    page.locator("#own-file").set_input_files(file)
    expect(page.locator("#moved")).to_contain_text("Of 1 constraint of your audit 1 is lost.")
    told = said(page, "#moved tbody")
    assert "shop.Order/one_open_order" in told
    assert "shop/models.py:31" in told
    assert "never created silent" in told
    assert "Singleton" not in told
    page.get_by_role("button", name="Back to all cases").click()
    expect(page.locator("#move-count")).to_contain_text("Lost: 2")


def test_what_one_s_audit_did_not_observe_is_not_taken_from_the_matrix(visit):
    page = visit("from=postgresql-18&to=sqlite")
    page.locator("details.own summary").click()
    page.locator("#own-text").fill(own())
    expect(page.locator("#moved")).to_contain_text("Your audit did not observe SQLite 3.40.1")
    expect(page.locator("#moved tbody")).to_contain_text("not observedNot in your audit.")


@pytest.mark.parametrize("text", ["{", "[]", "null", '{"cases": 1}', json.dumps({"cases": {}})])
def test_what_is_no_document_is_refused_in_a_line(visit, text):
    page = visit("from=postgresql-18&to=sqlite")
    page.locator("details.own summary").click()
    page.locator("#own-text").fill(text)
    expect(page.locator("#own-said")).to_have_text(re.compile("^This is no "))


def test_two_djangos_are_compared_on_every_backend_that_has_both(visit):
    page = visit("one=django-5.2&other=django-6.1")
    expect(page.locator("#compare-count")).to_have_text(
        "0 differences between Django 5.2 and Django 6.1."
    )
    page.locator("[name=one]").select_option("mariadb-10.11+django-6.1")
    page.locator("[name=other]").select_option("mariadb-11.8+django-6.1")
    expect(page.locator("#compare-count")).to_contain_text("1 difference between")
    assert "partial" in said(page, "#compared tbody")


def test_a_permalink_has_a_title_of_its_own(visit):
    assert visit().title().startswith("Constraint Matrix: what the databases do")
    assert visit(LOSS).title().startswith("Unique under a condition on MySQL 9.7")
    assert visit("case:check.q").title().startswith("Check on a Q object")
    assert visit("from=mysql-9.7&to=sqlite").title().startswith("Moving from MySQL 9.7 to SQLite")


def test_a_case_is_shown_alone(visit):
    page = visit("case:check.q")
    expect(page.locator("#cases article:visible")).to_have_count(1)
    expect(page.get_by_role("heading", name="Check on a Q object")).to_be_in_viewport()


def test_a_wrong_cell_has_an_issue_that_is_filled_in(visit, tmp_path):
    file = tmp_path / "index.html"
    file.write_text(pages.render(document(), site=Site("", "https://code.example/me/matrix")))
    page = visit(LOSS, at=file.as_uri())
    link = page.get_by_role("link", name="This cell is wrong").get_attribute("href")
    assert link.startswith("https://code.example/me/matrix/issues/new?title=Wrong+cell%3A+cond")
    assert "never+created" in link


def test_nothing_scrolls_within_the_page(visit):
    page = visit()
    boxes = page.evaluate(
        """[...document.querySelectorAll('main *')].filter((each) => {
            const style = getComputedStyle(each);
            return /auto|scroll/.test(style.overflowY) && each.scrollHeight > each.clientHeight + 1
                && each.tagName !== 'PRE' && each.checkVisibility();
        }).length"""
    )
    assert boxes == 0


def test_axe_finds_nothing_while_the_picture_is_walked(visit):
    page = visit()
    page.locator("#map").focus()
    page.keyboard.press("ArrowDown")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def audit():
    id_ = "shop.Order/one_open_order"
    cases = {id_: make.case("one_open_order", family="shop", file="shop/models.py", line=31)}
    seen = {"postgresql-18": make.record(id_), "mysql-9.7": make.record(id_, make.ignored())}
    found = [result(backend, {id_: record}, cases) for backend, record in seen.items()]
    return union({each.id: each for each in found}, PROJECT)


def test_what_was_not_observed_is_never_folded_among_what_holds(visit):
    page = visit("backend=mysql-8.4")
    expect(page.locator("#matrix details.alike")).to_have_count(0)
    answers = page.locator("#matrix a.answer").all_inner_texts()
    assert len(answers) == 5
    assert all(each.endswith("not observed") for each in answers)


def test_the_page_of_an_audit_is_this_page(visit, tmp_path):
    file = tmp_path / "index.html"
    file.write_text(pages.render(audit()))
    page = visit(at=file.as_uri())
    expect(page.locator("#first")).to_contain_text("1 constraint: none holds everywhere.")
    expect(page.locator("#claims")).to_have_count(0)
    page.locator("#matrix a.answer", has_text="never created").click()
    expect(page.get_by_role("dialog")).to_contain_text("shop/models.py:31")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
