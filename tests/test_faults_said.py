"""What the engine says of small declarations is true on all four servers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import connections, migrations
from django.db.models import F, IntegerField, Q
from django.forms import modelform_factory

from matrix_project.cases.case import Promise, accepts, shows
from matrix_project.observe import OwnStep, Subject, observe, targets_of
from matrix_project.observe.schema import Schema
from matrix_project.results.contract import Outcome, Verdict
from matrix_project.results.verdicts import judge
from matrix_project.vendors import VENDORS
from tests import said_more
from tests.engine import SERVERS, Servers, observe_on, servers  # noqa: F401 (a fixture)
from tests.said import SAID, check

# Its declarations are in the table of `said`.
assert said_more.__doc__
WORDS = {
    "E": (Verdict.ENFORCED, None),
    "EU": (Verdict.ENFORCED_UNNAMED, None),
    "EO": (Verdict.ENFORCED_OTHER_ERROR, None),
    "RED": (Verdict.REDUNDANT, None),
    "STRICT": (Verdict.TOO_STRICT, None),
    "P": (Verdict.PARTIAL, None),
    "I": (Verdict.IGNORED, "database"),
    "N": (Verdict.IGNORED, "django"),
    "R": (Verdict.REFUSED, "database"),
    "RD": (Verdict.REFUSED, "django"),
    "U": (Verdict.UNUSABLE, None),
    "A": (Verdict.ABSENT, None),
}


def codes(record):
    seen = [*record.steps, *record.probes]
    return {each.error.code for each in seen if each.error is not None}


def faults(record):
    return [each.fault for each in [*record.steps, *record.probes] if each.fault is not None]


@pytest.mark.parametrize(
    ("vendor", "id_"),
    [pytest.param(vendor, id_, id=f"{vendor}-{id_}"[:70]) for vendor in SERVERS for id_ in SAID],
)
def test_the_verdict_is_true(servers, vendor, id_):  # noqa: F811
    case, truth = SAID[id_]
    word, _, code = truth.split()[SERVERS.index(vendor)].partition(":")
    record = observe_on(servers, vendor, case)
    assert (record.verdict, record.by) == WORDS[word], record.summary
    assert not code or code in codes(record)
    assert faults(record) == []


def on_all(test):
    return pytest.mark.parametrize("vendor", SERVERS)(test)


MYSQLS = pytest.mark.parametrize("vendor", ["mysql", "mariadb"])
ADULT = {
    "fields": {"age": IntegerField()},
    "valid": [{"age": 18}],
    "violating": [{"age": 17}],
}
_AGE = Q(age__gte=18)


def probes(record, id_):
    found = [probe for probe in record.probes if probe.id == id_]
    assert found
    return found


@on_all
def test_a_violating_row_that_something_else_forbids_asks_nothing(servers, vendor):  # noqa: F811
    case, _ = SAID["name_in_the_data"]
    record = observe_on(servers, vendor, case)
    assert [probe.masked for probe in record.probes if probe.expect == "reject"] == [True] * 5
    assert not any(probe.error.names_constraint for probe in record.probes if probe.error)
    # What could not be stored is not said to be in the way of the constraint either.
    assert "add_to_violating_rows" not in {step.name for step in record.steps}


@pytest.mark.parametrize(
    ("id_", "left_out"),
    [
        ("sound_beside_a_refused_one", {"mysql": ["single"], "mariadb": ["single"]}),
        (
            "beside_another_models_refused_one",
            {vendor: ["refused_single"] for vendor in ("mysql", "mariadb")},
        ),
        ("beside_a_refused_field", {"mysql": ["unique(text)"]}),
        ("check_name_differs_in_case_alone", {}),
    ],
)
@on_all
def test_a_refused_constraint_beside_is_left_out_and_named(servers, vendor, id_, left_out):  # noqa: F811
    assert observe_on(servers, vendor, SAID[id_][0]).left_out == left_out.get(vendor, [])


@on_all
def test_each_constraint_of_a_model_is_observed_for_itself(servers, vendor):  # noqa: F811
    case = Promise(
        "said.two",
        "two",
        constraint=check(Q(a__gt=0), "the_a"),
        beside=[check(Q(b__gt=0), "the_b")],
        fields={"a": IntegerField(), "b": IntegerField()},
        valid=[{"a": 1, "b": 1}],
        violating=[{"a": 1, "b": 0}],
    )
    (model,) = case.classes
    verdicts = {}
    for target in targets_of(model):
        subject = Subject(
            models=[model], targets=[target], valid=case.valid, violating=case.violating
        )
        verdicts[target.id] = judge(observe(subject, servers.aliases(vendor))).verdict
    assert verdicts["the_a"] == Verdict.REDUNDANT
    assert verdicts["the_b"] == Verdict.ENFORCED


@on_all
def test_an_index_of_another_table_is_not_taken_for_the_constraint(servers, vendor):  # noqa: F811
    record = observe_on(servers, vendor, SAID["index_of_another_table"][0])
    assert record.catalog.present is False
    assert record.catalog.names == []


@on_all
def test_a_system_check_of_another_matter_is_no_warning(servers, vendor):  # noqa: F811
    record = observe_on(servers, vendor, SAID["another_check_of_the_model"][0])
    assert record.warned == []
    assert [(each.id, each.about_constraint) for each in record.checks] == [("fields.W122", False)]


@on_all
def test_full_clean_says_of_a_row_what_it_says_of_this_constraint_alone(servers, vendor):  # noqa: F811
    # A blank value, which is rejected for itself, is no answer of the constraint's.
    record = observe_on(servers, vendor, SAID["null_is_no_violation"][0])
    assert [(each.outcome, each.code) for each in record.validation] == [("accepted", None)] * 2


@on_all
def test_a_row_that_stays_beside_an_error_is_torn(servers, vendor):  # noqa: F811
    record = observe_on(servers, vendor, SAID["storage_engine_without_transactions"][0])
    (probe,) = probes(record, "bulk_create")
    if vendor in {"mysql", "mariadb"}:
        assert probe.outcome == Outcome.TORN
        assert [row["name"] for change in probe.rows for row in change.added] == ["bob"]
    else:
        assert (probe.outcome, probe.rows) == (Outcome.REJECTED, [])


def test_a_name_that_is_cut_is_the_catalogues(servers):  # noqa: F811
    record = observe_on(servers, "postgresql", SAID["name_of_70_characters"][0])
    assert record.catalog.names == ["n" * 63]
    assert {probe.error.constraint for probe in record.probes if probe.error} == {"n" * 63}
    assert all(probe.error.names_constraint for probe in record.probes if probe.error)


@MYSQLS
def test_what_a_refused_migration_leaves_is_told(servers, vendor):  # noqa: F811
    others = {f"M{number}": {"n": IntegerField()} for number in range(6)}
    constraint = check(Q(id=1), "single")
    case = Promise(
        "said.last",
        "the last of seven",
        others=others,
        constraint=constraint,
        fields={"n": IntegerField()},
        valid=[{"id": 1, "n": 1}],
        violating=[{"id": 2, "n": 1}],
    )
    record = observe_on(servers, vendor, case)
    (create,) = (step for step in record.steps if step.name == "create")
    assert record.verdict == Verdict.REFUSED
    assert create.left_behind.tables == [f"said_m{number}" for number in range(6)]
    assert not create.left_behind.recorded
    schema = Schema(case.subject(), vendor)
    try:
        schema.migrate("first", schema.full)
        again = schema.migrate("again", schema.full)
        assert (again.outcome, again.error.code) == ("refused", "1050")
    finally:
        schema.drop()


@pytest.mark.parametrize(
    ("operation", "refused"),
    [
        (migrations.RenameField("Steps", "age", "years"), {"mysql": "3959"}),
        (
            migrations.RemoveField("Steps", "age"),
            {"mysql": "3959", "mariadb": "1054", "sqlite": "SQLITE_ERROR"},
        ),
        (migrations.AlterField("Steps", "age", IntegerField(default=20)), {}),
        (migrations.RenameModel("Steps", "Stages"), {}),
    ],
    ids=["rename", "remove", "alter", "rename_model"],
)
@on_all
def test_a_step_after_the_constraint_is_answered(servers, vendor, operation, refused):  # noqa: F811
    case = Promise(
        "said.steps",
        "steps after the constraint",
        constraint=check(Q(age__gte=F("least")), "of_age"),
        fields={"age": IntegerField(), "least": IntegerField()},
        rows=[{"age": 19, "least": 18}],
        valid=[{"age": 18, "least": 18}],
        violating=[{"age": 17, "least": 18}],
        steps=[
            OwnStep(
                name="add_both",
                operations=[
                    migrations.AddField("Steps", "more", IntegerField(default=1)),
                    migrations.AddConstraint("Steps", check(Q(more__gt=0), "more_than_none")),
                ],
            ),
            OwnStep(name="after", operations=[operation]),
        ],
    )
    record = observe_on(servers, vendor, case)
    steps = {step.name: step for step in record.steps}
    assert record.verdict == Verdict.ENFORCED
    assert steps["add_both"].outcome == "accepted"
    after = steps["after"]
    assert after.outcome == ("refused" if vendor in refused else "accepted"), after.error
    if vendor in refused:
        assert after.error.code == refused[vendor]
    assert faults(record) == []


@pytest.mark.parametrize(
    ("vendor", "code"),
    [("postgresql", "42P10"), ("mysql", None), ("mariadb", None), ("sqlite", "SQLITE_ERROR")],
)
def test_a_way_in_that_is_not_to_be_had_is_answered_and_counts_for_nothing(servers, vendor, code):  # noqa: F811
    def update_conflicts(tables):
        row = tables.build({"name": "ann"})
        words = {"unique_fields": ["name"], "update_fields": ["name"]}
        tables.objects.bulk_create([row], update_conflicts=True, **words)

    soft_delete, truth = SAID["soft_delete"]
    asked = accepts("bulk_create(update_conflicts=True)", update_conflicts)
    record = observe_on(servers, vendor, replace(soft_delete, acts=[asked]))
    (probe,) = probes(record, "own_1")
    assert (probe.outcome, probe.masked, probe.error.code) == (Outcome.REJECTED, True, code)
    assert (record.verdict, record.by) == WORDS[truth.split()[SERVERS.index(vendor)]]


@on_all
def test_what_a_form_says_can_be_looked_at(servers, vendor):  # noqa: F811
    case = Promise(
        "said.form",
        "a form that leaves the constrained field out",
        constraint=check(_AGE, "of_age"),
        facts=[
            shows(
                "a form without the age",
                lambda t: modelform_factory(t.model, exclude=["age"])({}).is_valid(),
            )
        ],
        **ADULT,
    )
    (fact,) = observe_on(servers, vendor, case).facts
    assert (fact.title, fact.shows) == ("a form without the age", "True")


def test_one_case_harms_no_other(servers):  # noqa: F811
    """A statement that Django puts off to the end of a migration leaves no transaction open."""
    refused, _ = SAID["unknown_collation_of_the_constraint"]
    sound, _ = SAID["length"]
    for vendor in SERVERS:
        before = observe_on(servers, vendor, sound)
        observe_on(servers, vendor, refused)
        assert not connections[vendor].in_atomic_block
        assert observe_on(servers, vendor, sound) == before


@on_all
def test_nothing_is_left_in_the_database(servers, vendor):  # noqa: F811
    (alias, _) = servers.aliases(vendor)
    for id_ in (
        "one_to_one",
        "many_to_many",
        "named_as_the_table",
        "foreign_key_to_itself_by_parent",
    ):
        observe_on(servers, vendor, SAID[id_][0])
    tables = connections[alias].introspection.table_names()
    assert [table for table in tables if table.startswith("said")] == []


@pytest.mark.parametrize("id_", ["table_in_upper_case", "foreign_key", "name_in_the_data"])
def test_a_server_that_folds_the_names_of_tables(folding, id_):
    case, truth = SAID[id_]
    record = observe_on(folding, "mariadb", case)
    assert (record.verdict, record.by) == WORDS[truth.split()[SERVERS.index("mariadb")]]


@pytest.fixture(scope="module")
def folding(servers):  # noqa: F811
    """A MariaDB with `lower_case_table_names=1`, as on Windows."""
    known = VENDORS["mariadb"]
    serve = (*known.recipe.serve, "--lower-case-table-names=1")
    own = Servers("folding_")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(VENDORS, "mariadb", replace(known, recipe=replace(known.recipe, serve=serve)))
        own.aliases("mariadb")
    yield own
    own.close()
