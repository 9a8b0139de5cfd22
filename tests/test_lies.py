"""A database, a driver or Django that lies, and the verdict that follows it."""

from __future__ import annotations

import sqlite3

import django
import pytest
from django.db import IntegrityError, OperationalError, connections
from django.db.backends.sqlite3.base import DatabaseWrapper, SQLiteCursorWrapper
from django.db.models import CharField, CheckConstraint, IntegerField, Q, UniqueConstraint

from matrix_project.cases.case import Promise, Question, asks, rejects
from matrix_project.observe.schema import Schema
from matrix_project.results.contract import Outcome, Verdict
from tests.engine import observe_on, servers  # noqa: F401 (a fixture)

ADULT = CheckConstraint(condition=Q(age__gte=18), name="adult")
CHECK = {
    "fields": {"age": IntegerField()},
    "constraint": ADULT,
    "valid": [{"age": 18}],
    "violating": [{"age": 17}],
}
UNIQUE = {
    "fields": {"name": CharField(max_length=30)},
    "constraint": UniqueConstraint(fields=["name"], name="one_name"),
    "rows": [{"name": "ann"}],
    "valid": [{"name": "bob"}],
    "violating": [{"name": "ann"}],
}
TABLE = "lies_checked"
ADULT_FAILED = "SELECT RAISE(ABORT, 'CHECK constraint failed: adult')"
checked = Promise("lies.checked", "Nobody is younger than 18.", **CHECK)
unique = Promise("lies.unique", "No two have one name.", **UNIQUE)


@pytest.fixture
def on_sqlite(servers):  # noqa: F811
    def observe(case):
        return observe_on(servers, "sqlite", case)

    return observe


@pytest.fixture
def on_postgresql(servers):  # noqa: F811
    def observe(case):
        return observe_on(servers, "postgresql", case)

    return observe


@pytest.fixture
def driver(monkeypatch):
    """Have SQLite's driver do something else: `lie(execute, cursor, sql, params)`."""

    def plant(lie):
        honest = SQLiteCursorWrapper.execute

        def execute(cursor, sql, params=None):
            return lie(honest, cursor, sql, params)

        monkeypatch.setattr(SQLiteCursorWrapper, "execute", execute)
        # A driver that stores nothing has nothing to return.
        features = DatabaseWrapper.features_class
        monkeypatch.setattr(features, "can_return_columns_from_insert", False)
        monkeypatch.setattr(features, "can_return_rows_from_bulk_insert", False)

    return plant


@pytest.fixture
def behind(monkeypatch):
    """Send a statement behind Django's back, once the tables have the constraint."""

    def plant(*statements, names=("create", "add")):
        migrate = Schema.migrate

        def migrate_and_more(schema, name, *args, **kwargs):
            step = migrate(schema, name, *args, **kwargs)
            if name in names:
                with schema._connection.cursor() as cursor:
                    for sql in statements:
                        cursor.execute(sql)
            return step

        monkeypatch.setattr(Schema, "migrate", migrate_and_more)

    return plant


def outcomes(record, expect="reject"):
    return {probe.outcome for probe in record.probes if probe.expect == expect}


def trigger(event, body, when="NEW.age < 18", name="lie"):
    """Return a trigger of SQLite's on the table."""
    return f"CREATE TRIGGER {name} {event} ON {TABLE} WHEN {when} BEGIN {body}; END"


# Before Django 6.0, save() raises an IndexError of its own where no row comes back by RETURNING.
UNANSWERED = {None} if django.VERSION < (6,) else set()


def test_without_a_lie_it_is_enforced(on_sqlite):
    assert on_sqlite(checked).verdict == Verdict.ENFORCED
    assert on_sqlite(unique).verdict == Verdict.ENFORCED_UNNAMED


def test_without_a_lie_it_is_enforced_on_postgresql(on_postgresql):
    assert on_postgresql(checked).verdict == Verdict.ENFORCED


def test_an_error_that_the_driver_swallows(on_sqlite, driver):
    def swallow(execute, cursor, sql, params):
        try:
            return execute(cursor, sql, params)
        except sqlite3.IntegrityError:
            return None
        except IntegrityError:
            return None

    driver(swallow)
    record = on_sqlite(checked)
    assert (record.verdict, record.by) == (Verdict.IGNORED, "database")
    assert outcomes(record) - UNANSWERED == {Outcome.DROPPED}
    assert "Dropped: " in record.summary
    # The catalogue is asked beside it, and says otherwise.
    assert "The catalogue has it nevertheless" in record.summary


