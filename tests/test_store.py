"""Results on disk: whole, mergeable, and never replaced by less."""

from __future__ import annotations

import json
import shutil
from itertools import permutations

import jsonschema
import msgspec
import pytest

from matrix_project.results import SCHEMA, Status, Verdict, decode_environment, encode, schema
from matrix_project.store import Store, StoreError, keep_document, read_document, union
from tests.make import PROJECT, case, cell, result, warning

LOST = {"status": Status.LOST, "reason": "the server is gone"}


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "reports")


def undated(given):
    """The results without the time since when each answer stands."""
    cells = [msgspec.structs.replace(each, since=None) for each in given.cells]
    return msgspec.structs.replace(given, cells=cells)


def read(store):
    return {id_: undated(each) for id_, each in store.read().items()}


def test_a_result_comes_back_as_it_was_kept(store):
    store.keep(result())
    assert read(store) == {"sqlite+django-6.1": result()}


def test_the_document_is_valid_by_its_published_schema(store):
    store.keep(result())
    store.publish(PROJECT)
    document = json.loads((store.folder / "matrix.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema())
    published = json.loads((store.folder / "matrix.schema.json").read_text())
    jsonschema.validate(document, published)
    document["cells"][0]["verdict"] = "perhaps"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, published)


def test_runs_made_apart_merge_by_lying_in_one_folder(store, tmp_path):
    other = Store(tmp_path / "other")
    store.keep(result("sqlite"))
    other.keep(result("mysql-9.7"))
    for path in (other.folder / "environments").iterdir():
        shutil.copy(path, store.folder / "environments")
    assert list(store.publish(PROJECT).environments) == [
        "mysql-9.7+django-6.1",
        "sqlite+django-6.1",
    ]


def test_every_case_has_a_cell_in_every_environment():
    lost = result("mysql-9.7", cells=[], cases={}, **LOST)
    matrix = union({each.id: each for each in (result(), lost)}, PROJECT)
    verdicts = {cell.environment: cell.verdict for cell in matrix.cells}
    assert verdicts == {
        "sqlite+django-6.1": Verdict.ENFORCED,
        "mysql-9.7+django-6.1": Verdict.UNKNOWN,
    }


def test_what_was_observed_is_not_replaced_by_less(store):
    store.keep(result())
    kept = store.keep(result(cells=[], **LOST))
    assert undated(kept).cells == result().cells
    assert kept.environment.status == Status.OBSERVED
    assert kept.environment.last_attempt.status == Status.LOST
    assert kept.environment.last_attempt.reason == "the server is gone"
    assert store.read()[kept.id] == kept


def test_a_case_that_failed_this_time_does_not_cost_what_was_seen_of_it(store):
    store.keep(result())
    failed = [cell(verdict=Verdict.UNKNOWN, summary="Not observed: boom")]
    kept = store.keep(result(cells=failed, reason="the harness failed at check.q"))
    assert undated(kept).cells == result().cells
    assert kept.environment.last_attempt.reason == "the harness failed at check.q"


def test_even_a_lost_environments_cells_outlast_a_run_without_a_server(store):
    store.keep(result(**LOST))
    kept = store.keep(result(cells=[], cases={}, status=Status.NOT_RUN, reason="no Docker"))
    assert undated(kept).cells == result().cells
    assert kept.environment.last_attempt.status == Status.NOT_RUN


def test_a_case_that_is_no_more_costs_nothing(store):
    store.keep(result())
    renamed = result(cells=[cell("check.new")], cases={"check.new": case()})
    assert undated(store.keep(renamed)) == renamed


def test_a_cell_is_not_shown_under_a_declaration_it_was_not_observed_with():
    old = result("mysql-9.7", observed_at="2026-01-01T00:00:00Z")
    changed = msgspec.structs.replace(case(), declaration="constraints = [other]")
    new = result(cases={"check.q": changed})
    matrix = union({each.id: each for each in (old, new)}, PROJECT)
    (stale,) = (each for each in matrix.cells if each.environment.startswith("mysql"))
    assert stale.verdict == Verdict.UNKNOWN
    assert "another declaration" in stale.summary
    assert matrix.cases["check.q"].declaration == "constraints = [other]"


def test_a_new_observation_replaces_the_old_and_forgets_the_attempt(store):
    store.keep(result())
    store.keep(result(**LOST))
    again = result(cases={"check.q": case(title="New")})
    store.keep(again)
    assert read(store) == {again.id: again}


def test_a_lost_environment_keeps_what_it_had_where_there_was_nothing_before(store):
    store.keep(result(**LOST))
    (kept,) = store.read().values()
    assert kept.environment.status == Status.LOST
    assert kept.cells[0].verdict == Verdict.ENFORCED


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (encode(msgspec.structs.replace(result(), schema=SCHEMA + 1)), "of schema 2"),
        (b"{", "not a results file"),
        (b'{"schema": 1, "id": "x"}', "not a results file"),
        (encode(result()), "its name is not that of the environment in it, sqlite"),
        (encode(msgspec.structs.replace(result(), id="../zz")), "its name is not"),
        (encode(result("zz", cells=[])), "its cells are not one for each case"),
        (encode(result("zz", cells=[cell()])), "its cells are not one for each case"),
        (encode(result("zz", observed_at="yesterday")), "its time is not in UTC: yesterday"),
    ],
)
def test_a_file_that_is_not_ours_is_said_and_left(store, content, words):
    store.keep(result())
    bad = store.folder / "environments" / "zz+django-6.1.json"
    bad.write_bytes(content)
    with pytest.raises(StoreError, match=words):
        store.check()
    assert bad.read_bytes() == content


