"""How the engine asks and reads: what is an answer, what is a fault, and what was sent."""

from __future__ import annotations

import pytest
from django.core.exceptions import FieldError, ValidationError
from django.db import DatabaseError, OperationalError, connections, transaction
from django.db.models import (
    CharField,
    CheckConstraint,
    DecimalField,
    IntegerField,
    Q,
    UniqueConstraint,
    Value,
)

from matrix_project.cases.case import Promise, Question, accepts, asks, rejects, shows
from matrix_project.observe import (
    OccupiedError,
    Subject,
    UnreachableError,
    observe,
    targets_of,
)
from matrix_project.observe.capture import captured
from matrix_project.observe.engine import connections as engines_connections
from matrix_project.observe.errors import Fault, read
from matrix_project.observe.scrub import number_savepoints, scrub
from matrix_project.results.contract import Outcome, Stage, Verdict, observation_hash
from matrix_project.results.verdicts import judge
from matrix_project.servers.databases import new_name
from matrix_project.suite.observing import record as recorded
from matrix_project.suite.surroundings import without_address
from tests.engine import SERVERS, observe_on, servers  # noqa: F401 (a fixture)

FIELDS = {"name": CharField(max_length=30), "age": IntegerField()}
OF_AGE = CheckConstraint(condition=Q(age__gte=18), name="of_age")
GONE = OperationalError("the server closed the connection")
ROWS = {"valid": [{"name": "Ann", "age": 18}], "violating": [{"name": "Bob", "age": 17}]}


def adult(**more):
    given = {"fields": FIELDS, "constraint": OF_AGE, **ROWS, **more}
    return Promise("observed.adult", "x", **given)


def on_all(test):
    return pytest.mark.parametrize("vendor", SERVERS)(test)


@pytest.fixture
def sqlite(servers):  # noqa: F811
    return servers.aliases("sqlite")


@pytest.fixture
def connection(sqlite):
    return connections[sqlite[0]]


def probe(record, id_, way="both"):
    (found,) = (each for each in record.probes if (each.id, each.way) == (id_, way))
    return found


@on_all
def test_a_probe_tells_what_was_sent_and_what_came_back(servers, vendor):  # noqa: F811
    record = observe_on(servers, vendor, adult())
    rejected, accepted = probe(record, "save"), probe(record, "valid_save")
    assert (rejected.outcome, rejected.stage) == (Outcome.REJECTED, Stage.STATEMENT)
    assert rejected.error.class_ == "IntegrityError"
    assert (rejected.error.constraint, rejected.error.names_constraint) == ("of_age", True)
    assert [sql.split()[0].rstrip(";") for sql in rejected.sql] == ["BEGIN", "INSERT", "ROLLBACK"]
    assert "'Bob', 17" in rejected.sql[1]
    assert rejected.rows == []
    assert rejected.control.outcome == Outcome.ACCEPTED
    assert (accepted.outcome, accepted.error, accepted.sql[-1]) == (
        Outcome.ACCEPTED,
        None,
        "COMMIT",
    )
    (change,) = accepted.rows
    assert [(row["name"], row["age"]) for row in change.added] == [("Ann", 18)]


@on_all
def test_the_steps_come_in_their_order(servers, vendor):  # noqa: F811
    record = observe_on(servers, vendor, adult())
    steps = {step.name: step for step in record.steps}
    names = ["control", "create", "add", "remove", "add_to_violating_rows"]
    assert list(steps) == names
    outcomes = [step.outcome for step in record.steps]
    assert outcomes == ["accepted"] * 4 + ["refused"]
    assert steps["add_to_violating_rows"].left_behind.rows == 1
    assert "CHECK" in steps["create"].definition
    assert steps["remove"].definition is None
    # Without the constraint the same row is accepted again.
    assert probe(record, "after_remove", "remove").outcome == Outcome.ACCEPTED