def test_a_row_that_the_driver_leaves_out(on_sqlite, driver):
    def ignore(execute, cursor, sql, params):
        return execute(cursor, sql.replace("INSERT INTO", "INSERT OR IGNORE INTO"), params)

    driver(ignore)
    record = on_sqlite(unique)
    assert record.verdict == Verdict.PARTIAL
    found = {probe.way_in: probe.outcome for probe in record.probes if probe.expect == "reject"}
    assert {found.pop("save"), found.pop("create")} - UNANSWERED <= {Outcome.DROPPED}
    assert found == {
        # Of the two rows the valid one is there.
        "bulk_create": Outcome.CHANGED,
        "update": Outcome.REJECTED,
        "raw_sql": Outcome.DROPPED,
    }


def test_a_constraint_that_is_silently_not_made(on_sqlite, driver):
    made = ', CONSTRAINT "adult" CHECK ("age" >= 18)'

    def leave_out(execute, cursor, sql, params):
        return execute(cursor, sql.replace(made, ""), params)

    driver(leave_out)
    record = on_sqlite(checked)
    # Django sent it: it is the database's doing.
    assert (record.verdict, record.by) == (Verdict.IGNORED, "database")
    assert any(made in sql for step in record.steps for sql in step.sql)
    assert outcomes(record) == {Outcome.ACCEPTED}
    assert record.catalog.present is False


def test_a_constraint_that_django_silently_does_not_send(on_sqlite, monkeypatch):
    monkeypatch.setattr(CheckConstraint, "constraint_sql", lambda *_: None)
    monkeypatch.setattr(CheckConstraint, "create_sql", lambda *_: None)
    record = on_sqlite(checked)
    assert (record.verdict, record.by) == (Verdict.IGNORED, "django")


def test_a_constraint_that_is_made_with_the_table_alone(on_sqlite, behind):
    behind(
        f"DROP TABLE {TABLE}",
        f"CREATE TABLE {TABLE} (id integer PRIMARY KEY AUTOINCREMENT, age integer NOT NULL)",
        names=["add"],
    )
    record = on_sqlite(checked)
    assert (record.verdict, record.by) == (Verdict.IGNORED, "database")
    assert record.ways["create"].verdict == Verdict.ENFORCED
    assert record.ways["add"].verdict == Verdict.IGNORED


def test_a_row_that_a_neighbour_rejects(on_sqlite, behind):
    behind(trigger("BEFORE INSERT", ADULT_FAILED), names=["control", "create", "add"])
    record = on_sqlite(checked)
    asked = {probe.way_in: probe.masked for probe in record.probes if probe.expect == "reject"}
    assert asked == {
        "save": True,
        "create": True,
        "bulk_create": True,
        "raw_sql": True,
        "update": False,
    }
    assert record.verdict == Verdict.ENFORCED
    assert "The one violating probe" in record.summary


def test_rows_that_a_neighbour_always_rejects(on_sqlite, behind):
    events = ("INSERT", "UPDATE")
    lies = [trigger(f"BEFORE {event}", ADULT_FAILED, name=f"lie_{event}") for event in events]
    behind(*lies, names=["control", "create", "add"])
    record = on_sqlite(checked)
    # Were the constraint asked for, its name in the errors would be taken for its work.
    assert record.verdict == Verdict.REDUNDANT
    assert all(probe.masked for probe in record.probes if probe.expect == "reject")


@pytest.mark.parametrize("name", ["adul", "adult_too", "Adult", "x adult", "other"])
def test_an_error_that_names_another_constraint(on_sqlite, driver, name):
    def rename(execute, cursor, sql, params):
        try:
            return execute(cursor, sql, params)
        except IntegrityError as error:
            cause = sqlite3.IntegrityError(str(error).replace("adult", name))
            cause.sqlite_errorname = "SQLITE_CONSTRAINT_CHECK"
            raise IntegrityError(str(cause)) from cause
        except sqlite3.IntegrityError as error:
            cause = sqlite3.IntegrityError(str(error).replace("adult", name))
            cause.sqlite_errorname = error.sqlite_errorname
            raise cause from None

    driver(rename)
    record = on_sqlite(checked)
    assert record.verdict == Verdict.ENFORCED_UNNAMED
    named = {probe.error.constraint for probe in record.probes if probe.error}
    assert named == {name}


