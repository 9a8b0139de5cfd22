"""The contract, and the document that is made of all environments."""

from __future__ import annotations

import difflib
import json
import random
from itertools import permutations

import pytest
from msgspec.structs import replace

from matrix_project.results.cells import cells
from matrix_project.results.check import check_document
from matrix_project.results.codec import decode_environment, decode_matrix, encode, schema
from matrix_project.results.contract import (
    Level,
    Status,
    Verdict,
    environment_id,
    known,
    observation_hash,
    series,
)
from matrix_project.results.document import part, split, union
from matrix_project.results.verdicts import unobserved
from matrix_project.results.versions import version_key
from tests.make import (
    PROJECT,
    answer,
    case,
    enforced,
    ignored,
    observation,
    question,
    record,
    result,
)

SQLITE, MYSQL, POSTGRESQL = (
    f"{backend}+django-6.1" for backend in ("sqlite", "mysql-9.7", "postgresql-18")
)
IGNORED = {"check.q": record(seen=ignored())}
ENFORCED_HASH = observation_hash(record())
IGNORED_HASH = observation_hash(IGNORED["check.q"])


def document(*results):
    return union({each.id: each for each in results}, PROJECT)


def timeless(matrix):
    return replace(matrix, generated_at="2026-11-21T00:00:00Z")


def test_each_distinct_observation_is_stored_once():
    matrix = document(
        result("sqlite"), result("postgresql-18"), result("mysql-9.7", records=IGNORED)
    )
    assert matrix.cells == {
        "check.q": {IGNORED_HASH: [MYSQL], ENFORCED_HASH: [POSTGRESQL, SQLITE]},
    }
    assert matrix.observations == {ENFORCED_HASH: record(), IGNORED_HASH: IGNORED["check.q"]}
    check_document(matrix)


def test_a_hash_is_of_the_content_alone():
    assert len(ENFORCED_HASH) == 12
    assert observation_hash(record(seen=enforced())) == ENFORCED_HASH
    assert observation_hash(record("check.r")) != ENFORCED_HASH
    assert observation_hash(record(seen=enforced("another message"))) != ENFORCED_HASH
    stored = decode_environment(encode(result())).records["check.q"]
    assert observation_hash(stored) == ENFORCED_HASH


def many(count):
    """Results of `count` environments and two cases, with answers that differ."""
    cases = {"values.text_case": question(), "check.q": case()}
    return [
        result(
            f"mysql-{number}",
            cases=cases,
            records={
                "values.text_case": answer(word=("distinct", "duplicate")[number % 2]),
                "check.q": record(seen=(enforced, ignored)[number % 2]()),
            },
            first_seen={"check.q": "2026-11-21T00:00:00Z"},
        )
        for number in range(count)
    ]


def test_the_same_results_give_the_same_bytes_in_whatever_order():
    given = many(4)
    assert len({encode(timeless(document(*order))) for order in permutations(given)}) == 1
    matrix = document(*given)
    assert list(matrix.cases) == list(matrix.cells) == ["check.q", "values.text_case"]
    assert list(matrix.environments) == [f"mysql-{number}+django-6.1" for number in range(4)]
    assert list(matrix.cells["check.q"].values()) == [
        ["mysql-0+django-6.1", "mysql-2+django-6.1"],
        ["mysql-1+django-6.1", "mysql-3+django-6.1"],
    ]


def test_cases_stand_by_their_ids():
    ids = [f"check.{letter}" for letter in "hgfedcba"]
    given = result(cases=dict.fromkeys(ids, case()), records={id_: record(id_) for id_ in ids})
    matrix = document(given)
    assert list(matrix.cases) == list(matrix.cells) == sorted(ids)
    assert [each.case for each in matrix.observations.values()] == sorted(ids)


def test_observations_stand_by_case_and_by_their_first_environment():
    """So that one that changed keeps its place, and a diff shows no more than the change."""
    cases = [each.case for each in document(*many(4)).observations.values()]
    assert cases == ["check.q", "check.q", "values.text_case", "values.text_case"]
    for message in map(str, range(20)):
        changed = {"check.q": record(seen=enforced(message))}
        matrix = document(result("mysql-9.7", records=changed), result(records=IGNORED))
        assert [each.verdict for each in matrix.observations.values()] == ["enforced", "ignored"]


