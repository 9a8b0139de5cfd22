"""The page in a real browser, from its file: what a reader does with mouse, keyboard and links."""

from __future__ import annotations

import os
import random
import re
import shutil
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import quote, unquote, urlsplit

import pytest

from matrix_project.report import page as pages
from matrix_project.results.codec import decode_matrix
from matrix_project.results.store import union
from tests import make
from tests.make import PROJECT, result
from tests.page.document import document, rare
from tests.test_hostile import hostile as long_words
from tests.test_page import HOSTILE, hostile
from tests.test_upstream import small

REPORTS = Path(__file__).parents[1] / "reports"
NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]

if CHROMIUM is None and "CI" not in os.environ:
    pytest.skip("Chromium is not here: install it", allow_module_level=True)

from axe_playwright_python.sync_playwright import Axe  # noqa: E402
from playwright.sync_api import expect, sync_playwright  # noqa: E402


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    file = tmp_path_factory.mktemp("page") / "index.html"
    file.write_text(pages.render(document()))
    return file.as_uri()


@pytest.fixture
def visit(browser, address):
    """Open the page; nothing but its file may be asked for, and nothing may go wrong in it."""
    contexts, opened, asked, wrong = [], [], [], []

    def visit(fragment="", at=address, **options):
        given = {"viewport": {"width": 1280, "height": 900}, "locale": "en-GB"} | options
        contexts.append(browser.new_context(**given))
        page = contexts[-1].new_page()
        page.set_default_timeout(5000)
        page.on("request", lambda request: asked.append(request.url.partition("#")[0]))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda message: wrong.append(message.text))
        opened.append(at)
        page.goto(f"{at}#{fragment}" if fragment else at)
        if given.get("java_script_enabled", True):
            page.wait_for_selector("html[data-ready]", state="attached")
        return page

    yield visit
    for context in contexts:
        context.close()
    assert wrong == []
    assert {url for url in asked if not url.startswith("data:")} <= set(opened)


def cell(page, case, column):
    row = page.locator("#matrix tbody tr", has=page.locator(f"code:text-is('{case}')"))
    return row.locator("td").nth(column)


def rows(page):
    return page.locator("#matrix tbody th[scope=row] code").all_text_contents()


def said(page, selector):
    return " ".join(page.locator(selector).inner_text().split())


def ticked(page, *names):
    for name in names:
        page.get_by_label(name, exact=True).check()


def fragment(page):
    return page.evaluate("location.hash")


def test_the_script_folds_as_python_does(visit):
    plain = visit(java_script_enabled=False)
    scripted = visit()
    assert said(scripted, "#matrix") == said(plain, "#matrix")


DRAWN = {
    "enforced": make.record(),
    "never created": make.record(seen=make.ignored()),
    "ignored": make.record(seen=make.ignored(make.warning(), sql=True)),
    "refused": make.record(seen=make.refused()),
    "unknown": make.with_verdict(make.record(), "unknown"),
}


@pytest.mark.parametrize("seed", range(6))
def test_the_script_folds_whatever_was_observed_as_python_does(visit, tmp_path, seed):
    draw = random.Random(seed)
    rows = [
        result(
            f"mariadb-{server}",
            {"check.q": DRAWN[verdict]},
            django=django,
            server_version=server,
        )
        for server in ("10.5", "10.11", "11", "12", "13", "14rc1")
        for django in ("5.2", "6.0", "6.1a1", "6.1")
        if (verdict := draw.choice([None, *DRAWN][seed % 2 :]))
    ]
    file = tmp_path / "index.html"
    file.write_text(pages.render(union({row.id: row for row in rows}, PROJECT)))
    plain = visit(at=file.as_uri(), java_script_enabled=False)
    assert said(visit(at=file.as_uri()), "#matrix") == said(plain, "#matrix")


def test_the_page_works_on_a_static_host(visit, address):
    folder = Path(unquote(urlsplit(address).path)).parent
    handler = partial(QuietHandler, directory=folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever).start()
        page = visit("cell=check.q&in=mysql", at=f"http://127.0.0.1:{server.server_port}/")
        expect(page.get_by_role("dialog")).to_be_visible()
        server.shutdown()


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def test_without_scripts_the_page_reads_and_says_where_the_evidence_is(visit):
    page = visit(java_script_enabled=False)
    expect(page.locator("noscript p")).to_be_visible()
    for section in ("overview", "errors", "claims", "cases", "environments"):
        expect(page.locator(f"#{section}")).to_be_visible()
    for section in ("choose", "move", "filters"):
        expect(page.locator(f"#{section}")).to_be_hidden()


