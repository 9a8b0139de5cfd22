"""Models of every kind that Django has: each of their constraints is found, and observed."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.audit.auditing import audit
from tests.conftest import observed

HERE = Path(__file__).parent
# What does not hold everywhere: by constraint what each vendor says, and a part of the reason.
EXPECTED = {
    "shop.Feature/unique(number)": (
        {"sqlite": "absent"},
        "the model asks for supports_deferrable_unique_constraints",
    ),
    "shop.OnlyThere/unique(number)": (
        {"sqlite": "absent"},
        "the model asks for required_db_vendor = postgresql",
    ),
    # Django does not double the quotes of a name.
    "shop.Spaces/a 'name' of \"words\"": ({"sqlite": "refused", "postgresql": "refused"}, "words"),
    "shop.WithBroken/unique(number)": (
        {"sqlite": "unknown", "postgresql": "unknown"},
        "cannot be written into a migration: RuntimeError: this field is in no migration",
    ),
    "shop.WithCode/unique(code)": (
        {"sqlite": "unknown", "postgresql": "unknown"},
        "missing 1 required positional argument: 'prefix'",
    ),
    "shop.WithLocal/unique(number)": (
        {"sqlite": "absent"},
        "The table cannot be made even without the constraint: this field is none of SQLite's",
    ),
    "shop.WithTypeless/unique(number)": (
        {"sqlite": "absent", "postgresql": "absent"},
        "The table cannot be made even without the constraint",
    ),
    "shop.WithUnwritten/unwritten": (
        {"sqlite": "refused", "postgresql": "refused"},
        "Django refuses the DDL: there is no SQL for it",
    ),
    "shop.WithLost/unique(number)": (
        {"sqlite": "unknown", "postgresql": "unknown"},
        "shop.WithLost.lost refers to Lost, and there is no such model",
    ),
}
HOLDS = {"enforced", "enforced-unnamed"}


@pytest.fixture(scope="session")
def awkward(tmp_path_factory):
    """An audit of models of every kind."""
    output = tmp_path_factory.mktemp("awkward") / "audit"
    return audit(HERE / "awkward", backends=("sqlite", "postgresql-18"), output=output)


@pytest.fixture(params=["sqlite", "postgresql"])
def vendor(request, awkward):
    observed(awkward.document, request.param)
    return request.param


def test_every_constraint_is_observed_or_the_reason_is_told(awkward, vendor):
    assert awkward.code == 0, awkward.errors
    seen = {id_: verdict for (id_, at), verdict in awkward.verdicts.items() if at == vendor}
    others = {id_: verdict for id_, verdict in seen.items() if verdict not in HOLDS}
    expected = {id_: by[vendor] for id_, (by, _) in EXPECTED.items() if vendor in by}
    assert others == expected
    summaries = {each["case"]: each["summary"] for each in observations(awkward, others)}
    assert [id_ for id_ in others if EXPECTED[id_][1] not in summaries[id_]] == []


def observations(audit, ids):
    return [each for each in audit.document["observations"].values() if each["case"] in ids]


def test_models_of_an_abstract_one_have_constraints_of_their_own(awkward):
    found = [id_ for id_ in awkward.document["cases"] if "named" in id_ or "_name" in id_]
    assert found == [
        "shop.Item/item named",
        "shop.Item/shop_item_name",
        "shop.Place/place named",
        "shop.Place/shop_place_name",
    ]


def test_constraints_are_found_by_model_and_no_two_models_are_taken_for_one(awkward):
    models = Counter(id_.partition("/")[0] for id_ in awkward.document["cases"])
    assert models["shop.Item"] == 3
    assert models["blog.Item"] == 2
    # The uniqueness of the link to the parent is the key; the parent's are the parent's.
    assert (models["shop.Restaurant"], models["shop.Diner"]) == (3, 2)
    assert (models["shop.Pair"], models["shop.Left"], models["shop.Right"]) == (2, 1, 1)


def test_models_without_a_table_of_djangos_making_are_passed_by(awkward):
    assert [line for line in awkward.output.splitlines() if line.startswith("Passed by")] == [
        "Passed by: auth.User: it is swapped for blog.Member",
        "Passed by: shop.Legacy: it is not managed: its table is not Django's to create",
        "Passed by: shop.Nearby: it is a proxy of shop.Place",
    ]


def test_a_table_of_another_schema_is_observed_and_that_is_told(awkward):
    for each in observations(awkward, ["shop.Elsewhere/unique(number)"]):
        (fact,) = each["facts"]
        assert fact["shows"] == '"audit"."elsewhere" is observed as audit_elsewhere'


def test_each_constraint_has_its_line_in_the_models(awkward):
    lines = (HERE / "awkward" / "shop" / "models.py").read_text().splitlines()
    cases = awkward.document["cases"]
    for id_, word in {
        "shop.Spaces/a 'name' of \"words\"": "class Spaces",
        "shop.Restaurant/few seats": 'name="few seats"',
        "shop.Sum/small_total": 'name="small_total"',
        "shop.Own/one_in_parent": 'name="one_in_parent"',
        "shop.Pair/primary_key": "class Pair",
    }.items():
        assert cases[id_]["file"] == "shop/models.py"
        assert word in lines[cases[id_]["line"] - 1]