def test_a_run_that_sees_the_same_changes_a_line_an_environment():
    before, after = (
        [
            replace(
                each,
                environment=replace(
                    each.environment,
                    observed_at=f"2026-11-{day}T00:00:00Z",
                    seconds={"start": day / 7, "suite": day / 3},
                    project=replace(PROJECT, commit=str(day)),
                ),
            )
            for each in many(30)
        ]
        for day in (21, 22)
    )
    lines = [encode(timeless(document(*each))).decode().splitlines() for each in (before, after)]
    changed = [line for line in difflib.unified_diff(*lines, n=0) if line.startswith(("+ ", "- "))]
    assert len(changed) == 2 * 30


def test_a_probe_is_one_line():
    lines = encode(document(result())).decode().splitlines()
    (line,) = (each for each in lines if '"reject_rejected"' in each)
    assert json.loads(line.strip().rstrip(","))["expect"] == "reject"


@pytest.mark.parametrize("results", [[], [result()], many(3)], ids=["none", "one", "many"])
def test_a_document_split_is_what_it_was_made_of(results):
    matrix = document(*results)
    assert split(matrix) == {each.id: each for each in results}
    assert timeless(document(*split(matrix).values())) == timeless(matrix)
    assert decode_matrix(encode(matrix)) == matrix


def test_what_an_environment_had_no_such_case_of_is_not_split_into_it():
    other = result("mysql-9.7", cases={"check.r": case()}, records={"check.r": record("check.r")})
    lost = result("postgresql-18", cases={}, records={}, status=Status.LOST, reason="it is gone")
    given = [other, lost, result()]
    matrix = document(*given)
    assert split(matrix) == {each.id: each for each in given}
    filled = cells(matrix)
    assert {id_: each.verdict for id_, each in filled["check.q"].items()} == {
        MYSQL: Verdict.UNKNOWN,
        POSTGRESQL: Verdict.UNKNOWN,
        SQLITE: Verdict.ENFORCED,
    }
    assert filled["check.q"][POSTGRESQL].summary == "Not observed: it is gone"
    assert "no such case" in filled["check.q"][MYSQL].summary


def test_a_case_without_a_record_is_unknown_and_keeps_its_description():
    lost = result(records={}, status=Status.LOST, reason="it is gone")
    matrix = document(lost)
    assert matrix.cases == {"check.q": case()}
    assert matrix.observations == {}
    assert cells(matrix)["check.q"][SQLITE].summary == "Not observed: it is gone"
    check_document(matrix)


def test_an_unknown_question_has_no_verdict():
    asked = {"values.text_case": question()}
    lost = result("mysql-9.7", cases={}, records={}, status=Status.LOST, reason="it is gone")
    given = cells(document(result(cases=asked, records={"values.text_case": answer()}), lost))
    unknown = given["values.text_case"][MYSQL]
    assert (unknown.verdict, unknown.answer) == (None, None)
    assert not known(unknown)


OTHER = case(declaration="constraints = [another]")


def test_a_record_is_not_shown_under_a_declaration_it_was_not_observed_with():
    old = result(
        "mysql-9.7",
        observed_at="2026-01-01T00:00:00Z",
        project=replace(PROJECT, commit="abc"),
        first_seen={"check.q": "2026-01-01T00:00:00Z"},
    )
    matrix = document(old, result(cases={"check.q": OTHER}))
    assert matrix.cases == {"check.q": OTHER}
    assert matrix.first_seen == {}
    stale = cells(matrix)["check.q"][MYSQL]
    assert stale.verdict == Verdict.UNKNOWN
    assert stale.summary == "Not observed: observed under another declaration, at abc"
    assert stale in matrix.observations.values()
    check_document(matrix)
    assert timeless(document(*split(matrix).values())) == timeless(matrix)


def test_a_question_under_another_declaration_has_no_answer():
    asked = {"values.text_case": question()}
    changed = {"values.text_case": question(declaration="another")}
    records = {"values.text_case": answer()}
    old = result("mysql-9.7", cases=asked, records=records, observed_at="2026-01-01T00:00:00Z")
    matrix = document(old, result(cases=changed, records=records))
    stale = cells(matrix)["values.text_case"][MYSQL]
    assert (stale.verdict, stale.answer) == (None, None)
    check_document(matrix)


def on(django, day=1, **described):
    return result(
        django=django,
        observed_at=f"2026-11-{day:02}T00:00:00Z",
        cases={"check.q": case(**described)},
    )


def test_a_case_is_described_as_the_newest_django_has_it():
    given = [
        on("5.2.9", 3, migration="5.2"),
        on("6.0.1", 2, migration="6.0"),
        on("6.1rc1", 1, migration="6.1"),
    ]
    random.Random(0).shuffle(given)
    assert document(*given).cases["check.q"].migration == "6.1"


