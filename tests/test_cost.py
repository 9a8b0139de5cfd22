"""What constraints cost: the statistics, real measurements, the document and how it is shown.

No ratio is compared with anything: it is this machine's.
"""

from __future__ import annotations

import dataclasses
import json

import jsonschema
import msgspec
import pytest
from django.db import connections

from matrix_project.cost import document, statistics
from matrix_project.cost.cases import CASES
from matrix_project.cost.document import Cost, Costs, Ratio
from matrix_project.cost.measure import cost
from matrix_project.cost.tables import BATCH
from matrix_project.report import costs as shown
from matrix_project.report import markdown, page
from matrix_project.report.publish import publish
from matrix_project.results.store import Store, union
from matrix_project.vendors import VENDORS
from tests import make
from tests.engine import SERVERS, servers  # noqa: F401 (a fixture)
from tests.make import PROJECT
from tests.test_commands import run

# In the order of all tables: PostgreSQL, MySQL, MariaDB, SQLite.
CREATED = {
    "cost.deferred_unique": (True, False, False, False),
    "cost.unique": (True, True, True, True),
    "cost.check": (True, True, True, True),
    "cost.lower_index": (True, True, False, True),
    "cost.include_plan": (True, False, False, False),
}


def spread(low, high):
    return Ratio(median=(low + high) / 2, low=low, high=high)


@pytest.mark.parametrize(
    ("found", "null", "answer"),
    [
        (spread(1.2, 1.4), spread(0.98, 1.03), "costs"),
        (spread(1.02, 1.4), spread(0.98, 1.03), "not_measurable"),
        (spread(0.9, 0.95), spread(0.98, 1.03), "cheaper"),
        (spread(0.9, 0.99), spread(0.98, 1.03), "not_measurable"),
        # Two equal tables differ by as much.
        (spread(1.01, 1.02), spread(0.95, 0.97), "not_measurable"),
        (spread(0.98, 0.99), spread(1.03, 1.05), "not_measurable"),
    ],
)
def test_a_ratio_counts_where_it_is_outside_of_that_of_equal_tables(found, null, answer):
    assert statistics.answer(found, null) == answer


def test_an_interruption_is_no_cost():
    plain = [[1.0, 1.0, 1.0]] * 4
    interrupted = [[2.0, 90.0, 2.0], [2.0, 2.0, 2.0], [2.0, 2.0, 90.0], [90.0, 2.0, 2.0]]
    assert statistics.ratio(interrupted, plain) == Ratio(median=2.0, low=2.0, high=2.0)


def test_the_spread_is_the_middle_half_of_the_rounds():
    rounds = [[each] for each in (1.0, 1.1, 1.2, 1.3, 9.0)]
    assert statistics.ratio(rounds, [[1.0]] * 5) == Ratio(median=1.2, low=1.1, high=1.3)


def test_one_round_has_no_spread():
    with pytest.raises(ValueError, match="two rounds at least"):
        statistics.ratio([[1.0]], [[1.0]])


def test_each_order_of_the_tables_comes_equally_often_and_by_the_seed():
    found = list(statistics.orders(60, 3, seed=1))
    assert {found.count(each) for each in found} == {10}
    assert len(set(found)) == 6
    assert found == list(statistics.orders(60, 3, seed=1)) != list(statistics.orders(60, 3, seed=2))


@pytest.mark.parametrize("vendor", SERVERS)
@pytest.mark.parametrize("id_", [id_ for id_ in CASES if id_ != "cost.include_plan"])
def test_there_is_a_ratio_where_the_constraint_is_created(servers, vendor, id_):  # noqa: F811
    connection = connections[servers.aliases(vendor)[0]]
    found = cost(connection, dataclasses.replace(CASES[id_], rows=2 * BATCH), rounds=2)
    assert found.created is CREATED[id_][SERVERS.index(vendor)]
    assert (found.ratio is not None) is (found.null is not None) is found.created
    if found.created:
        assert found.ratio.low <= found.ratio.median <= found.ratio.high
        assert found.answer in {"costs", "cheaper", "not_measurable"}
    else:
        assert found.answer == "cannot_be_made"
        assert found.summary == "Never created: Django sends no SQL for it here."
    assert not [name for name in connection.introspection.table_names() if name.startswith("cost_")]