@on_all
def test_the_same_is_observed_twice(servers, vendor):  # noqa: F811
    case = adult(
        rows=[{"name": "Zoe", "age": 40}],
        acts=[accepts("a row of the database's key", lambda t: t.objects.create(name="x", age=20))],
        facts=[shows("rows", lambda t: t.objects.count())],
    )
    first, second = observe_on(servers, vendor, case), observe_on(servers, vendor, case)
    assert observation_hash(first) == observation_hash(second)


@on_all
def test_a_table_that_is_there_is_left_as_it_is(servers, vendor):  # noqa: F811
    """A user may give the connection to a database that is in use."""
    (alias, _) = servers.aliases(vendor)
    with connections[alias].cursor() as cursor:
        cursor.execute("CREATE TABLE observed_adult (age integer)")
        cursor.execute("INSERT INTO observed_adult VALUES (40)")
        try:
            with pytest.raises(OccupiedError, match=r"observed_adult .*empty database"):
                observe_on(servers, vendor, adult())
            cursor.execute("SELECT age FROM observed_adult")
            assert cursor.fetchall() in ([(40,)], ((40,),))
        finally:
            cursor.execute("DROP TABLE observed_adult")
    assert observe_on(servers, vendor, adult()).verdict == Verdict.ENFORCED


@on_all
def test_full_clean_is_compared_with_the_database(servers, vendor):  # noqa: F811
    case = Promise(
        "observed.unique",
        "x",
        fields=FIELDS,
        constraint=UniqueConstraint(fields=["name"], condition=Q(age__gt=0), name="one"),
        rows=[{"name": "Bob", "age": 17}],
        **ROWS,
    )
    record = observe_on(servers, vendor, case)
    violating, valid = record.validation
    assert (violating.row, violating.outcome) == ("violating 1", "rejected")
    ignored = record.verdict == Verdict.IGNORED
    assert violating.compared == ("stricter" if ignored else "agree")
    assert (valid.row, valid.outcome, valid.compared) == ("valid 1", "accepted", "agree")


@on_all
def test_a_question_is_asked_once(servers, vendor):  # noqa: F811
    case = Question(
        "observed.asked",
        "What becomes of it?",
        fields=FIELDS,
        constraint=OF_AGE,
        acts=[asks("save()", lambda t: t.save({"name": "Bob", "age": 17}))],
        answers={"yes": "It is stored.", "no": "It is not."},
        words={Outcome.ACCEPTED: "yes", Outcome.REJECTED: "no"},
    )
    record = observe_on(servers, vendor, case)
    assert (record.verdict, record.answer) == (None, "no")
    assert [(each.way_in, each.way) for each in record.probes] == [("own", "create")]


def test_two_constraints_can_be_one_subject(sqlite):
    case = adult(beside=[CheckConstraint(condition=Q(age__lt=200), name="not_too_old")])
    (model,) = case.classes
    targets = [target for target in targets_of(model) if target.kind == "constraint"]
    valid, violating = ROWS["valid"], [*ROWS["violating"], {"name": "Cid", "age": 200}]
    subject = Subject(models=[model], targets=targets, valid=valid, violating=violating)
    observation = observe(subject, sqlite)
    assert observation.catalog.names == ["not_too_old", "of_age"]
    assert judge(observation).verdict == Verdict.ENFORCED


@on_all
def test_a_value_that_the_database_computes_is_in_a_row_of_raw_sql_too(servers, vendor):  # noqa: F811
    fields = {"name": CharField(max_length=30), "age": IntegerField(null=True)}
    (model,) = adult(fields=fields).classes
    (target,) = (target for target in targets_of(model) if target.name == "of_age")
    violating = [{"name": "Bob", "age": Value(17)}]
    subject = Subject(models=[model], targets=[target], valid=ROWS["valid"], violating=violating)
    observation = observe(subject, servers.aliases(vendor))
    assert probe(observation, "raw_sql").outcome == Outcome.REJECTED
    assert "17" in probe(observation, "raw_sql").sql[-2]
    assert judge(observation).verdict == Verdict.ENFORCED


