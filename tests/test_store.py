"""Results on disk: whole, mergeable, stored once, and never replaced by less."""

from __future__ import annotations

import json
import shutil
from itertools import permutations

import jsonschema
import msgspec
import pytest
from filelock import FileLock
from msgspec.structs import replace

from matrix_project.results.codec import decode_matrix, encode, schema
from matrix_project.results.contract import SCHEMA, Status, Verdict
from matrix_project.results.files import keep_document, read_document
from matrix_project.results.store import Store, StoreError, now
from matrix_project.results.verdicts import unobserved
from tests.make import (
    ACCEPTED,
    PROJECT,
    answer,
    case,
    enforced,
    ignored,
    observation,
    probe,
    question,
    record,
    result,
    warning,
    with_verdict,
)

LOST = {"status": Status.LOST, "reason": "the server is gone"}
UNKNOWN = {"check.q": unobserved("check.q", "boom")}
NOTHING = {
    "records": {},
    "cases": {},
    "observed_at": None,
    "status": Status.NOT_RUN,
    "reason": "no Docker",
}


def pages(matrix):
    yield "index.html", f"{len(matrix.environments)} environments"
    yield "badges/sqlite.svg", "a badge"


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "results")


@pytest.fixture
def baseline(tmp_path):
    return Store(tmp_path / "reports")


def undated(given):
    """The results without the time at which each answer was first seen."""
    return replace(given, first_seen={})


def read(store):
    return {id_: undated(each) for id_, each in store.read().items()}


def files(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} - {
        ".lock"
    }


def test_a_result_comes_back_as_it_was_kept(store):
    store.keep(result())
    assert read(store) == {"sqlite+django-6.1": result()}
    assert files(store.folder) == {"environments/sqlite+django-6.1.json"}


