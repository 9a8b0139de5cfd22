"""The cases of the matrix, as they are declared."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
from django.db import models
from django.db.migrations.state import ProjectState

from matrix_project import cases
from matrix_project.cases import documents, load
from matrix_project.cases.case import Promise, Question
from matrix_project.cases.classes import make_models
from matrix_project.cases.one_field_set import ScoreType
from matrix_project.observe.states import migrations_between, state_of, written
from matrix_project.results.contract import Outcome, Verdict
from matrix_project.suite.declarations import verify
from matrix_project.suite.observing import too_old
from matrix_project.vendors import VENDORS
from tests.engine import SERVERS

# On PostgreSQL, MySQL, MariaDB and SQLite; of a question its answer.
ENFORCED = ["enforced"] * 4
UNIQUE = ["enforced", "enforced", "enforced", "enforced-unnamed"]
ONLY_POSTGRESQL = ["enforced", "ignored", "ignored", "ignored"]
EXPECTED = {
    "check.boolean_expression": ENFORCED,
    "check.q": ENFORCED,
    "condition.unconditional": UNIQUE,
    "condition.unique_draft": ["enforced", "ignored", "ignored", "enforced-unnamed"],
    "deferrable_unique.deferred": ONLY_POSTGRESQL,
    "deferrable_unique.immediate": ONLY_POSTGRESQL,
    "deferrable_unique.not_deferrable": UNIQUE,
    "include.covering": ONLY_POSTGRESQL,
    "include.plain": UNIQUE,
    "one_field_set.abstract_base": ENFORCED,
    "one_field_set.generated": ENFORCED,
    "one_field_set.value_matches_type": ENFORCED,
    "singleton.auto_primary_key": ["enforced", "refused", "refused", "enforced"],
    "singleton.plain_primary_key": ENFORCED,
    "singleton.unconstrained": ["many_rows"] * 4,
}
CASES = load()


def on_all(test):
    return pytest.mark.parametrize("vendor", SERVERS)(test)


@pytest.mark.parametrize("id_", EXPECTED)
@on_all
def test_a_case_is_as_it_always_was(recorded, vendor, id_):
    record = recorded(vendor, id_)
    assert (record.verdict or record.answer) == EXPECTED[id_][SERVERS.index(vendor)], record.summary
    # Of a constraint that is never created, Django warns where it is declared.
    assert bool(record.warned) == (record.verdict == Verdict.IGNORED)
    assert [each.fault for each in [*record.steps, *record.probes] if each.fault] == []
    # What a case asks of a constraint that can be had, it asks: nothing is masked.
    assert not [probe.title for probe in record.probes if probe.masked]


def test_no_case_is_without_an_expectation():
    """Those that are not here are in the tables of the tests of the matrix's depth."""
    names = [path.stem for path in Path(__file__).parent.glob("test_depth_*.py")]
    tables = [importlib.import_module(f"tests.{name}").TRUTH for name in names]
    assert set(CASES) == set(EXPECTED).union(*tables)


def test_the_declarations_have_no_mistake(django_db_blocker):
    with django_db_blocker.unblock():
        verify(CASES.values())


@pytest.mark.parametrize("id_", CASES)
def test_a_case_tells_a_reader_what_it_is(id_):
    case = CASES[id_]
    assert case.title
    assert case.promise.endswith((".", "?"))
    assert case.aliases
    # A family that is too long for one module has several: `values`, `values_json`.
    module = Path(case.where.partition(":")[0]).stem
    assert module == case.family or module.startswith(f"{case.family}_")
    if isinstance(case, Promise):
        assert [claim.vendor for claim in case.claims] == list(VENDORS)
        assert {claim.source for claim in case.claims} <= {each.url for each in case.sources}
    else:
        assert isinstance(case, Question)
        assert case.claims == ()


def test_a_claim_is_explicit_where_a_sentence_says_it():
    claims = CASES["deferrable_unique.deferred"].claims
    told = {claim.vendor: (claim.says, claim.explicit) for claim in claims}
    assert told == {
        "postgresql": (Verdict.ENFORCED, False),
        "mysql": (Verdict.IGNORED, True),
        "mariadb": (Verdict.IGNORED, True),
        "sqlite": (Verdict.IGNORED, True),
    }
    silent = documents.all_enforce(documents.CHECK)
    assert {(claim.says, claim.explicit) for claim in silent} == {(Verdict.ENFORCED, False)}


def migration(case):
    return written(migrations_between(ProjectState(), state_of(case.classes)))