def test_of_two_on_one_django_the_later_one_describes_a_case():
    later, earlier = on("6.1", 2, title="Later"), on("6.1", 1, title="Earlier")
    earlier = replace(
        earlier,
        id=MYSQL,
        environment=replace(earlier.environment, backend="mysql-9.7"),
    )
    assert document(later, earlier).cases["check.q"].title == "Later"


def test_the_declaration_is_the_one_observed_last_whatever_the_django():
    """A run on an older Django after a change shows what it observed."""
    matrix = document(on("5.2.9", 3, declaration="new"), on("6.1", 1, declaration="old"))
    assert matrix.cases["check.q"].declaration == "new"
    verdicts = {id_: each.verdict for id_, each in cells(matrix)["check.q"].items()}
    assert verdicts == {
        "sqlite+django-5.2": Verdict.ENFORCED,
        "sqlite+django-6.1": Verdict.UNKNOWN,
    }


def test_a_django_that_cannot_declare_a_case_stays_absent_and_describes_nothing():
    absent = observation(absent="Django 5.2 cannot declare it.", steps=[], probes=[])
    old = replace(on("5.2.9", 3, declaration=""), records={"check.q": record(seen=absent)})
    matrix = document(old, on("6.1", 1))
    assert matrix.cases["check.q"] == case()
    assert cells(matrix)["check.q"]["sqlite+django-5.2"].verdict == Verdict.ABSENT


def test_a_part_holds_its_environments_alone():
    matrix = document(*many(4))
    two = part(matrix, ["mysql-0+django-6.1", "mysql-2+django-6.1"])
    assert list(two.environments) == ["mysql-0+django-6.1", "mysql-2+django-6.1"]
    assert {each.verdict for each in two.observations.values()} == {Verdict.ENFORCED, None}
    assert two.cases == matrix.cases
    assert two.first_seen["check.q"].keys() == two.environments.keys()
    check_document(two)
    assert part(matrix, matrix.environments) == matrix


def test_the_document_is_valid_by_its_schema_and_typed_to_the_last():
    text = json.dumps(schema())
    assert schema()["$schema"].endswith("2020-12/schema")
    assert schema()["title"] == "Constraint Matrix results"
    for word in (*Verdict, *Level, *Status):
        assert f'"{word}"' in text


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: d["environment"].update(colour="green"),
        lambda d: d["records"]["check.q"].update(verdict="perhaps"),
        lambda d: d["records"]["check.q"]["probes"][0].update(outcome="lost"),
        lambda d: d["records"]["check.q"]["probes"][0].pop("sql"),
        lambda d: d.pop("environment"),
    ],
)
def test_what_the_types_do_not_allow_is_refused_in_a_line(spoil):
    given = json.loads(encode(result()))
    spoil(given)
    with pytest.raises(ValueError, match=r"^not a results file: .*$"):
        decode_environment(json.dumps(given).encode())


@pytest.mark.parametrize("version", [1, 3])
def test_another_version_is_refused_with_what_to_do(version):
    with pytest.raises(ValueError, match=rf"^of schema {version}, .*: run the matrix again$"):
        decode_matrix(json.dumps({"schema": version}).encode())


@pytest.mark.parametrize(
    ("version", "id_"),
    [
        ("6.1", "sqlite+django-6.1"),
        ("6.1.3", "sqlite+django-6.1"),
        ("6.2a1", "sqlite+django-6.2a1"),
        ("6.2rc2", "sqlite+django-6.2rc2"),
        ("6.2.dev20261121", "sqlite+django-6.2.dev"),
    ],
)
def test_an_environment_is_named_by_backend_and_series(version, id_):
    assert environment_id("sqlite", version) == id_
    assert id_.endswith(series(version))


@pytest.mark.parametrize(
    "ordered",
    [
        ["5.2.19", "6.0", "6.1a1", "6.1b1", "6.1rc1", "6.1", "6.1.3", "6.2.dev1"],
        ["10.5", "10.11", "11.4", "12.3"],
        ["17", "18", "19beta1", "19beta2", "19rc1", "19"],
    ],
)
def test_versions_are_in_their_order(ordered):
    shuffled = random.Random(0).sample(ordered, len(ordered))
    assert sorted(shuffled, key=version_key) == ordered


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (record(), True),
        (record(seen=ignored()), True),
        (answer(), True),
        (answer(word=None), False),
        (unobserved("check.q", "boom"), False),
    ],
)
def test_a_record_is_known_where_it_holds_a_verdict_or_an_answer(given, expected):
    assert known(given) == expected