def test_the_document_is_valid_by_its_schema(store):
    store.keep(result())
    store.publish(PROJECT, pages)
    document = json.loads((store.folder / "matrix.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema())
    jsonschema.validate(document, schema())
    (observed,) = document["observations"].values()
    observed["verdict"] = "perhaps"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema())


def test_the_pages_lie_beside_the_document(store):
    store.keep(result())
    matrix = store.publish(PROJECT, pages)
    assert store.document() == matrix
    assert (store.folder / "index.html").read_text() == "1 environments"
    assert (store.folder / "badges" / "sqlite.svg").read_text() == "a badge"


def test_runs_made_apart_merge_by_lying_in_one_folder(store, tmp_path):
    other = Store(tmp_path / "other")
    store.keep(result("sqlite"))
    other.keep(result("mysql-9.7"))
    for path in (other.folder / "environments").iterdir():
        shutil.copy(path, store.folder / "environments")
    assert list(store.publish(PROJECT, pages).environments) == [
        "mysql-9.7+django-6.1",
        "sqlite+django-6.1",
    ]


def test_what_was_observed_is_not_replaced_by_less(store):
    store.keep(result())
    kept = store.keep(result(records={}, cases={}, **LOST))
    assert kept.records == result().records
    assert kept.environment.status == Status.OBSERVED
    assert kept.environment.last_attempt.status == Status.LOST
    assert kept.environment.last_attempt.reason == "the server is gone"
    assert store.read()[kept.id] == kept


def test_a_case_that_failed_this_time_does_not_cost_what_was_seen_of_it(store):
    store.keep(result())
    kept = store.keep(result(records=UNKNOWN, reason="the harness failed at check.q"))
    assert kept.records == result().records
    assert kept.environment.last_attempt.reason == "the harness failed at check.q"


def test_a_question_without_an_answer_does_not_cost_the_answer(store):
    asked = {"cases": {"values.text_case": question()}}
    store.keep(result(records={"values.text_case": answer()}, **asked))
    kept = store.keep(result(records={"values.text_case": answer(word=None)}, **asked))
    assert kept.records["values.text_case"].answer == "distinct"


def test_even_a_lost_environments_records_outlast_a_run_without_a_server(store):
    store.keep(result(**LOST))
    kept = store.keep(result(**NOTHING))
    assert kept.records == result().records
    assert kept.environment.last_attempt.status == Status.NOT_RUN


def test_a_case_that_is_no_more_costs_nothing(store):
    store.keep(result())
    renamed = result(records={"check.new": record("check.new")}, cases={"check.new": case()})
    assert undated(store.keep(renamed)) == renamed


def test_a_new_observation_replaces_the_old_and_forgets_the_attempt(store):
    store.keep(result())
    store.keep(result(records={}, cases={}, **LOST))
    again = result(cases={"check.q": case(title="New")}, observed_at=now())
    store.keep(again)
    assert read(store) == {again.id: again}


def test_a_lost_environment_keeps_what_it_had_where_there_was_nothing_before(store):
    store.keep(result(**LOST))
    (kept,) = store.read().values()
    assert kept.environment.status == Status.LOST
    assert kept.records["check.q"].verdict == Verdict.ENFORCED


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (encode(replace(result(), schema=1)), "of schema 1, .* run the matrix again"),
        (encode(replace(result(), schema=SCHEMA + 1)), "of schema 3, .* run the matrix again"),
        (b"{", "not a results file"),
        (b"[" * 10**6, "not a results file"),
        (b'{"schema": 2, "id": "x"}', "not a results file"),
        (encode(result()), "its name is not that of the environment in it, sqlite"),
        (encode(replace(result(), id="../zz")), "its name is not"),
        (
            encode(replace(result("mysql-9.7"), id="zz+django-6.1")),
            r"its id is zz\+django-6.1, and the environment in it is mysql-9.7\+django-6.1",
        ),
        (encode(result("zz", records={})), "check.q has a case or a record, and not both"),
        (encode(result("zz", cases={})), "check.q has a case or a record, and not both"),
        (
            encode(result("zz", records={"check.q": record("check.r")})),
            "the record of check.q is one of check.r",
        ),
        (
            encode(result("zz", records={"check.q": answer("check.q")})),
            "the record of check.q has no verdict of a promise",
        ),
        (
            encode(result("zz", cases={"check.q": question()})),
            "the record of check.q has a verdict, and it is one of a question",
        ),
        (
            encode(
                result("zz", cases={"v.q": question()}, records={"v.q": answer("v.q", "maybe")})
            ),
            "the record of v.q has an answer that the case does not list, maybe",
        ),
        (
            encode(result("zz", first_seen={"check.z": "2026-11-21T00:00:00Z"})),
            "check.z was first seen at a time, and has no record",
        ),
        (encode(result("zz", observed_at="yesterday")), "its time is not in UTC: yesterday"),
        (
            encode(result("zz", observed_at="2026-11-21T00:00:00+01:00")),
            "its time is not in UTC: 2026-11-21T00:00:00.01:00",
        ),
        (
            encode(result("zz", first_seen={"check.q": "2026-13-21T00:00:00Z"})),
            "its time is not in UTC: 2026-13-21T00:00:00Z",
        ),
    ],
)
def test_a_file_that_is_not_ours_is_named_and_left(store, content, words):
    store.keep(result())
    bad = store.folder / "environments" / "zz+django-6.1.json"
    bad.write_bytes(content)
    with pytest.raises(StoreError, match=words) as raised:
        store.check()
    assert str(raised.value).startswith(f"{bad} cannot be read: ")
    assert "\n" not in str(raised.value)
    assert bad.read_bytes() == content


def test_an_attempt_has_a_time_in_utc(store):
    store.keep(result())
    kept = store.keep(result(records={}, cases={}, **LOST))
    path = store.folder / "environments" / f"{kept.id}.json"
    path.write_text(path.read_text().replace(kept.environment.last_attempt.at, "soon"))
    with pytest.raises(StoreError, match="its time is not in UTC: soon"):
        store.read()


