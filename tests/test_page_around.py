"""What is written beside the page: the picture, the feed, and what a public address brings."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from matrix_project.report import feed, image, markdown, page
from matrix_project.report.folding import Folding
from matrix_project.report.png import convert
from matrix_project.report.publish import publish
from matrix_project.report.since import since
from matrix_project.report.site import ADDRESS, NOWHERE, REPOSITORY, Site, site_of
from matrix_project.report.standings import standings
from matrix_project.results.store import Store, union
from tests.make import PROJECT, case, record, result
from tests.page.document import document
from tests.test_page import Tree, hostile

SITE = Site("https://me.example/matrix/", "https://code.example/me/matrix")
ATOM = "{http://www.w3.org/2005/Atom}"


def of(matrix):
    return {each.name: each for each in standings(matrix, Folding(matrix))}


def test_a_vendor_keeps_and_loses_what_is_counted():
    found = of(document())
    assert found["PostgreSQL 18"].sentence == "keeps all 3 promises."
    mysql = found["MySQL 9.7"]
    assert mysql.sentence == "keeps 1 of 3 promises: Django never creates 2."
    assert [(each.name, each.lost, each.of) for each in mysql.losses] == [
        ("condition", 1, 1),
        ("include", 1, 1),
    ]
    assert mysql.lost == ["ignored"]
    assert mysql.others == "Not observed: 8.4."
    assert found["MariaDB 11.8"].others == "10.11 keeps none. Not observed: 12.3."


def test_ways_round_and_what_is_there_for_comparison_are_not_counted():
    cases = {
        "check.q": case(),
        "check.plain": case("Plain (for comparison)"),
        "check.round": case("In place of Q", instead_of="check.q"),
    }
    row = result("sqlite", {each: record(each) for each in cases}, cases)
    matrix = union({row.id: row}, PROJECT)
    assert of(matrix)["SQLite 3.40.1"].sentence == "keeps the one promise."
    for told in (image.render(matrix), page.render(matrix), markdown.render(matrix)):
        assert "Ways round and what is there for comparison are in the picture, and not" in told


def test_what_was_not_observed_is_not_lost():
    cases = {"check.q": case(), "check.other": case()}
    row = result("sqlite", {"check.q": record("check.q")}, cases)
    found = of(union({row.id: row}, PROJECT))["SQLite 3.40.1"]
    assert found.sentence == "keeps 1 of 2 promises: 1 was not observed."
    assert not found.losses


def test_the_answer_of_the_newest_server_goes_back_as_far_as_it_was_observed():
    matrix = document()
    told = {each.name: each.sentence for each in since(matrix, Folding(matrix), "check.q")}
    assert (
        told["PostgreSQL"]
        == "Unchanged over PostgreSQL 16\u201318. Unchanged over Django 5.2, 6.1."
    )
    assert told["MariaDB"] == (
        "So on MariaDB 11.8; differs before 11.8: partial on 10.11. Observed on Django 6.1 alone."
        " MariaDB 12.3 was not observed."
    )


def test_the_picture_has_every_backend_and_is_well_formed():
    root = ET.fromstring(image.render(document()))
    said = " ".join("".join(root.itertext()).split())
    assert "MySQL 9.7 keeps 1 of 3 promises" in said
    assert "8.4: not observed" in said
    assert {each.get("class") for each in root.iter("{http://www.w3.org/2000/svg}path")} >= {
        "holds",
        "lost",
        "cannot",
        "missing",
    }


def test_a_hostile_document_stays_text_in_the_picture_and_the_feed():
    for told in (image.render(hostile()), feed.render(hostile(), SITE)):
        tags = {each.tag.rpartition("}")[2] for each in ET.fromstring(told).iter()}
        assert "script" not in tags
        assert "<script>" not in told


def test_the_feed_tells_what_was_first_seen_on_a_day():
    root = ET.fromstring(feed.render(document(), SITE))
    (entry,) = root.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}updated") == "2026-03-04T00:00:00Z"
    told = entry.findtext(f"{ATOM}content").splitlines()
    assert "Singleton: refused on MySQL 9.7" in told
    assert entry.findtext(f"{ATOM}id") == "https://me.example/matrix/#2026-03-04"


def links(site):
    return {each.get("href") for each in Tree(page.render(document(), site=site)).all("a")}


def test_what_needs_a_public_address_is_left_out_where_there_is_none():
    assert not any(each.startswith("https://me.") for each in links(NOWHERE))
    assert {f"{SITE.address}feed.xml", SITE.repository} <= links(SITE)
    head = Tree(page.render(document(), site=SITE)).all("link")
    assert {"rel": "canonical", "href": SITE.address} in head


@pytest.mark.parametrize("text", ["javascript:alert(1)", "matrix", "http://[", ""])
def test_what_is_no_address_of_the_web_is_none(text):
    assert site_of({ADDRESS: text, REPOSITORY: text}) == NOWHERE
    assert (
        site_of({ADDRESS: "https://me.example/matrix", REPOSITORY: f"{SITE.repository}/"}) == SITE
    )


def test_the_sizes_of_the_files_beside_it_stand_on_the_page(tmp_path, monkeypatch):
    monkeypatch.setenv(ADDRESS, SITE.address)
    store = Store(tmp_path)
    store.keep(result())
    publish(store, PROJECT)
    said = Tree((tmp_path / "index.html").read_text()).said
    assert "matrix.csv (1 kB)" in said
    assert (tmp_path / "heatmap.svg").is_file()
    assert (tmp_path / "feed.xml").is_file()


def test_the_picture_is_a_png_where_a_report_is_published(tmp_path):
    store = Store(tmp_path)
    store.keep(result())
    publish(store, PROJECT)
    data = convert(tmp_path).read_bytes()
    assert data.startswith(b"\x89PNG\r\n")
    svg = (tmp_path / "heatmap.svg").read_text()
    width = int(re.search(r'width="(\d+)"', svg)[1])
    assert int.from_bytes(data[16:20], "big") == 2 * width