@pytest.mark.parametrize("id_", CASES)
def test_the_migration_of_a_case_is_what_makemigrations_writes(id_):
    if (reason := too_old(CASES[id_])) is not None:
        pytest.skip(reason)
    text = migration(CASES[id_])
    compile(text, id_, "exec")
    for target in CASES[id_].targets:
        assert target.name is None or text.count(repr(target.name)) == 1


def test_one_fields_may_be_given_to_several_cases():
    first, second = CASES["check.q"], CASES["check.boolean_expression"]
    assert first.fields is second.fields
    assert first.classes[0]._meta.get_field("age").model is first.classes[0]
    assert second.classes[0]._meta.get_field("age").model is second.classes[0]


def test_a_long_name_of_a_model_is_cut_as_the_shortest_of_all_wants_it():
    first, second = make_models(
        "family",
        [("M" * 60 + end, {"n": models.IntegerField()}, {}) for end in ("one", "two")],
    )
    tables = {first._meta.db_table, second._meta.db_table}
    assert [len(table) for table in tables] == [63, 63]


def test_every_module_of_the_package_is_a_family_or_named_as_none():
    assert {case.family for case in CASES.values()} == {
        "bypass",
        "check",
        "condition",
        "deferrable_unique",
        "exclusion",
        "include",
        "migrations",
        "one_field_set",
        "singleton",
        "transactions",
        "validation",
        "unique",
        "values",
        "ways_in",
    }
    assert not cases._NOT_FAMILIES & {case.family for case in CASES.values()}


# What the posts do around their constraints.
def facts(record):
    return {fact.title: fact.shows for fact in record.facts}


def outcomes(record):
    return {probe.title: probe.outcome for probe in record.probes if probe.way_in == "own"}


@on_all
def test_the_singleton_beside_its_constraint(recorded, vendor):
    record = recorded(vendor, "singleton.plain_primary_key")
    assert outcomes(record) == {
        "save() of a second row beside the first": Outcome.REJECTED,
        "update_or_create(id=1, defaults=…) that makes the row": Outcome.ACCEPTED,
        "update_or_create(id=1, defaults=…) that refreshes the token": Outcome.ACCEPTED,
        "save_model() of an admin that gives the one key, the first row deleted": Outcome.ACCEPTED,
    }
    assert facts(record) == {
        "The keys of the rows in the way of the migration, by exclude(id=1)": "[7]",
        "A form of a second row that leaves the key out": "is_valid() is True, errors: {}",
        'An admin that offers "add" while there is no row': (
            "has_add_permission() is False beside a row, True in the empty table"
        ),
    }


@pytest.mark.parametrize("vendor", ["postgresql", "sqlite"])
def test_automatic_keys_are_counted_on(recorded, vendor):
    record = recorded(vendor, "singleton.auto_primary_key")
    rejected = [title for title, outcome in outcomes(record).items() if outcome == "rejected"]
    assert rejected == [
        "save() of a second row beside the first",
        "create() of a second row, the keys left to the database",
        "create() of a row once the first is deleted, the keys left to the database",
    ]


@on_all
def test_without_the_constraint_there_are_several_rows(recorded, vendor):
    record = recorded(vendor, "singleton.unconstrained")
    raised = facts(record)["update_or_create(defaults=…) beside two rows"]
    assert raised.startswith("MultipleObjectsReturned: ")


@on_all
def test_a_proxy_forces_its_type(recorded, vendor):
    record = recorded(vendor, "one_field_set.value_matches_type")
    forced = [probe for probe in record.probes if "a proxy, which forces its type" in probe.title]
    assert {probe.title.partition("(")[0] for probe in forced} == {
        *("save", "create", "bulk_create", "get_or_create", "update_or_create"),
    }
    for probe in forced:
        assert [row["type"] for change in probe.rows for row in change.added] == [ScoreType.POINTS]
    (bypassed,) = (probe for probe in record.probes if "which forces nothing" in probe.title)
    assert bypassed.outcome == Outcome.REJECTED
    (kept,) = (probe for probe in record.probes if "which keeps its type" in probe.title)
    assert [row["type"] for change in kept.rows for row in change.added] == [ScoreType.POINTS]
    assert facts(record)["The rows that the proxies' managers give"] == (
        "of 2 rows, 1 in points and 1 in time"
    )
    assert facts(record)["full_clean() of a proxy"].startswith(
        "needs no type; of the wrong value: Constraint"
    )


@on_all
def test_each_heir_is_asked(recorded, vendor):
    record = recorded(vendor, "one_field_set.abstract_base")
    tables = {change.table for probe in record.probes for change in probe.rows}
    assert tables == {"one_field_set_arcadescore", "one_field_set_trackscore"}