def test_a_failed_write_leaves_the_old_file_whole(store, monkeypatch):
    store.keep(result())

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("matrix_project.results.files.os.fsync", full)
    with pytest.raises(StoreError, match="No space left on device"):
        store.keep(result(records={"check.q": record(seen=ignored())}))
    assert read(store) == {"sqlite+django-6.1": result()}
    assert files(store.folder) == {"environments/sqlite+django-6.1.json"}


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="file/results cannot be read: Not a directory; move it"):
        Store(tmp_path / "file" / "results").check()


def test_a_folder_that_another_run_writes_into_is_named(store, monkeypatch):
    store.keep(result())
    monkeypatch.setattr("matrix_project.results.files._PATIENCE", 0)
    with (
        FileLock(store.folder / ".lock"),
        pytest.raises(StoreError, match=r"another run is writing into .*/results: wait for it"),
    ):
        store.keep(result())


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
    store.merge(others(result(**NOTHING)))
    kept = store.read()["sqlite+django-6.1"]
    assert kept.records == at(1).records
    # Nobody knows when that was.
    assert kept.environment.last_attempt is None


def test_a_merged_run_that_saw_less_is_noted_with_its_own_time(store, others):
    store.merge(others(at(2, records=UNKNOWN, **LOST), at(1)))
    (kept,) = store.read().values()
    assert kept.environment.observed_at == at(1).environment.observed_at
    assert kept.environment.last_attempt.at == "2026-11-02T00:00:00Z"
    assert kept.environment.last_attempt.status == Status.LOST