def test_a_cell_opens_by_mouse_and_closes_by_escape(visit):
    page = visit()
    answer = cell(page, "singleton.key", 1).locator("a")
    answer.click()
    dialog = page.get_by_role("dialog", name="Singleton")
    expect(dialog).to_be_visible()
    expect(dialog).to_contain_text("One of 2 servers and Djangos that answer alike: MySQL 9.7.")
    expect(dialog).to_contain_text("The database refuses the DDL: no such check")
    expect(dialog).to_contain_text("does not count as applied")
    expect(dialog).to_contain_text("STRICT_ALL_TABLES")
    assert fragment(page) == "#cell=singleton.key&in=mysql"
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(answer).to_be_focused()
    assert fragment(page) == ""


def test_a_cell_opens_by_keyboard_and_back_closes_it(visit):
    page = visit()
    cell(page, "include.covering", 0).locator("a").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Covering unique")
    expect(dialog).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.locator("#picker")).to_be_focused()
    page.go_back()
    expect(dialog).to_be_hidden()


def test_every_stop_of_the_keyboard_shows_its_focus(visit):
    page = visit()
    seen = []
    for _ in range(25):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate(
                "() => { const element = document.activeElement;"
                " const box = element.type === 'radio' ? element.nextElementSibling : element;"
                " return getComputedStyle(box).outlineStyle !== 'none' }"
            )
        )
    assert all(seen)


def test_a_folded_cell_lets_one_pick_the_environment(visit):
    page = visit("cell=check.q&in=mariadb&as=partial")
    expect(page.locator("#picker")).to_have_value("mariadb-10.11+django-6.1")
    page.locator("#picker").focus()
    page.locator("#picker").select_option("mariadb-11.8+django-6.1")
    assert fragment(page) == "#cell=check.q&in=mariadb-11.8+django-6.1"
    expect(page.get_by_role("dialog")).to_contain_text("MariaDB 11.8")
    expect(page.locator("#picker")).to_be_focused()


def test_each_link_to_a_cell_opens_it_in_a_tab_of_its_own(visit):
    page = visit()
    links = page.locator("#matrix a.answer").evaluate_all("all => all.map((each) => each.hash)")
    assert len(set(links)) == len(links) == 21
    for link in links[::4]:
        opened = visit(link[1:])
        expect(opened.get_by_role("dialog")).to_be_visible()
        expect(opened.locator("#picker")).to_be_visible()


def test_the_evidence_is_all_there(visit):
    page = visit(f"cell=include.covering&in={quote('postgresql-18+django-6.1')}")
    dialog = page.get_by_role("dialog")
    for heading in (
        "Reproduce this cell",
        "Declared in Django",
        "System checks",
        "The control: created without the constraint",
        "Created with its table",
        "Added by AddConstraint",
        "In the catalogue",
        "Probes (5)",
        "full_clean()",
        "Also seen",
        "Django\N{RIGHT SINGLE QUOTATION MARK}s feature flag",
        "Added to rows that violate it",
        "Removed by RemoveConstraint",
        "rename the field",
        "Where and when",
    ):
        expect(dialog.get_by_role("heading", name=heading, exact=True)).to_be_visible()
    violating = dialog.locator("section", has_text="Added to rows that violate it")
    expect(violating).to_contain_text("SELECT id FROM customer WHERE NOT (age >= 18);")
    expect(violating).to_contain_text("It returned2 rows")
    expect(dialog).to_contain_text("This project first saw the present verdict on")
    expect(dialog).to_contain_text("4 March 2026")
    expect(dialog).to_contain_text("rejected, as the database does, unique: It exists.")
    assert probe_of(dialog, "a probe to reject").startswith(
        "as promised a probe to reject to be rejected: rejected at the statement"
    )
    for part in ("driver.IntegrityError", "duplicate key", "23514", "Sent before (1 statement)"):
        assert part in probe_of(dialog, "a probe to reject")