def test_only_one_way_is_asked_where_only_one_is_wanted(sqlite):
    (model,) = adult().classes
    (target,) = (target for target in targets_of(model) if target.name == "of_age")
    subject = Subject(models=[model], targets=[target], ways=["create"], **ROWS)
    observation = observe(subject, sqlite)
    assert [step.name for step in observation.steps] == ["control", "create"]
    assert judge(observation).verdict == Verdict.ENFORCED


def test_an_act_needs_a_second_connection_for_a_race(sqlite):
    case = adult(acts=[rejects("a race", lambda t: t.on_other(lambda _: None))])
    observation = observe(case.subject(), sqlite[:1])
    assert "give observe() two aliases" in probe(observation, "own_1").fault
    assert judge(observation).verdict == Verdict.ENFORCED


def test_a_mistake_in_an_act_is_a_fault_of_this_probe_alone(sqlite):
    case = adult(acts=[rejects("a mistake", lambda t: t.nonsense())])
    observation = observe(case.subject(), sqlite)
    asked = probe(observation, "own_1")
    assert (asked.outcome, asked.fault.partition(":")[0]) == (None, "AttributeError")
    judgement = judge(observation)
    assert judgement.verdict == Verdict.ENFORCED
    assert "AttributeError" in judgement.summary


def test_a_full_disk_is_a_fault_and_no_answer(connection, sqlite):
    def fill(tables):
        with connection.cursor() as cursor:
            pages = cursor.execute("PRAGMA page_count").fetchone()[0]
            cursor.execute(f"PRAGMA max_page_count = {pages}")
        try:
            tables.objects.create(name="x" * 1_000_000, age=18)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA max_page_count = 1073741823")

    observation = observe(adult(acts=[accepts("a row too many", fill)]).subject(), sqlite)
    assert "SQLITE_FULL" in probe(observation, "own_1").fault
    assert judge(observation).verdict == Verdict.ENFORCED


def test_a_server_that_is_gone_ends_the_observation(sqlite, monkeypatch):
    def leave(_):
        monkeypatch.setattr(type(engines_connections[sqlite[0]]), "create_cursor", gone)

    def gone(*_):
        raise GONE

    case = adult(acts=[accepts("something", leave)])
    with pytest.raises(UnreachableError, match="closed the connection"):
        observe(case.subject(), sqlite)
    monkeypatch.undo()
    with connections[sqlite[0]].cursor() as cursor:
        cursor.execute("DROP TABLE observed_adult")
    assert judge(observe(adult().subject(), sqlite)).verdict == Verdict.ENFORCED


@pytest.mark.parametrize(
    "raised",
    [
        NotImplementedError("this backend lacks it"),
        ValidationError("no such value"),
        FieldError("no such lookup"),
        OverflowError("too large"),
    ],
    ids=lambda each: type(each).__name__,
)
def test_what_django_raises_in_the_databases_place_is_an_answer(connection, raised):
    error = read(raised, connection)
    assert (error.class_, error.code, error.names_constraint) == (
        type(raised).__name__,
        None,
        False,
    )


@pytest.mark.parametrize(
    "raised",
    [
        OperationalError("the server is gone"),
        ZeroDivisionError("a mistake"),
        NameError("a mistake"),
        KeyError("a mistake"),
    ],
    ids=lambda each: type(each).__name__,
)
def test_what_is_nobodys_answer_is_a_fault(connection, raised):
    with pytest.raises(type(raised)) as caught:
        raise raised
    with pytest.raises(Fault, match=type(raised).__name__):
        read(caught.value, connection)