def test_whatever_the_order_the_same_results_stand(tmp_path, others):
    given = others(
        at(1),
        at(2, records=UNKNOWN, **LOST),
        at(2, reason="of the same second"),
        at(3, records=UNKNOWN, status=Status.LOST, reason="later"),
        result(**NOTHING),
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
    path.write_text(path.read_text().replace('"schema": 2', '"schema": 3'))
    with pytest.raises(StoreError, match="of schema 3"):
        store.merge([whole, newer])
    with pytest.raises(StoreError, match="holds no results"):
        store.merge([whole, Store(store.folder / "none")])
    assert store.read() == {}


def first_seen(store):
    (kept,) = store.read().values()
    return kept.first_seen


def day(number):
    return f"2026-11-{number:02}T00:00:00Z"


IGNORED = {"check.q": record(seen=ignored())}
WARNED = {"check.q": record(seen=ignored(warning()))}
BY_DATABASE = {"check.q": record(seen=ignored(warning(), sql=True))}


def test_a_verdict_was_first_seen_when_it_or_by_or_the_warning_changed(store):
    told = []
    for number, records in enumerate(
        [None, None, IGNORED, IGNORED, WARNED, WARNED, BY_DATABASE, UNKNOWN, BY_DATABASE], 1
    ):
        store.keep(at(number, records=records))
        told.append(first_seen(store)["check.q"])
    assert told == [day(number) for number in (1, 1, 3, 3, 5, 5, 7, 7, 7)]


def test_other_evidence_of_the_same_verdict_is_no_news(store):
    store.keep(at(1))
    store.keep(at(2, records={"check.q": record(seen=enforced("another message"))}))
    assert first_seen(store) == {"check.q": day(1)}


def test_an_answer_was_first_seen_when_it_changed(store):
    asked = {"cases": {"values.text_case": question()}}
    told = []
    for number, word in enumerate(["distinct", "distinct", "duplicate", "distinct"], 1):
        store.keep(at(number, records={"values.text_case": answer(word=word)}, **asked))
        told.append(first_seen(store)["values.text_case"])
    assert told == [day(number) for number in (1, 1, 3, 4)]


def test_what_was_not_observed_was_first_seen_at_no_time(store):
    store.keep(at(1, records=UNKNOWN, **LOST))
    assert first_seen(store) == {}


def test_merged_results_were_first_seen_in_the_older_of_both(store, others):
    store.keep(at(5))
    store.merge(others(at(1)))
    assert first_seen(store) == {"check.q": day(1)}


def test_a_merged_verdict_is_not_older_than_another_one_between(store, others):
    store.merge(others(at(1), at(3)))
    assert first_seen(store) == {"check.q": day(1)}
    (between,) = others(at(2, records=IGNORED))
    store.merge([between])
    assert first_seen(store) == {"check.q": day(3)}


def test_a_baseline_holds_the_document_and_its_pages_alone(store, baseline):
    store.keep(at(1))
    store.keep(at(2, backend="mysql-9.7"))
    matrix, left = baseline.accept(store, PROJECT, pages)
    assert left == []
    assert files(baseline.folder) == {"matrix.json", "index.html", "badges/sqlite.svg"}
    assert baseline.document() == matrix
    assert baseline.read() == store.read()


def test_what_a_run_did_not_observe_stays_in_the_baseline(store, baseline, others):
    before, other = others(at(1), at(3, backend="mysql-9.7", records=UNKNOWN, **LOST))
    baseline.accept(before, PROJECT, pages)
    baseline.accept(other, PROJECT, pages)
    store.keep(at(2, records=UNKNOWN, **LOST))
    _, (line,) = baseline.accept(store, PROJECT, pages)
    assert line.startswith(f"sqlite+django-6.1: {day(1)} stands, not ")
    kept = baseline.read()
    assert kept.keys() == {"mysql-9.7+django-6.1", "sqlite+django-6.1"}
    assert kept["sqlite+django-6.1"].records == at(1).records
    assert kept["sqlite+django-6.1"].environment.last_attempt.at == day(2)


def test_the_baseline_remembers_when_a_verdict_was_first_seen(baseline, others):
    for run in others(at(1), at(2), at(3, records=IGNORED), at(4, records=IGNORED)):
        matrix, _ = baseline.accept(run, PROJECT, pages)
    assert matrix.first_seen == {"check.q": {"sqlite+django-6.1": day(3)}}


def test_a_baseline_is_published_and_merged_from_as_it_is(store, baseline, others):
    (run,) = others(at(1))
    baseline.accept(run, PROJECT, pages)
    before = (baseline.folder / "matrix.json").read_bytes()
    again = baseline.publish(PROJECT, pages)
    assert replace(again, generated_at="") == replace(decode_matrix(before), generated_at="")
    assert baseline.is_baseline
    store.merge([baseline])
    assert store.read() == run.read()


@pytest.mark.parametrize(
    "write",
    [lambda store: store.check(), lambda store: store.keep(at(2)), lambda store: store.merge([])],
    ids=["check", "keep", "merge"],
)
def test_no_run_writes_into_a_baseline(baseline, others, write):
    baseline.accept(*others(at(1)), PROJECT, pages)
    before = files(baseline.folder)
    with pytest.raises(StoreError, match="is a baseline: name another --output"):
        write(baseline)
    assert files(baseline.folder) == before


def test_no_baseline_is_written_over_the_results_of_runs(store, others):
    store.keep(at(1))
    with pytest.raises(StoreError, match="holds results of runs: use `merge`"):
        store.accept(*others(at(2)), PROJECT, pages)
    assert store.document() is None


def test_nothing_is_accepted_out_of_an_empty_folder_or_of_a_part(store, baseline, others):
    for other in (store, *others(at(1, selection="-k save"))):
        with pytest.raises(StoreError, match=r"holds no results|merge whole runs alone"):
            baseline.accept(other, PROJECT, pages)
    assert not baseline.folder.exists()


def test_a_kept_document_is_read_again(store, tmp_path):
    store.keep(result())
    matrix = store.publish(PROJECT, pages)
    path = keep_document(matrix, tmp_path / "history")
    assert read_document(path) == matrix == store.document()
    assert keep_document(matrix, tmp_path / "history") == path


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.json", b"{", "not a results file"),
        ("a.json", b"[" * 10**6, "not a results file"),
        ("a.json.gz", b"no gzip", "it was not packed by gzip"),
        ("a.json.gz", b"\x1f\x8b\x08", "cut short"),
        ("a.json", b'{"schema": 1}', "of schema 1, .* run the matrix again"),
        ("a.json", b'{"schema": 9}', "of schema 9, .* run the matrix again"),
    ],
)
def test_a_document_that_cannot_be_read_is_named(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(StoreError, match=words) as raised:
        read_document(tmp_path / name)
    assert str(raised.value).startswith(f"{tmp_path / name} cannot be read: ")
    assert "\n" not in str(raised.value)


def test_a_document_that_is_not_there_is_named(tmp_path):
    with pytest.raises(StoreError, match=r"there is no .*none\.json: name another"):
        read_document(tmp_path / "none.json")


HERE, FIRST = "sqlite+django-6.1", "000000000000"


def unnamed_hash(document):
    document["observations"][FIRST] = next(iter(document["observations"].values()))


def of_another_case(document):
    document["cases"]["check.z"] = document["cases"]["check.q"]
    document["cells"]["check.z"] = document["cells"]["check.q"]


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda d: d["cases"].clear(), "check.q has a case or cells, and not both"),
        (lambda d: d["cells"].clear(), "check.q has a case or cells, and not both"),
        (
            lambda d: d["cells"]["check.q"].update({FIRST: [HERE]}),
            "a cell of check.q names an observation that is not there, 000000000000",
        ),
        (unnamed_hash, "no cell names the observation 000000000000"),
        (
            lambda d: d["environments"].clear(),
            "a cell of check.q names an environment that is not there, sqlite",
        ),
        (
            lambda d: next(iter(d["cells"]["check.q"].values())).append(HERE),
            r"check.q has two observations in sqlite\+django-6.1",
        ),
        (
            lambda d: next(iter(d["cells"]["check.q"].values())).clear(),
            "check.q has an observation of no environment, ",
        ),
        (of_another_case, "the record of check.z is one of check.q"),
        (
            lambda d: next(iter(d["observations"].values())).update(verdict="partial"),
            "is not what was written under that hash",
        ),
        (
            lambda d: d["first_seen"]["check.q"].update({"zz": day(1)}),
            "check.q was first seen in zz, and has no observation there",
        ),
        (
            lambda d: d["first_seen"].update({"check.z": {HERE: day(1)}}),
            "check.z was first seen at a time, and has no case",
        ),
        (
            lambda d: d["first_seen"]["check.q"].update({HERE: "soon"}),
            "its time is not in UTC: soon",
        ),
        (lambda d: d.update(generated_at="now"), "its time is not in UTC: now"),
        (
            lambda d: d["environments"][HERE].update(backend="../zz"),
            r"its id is sqlite\+django-6.1, and the environment in it is ../zz",
        ),
        (lambda d: d.update(colour="green"), "not a results file: .*colour"),
    ],
)
def test_a_document_that_is_not_whole_is_refused(store, spoil, words):
    store.keep(result())
    store.publish(PROJECT, pages)
    path = store.folder / "matrix.json"
    document = json.loads(path.read_text())
    spoil(document)
    path.write_text(json.dumps(document))
    with pytest.raises(StoreError, match=words):
        store.document()


def test_no_id_leads_out_of_the_folder(store):
    hostile = result("x/../../zz")
    store.keep(result())
    document = json.loads(encode(store.publish(PROJECT, pages)))
    document["environments"][hostile.id] = msgspec.to_builtins(hostile.environment)
    (store.folder / "matrix.json").write_text(json.dumps(document))
    with pytest.raises(StoreError, match="is no id of an environment"):
        store.document()


def test_a_record_with_its_verdict_changed_by_hand_is_another_observation(store):
    given = record(seen=observation(probes=[probe("accept", ACCEPTED)]))
    given = with_verdict(given, "partial", level="does-not-hold")
    store.keep(result("sqlite"))
    store.keep(result("mysql-9.7", records={"check.q": given}))
    assert len(store.publish(PROJECT, pages).observations) == 2


def test_a_folder_of_somebody_elses_pages_is_left_as_it_is(tmp_path):
    (tmp_path / "README.md").write_text("mine")
    with pytest.raises(StoreError, match=r"has a README\.md and no results: name another --output"):
        Store(tmp_path).check()
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]