def probe_of(dialog, title):
    """Open a probe, and return what it tells."""
    probe = dialog.locator("details.probe", has_text=title)
    probe.evaluate("each => { each.open = true }")
    return " ".join(probe.inner_text().split())


def test_a_probe_tells_its_rows_and_its_control(visit):
    page = visit(f"cell=include.covering&in={quote('postgresql-18+django-6.1')}")
    dialog = page.get_by_role("dialog")
    told = probe_of(dialog, "a valid row")
    assert '+ {"name": "Ann", "age": 9223372036854775807}' in told
    assert '\N{MINUS SIGN} {"name": "Bob", "age": 18}' in told
    assert told.endswith("The control, without the constraint accepted")


def test_a_masked_probe_has_asked_nothing(visit):
    page = visit(f"cell=include.covering&in={quote('postgresql-18+django-6.1')}")
    told = probe_of(page.get_by_role("dialog"), "a row with no name")
    assert told.startswith("asked nothing")
    assert told.endswith(
        "rejected: something else rejects this row already, so the probe has asked nothing."
    )


def test_a_probe_that_a_fault_kept_from_its_answer_says_so(visit):
    page = visit(f"cell=include.covering&in={quote('postgresql-18+django-6.1')}")
    told = probe_of(page.get_by_role("dialog"), "a late row")
    assert told.startswith("not answered a late row to be rejected: no answer: lock wait time-out")


def test_a_question_tells_its_answer_and_what_it_means(visit):
    page = visit("cell=values.text_case&in=mysql")
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".verdict")).to_have_text("duplicate The answer is duplicate.")
    expect(dialog).to_contain_text("It is the same value.")
    answers = dialog.locator("section", has_text="The possible answers")
    expect(answers).to_contain_text("It is another value.")
    expect(dialog).to_contain_text("This project first saw the present answer on")
    assert said(page, "#evidence details.probe summary").startswith("accepted a probe")


@pytest.fixture(scope="module")
def rarities(tmp_path_factory):
    file = tmp_path_factory.mktemp("rare") / "index.html"
    file.write_text(pages.render(rare()))
    return file.as_uri()


@pytest.mark.parametrize(
    ("case", "told"),
    [
        ("rare.too-strict", "too strict"),
        ("rare.too-strict", "not as promised a row in capitals"),
        ("rare.ways", "With its tableenforced"),
        ("rare.ways", "By AddConstraintnot enforced"),
        ("rare.changed", "to be rejected: changed at the statement"),
        ("rare.changed", "to be rejected: torn at the statement"),
        ("rare.changed", "to be rejected: dropped at the statement"),
        ("rare.absent", "Django 5.2 cannot declare it."),
        ("rare.refused_by_Django", "refused by Django"),
        ("rare.refused_by_Django", "models.E043 (error, about this constraint): cannot be"),
        ("rare.uncontrolled", "No control could be built: others refer to it"),
        ("rare.left_out", "Left out, because this backend refuses them: another."),
        ("rare.left_out", "It is not known whether the constraint is there."),
    ],
)
def test_what_is_rarely_seen_is_told(visit, rarities, case, told):
    page = visit(f"cell={case}&in=sqlite", at=rarities)
    expect(page.get_by_role("dialog")).to_contain_text(told)


def test_a_way_round_leads_to_what_it_goes_round(visit):
    page = visit("cell=singleton.key&in=mysql-9.7+django-6.1")
    page.get_by_role("dialog").get_by_role("link", name="Check on a Q object").first.click()
    expect(page.get_by_role("dialog", name="Check on a Q object")).to_be_visible()
    assert fragment(page) == "#cell=check.q&in=mysql-9.7+django-6.1"


def test_a_link_to_a_cell_that_is_not_there_says_so(visit):
    page = visit("cell=check.gone&in=mysql")
    expect(page.get_by_role("dialog", name="No such cell")).to_be_visible()


def test_the_command_is_copied(visit):
    page = visit("cell=check.q&in=sqlite", permissions=["clipboard-read", "clipboard-write"])
    command = page.locator("#evidence section", has_text="Reproduce this cell")
    command.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == (
        "nox -s \"matrix(django='6.1')\" -- --backend sqlite --case check.q --output /tmp/one"
    )


