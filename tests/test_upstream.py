"""The list of what looks like a fault upstream: its reproductions, its cells, and the page."""

from __future__ import annotations

import os
import subprocess
import sys

import django
import pytest
from django.db import connections

from matrix_project.cases import load
from matrix_project.report import markdown, page
from matrix_project.report.folding import Folding
from matrix_project.report.upstream import explaining, faults, listed
from matrix_project.results.store import read_document, union
from tests.conftest import ROOT
from tests.engine import servers  # noqa: F401 (a fixture)
from tests.make import PROJECT, case, record, result, with_verdict
from tests.page.document import document
from tests.test_page import Tree, unpacked

FOLDER = ROOT / "reports" / "upstream"
BY_NAME = {fault.name: fault for fault in faults()}
# The vendors to run each on, and what it prints where the fault is still there.
SHOWS = {
    "django_check_constraints_defers_immediate": {
        "postgresql": "a duplicate after check_constraints() is rejected at the commit"
    },
    "django_check_isnull_json_null": {"sqlite": "validate(): ['Constraint “not_null” is violated"},
    "django_check_time_zone": {"sqlite": "Asia/Tokyo save(): IntegrityError"},
    "django_db_index_removal_drops_unique": {
        "postgresql": "one_name after db_index was taken away: False",
        "mysql": "one_name after db_index was taken away: False",
        "mariadb": "one_name after db_index was taken away: False",
    },
    "django_mysql_check_time_zone_tables": {"mysql": "save(): stored", "mariadb": "save(): stored"},
    "django_mysql_md5_sha1": {"mysql": "SHA1 OperationalError(1305"},
    "django_sqlite_migration_error_hidden": {"sqlite": "TransactionManagementError: "},
    "django_unique_condition_negated_null": {
        "sqlite": "full_clean(): passes" if django.VERSION >= (6, 1) else "is violated"
    },
    "mysql_quote_value_bytes": {"mysql": "INSERT of a valid order: IntegrityError"},
    "mysql_xor_full_result": {"mysql": "filter(everything ^ everything): 2 rows, expected 0"},
    "sqlite_json_key_sql_order": {"sqlite": "different texts of one CREATE TABLE, expected 1"},
    "sqlite_json_null_compared_as_text": {"sqlite": "finds [{'age': None}]"},
}
RUNS = [(name, vendor) for name, shows in SHOWS.items() for vendor in shows]
KEYS = ("HOST", "PORT", "USER", "PASSWORD", "NAME")


def small(verdict="refused"):
    """A document in which a case of the list has one verdict on MySQL and on PostgreSQL."""
    records = {"check.md5": with_verdict(record("check.md5"), verdict)}
    rows = [
        result(backend, records, {"check.md5": case()})
        for backend in ("mysql-9.7", "postgresql-18")
    ]
    return union({row.id: row for row in rows}, PROJECT)


def seen(matrix):
    return {fault.name: cells for fault, cells in listed(matrix, Folding(matrix))}


def test_each_reproduction_is_listed_once_and_run():
    there = sorted(path.stem for path in FOLDER.iterdir() if path.suffix == ".py")
    assert sorted(fault.name for fault in faults()) == there
    assert sorted(SHOWS) == there
    assert all(fault.reproduction == (ROOT / fault.file).read_text() for fault in faults())


@pytest.mark.parametrize(("name", "vendor"), RUNS, ids=" ".join)
def test_a_reproduction_stands_alone(servers, tmp_path, name, vendor):  # noqa: F811
    """Where one of them fails, Django may have been mended: the list says otherwise then."""
    words, environ = [], {}
    if vendor != "sqlite":
        database = connections[servers.aliases(vendor)[0]].settings_dict
        given = {key: str(database[key]) for key in KEYS}
        words = list(given.values())
        if "drops_unique" in name:
            words.insert(0, database["ENGINE"].rpartition(".")[2])
        environ = {f"MYSQL_{key}": value for key, value in given.items()}
        environ["MYSQL_DATABASE"] = given["NAME"]
    done = subprocess.run(
        [sys.executable, FOLDER / f"{name}.py", *words],
        env=os.environ | environ,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert SHOWS[name][vendor] in done.stdout


def test_the_accepted_results_show_each_fault_on_each_of_its_vendors():
    matrix = read_document(ROOT / "reports" / "matrix.json")
    folding = Folding(matrix)
    cases = load()
    for fault in faults():
        assert fault.cases.keys() <= cases.keys()
        shown = {
            (id_, matrix.environments[environment].vendor)
            for id_ in fault.cases
            for environment in folding.observed
            if fault in explaining(matrix, folding, id_, environment)
        }
        assert {id_ for id_, _ in shown} == fault.cases.keys()
        assert {vendor for _, vendor in shown} == (set(fault.vendors) if fault.cases else set())
    assert {name for name, cells in seen(matrix).items() if not cells} == {
        "django_sqlite_migration_error_hidden",
        "sqlite_json_key_sql_order",
    }


def test_a_ticket_stands_once_in_a_fault():
    for fault in faults():
        numbers = [each.number for each in fault.tickets]
        assert len(set(numbers)) == len(numbers)
        assert all(each.title and each.found for each in fault.tickets)


def test_the_page_lists_the_faults_with_their_reproductions_and_tickets():
    tree = Tree(page.render(small()))
    ids = {attributes.get("id") for _, attributes in tree.tags}
    assert {f"upstream:{fault.name}" for fault in faults()} <= ids
    links = {each["href"] for each in tree.all("a")}
    for fault in faults():
        assert fault.reproduction in tree.text
        assert {ticket.url for ticket in fault.tickets} <= links
    assert "https://code.djangoproject.com/ticket/37286" in links
    assert "Tickets #30240 near Added SHA1" in tree.said
    assert "Tickets None was found." in tree.said


def test_a_cell_names_the_fault_that_it_shows_and_no_other_does():
    matrix = small()
    given = unpacked(matrix)
    places = [each["id"] for each in given["environments"]]
    named = dict(zip(places, given["cases"][0]["upstream"], strict=True))
    fault = BY_NAME["django_mysql_md5_sha1"]
    assert named == {
        "mysql-9.7+django-6.1": [{"name": fault.name, "title": fault.title}],
        "postgresql-18+django-6.1": [],
    }
    assert seen(matrix)[fault.name] == {"check.md5": "MySQL 9.7"}


def test_a_cell_that_does_not_show_a_fault_is_not_said_to():
    matrix = small("enforced")
    assert not any(seen(matrix).values())
    assert "What looks like a fault upstream shows here" not in Tree(page.render(matrix)).said


def test_a_report_without_the_cases_of_the_list_has_no_list():
    assert "#upstream" not in page.render(document())
    assert "## Upstream" not in markdown.render(document())


def test_the_readme_names_each_fault_with_its_tickets():
    said = markdown.render(small())
    for fault in faults():
        assert f"`{fault.file}`" in said
        for ticket in fault.tickets:
            assert f"[ticket {ticket.number}]({ticket.url})" in said
    assert "seen in [`check.md5`](#checkmd5)" in said