def test_an_error_that_names_another_constraint_on_postgresql(on_postgresql, behind):
    behind(
        "CREATE OR REPLACE FUNCTION lie() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF NEW.age < 18 THEN RAISE EXCEPTION 'violates check constraint \"adult\"'"
        " USING ERRCODE = '23514', CONSTRAINT = 'adult_too'; END IF; RETURN NEW; END $$",
        f"CREATE TRIGGER lie BEFORE INSERT OR UPDATE ON {TABLE} FOR EACH ROW"
        " EXECUTE FUNCTION lie()",
    )
    record = on_postgresql(checked)
    assert record.verdict == Verdict.ENFORCED_UNNAMED
    assert {probe.error.constraint for probe in record.probes if probe.error} == {"adult_too"}


def test_an_error_of_another_class(on_sqlite, driver):
    def disguise(execute, cursor, sql, params):
        try:
            return execute(cursor, sql, params)
        except (IntegrityError, sqlite3.IntegrityError) as error:
            cause = sqlite3.OperationalError(str(error))
            cause.sqlite_errorname = "SQLITE_CONSTRAINT_CHECK"
            raise OperationalError(str(error)) from cause

    driver(disguise)
    assert on_sqlite(checked).verdict == Verdict.ENFORCED_OTHER_ERROR


def test_a_row_that_is_changed_after_it_was_stored(on_sqlite, behind):
    behind(
        # The check is gone, and a trigger mends what breaks it.
        "PRAGMA ignore_check_constraints = ON",
        trigger("AFTER INSERT", f"UPDATE {TABLE} SET age = 18 WHERE id = NEW.id"),
    )
    try:
        record = on_sqlite(checked)
    finally:
        for alias in ("sqlite", "sqlite_second"):
            connections[alias].close()
    assert (record.verdict, record.by) == (Verdict.IGNORED, "database")
    found = {probe.way_in: probe for probe in record.probes if probe.expect == "reject"}
    assert {found[way].outcome for way in ("save", "create", "raw_sql")} == {Outcome.CHANGED}
    assert found["update"].outcome == Outcome.ACCEPTED
    assert found["save"].rows[0].added[0]["age"] == 18
    assert found["save"].control.rows[0].added[0]["age"] == 17


def test_another_row_that_is_changed(on_sqlite, behind):
    """The row is rejected, as it seems, and yet something stays."""
    case = Promise("lies.checked", "x", **{**CHECK, "rows": [{"age": 40}]})
    behind(
        "PRAGMA ignore_check_constraints = ON",
        trigger("AFTER INSERT", f"UPDATE {TABLE} SET age = 99 WHERE age = 40"),
    )
    try:
        record = on_sqlite(case)
    finally:
        for alias in ("sqlite", "sqlite_second"):
            connections[alias].close()
    assert (record.verdict, record.by) == (Verdict.IGNORED, "database")
    (save,) = (probe for probe in record.probes if probe.id == "save")
    assert save.outcome == Outcome.CHANGED
    assert [row["age"] for row in save.rows[0].removed] == [40]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [("RETURN NULL", Outcome.DROPPED), ("NEW.age = 18; RETURN NEW", Outcome.CHANGED)],
)
def test_a_row_that_is_dropped_or_changed_on_postgresql(on_postgresql, behind, answer, outcome):
    behind(
        "CREATE OR REPLACE FUNCTION lie() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF NEW.age < 18 THEN {answer}; END IF; RETURN NEW; END $$",
        f"CREATE TRIGGER lie BEFORE INSERT OR UPDATE ON {TABLE} FOR EACH ROW"
        " EXECUTE FUNCTION lie()",
    )
    record = on_postgresql(checked)
    assert (record.verdict, record.by) == (Verdict.IGNORED, "database")
    (raw,) = (probe for probe in record.probes if probe.id == "raw_sql")
    assert raw.outcome == outcome
    assert Outcome.ACCEPTED not in outcomes(record)


def test_an_error_after_something_was_stored(on_sqlite, monkeypatch):
    # A table of its own: what is committed in the place of a rollback stays.
    case = Promise(
        "lies.torn",
        "x",
        **CHECK,
        acts=[
            rejects(
                "two rows, the second violating",
                lambda t: [t.save({"age": age}) for age in (30, 17)],
            )
        ],
    )
    monkeypatch.setattr(DatabaseWrapper, "_rollback", DatabaseWrapper._commit)
    record = on_sqlite(case)
    assert record.verdict == Verdict.PARTIAL
    (own,) = (probe for probe in record.probes if probe.way_in == "own")
    assert own.outcome == Outcome.TORN
    assert [row["age"] for row in own.rows[0].added] == [30]
    assert "Torn: two rows, the second violating" in record.summary