@pytest.mark.parametrize("vendor", SERVERS)
def test_only_a_covering_uniqueness_is_read_alone(servers, vendor):  # noqa: F811
    found = cost(connections[servers.aliases(vendor)[0]], CASES["cost.include_plan"], rounds=2)
    assert found.created is CREATED["cost.include_plan"][SERVERS.index(vendor)]
    assert found.answer == found.plan.answer == ("index_only" if found.created else "scan")
    assert found.plan.heap_fetches == (0 if found.created else None)
    assert found.plain.answer == "index"
    assert "WHERE" in found.query
    assert "%s" not in found.query


@pytest.mark.parametrize(
    ("vendor", "lines", "access", "fetches"),
    [
        ("postgresql", ["Index Only Scan using a on b", "  Heap Fetches: 7"], "index_only", 7),
        ("postgresql", ["Bitmap Heap Scan on b", "  ->  Bitmap Index Scan on a"], "index", None),
        ("postgresql", ["Seq Scan on b"], "scan", None),
        ("sqlite", ["SEARCH b USING COVERING INDEX a (c=?)"], "index_only", None),
        ("sqlite", ["SEARCH b USING INTEGER PRIMARY KEY (rowid=?)"], "index", None),
        ("sqlite", ["SCAN b"], "scan", None),
    ],
)
def test_a_plan_is_read(vendor, lines, access, fetches):
    column = "detail" if vendor == "sqlite" else "QUERY PLAN"
    found = VENDORS[vendor].planning.read([{column: line} for line in lines])
    assert (found.access, found.heap_fetches) == (access, fetches)


@pytest.mark.parametrize(
    ("key", "extra", "access"),
    [
        ("a", "Using where; Using index", "index_only"),
        ("a", "Using index condition", "index"),
        ("a", None, "index"),
        (None, "Using where", "scan"),
    ],
)
def test_a_plan_of_mysql_is_read(key, extra, access):
    row = {"type": "ref", "key": key, "key_len": "4", "rows": 1, "Extra": extra}
    assert VENDORS["mysql"].planning.read([row]).access == access


def test_the_method_tells_how_many_rows_a_statement_has():
    assert f"statements of {BATCH} rows" in document.METHOD


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """A folder with results, and the costs that the command measured on SQLite."""
    folder = tmp_path_factory.mktemp("cost")
    store = Store(folder / "results")
    store.keep(make.result(records={"check.q": make.record()}))
    publish(store, PROJECT)
    code, out, err = run("cost", "--backend", "sqlite", "--rounds", "2", cwd=folder)
    assert (code, err) == (0, "")
    assert "sqlite: cost.include_plan: scan: Never created" in out
    return folder


def test_the_document_is_valid_by_its_schema(measured):
    text = (measured / "results" / "costs.json").read_text()
    schema = json.loads((measured / "results" / "costs.schema.json").read_text())
    jsonschema.validate(json.loads(text), schema)
    found = json.loads(text)
    assert found["cases"].keys() == found["backends"]["sqlite"]["costs"].keys() == CASES.keys()
    assert found["backends"]["sqlite"]["settings"]["synchronous"] == "0"
    assert "seconds" not in text


def test_the_report_has_the_costs_and_they_are_accepted_with_the_results(measured):
    code, _, err = run("accept", cwd=measured)
    assert (code, err) == (0, "")
    for folder in ("results", "reports"):
        for name in ("README.md", "index.html"):
            assert "What it costs" in (measured / folder / name).read_text()
    accepted = (measured / "reports" / "costs.json").read_text()
    assert accepted == (measured / "results" / "costs.json").read_text()
    # What is accepted stays where later results have no costs.
    (measured / "results" / "costs.json").rename(measured / "costs.json")
    assert run("accept", cwd=measured)[0] == 0
    assert (measured / "reports" / "costs.json").read_text() == accepted
    (measured / "costs.json").rename(measured / "results" / "costs.json")


def test_costs_are_no_part_of_diff(measured, tmp_path):
    store = Store(tmp_path)
    store.keep(make.result(records={"check.q": make.record()}))
    publish(store, PROJECT)
    code, out, _ = run("diff", tmp_path, measured / "results", cwd=tmp_path)
    assert code == 0
    assert "cost" not in out