def test_a_failed_write_leaves_the_old_file_whole(store, monkeypatch):
    store.keep(result())

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("matrix_project.store.os.fsync", full)
    with pytest.raises(StoreError, match="No space left on device"):
        store.keep(result(cells=[cell(summary="new")]))
    assert read(store) == {"sqlite+django-6.1": result()}
    assert [path.name for path in (store.folder / "environments").iterdir()] == [
        "sqlite+django-6.1.json"
    ]


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="name another --output"):
        Store(tmp_path / "file" / "reports").check()


def test_an_unknown_key_is_refused():
    document = json.loads(encode(result()))
    document["environment"]["colour"] = "green"
    with pytest.raises(ValueError, match="colour"):
        decode_environment(json.dumps(document).encode())


def at(day, **values):
    return result(observed_at=f"2026-11-{day:02}T00:00:00Z", **values)


@pytest.fixture
def others(tmp_path):
    def make(*results):
        stores = []
        for number, each in enumerate(results):
            stores.append(Store(tmp_path / f"run-{number}"))
            stores[-1].keep(each)
        return stores

    return make


def test_runs_made_apart_are_merged(store, others):
    assert store.merge(others(at(1), at(2, backend="mysql-9.7"))) == []
    assert store.read().keys() == {"mysql-9.7+django-6.1", "sqlite+django-6.1"}


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_the_newest_of_several_is_taken_whatever_the_order(store, others, order):
    store.merge(others(*(at(day, reason=str(day)) for day in order)))
    assert store.read()["sqlite+django-6.1"].environment.reason == "2"


def test_a_merge_takes_nothing_older_than_what_is_there_and_says_so(store, others):
    store.keep(at(3))
    (line,) = store.merge(others(at(2, reason="old")))
    assert "2026-11-03T00:00:00Z stands, not" in line
    assert read(store)["sqlite+django-6.1"] == at(3)


def test_a_merged_run_without_a_server_costs_nothing_that_was_seen(store, others):
    store.keep(at(1))
    nothing = result(
        cells=[], cases={}, observed_at=None, status=Status.NOT_RUN, reason="no Docker"
    )
    store.merge(others(nothing))
    kept = store.read()["sqlite+django-6.1"]
    assert undated(kept).cells == at(1).cells
    # Nobody knows when that was.
    assert kept.environment.last_attempt is None