def test_what_holds_everywhere_is_folded_and_made_when_it_is_opened(visit, tmp_path):
    described = {f"check.c{n:03}": make.case() for n in range(110)}
    row = result("sqlite", {case: make.record(case) for case in described}, described)
    file = tmp_path / "index.html"
    file.write_text(pages.render(union({row.id: row}, PROJECT)))
    page = visit(at=file.as_uri())
    expect(page.locator("#matrix tr")).to_have_count(0)
    page.locator("#matrix summary", has_text="110 hold wherever observed").click()
    expect(cell(page, "check.c109", 0)).to_contain_text("enforced")


def test_a_vendor_alone_shows_what_it_loses(visit):
    page = visit()
    assert rows(page) == [
        "check.q",
        "condition.unique",
        "include.covering",
        "singleton.key",
        "values.text_case",
    ]
    page.locator("summary", has_text="Vendor").click()
    ticked(page, "PostgreSQL")
    assert rows(page) == []
    assert fragment(page) == "#vendor=postgresql"
    page.get_by_role("link", name="Lost on MySQL 9.7").click()
    assert fragment(page) == "#overview&vendor=mysql&backend=mysql-9.7&django=6.1&verdict=ignored"
    assert rows(page) == ["condition.unique", "include.covering"]


def test_silent_losses(visit):
    page = visit()
    ticked(page, "Lost without a warning")
    assert rows(page) == ["check.q", "condition.unique"]
    expect(page.locator("#count")).to_have_text(
        "2 of 5 cases, on 11 of 11 observed servers and Djangos."
    )


def test_no_loss_without_a_warning_is_not_no_loss(visit):
    page = visit("silent=1&vendor=mysql")
    expect(page.locator("#count")).to_contain_text("a system check warns of it")


def test_a_link_with_a_choice_leads_to_it(visit):
    page = visit("need=check.q")
    expect(page.locator("#choose-title")).to_be_focused()
    page = visit("from=mysql-9.7%2Bdjango-6.1")
    expect(page.locator("#move-title")).to_be_focused()


def test_the_error_a_user_meets_stands_first(visit):
    page = visit("cell=check.q&in=mysql-9.7%2Bdjango-6.1")
    assert "mysql: rule" in said(page, "#evidence section:first-of-type")


def test_a_label_speaks_of_what_is_shown_alone(visit):
    page = visit("backend=mariadb-11.8,postgresql-16,postgresql-18&django=6.1")
    assert (
        said(page, "#matrix table:first-of-type thead >> nth=0")
        == "condition PostgreSQL 16, 18 MariaDB 11.8"
    )
    expect(cell(page, "condition.unique", 0)).to_contain_text("enforced")


def test_a_cell_opens_on_what_is_shown(visit):
    page = visit("backend=mariadb-10.11,postgresql-16&django=6.1")
    cell(page, "check.q", 1).locator("a").click()
    expect(page.locator("#picker")).to_have_value("mariadb-10.11+django-6.1")
    expect(page.get_by_role("dialog")).to_contain_text("partial")


def test_filters_are_in_the_link_and_are_reset(visit):
    page = visit("family=check,include&verdict=ignored&q=COVER")
    assert rows(page) == ["include.covering"]
    expect(page.get_by_role("searchbox")).to_have_value("COVER")
    page.get_by_role("button", name="Reset").click()
    assert len(rows(page)) == 5
    assert fragment(page) == ""


def test_search_finds_errors_too(visit):
    page = visit()
    page.get_by_role("searchbox").fill("unique failed")
    assert rows(page) == ["condition.unique"]
    assert fragment(page) == "#q=unique%20failed"
    assert rows(visit(fragment(page)[1:])) == ["condition.unique"]


def test_a_menu_closes_by_escape_and_gives_the_focus_back(visit):
    page = visit()
    menu = page.locator("summary", has_text="Django")
    menu.click()
    page.get_by_label("5.2", exact=True).focus()
    page.keyboard.press("Escape")
    expect(page.get_by_label("5.2", exact=True)).to_be_hidden()
    expect(menu).to_be_focused()


def chosen(page, how):
    return page.locator(f"#choice .chosen.{how} .backend").all_inner_texts()


