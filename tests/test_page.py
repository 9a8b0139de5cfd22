"""The page as text: what it tells without a script, that it is inert, and that it stays small."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import msgspec
import pytest

from matrix_project.report import page
from matrix_project.report.folding import Folding
from matrix_project.report.page_data import pack
from matrix_project.results import Attempt, Claim, Source, Status, Verdict
from matrix_project.store import union
from tests.make import PROJECT, REJECTED, case, cell, error, probe, result, warning
from tests.page.document import document

VOID = {"meta", "link", "input", "br"}


class Tree(HTMLParser):
    """All tags of a page with their attributes, and the text of scripts and styles."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.raw, self.text, self._open = [], {}, "", []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.text += " "
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if self._open and self._open[-1] in {"script", "style"}:
            self.raw.setdefault(self._open[-1], []).append(data)
        else:
            self.text += data

    @property
    def said(self):
        return " ".join(self.text.split())

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def rendered():
    return page.render(document())


@pytest.fixture(scope="module")
def tree(rendered):
    return Tree(rendered)


def packed(matrix):
    return json.loads(pack(matrix, Folding(matrix)))


def unpacked(matrix):
    given = packed(matrix)
    made = []
    for node in given["nodes"]:
        if not isinstance(node, list):
            made.append(node)
            continue
        shape, *parts = node
        values = [made[number] for number in parts]
        names = given["shapes"][shape] if shape >= 0 else None
        made.append(values if names is None else dict(zip(names, values, strict=True)))
    return made[-1]


def test_the_overview_is_there_without_a_script(tree):
    said = tree.said
    assert "PostgreSQL 16–18 MySQL 9.7 MariaDB 10.11, 11.8 SQLite 3.40.1" in said
    assert "Check on a Q object check.q Promise of check.q." in said
    assert "partial silent 10.11" in said
    headings = [each.get("scope") for each in tree.all("th")]
    assert None not in headings


def test_the_legend_has_only_the_symbols_in_use(tree):
    assert "some violations get in" in tree.said
    plain = Tree(page.render(union({"a": result()}, PROJECT))).said
    assert "some violations get in" not in plain
    assert "announced it" not in plain


def test_findings_errors_claims_and_environments_are_there_without_a_script(tree):
    said = tree.said
    assert "refused on MySQL 9.7 The database refuses the DDL." in said
    assert "Declared by AddConstraint, it leaves singleton_key without the constraint" in said
    assert "SQLite 3.40.1 IntegrityError 23514 no UNIQUE failed: a.b" in said
    assert "postgresql-16+django-5.2" in said


def test_claims_are_confirmed_contradicted_or_not_observed(tree):
    said = tree.said
    contradicted = said.partition("Contradicted (2)")[2].partition("Not observed (1)")[0]
    assert "check.q MariaDB enforced enforced 11.8 partial silent 10.11" in contradicted
    assert "singleton.key MySQL enforced refused" in contradicted
    absent = said.partition("Not observed (1)")[2].partition("Confirmed (2)")[0]
    assert "include.covering oracle ignored unknown" in absent


def test_that_a_constraint_is_enforced_is_confirmed_by_any_error():
    claimed = msgspec.structs.replace(
        case(), claims=[Claim(vendor="sqlite", says=Verdict.ENFORCED, source="a book")]
    )
    other = cell(verdict=Verdict.ENFORCED_OTHER_ERROR)
    matrix = union({"a": result(cells=[other], cases={"check.q": claimed})}, PROJECT)
    assert [each.outcome for each in Folding(matrix).claims("check.q")] == ["confirmed"]


def test_what_was_not_observed_is_listed_with_its_reason(tree):
    said = tree.said
    assert "not-run mysql-8.4 on Django 6.1: no Docker" in said
    assert "lost mariadb-12.3 on Django 6.1: the server is gone" in said
    assert "A later attempt, 22 November 2026, 00:00 UTC, was lost: the disk is full." in said


def test_the_same_document_gives_the_same_page():
    matrix = document()
    assert page.render(matrix) == page.render(matrix)


def test_the_policy_allows_the_page_s_own_script_and_style_alone(tree):
    (policy,) = [each["content"] for each in tree.all("meta") if "http-equiv" in each]
    assert policy.startswith("default-src 'none'; ")
    data, script = tree.raw["script"]
    (style,) = tree.raw["style"]
    for text in (script, style):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert "unsafe" not in policy
    json.loads(data)


def test_nothing_is_loaded_and_no_attribute_is_code(tree):
    for tag, attributes in tree.tags:
        assert "src" not in attributes, tag
        assert not any(name.startswith("on") or name == "style" for name in attributes), tag
    assert all(each["href"].startswith("data:") for each in tree.all("link"))


def test_every_link_within_the_page_leads_somewhere(tree):
    ids = {attributes.get("id") for _, attributes in tree.tags}
    within = {each["href"][1:] for each in tree.all("a") if each["href"].startswith("#")}
    assert within <= ids