def test_a_merged_run_that_saw_less_is_noted_with_its_own_time(store, others):
    store.merge(others(at(2, cells=[cell(verdict=Verdict.UNKNOWN)], **LOST), at(1)))
    (kept,) = store.read().values()
    assert kept.environment.observed_at == at(1).environment.observed_at
    assert kept.environment.last_attempt.at == "2026-11-02T00:00:00Z"
    assert kept.environment.last_attempt.status == Status.LOST


def test_whatever_the_order_the_same_results_stand(tmp_path, others):
    unknown = [cell(verdict=Verdict.UNKNOWN)]
    given = others(
        at(1),
        at(2, cells=unknown, **LOST),
        at(2, reason="of the same second"),
        at(3, cells=unknown, status=Status.LOST, reason="later"),
        result(cells=[], cases={}, observed_at=None, status=Status.NOT_RUN, reason="no Docker"),
    )
    outcomes = set()
    for number, order in enumerate(permutations(given)):
        one, many = (Store(tmp_path / f"{name}-{number}") for name in ("one", "many"))
        one.merge(order)
        for each in order:
            many.merge([each])
        for store in (one, many):
            (kept,) = store.read().values()
            outcomes.add(encode(kept))
    assert len(outcomes) == 1
    (kept,) = outcomes
    assert b"of the same second" in kept
    assert b"later" in kept


def test_what_cannot_be_merged_is_refused_before_anything_is_written(store, others):
    whole, part, newer = others(
        at(1), at(2, selection="--case=check.q"), at(3, backend="mysql-9.7")
    )
    with pytest.raises(StoreError, match="merge whole runs alone"):
        store.merge([whole, part])
    (path,) = (newer.folder / "environments").glob("*.json")
    path.write_text(path.read_text().replace('"schema": 1', '"schema": 2'))
    with pytest.raises(StoreError, match="of schema 2"):
        store.merge([whole, newer])
    with pytest.raises(StoreError, match="holds no results"):
        store.merge([whole, Store(store.folder / "none")])
    assert store.read() == {}


def since(store):
    (result_,) = store.read().values()
    return [cell.since for cell in result_.cells]


def test_a_cell_tells_since_when_its_answer_stands(store):
    ignored = [cell(verdict=Verdict.IGNORED)]
    warned = [cell(verdict=Verdict.IGNORED, system_checks=[warning()])]
    told = []
    for day, cells in enumerate([None, None, ignored, warned, warned], 1):
        store.keep(at(day, cells=cells))
        told += since(store)
    days = [1, 1, 3, 4, 4]
    assert told == [f"2026-11-{day:02}T00:00:00Z" for day in days]


def test_what_was_not_observed_stands_since_no_time(store):
    store.keep(at(1, cells=[cell(verdict=Verdict.UNKNOWN)]))
    assert since(store) == [None]


def test_merged_results_stand_since_the_older_of_both(store, others):
    store.keep(at(1))
    store.merge(others(at(5)))
    assert since(store) == ["2026-11-01T00:00:00Z"]


def test_a_kept_document_is_read_again(store, tmp_path):
    store.keep(result())
    matrix = store.publish(PROJECT)
    path = keep_document(matrix, tmp_path / "history")
    assert read_document(path) == matrix == store.document()
    assert keep_document(matrix, tmp_path / "history") == path


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", b"{"),
        ("a.json.gz", b"no gzip"),
        ("a.json.gz", b"\x1f\x8b\x08"),
        ("a.json", b'{"schema": 9}'),
    ],
)
def test_a_document_that_cannot_be_read_is_said(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(StoreError, match="cannot be read"):
        read_document(tmp_path / name)
    with pytest.raises(StoreError, match="No such file"):
        read_document(tmp_path / "none.json")