def test_choosing_keeps_what_satisfies_and_says_why_others_do_not(visit):
    page = visit()
    ticked(page, "Covering unique", "Check on a Q object")
    assert chosen(page, "met") == ["PostgreSQL 16–18"]
    assert chosen(page, "failed") == [
        "MySQL 9.7",
        "MariaDB 10.11",
        "MariaDB 11.8",
        "SQLite 3.40.1",
    ]
    missing = page.locator("#choice details.note")
    expect(missing).to_contain_text("Not observed here: MySQL 8.4 and MariaDB 12.3")
    missing.locator("summary").click()
    expect(missing).to_contain_text("the nearest series that was observed is MySQL 9.7.")
    expect(missing).to_contain_text("--backend mysql-8.4")
    failed = said(page, "#choice .chosen.failed")
    assert "Covering unique: never created warned Never created: Django sends no SQL" in failed
    assert fragment(page) == "#need=check.q,include.covering"
    again = visit(fragment(page)[1:])
    assert chosen(again, "met") == ["PostgreSQL 16–18"]


def test_the_error_must_name_the_constraint_where_one_asks_for_it(visit):
    page = visit("need=condition.unique")
    assert chosen(page, "met") == ["PostgreSQL 16–18", "SQLite 3.40.1"]
    ticked(page, "The error must name the constraint")
    assert chosen(page, "met") == ["PostgreSQL 16–18"]
    assert "SQLite 3.40.1" in chosen(page, "failed")


def test_choosing_on_one_django(visit):
    page = visit("need=check.q&on=5.2")
    assert chosen(page, "met") == ["PostgreSQL 16–18", "MySQL 9.7"]


def test_moving_tells_what_is_lost_gained_and_reads_differently(visit):
    page = visit()
    page.locator("[name=from]").select_option("postgresql-18+django-6.1")
    page.locator("[name=to]").select_option("mysql-9.7+django-6.1")
    expect(page.locator("#move-count")).to_have_text(
        "Lost: 2; Holds, the error reads differently: 1; Answered in another way: 1;"
        " Ways round and comparisons that differ, not counted: 1."
    )
    assert "Singleton" not in said(page, "#moved .lost")
    page.locator("#moved .uncounted summary").click()
    assert "Singleton" in said(page, "#moved .uncounted")
    expect(page.locator("#moved .errors").first).to_contain_text("mysql: rule")
    page.get_by_role("button", name="The other way round").click()
    expect(page.locator("#move-count")).to_contain_text("Gained: 2")
    assert fragment(page) == "#from=mysql-9.7+django-6.1&to=postgresql-18+django-6.1"


def test_moving_to_what_was_not_observed_loses_nothing(visit):
    page = visit("from=mysql-9.7&to=mysql-8.4")
    expect(page.locator("#move-count")).to_have_text("Not observed: 5.")


def test_the_age_of_a_run_is_told_by_the_reader_s_clock(visit):
    page = visit(java_script_enabled=True)
    told = page.locator("#environments time").first
    assert re.fullmatch(r"21 November 2026, 00:00 UTC \(.+\)", told.inner_text())


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "fragment",
    [
        "",
        "q=unique",
        "one=django-5.2&other=django-6.1",
        "case:include.covering",
        "cell=singleton.key&in=mysql",
        "need=condition.unique,include.covering&from=postgresql-18&to=sqlite",
    ],
)
def test_axe_finds_nothing(visit, scheme, fragment):
    page = visit(fragment, color_scheme=scheme)
    for details in page.locator("main details, dialog details").all():
        details.evaluate("each => { each.open = true }")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_a_phone_scrolls_no_way_but_down(visit):
    for fragment in ("", "q=unique", "need=check.q&from=postgresql-18&to=sqlite"):
        page = visit(fragment, viewport={"width": 360, "height": 740}, has_touch=True)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide == 360, fragment
    page = visit("cell=singleton.key&in=mysql", viewport={"width": 360, "height": 740})
    assert page.evaluate("document.querySelector('dialog .body').scrollWidth") <= 360


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("fragment", ["", "q=values", "cell=values.q&in=sqlite", "need=values.q"])
def test_no_word_of_a_document_is_wider_than_the_page(visit, tmp_path, width, fragment):
    file = tmp_path / "long.html"
    file.write_text(pages.render(long_words()))
    page = visit(fragment, at=file.as_uri(), viewport={"width": width, "height": 740})
    for within in ("html", "dialog", "dialog .body"):
        each = page.locator(within)
        if each.count():
            assert each.evaluate("each => each.scrollWidth - each.clientWidth") == 0, within
    table = page.locator("#matrix").evaluate("each => each.scrollWidth")
    assert table <= 1280