def test_a_value_error_is_an_answer_where_django_raises_it(connection):
    with pytest.raises(ValueError, match="expected a number") as djangos:
        IntegerField().get_prep_value("x")
    assert read(djangos.value, connection).class_ == "ValueError"
    with pytest.raises(ValueError, match="invalid literal") as own:
        int("x")
    with pytest.raises(Fault, match="ValueError"):
        read(own.value, connection)


def test_savepoints_are_numbered_in_their_order(connection):
    with captured(connection) as sent, transaction.atomic(using=connection.alias):
        for _ in range(2):
            with (
                transaction.atomic(using=connection.alias),
                connection.cursor() as cursor,
            ):
                cursor.execute("SELECT 1")
    assert [sql for sql in sent if "SAVEPOINT" in sql] == [
        'SAVEPOINT "s1"',
        'RELEASE SAVEPOINT "s1"',
        'SAVEPOINT "s2"',
        'RELEASE SAVEPOINT "s2"',
    ]
    assert number_savepoints(["SAVEPOINT `s1_x9`", "SELECT 's1'"]) == [
        "SAVEPOINT `s1`",
        "SELECT 's1'",
    ]


@on_all
def test_a_statement_that_fails_is_told_with_its_values(servers, vendor):  # noqa: F811
    connection = connections[servers.aliases(vendor)[0]]
    with captured(connection) as sent, pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute("INSERT INTO nowhere VALUES (%s)", ["a value"])
    assert sent == ["INSERT INTO nowhere VALUES ('a value')"]
    assert connection.force_debug_cursor is False
    assert connection.execute_wrappers == []


def test_an_address_is_taken_out_of_a_failed_connections_words():
    class Connection:
        settings_dict = {"NAME": "matrix_0a1b2c3d", "HOST": "127.0.0.1", "PORT": "5619"}

    told = 'connection to server at "127.0.0.1", port 5619 failed after 15619 ms'
    assert without_address(told, Connection) == (
        'connection to server at "…", port … failed after 15619 ms'
    )


def test_the_databases_random_name_is_taken_out():
    class Connection:
        settings_dict = {"NAME": new_name()}

    text = f"failed for `{Connection.settings_dict['NAME']}`.`t`"
    assert scrub(text, Connection) == "failed for `matrix`.`t`"


PLACES = {**FIELDS, "price": DecimalField(max_digits=2, decimal_places=3)}
"""Fields that `migrate` never comes to: fields.E134, an error of theirs and of no constraint."""


def test_an_error_of_a_system_check_about_a_field_is_none_of_the_constraint(sqlite):
    rows = {kind: [{**row, "price": 0} for row in ROWS[kind]] for kind in ROWS}
    found = recorded(adult(fields=PLACES, **rows), sqlite)
    assert [(each.id, each.about_constraint) for each in found.checks] == [("fields.E134", False)]
    assert (found.verdict, found.by) == (Verdict.ABSENT, None)
    assert "with the constraint or without it: fields.E134: " in found.summary


def test_a_question_of_a_table_that_a_system_check_stops_cannot_be_asked(sqlite):
    case = Question(
        "observed.stopped",
        "What becomes of it?",
        fields=PLACES,
        acts=[asks("save()", lambda t: t.save({"name": "Bob", "age": 17, "price": 0}))],
        answers={"yes": "It is stored."},
        words={Outcome.ACCEPTED: "yes"},
    )
    assert recorded(case, sqlite).answer == "cannot_be_made"


def test_what_a_project_silences_neither_stops_nor_warns(sqlite, settings):
    settings.SILENCED_SYSTEM_CHECKS = ["fields.E134", "models.W039"]
    one = UniqueConstraint(fields=["name"], include=["age"], name="one")
    rows = {"rows": [{**ROWS["violating"][0], "price": 0}]}
    rows |= {kind: [{**row, "price": 0} for row in ROWS[kind]] for kind in ROWS}
    found = recorded(adult(fields=PLACES, constraint=one, **rows), sqlite)
    assert (found.verdict, found.warned, found.checks) == (Verdict.IGNORED, [], [])