def test_a_constraint_that_holds_for_one_way_in_alone(on_sqlite, behind):
    behind(
        "PRAGMA ignore_check_constraints = ON",
        trigger("BEFORE INSERT", ADULT_FAILED),
    )
    try:
        record = on_sqlite(checked)
    finally:
        for alias in ("sqlite", "sqlite_second"):
            connections[alias].close()
    assert record.verdict == Verdict.PARTIAL
    assert "QuerySet.update() that makes a valid row violating" in record.summary


def test_a_table_that_takes_nothing(on_sqlite, behind):
    behind(trigger("BEFORE INSERT", "SELECT RAISE(ABORT, 'no more')", when="NEW.id IS NOT 0"))
    record = on_sqlite(checked)
    assert record.verdict == Verdict.UNUSABLE
    assert "no more" in record.summary


def test_a_table_that_takes_not_all_that_is_valid(on_sqlite, behind):
    when = "NEW.age IN (17, 20)"
    case = Promise("lies.checked", "x", **{**CHECK, "valid": [{"age": 18}, {"age": 20}]})
    behind(trigger("BEFORE INSERT", "SELECT RAISE(ABORT, 'not this one')", when=when))
    assert on_sqlite(case).verdict == Verdict.TOO_STRICT


def test_a_server_in_trouble_says_nothing_of_the_constraint(on_sqlite, driver):
    def busy(execute, cursor, sql, params):
        if sql.startswith("INSERT") and params and 17 in params:
            cause = sqlite3.OperationalError("database is locked")
            cause.sqlite_errorname = "SQLITE_BUSY"
            raise OperationalError(str(cause)) from cause
        return execute(cursor, sql, params)

    driver(busy)
    record = on_sqlite(checked)
    # Of the five ways in only the update was answered.
    assert record.verdict == Verdict.ENFORCED
    assert "probes were not answered" in record.summary
    assert outcomes(record) == {None, Outcome.REJECTED}


def test_a_server_that_answers_no_violating_row_is_unknown(on_sqlite, driver):
    def busy(execute, cursor, sql, params):
        if sql.startswith(("INSERT", "UPDATE")) and params and 17 in params:
            cause = sqlite3.OperationalError("disk I/O error")
            cause.sqlite_errorname = "SQLITE_IOERR_WRITE"
            raise OperationalError(str(cause)) from cause
        return execute(cursor, sql, params)

    driver(busy)
    record = on_sqlite(checked)
    assert record.verdict == Verdict.UNKNOWN
    assert "SQLITE_IOERR_WRITE" in record.summary


def test_a_constraint_that_is_not_taken_away(on_sqlite, driver):
    def keep(execute, cursor, sql, params):
        if sql.startswith('CREATE TABLE "new__') and "CHECK" not in sql:
            sql = sql.removesuffix(")") + ', CONSTRAINT "adult" CHECK ("age" >= 18))'
        return execute(cursor, sql, params)

    driver(keep)
    record = on_sqlite(checked)
    assert record.verdict == Verdict.ENFORCED
    (after,) = (probe for probe in record.probes if probe.way == "remove")
    assert (after.outcome, after.error.constraint) == (Outcome.REJECTED, "adult")


def test_a_question_is_not_answered_by_a_neighbour(on_sqlite, behind):
    case = Question(
        "lies.checked",
        "Is a second row of the same age stored?",
        fields={"age": IntegerField()},
        constraint=UniqueConstraint(fields=["age"], name="one_age"),
        rows=[{"age": 18}],
        acts=[asks("a second row", lambda t: t.save({"age": 18}))],
        answers={"stored": "It is stored.", "rejected": "It is rejected."},
        words={Outcome.ACCEPTED: "stored", Outcome.REJECTED: "rejected"},
    )
    assert on_sqlite(case).answer == "rejected"
    behind(
        trigger(
            "BEFORE INSERT",
            "SELECT RAISE(ABORT, 'UNIQUE constraint failed: lies_checked.age')",
            when=f"EXISTS (SELECT * FROM {TABLE})",
        ),
        names=["control", "create"],
    )
    record = on_sqlite(case)
    assert record.answer is None
    assert "without the constraint, too" in record.summary
