"""How one probe is read: what is an answer, what is a fault, and what was sent."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, OperationalError, connection, transaction
from matrix_project.families.check.models import Customer
from matrix_project.families.include.models import PlainBooking

from matrix_project.observe import catalog, errors
from matrix_project.observe.capture import captured
from matrix_project.observe.errors import Fault, read_ddl_error, read_probe_error
from matrix_project.observe.probe import ask
from matrix_project.observe.scrub import number_savepoints, scrub, scrub_address
from matrix_project.results import Outcome, Path, Stage

pytestmark = pytest.mark.django_db(transaction=True)
RULE = "check_customer_of_age"


def asked(act, constraint=RULE):
    answers = []
    with ask(
        connection,
        id_="probe",
        title="A probe",
        expect="reject",
        path=Path.CREATE,
        constraint=constraint,
        setup=list,
        record=answers.append,
    ):
        act()
    (answer,) = answers
    return answer


def test_a_rejection_is_read_and_does_not_leave_the_block():
    answer = asked(lambda: Customer.objects.create(name="Bob", age=17))
    assert (answer.outcome, answer.stage) == (Outcome.REJECTED, Stage.STATEMENT)
    assert answer.error.class_ == "IntegrityError"
    assert answer.error.driver_class == "sqlite3.IntegrityError"
    assert answer.error.code == "SQLITE_CONSTRAINT_CHECK"
    assert (answer.error.constraint, answer.error.names_constraint) == (RULE, True)
    assert [sql.split()[0] for sql in answer.sql] == ["BEGIN", "INSERT", "ROLLBACK"]
    assert "'Bob', 17" in answer.sql[1]
    assert not Customer.objects.exists()


def test_an_accepted_probe_is_committed():
    answer = asked(lambda: Customer.objects.create(name="Ann", age=18))
    assert (answer.outcome, answer.stage, answer.error) == (
        Outcome.ACCEPTED,
        Stage.COMMIT,
        None,
    )
    assert answer.sql[-1] == "COMMIT"
    assert Customer.objects.count() == 1


def test_an_error_that_names_a_column_alone_names_no_constraint():
    PlainBooking.objects.create(room=1, date="2026-05-01", full_name="Ann")
    answer = asked(
        lambda: PlainBooking.objects.create(room=1, date="2026-05-01", full_name="Bob"),
        "include_plainbooking_once_a_day",
    )
    assert (answer.error.constraint, answer.error.names_constraint) == (None, False)


def test_a_statement_that_is_wrong_is_a_fault_and_no_answer():
    with pytest.raises(Fault, match="no such table"):
        asked(lambda: connection.cursor().execute("INSERT INTO nowhere VALUES (1)"))


def test_a_full_disk_is_a_fault_and_no_answer():
    with connection.cursor() as cursor:
        pages = cursor.execute("PRAGMA page_count").fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count = {pages}")
    try:
        with pytest.raises(Fault, match="SQLITE_FULL"):
            asked(lambda: Customer.objects.create(name="x" * 100_000, age=18))
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA max_page_count = 1073741823")


@pytest.mark.parametrize(
    ("vendor", "code", "data", "statement"),
    [
        ("postgresql", "23505", True, False),
        ("postgresql", "22001", True, False),
        ("postgresql", "42601", False, True),
        ("postgresql", "0A000", False, True),
        ("postgresql", "42501", False, False),
        ("postgresql", "42P07", False, False),
        ("postgresql", "53100", False, False),
        ("postgresql", "57P01", False, False),
        ("postgresql", "40P01", False, False),
        ("mysql", "1062", True, False),
        ("mysql", "3819", True, False),
        ("mysql", "4025", True, False),
        ("mysql", "3818", False, True),
        ("mysql", "1901", False, True),
        ("mysql", "2013", False, False),
        ("mysql", "1114", False, False),
        ("mysql", "1205", False, False),
        ("sqlite", "SQLITE_CONSTRAINT_UNIQUE", True, False),
        ("sqlite", "SQLITE_ERROR", False, True),
        ("sqlite", "SQLITE_FULL", False, False),
        ("sqlite", "SQLITE_BUSY", False, False),
    ],
)
def test_only_codes_about_the_data_or_the_statement_are_answers(vendor, code, data, statement):
    dialect = errors._DIALECTS[vendor]
    assert (dialect.about_data(code), dialect.about_statement(code)) == (data, statement)


def test_an_error_without_a_code_is_a_fault():
    for read in (read_probe_error, read_ddl_error):
        with pytest.raises(Fault, match="the server is gone"):
            read(OperationalError("the server is gone"), connection, RULE)


def test_the_catalogue_gives_the_constraint_alone():
    assert catalog.definition(connection, "check_customer", RULE) == (
        f'CONSTRAINT "{RULE}" CHECK ("age" >= 18)'
    )
    assert catalog.definition(connection, "check_customer", "nonesuch") is None
    assert catalog.definition(connection, "nowhere", RULE) is None


def test_savepoints_are_numbered_in_their_order():
    with captured(connection) as sent, transaction.atomic():
        for _ in range(2):
            with transaction.atomic():
                Customer.objects.count()
    names = [sql for sql in sent if "SAVEPOINT" in sql]
    assert names == [
        'SAVEPOINT "s1"',
        'RELEASE SAVEPOINT "s1"',
        'SAVEPOINT "s2"',
        'RELEASE SAVEPOINT "s2"',
    ]
    assert number_savepoints(["SAVEPOINT `s1_x9`", "SELECT 's1'"]) == [
        "SAVEPOINT `s1`",
        "SELECT 's1'",
    ]


def test_listening_ends_with_the_block():
    with captured(connection), pytest.raises(DatabaseError):
        connection.cursor().execute("nonsense")
    assert connection.force_debug_cursor is False
    assert connection.execute_wrappers == []


def test_an_address_is_taken_out_of_a_failed_connections_words():
    class Connection:
        settings_dict = {"NAME": "matrix_0a1b2c3d", "HOST": "127.0.0.1", "PORT": "5619"}

    said = 'connection to server at "127.0.0.1", port 5619 failed after 15619 ms'
    assert scrub_address(said, Connection) == (
        'connection to server at "…", port … failed after 15619 ms'
    )


def test_the_databases_random_name_is_taken_out():
    class Connection:
        settings_dict = {"NAME": "matrix_0a1b2c3d"}

    assert scrub("failed for `matrix_0a1b2c3d`.`t`", Connection) == "failed for `matrix`.`t`"