def test_dark_is_dark(visit):
    page = visit(color_scheme="dark")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert max(map(int, re.findall(r"\d+", ground))) < 60


def test_print_has_the_whole_table_and_no_controls(visit):
    page = visit("vendor=mysql")
    page.emulate_media(media="print")
    expect(page.locator("#filters")).to_be_hidden()
    expect(page.locator("nav")).to_be_hidden()
    expect(page.locator("#matrix table").first).to_be_visible()
    expect(page.locator("#cases")).to_be_hidden()


def test_print_has_the_case_that_was_picked_and_no_other(visit):
    page = visit("case:include.covering")
    page.emulate_media(media="print")
    expect(page.locator("#cases article:visible")).to_have_attribute("id", "case:include.covering")


def test_a_phone_has_the_servers_beside_each_line_of_the_picture(visit, tmp_path):
    file = tmp_path / "index.html"
    file.write_text(pages.render(decode_matrix((REPORTS / "matrix.json").read_bytes())))
    for width in (390, 360, 320):
        page = visit(at=file.as_uri(), viewport={"width": width, "height": 740})
        lines = page.locator(".together").all()
        assert len(lines) > 1
        for line in lines:
            blocks = [each.bounding_box() for each in line.locator(".block").all()]
            assert len({box["y"] + box["height"] for box in blocks}) == 1, width
            assert max(box["x"] + box["width"] for box in blocks) <= width
            expect(line.locator(".block").first.locator("svg.short")).to_be_visible()


def test_a_hostile_document_is_inert(visit, tmp_path):
    file = tmp_path / "hostile.html"
    file.write_text(pages.render(hostile()))
    page = visit(at=file.as_uri())
    page.on("dialog", lambda _: pytest.fail("a script of the document ran"))
    page.locator("#matrix a.answer").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(HOSTILE)
    links = dialog.locator("a:not([href^='#'])").evaluate_all(
        "all => all.map((each) => each.protocol)"
    )
    assert links == ["https:"]
    assert page.locator("img").count() == 0
    assert page.locator("script").count() == 2
    page.keyboard.press("Escape")
    page.locator("[name=need]").check()
    page.reload()
    assert chosen(page, "failed")


def test_a_variant_tells_beside_its_answer_which_settings_differ(visit, tmp_path):
    file = tmp_path / "index.html"
    collations = {"mysql-9.7": "utf8mb4_0900_ai_ci", "mysql-9.7~utf8mb4_bin": "utf8mb4_bin"}
    found = [
        result(each, server_version="9.7.4", settings={"collation": collation})
        for each, collation in collations.items()
    ]
    file.write_text(pages.render(union({each.id: each for each in found}, PROJECT)))
    line = "With collation utf8mb4_bin in place of utf8mb4_0900_ai_ci."
    page = visit("cell=check.q&in=mysql-9.7~utf8mb4_bin+django-6.1", at=file.as_uri())
    expect(page.get_by_role("dialog")).to_contain_text(line)
    page = visit("cell=check.q&in=mysql-9.7+django-6.1", at=file.as_uri())
    expect(page.get_by_role("dialog")).to_contain_text("collation")
    expect(page.get_by_role("dialog")).not_to_contain_text(line)


def test_a_cell_leads_to_the_fault_upstream_that_it_shows(visit, tmp_path):
    file = tmp_path / "index.html"
    file.write_text(pages.render(small()))
    page = visit("cell=check.md5&in=mysql-9.7%2Bdjango-6.1", at=file.as_uri())
    page.locator("#evidence").get_by_role("link", name="MD5 and SHA1 fail").click()
    expect(page.locator("#evidence")).to_be_hidden()
    heading = page.get_by_role("heading", name="MD5 and SHA1 fail")
    expect(heading).to_be_in_viewport()
    expect(heading).to_be_focused()
    assert unquote(urlsplit(page.url).fragment) == "upstream:django_mysql_md5_sha1"
    page.go_back()
    expect(page.locator("#evidence")).to_be_visible()
