"""The page as text: what it tells without a script, that it is inert, and that it stays small."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest

from matrix_project import which_constraint
from matrix_project.report import page
from matrix_project.report.folding import Folding
from matrix_project.report.page_data import pack
from matrix_project.results.cells import cells
from matrix_project.results.contract import Attempt, Claim, Source, Status, SystemCheck, Verdict
from matrix_project.results.store import union
from matrix_project.results.verdicts import judged
from tests.make import (
    ACCEPTED,
    PROJECT,
    case,
    error,
    observation,
    probe,
    record,
    result,
    unnamed,
    warning,
    with_verdict,
)
from tests.page.document import SINCE, document, missing, rare

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
    plain = Tree(page.render(union({"a": result()}, PROJECT))).said
    for meaning in (
        "some violations get in",
        "never created Django sends no SQL here",
        "an answer the answer to a question, neither good nor bad",
        "warn of this constraint",
    ):
        assert meaning in tree.said
        assert meaning not in plain


def test_findings_errors_claims_and_environments_are_there_without_a_script(tree):
    said = tree.said
    assert "refused on MySQL 9.7 The database refuses the DDL: no such check" in said
    assert "Declared by AddConstraint, it leaves singleton_key without the constraint" in said
    assert "never created warned on MySQL 9.7 Never created: Django sends no SQL" in said
    assert "SQLite 3.40.1 IntegrityError 23514 no UNIQUE failed: a.b" in said
    assert "A way round of Check on a Q object." in said
    assert "Can be declared from Django 5.2." in said
    assert "postgresql-16+django-5.2" in said


def test_the_errors_stand_side_by_side_by_kind():
    unique = case(declaration="UniqueConstraint(fields=['email'], name='rule')")
    raised = unnamed("UNIQUE failed: a.b")
    results = [
        result("mysql-9.7", {"check.q": record(seen=raised)}, {"check.q": unique}),
        missing("mariadb-11.8"),
    ]
    said = Tree(page.render(union({each.id: each for each in results}, PROJECT))).said
    table = said.partition("The error to catch")[2].partition("Which constraint failed?")[0]
    assert "Violation MySQL MariaDB uniqueness of columns" in table
    assert "IntegrityError 23514" in table
    assert "does not name the constraint" in table
    assert table.strip().endswith("not observed")


def test_a_question_shows_its_words_and_is_neither_good_nor_bad(tree):
    assert "distinct on PostgreSQL 16–18, SQLite 3.40.1 The answer is distinct." in tree.said
    assert "distinct It is another value. duplicate It is the same value." in tree.said
    marks = [each["class"] for each in tree.all("span") if "question" in each.get("class", "")]
    assert set(marks) == {"mark question"}
    _, _, errors = tree.said.partition("The errors side by side")
    assert "Upper and lower case" not in errors.partition("Which constraint failed?")[0]


def test_what_is_rarely_seen_has_its_word():
    said = Tree(page.render(rare())).said
    for word in ("too strict", "not available", "takes no row", "redundant", "refused by Django"):
        assert f"{word} on SQLite 3.40.1" in said
    assert "with its table: enforced; by AddConstraint: ignored." in said


def test_claims_are_confirmed_contradicted_or_not_observed(tree):
    said = tree.said
    contradicted = said.partition("Contradicted (2)")[2].partition("Confirmed (1)")[0]
    assert "check.q MariaDB enforced enforced 11.8 partial silent 10.11" in contradicted
    assert "singleton.key MySQL enforced refused" in contradicted
    silent = said.partition("Where the documents are silent")[2]
    absent = silent.partition("Not observed (1)")[2].partition("Observed so (1)")[0]
    assert "include.covering oracle not enforced not observed" in absent


def test_an_implied_claim_is_not_contradicted(tree):
    differs = tree.said.partition("Observed otherwise (1)")[2].partition("Not observed (1)")[0]
    assert "check.q SQLite not enforced enforced" in differs


@pytest.mark.parametrize(
    ("verdict", "explicit", "outcome"),
    [
        ("enforced-unnamed", True, "confirmed"),
        ("enforced-other-error", True, "confirmed"),
        ("redundant", True, "confirmed"),
        ("too-strict", True, "contradicted"),
        ("ignored", True, "contradicted"),
        ("ignored", False, "differs"),
        ("unknown", True, "not observed"),
    ],
)
def test_that_a_constraint_is_enforced_is_confirmed_by_what_holds(verdict, explicit, outcome):
    claim = Claim(vendor="sqlite", says=Verdict.ENFORCED, source="a book", explicit=explicit)
    records = {"check.q": with_verdict(record(), verdict)}
    matrix = union({"a": result(records=records, cases={"check.q": case(claims=[claim])})}, PROJECT)
    assert [each.outcome for each in Folding(matrix).claims("check.q")] == [outcome]


def test_what_was_not_observed_is_listed_with_its_reason(tree):
    said = tree.said
    assert "mysql-8.4 on Django 6.1" in said
    assert "nox -s \"matrix(django='6.1')\" -- --backend mysql-8.4 Why not-run no Docker" in said
    assert "mariadb-12.3 on Django 6.1 lost" in said
    assert "Why lost the server is gone" in said
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
    assert json.loads(zlib.decompress(base64.b64decode(data))) == packed(document())


def test_nothing_is_loaded_and_no_attribute_is_code(tree):
    for tag, attributes in tree.tags:
        assert "src" not in attributes, tag
        assert not any(name.startswith("on") or name == "style" for name in attributes), tag
    assert all(each["href"].startswith("data:") for each in tree.all("link"))


def test_every_link_within_the_page_leads_somewhere(tree):
    ids = {attributes.get("id") for _, attributes in tree.tags}
    links = {each["href"][1:] for each in tree.all("a") if each["href"].startswith("#")}
    within = {each.partition("&")[0] for each in links}
    assert within <= ids


def test_an_id_stands_once(tree):
    ids = [attributes["id"] for _, attributes in tree.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def shown(matrix):
    """Return what the script is given of each cell, by case and environment."""
    given = unpacked(matrix)
    return {
        (described["id"], environment["id"]): given["observations"][hash_]
        for described in given["cases"]
        for environment, hash_ in zip(given["environments"], described["cells"], strict=True)
    }


def has(given, part):
    """Return whether `given` has all that `part` has; its rows are texts."""
    if isinstance(part, dict) and isinstance(given, dict):
        return all(name in given and has(given[name], each) for name, each in part.items())
    if isinstance(part, list) and isinstance(given, list):
        return len(given) == len(part) and all(map(has, given, part))
    return given == part or (isinstance(part, dict) and json.loads(given) == part)


@pytest.mark.parametrize("matrix", [document(), rare()], ids=["document", "rare"])
def test_the_data_has_every_cell_whole(matrix):
    given = shown(matrix)
    for case_, records in cells(matrix).items():
        for environment, each in records.items():
            kept = msgspec.to_builtins(each)
            del kept["case"]
            kept.pop("answer", None)
            kept.pop("ways", None)
            assert has(given[case_, environment], kept), (case_, environment)


def test_the_data_has_each_observation_once():
    given = unpacked(document())
    (known,) = [each for each in given["cases"] if each["id"] == "check.q"]
    assert len(set(known["cells"])) == 7  # one a vendor, a partial one, two unknown
    named = {hash_ for each in given["cases"] for hash_ in each["cells"]}
    assert named == given["observations"].keys()


def test_the_data_has_an_answer_where_there_is_one():
    given = shown(document())
    told = given["values.text_case", "mysql-9.7+django-6.1"]
    assert told["answer"]["word"] == "duplicate"
    assert told["meaning"] == "It is the same value."
    unknown = given["values.text_case", "mysql-8.4+django-6.1"]
    assert unknown["answer"]["exact"] == "unknown"
    assert not unknown["known"]


def test_the_data_tells_the_two_ways_apart_where_they_differ():
    told = shown(rare())["rare.ways", "sqlite+django-6.1"]
    assert {way: each["exact"] for way, each in told["ways"].items()} == {
        "create": "enforced",
        "add": "ignored",
    }


def test_the_data_tells_since_when():
    cases = unpacked(document())["cases"]
    assert {each for described in cases for each in described["since"]} == {SINCE, None}


def test_a_large_number_in_a_row_stays_as_it_is():
    probes = shown(document())["include.covering", "postgresql-18+django-6.1"]["probes"]
    assert probes[0]["rows"][0]["added"] == ['{"name": "Ann", "age": 9223372036854775807}']


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
    described = case(
        HOSTILE,
        constraint=HOSTILE,
        promise=HOSTILE,
        migration=HOSTILE,
        declaration=HOSTILE,
        family=HOSTILE,
        sources=[
            Source(title=HOSTILE, url="javascript:alert(1)"),
            Source(title="data", url="data:text/html,<script>alert(1)</script>"),
            Source(title="broken", url="http://[/"),
            Source(title="web", url='https://example.org/"><script>'),
        ],
        claims=[
            Claim(
                vendor="sqlite",
                says=Verdict.REFUSED,
                source="JaVaScRiPt:alert(1)",
                explicit=True,
            )
        ],
    )
    bad = observation(
        checks=[
            warning(),
            SystemCheck(id=HOSTILE, level="info", message=HOSTILE, about_constraint=False),
        ],
        probes=[probe(raised=error(message=HOSTILE)), probe(outcome=ACCEPTED, title=HOSTILE)],
    )
    bad = msgspec.structs.replace(judged(HOSTILE, bad), summary=f"`{HOSTILE}`")
    other = Attempt(status=Status.LOST, reason=HOSTILE, at=HOSTILE)
    own = result(
        f"sqlite-{HOSTILE}",
        records={HOSTILE: bad},
        cases={HOSTILE: described},
        first_seen={HOSTILE: HOSTILE},
        server_version=HOSTILE,
        django=HOSTILE,
        python=HOSTILE,
        origin=HOSTILE,
        observed_at=HOSTILE,
        settings={HOSTILE: HOSTILE},
        last_attempt=other,
    )
    missing = result(
        HOSTILE, records={}, cases={}, status=Status.NOT_RUN, reason=HOSTILE, observed_at=None
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
        "heatmap.svg",
        "matrix.csv",
        "matrix.json",
        "matrix.schema.json",
    }
    data, _ = tree.raw["script"]
    assert not set("<>&") & set(data)


def test_nothing_observed_is_a_page_all_the_same():
    missing = result("mysql-9.7", records={}, cases={}, status=Status.NOT_RUN, reason="no Docker")
    assert "Nothing was observed." in Tree(page.render(union({"a": missing}, PROJECT))).text
    assert "Nothing was observed." in Tree(page.render(union({}, PROJECT))).text


def test_environments_that_say_the_same_cost_next_to_nothing():
    def size(backends):
        cases = {f"check.c{n}": case() for n in range(20)}
        probes = [probe(id=str(n), sql=[f"INSERT INTO t VALUES ({n})" * 20]) for n in range(10)]
        records = {id_: record(id_, observation(probes=probes)) for id_ in cases}
        rows = [result(backend, records, cases) for backend in backends]
        matrix = union({row.id: row for row in rows}, PROJECT)
        return len(pack(matrix, Folding(matrix)))

    few, many = size(["mysql-1"]), size([f"mysql-{n}" for n in range(1, 41)])
    assert many < few + 40 * 700


def test_an_observation_costs_what_it_is_new_in():
    def size(count):
        cases = {f"check.c{n}": case() for n in range(count)}
        records = {id_: record(id_, unnamed()) for id_ in cases}
        matrix = union({"a": result(records=records, cases=cases)}, PROJECT)
        return len(pack(matrix, Folding(matrix)))

    assert size(101) - size(100) < 600


def test_the_code_that_reads_an_error_is_shown_as_it_stands(tree):
    assert Path(which_constraint.__file__).read_text() in tree.text