def test_an_id_stands_once(tree):
    ids = [attributes["id"] for _, attributes in tree.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_the_data_has_every_cell_whole():
    matrix = document()
    given = unpacked(matrix)
    cells = {
        (described["id"], environment["id"]): cell
        for described in given["cases"]
        for environment, cell in zip(given["environments"], described["cells"], strict=True)
    }
    for each in matrix.cells:
        found = cells[each.case, each.environment]
        kept = msgspec.to_builtins(each)
        del kept["case"], kept["environment"], kept["since"]
        assert {name: found[name] for name in kept} == kept


def test_the_data_has_what_is_equal_once():
    nodes = [json.dumps(node) for node in packed(document())["nodes"]]
    assert len(nodes) == len(set(nodes))


def test_true_is_not_one():
    assert (
        unpacked(union({"a": result(seconds={"suite": 1.0})}, PROJECT))["environments"][0][
            "observed"
        ]
        is True
    )


@pytest.mark.parametrize(
    ("django", "backend", "said"),
    [
        ("6.1.3", "mysql-9.7", "nox -s \"matrix(django='6.1')\" -- --backend mysql-9.7"),
        ("6.1.3", "sqlite", "nox -s \"matrix(django='6.1')\" -- --backend sqlite"),
        (
            "6.2a1",
            "sqlite",
            "MATRIX_DJANGO=6.2a1 nox -s \"matrix(django='6.2a1')\" -- --backend sqlite",
        ),
    ],
)
def test_the_command_that_observes_an_environment_again(django, backend, said):
    matrix = union({"a": result(backend, django=django)}, PROJECT)
    assert unpacked(matrix)["environments"][0]["command"] == said


def test_a_hostile_name_is_quoted_in_the_command():
    matrix = union({"a": result("mysql-$(id)", django="6.1$(id)")}, PROJECT)
    command = unpacked(matrix)["environments"][0]["command"]
    assert re.sub(r"'[^']*'|\"'\"", "", command).count("$(") == 0


HOSTILE = "</script></style><script>alert(1)</script><img src=x onerror=alert(1)>&<!--"


def hostile():
    described = msgspec.structs.replace(
        case(title=HOSTILE, constraint=HOSTILE),
        promise=HOSTILE,
        declaration=HOSTILE,
        family=HOSTILE,
        sources=[
            Source(title=HOSTILE, url="javascript:alert(1)"),
            Source(title="data", url="data:text/html,<script>alert(1)</script>"),
            Source(title="broken", url="http://[/"),
            Source(title="web", url='https://example.org/"><script>'),
        ],
        claims=[Claim(vendor="sqlite", says=Verdict.REFUSED, source="JaVaScRiPt:alert(1)")],
    )
    bad = cell(
        case=HOSTILE,
        summary=f"`{HOSTILE}`",
        verdict=Verdict.PARTIAL,
        system_checks=[warning(HOSTILE, HOSTILE)],
        probes=[probe("reject", REJECTED, error(message=HOSTILE))],
    )
    other = Attempt(status=Status.LOST, reason=HOSTILE, at=HOSTILE)
    own = result(
        f"sqlite-{HOSTILE}",
        cells=[bad],
        cases={HOSTILE: described},
        server_version=HOSTILE,
        django=HOSTILE,
        python=HOSTILE,
        origin=HOSTILE,
        observed_at=HOSTILE,
        settings={HOSTILE: HOSTILE},
        last_attempt=other,
    )
    bad.environment = own.id
    missing = result(
        HOSTILE, cells=[], cases={}, status=Status.NOT_RUN, reason=HOSTILE, observed_at=None
    )
    return union({own.id: own, missing.id: missing}, PROJECT)


def test_hostile_text_stays_text():
    given = page.render(hostile())
    tree = Tree(given)
    assert len(tree.all("script")) == 2
    assert tree.all("img") == []
    assert "<!--" not in given
    assert HOSTILE in tree.text
    links = {each["href"] for each in tree.all("a") if not each["href"].startswith("#")}
    assert links == {
        'https://example.org/"><script>',
        "matrix.json",
        "matrix.schema.json",
    }
    data, _ = tree.raw["script"]
    assert not set("<>&") & set(data)


def test_nothing_observed_is_a_page_all_the_same():
    missing = result("mysql-9.7", cells=[], cases={}, status=Status.NOT_RUN, reason="no Docker")
    assert "Nothing was observed." in Tree(page.render(union({"a": missing}, PROJECT))).text
    assert "Nothing was observed." in Tree(page.render(union({}, PROJECT))).text


def test_environments_that_say_the_same_cost_next_to_nothing():
    def size(backends):
        rows = [
            result(
                backend, [cell(case_, f"{backend}+django-6.1", probes=PROBES) for case_ in CASES]
            )
            for backend in backends
        ]
        cases = dict.fromkeys(CASES, case())
        rows = [msgspec.structs.replace(row, cases=cases) for row in rows]
        return len(pack(matrix := union({row.id: row for row in rows}, PROJECT), Folding(matrix)))

    few, many = size(["mysql-1"]), size([f"mysql-{n}" for n in range(1, 41)])
    assert many < few + 40 * 700


CASES = [f"check.c{n}" for n in range(20)]
PROBES = [
    msgspec.structs.replace(probe("reject", REJECTED), sql=[f"INSERT INTO t VALUES ({n})" * 20])
    for n in range(10)
]