def test_a_backend_that_cannot_be_had_is_told_and_the_others_stay(measured):
    before = (measured / "results" / "costs.json").read_text()
    words = ("cost", "--backend", "mysql-9.7", "--provider", "url")
    code, out, _ = run(*words, cwd=measured)
    assert code == 1
    assert "mysql-9.7: not measured: url: set MATRIX_MYSQL_URL" in out
    assert (measured / "results" / "costs.json").read_text() == before


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "cannot be read"),
        ('{"schema": 9, "cases": {}, "backends": {}}', "of schema 9, where schema 1 is read"),
    ],
)
def test_a_damaged_file_is_one_line(tmp_path, text, words):
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "costs.json").write_text(text)
    code, _, err = run("cost", "--backend", "sqlite", cwd=tmp_path)
    assert code == 2
    assert err.count("\n") == 1
    assert words in err


def test_of_two_documents_the_newer_has_a_backend():
    old = Costs(cases={}, backends={"a": backend("old"), "b": backend("old")})
    new = Costs(cases={}, backends={"b": backend("new")})
    found = document.union(old, new)
    assert [each.origin for each in found.backends.values()] == ["old", "new"]
    assert document.union(old, None) == document.union(None, old) == old


def backend(origin="package", **costs):
    return document.Measured(
        vendor="sqlite",
        server_version="3.53.4",
        django="6.1.3",
        python="3.13.0",
        driver=document.Driver(name="sqlite3", version="3.13.0"),
        provider="in-process",
        origin=origin,
        settings={},
        measured_at="2026-01-01T00:00:00Z",
        project=PROJECT,
        costs=costs,
    )


def a_cost(answer, **values):
    return Cost(answer=answer, summary="", **{"sql": ["CREATE"], "created": True} | values)


PLAN = document.Plan(answer="index_only", heap_fetches=0, text="Index Only Scan")
PLAIN = document.Plan(answer="index", heap_fetches=None, text="Index Scan")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (None, "not measured"),
        (
            a_cost("costs", ratio=spread(1.2, 1.4), null=spread(0.98, 1.02)),
            "costs: × 1.30 (1.20 to 1.40; equal tables: 0.98 to 1.02)",
        ),
        (a_cost("cannot_be_made", created=False), "never created"),
        (a_cost("cannot_be_made", created=False, sql=[]), "cannot be made"),
        (
            a_cost("index_only", plan=PLAN, plain=PLAIN),
            "index only, heap fetches: 0 (plain: index)",
        ),
        (
            a_cost("index", plan=PLAIN, plain=PLAIN, created=False),
            "index; never created (plain: index)",
        ),
    ],
)
def test_a_cost_in_a_few_words(given, words):
    assert shown.cell(given) == words


def test_each_cost_on_the_page_has_the_name_of_its_backend():
    given = Costs(
        method="",
        cases={"a": document.CostCase(title="", promise="", declaration="", rows=1)},
        backends={
            "sqlite": backend(),
            "unheard-of": msgspec.structs.replace(backend(), vendor="unheard"),
        },
    )
    names = ["SQLite 3.53.4", "unheard of"]
    assert list(shown.names(given).values()) == names
    html = page.render(union({"a": make.result()}, PROJECT), given)
    for name in names:
        assert f'<th scope="col">{name}</th>' in html
        assert f'<td data-vendor="{name}">not measured</td>' in html


def test_texts_of_a_document_stay_text():
    text = "<script>alert(1)</script> | `a` [b](http://c)"
    case = document.CostCase(title=text, promise=text, declaration=text, rows=1)
    plan = msgspec.structs.replace(PLAN, text=text)
    given = Costs(
        method=text,
        cases={text: case},
        backends={text: backend(**{text: a_cost("index", plan=plan, plain=plan, query=text)})},
    )
    matrix = union({"a": make.result()}, PROJECT)
    assert "<script>alert" not in page.render(matrix, given)
    section = markdown.render(matrix, given).partition("## What it costs")[2]
    assert "What it costs" in markdown.render(matrix, given)
    assert "<script>" not in section
    assert "[b](http" not in section
