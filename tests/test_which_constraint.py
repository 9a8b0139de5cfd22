"""Which constraint was it: asked of real errors, of the engine's, and of every recorded one."""

from __future__ import annotations

import inspect
import json
import pickle
import re
import subprocess
import sys
from itertools import groupby

import msgspec
import pytest
from django.db import DatabaseError, IntegrityError, connections
from django.db.models import (
    CASCADE,
    CharField,
    CheckConstraint,
    ForeignKey,
    IntegerField,
    JSONField,
    Model,
    PositiveIntegerField,
    Q,
    UniqueConstraint,
)
from django.db.models.functions import Lower
from django.test.utils import isolate_apps

from matrix_project import which_constraint as module
from matrix_project.cases import load
from matrix_project.observe import probe, schema
from matrix_project.results.contract import Error
from matrix_project.vendors import Raised
from matrix_project.which_constraint import Columns, Constraint, which_constraint
from tests.conftest import ROOT
from tests.engine import SERVERS, observe_on, servers  # noqa: F401 (a fixture)

TEXT, NUMBER = CharField(max_length=40), IntegerField()
ANN = {"user": "ann's for key 'a.b'", "status": "DRAFT"}
NOTHING = "no error"


def named(name):
    return (Constraint(name),) * len(SERVERS)


def null(table, column):
    without = Columns(None, (column,), null=True)
    whole = Columns(table, (column,), null=True)
    return (whole, without, without, whole)


# A model's fields and constraint, the rows of which the last violates it, and what is found: in
# the order of SERVERS.
FOUND = {
    "Check": (
        {"age": NUMBER},
        CheckConstraint(condition=Q(age__gte=18), name="of_age"),
        [{"age": 17}],
        named("of_age"),
    ),
    "NamedAsColumn": (
        {"age": NUMBER},
        CheckConstraint(condition=Q(age__gte=18), name="age"),
        [{"age": 17}],
        named("age"),
    ),
    "NamedAsTable": (
        {"age": NUMBER},
        CheckConstraint(condition=Q(age__gte=18), name="which_namedastable"),
        [{"age": 17}],
        named("which_namedastable"),
    ),
    "Odd": (
        {"age": NUMBER},
        CheckConstraint(condition=Q(age__gte=18), name="it's 18 - or more (in years)"),
        [{"age": 17}],
        named("it's 18 - or more (in years)"),
    ),
    "Unique": (
        {"user": TEXT, "status": TEXT},
        UniqueConstraint(fields=["user", "status"], name="one_each"),
        [ANN, ANN],
        (*named("one_each")[:3], Columns("which_unique", ("user", "status"))),
    ),
    "Condition": (
        {"user": TEXT, "status": TEXT},
        UniqueConstraint(fields=["user"], condition=Q(status="DRAFT"), name="one_draft"),
        [ANN, ANN],
        (Constraint("one_draft"), NOTHING, NOTHING, Columns("which_condition", ("user",))),
    ),
    "Expression": (
        {"user": TEXT},
        UniqueConstraint(Lower("user"), name="it's lower"),
        [{"user": "A"}, {"user": "a"}],
        (Constraint("it's lower"), Constraint("it's lower"), NOTHING, Constraint("it's lower")),
    ),
    "Dots": (
        {"user": TEXT},
        UniqueConstraint(fields=["user"], name="one.a.user"),
        [{"user": "ann"}, {"user": "ann"}],
        (*named("one.a.user")[:3], Columns("which_dots", ("user",))),
    ),
    "Field": (
        {"code": CharField(max_length=9, unique=True)},
        None,
        [{"code": "x"}, {"code": "x"}],
        (
            Constraint("which_field_code_key"),
            Constraint("code"),
            Constraint("code"),
            Columns("which_field", ("code",)),
        ),
    ),
    "Key": (
        {"age": NUMBER},
        None,
        [{"id": 1, "age": 1}, {"id": 1, "age": 1}],
        (
            Constraint("which_key_pkey"),
            Constraint("PRIMARY"),
            Constraint("PRIMARY"),
            Columns("which_key", ("id",)),
        ),
    ),
    "Null": ({"age": NUMBER}, None, [{"age": None}], null("which_null", "age")),
    # MySQL and MariaDB have a type for it, and an error about the type.
    "Positive": (
        {"p": PositiveIntegerField()},
        None,
        [{"p": -1}],
        (Constraint("which_positive_p_check"), None, None, None),
    ),
    "Parent": (
        {"parent": ForeignKey("self", CASCADE)},
        None,
        [{"parent_id": 7}],
        (*named("which_parent_parent_id_981e6168_fk_which_parent_id")[:3], None),
    ),
}


def model(name, fields, constraint=None, **meta):
    constraints = [constraint] if constraint else []
    meta = type("Meta", (), {"app_label": "which", "constraints": constraints, **meta})
    own = {key: each.clone() for key, each in fields.items()}
    return type(name, (Model,), {"__module__": __name__, "Meta": meta, **own})


class Made:
    """The tables of models on a vendor's server, for as long as a test lasts."""

    def __init__(self, alias, request):
        self.connection = connections[alias]
        self._alias = alias
        self._request = request

    def table(self, *given, **meta):
        with isolate_apps():
            made = model(*given, **meta)
        with self.connection.schema_editor() as editor:
            editor.create_model(made)
        self._request.addfinalizer(lambda: self._drop(made))
        return made

    def _drop(self, made):
        with self.connection.schema_editor() as editor:
            editor.delete_model(made)

    def run(self, sql, values=None):
        with self.connection.cursor() as cursor:
            cursor.execute(sql, values)

    def error(self, made, rows):
        """Return the error of the last row; None without one."""
        try:
            for row in rows:
                made(**row).save(using=self._alias, force_insert=True)
        except DatabaseError as error:
            return error
        return None

    def error_of(self, sql, values=None):
        with pytest.raises(DatabaseError) as raised:
            self.run(sql, values)
        return raised.value


@pytest.fixture(params=SERVERS)
def made(request, servers):  # noqa: F811
    return Made(servers.aliases(request.param)[0], request)


def only(*vendors):
    return pytest.mark.parametrize("made", vendors, indirect=True)


@pytest.mark.parametrize("name", FOUND)
def test_a_violation_tells_what_was_violated(made, name, request):
    vendor = request.node.callspec.params["made"]
    fields, constraint, rows, found = FOUND[name]
    error = made.error(made.table(name, fields, constraint), rows)
    expected = found[SERVERS.index(vendor)]
    if expected == NOTHING:
        assert error is None
        return
    assert which_constraint(error) == expected, str(error)
    driver = error.__cause__ or error.__context__
    assert which_constraint(driver) == expected


def test_a_check_of_a_json_field(made, request):
    """Only MariaDB, which names it after the column, and SQLite, which does not, have one."""
    made.table("Json", {"data": JSONField()})
    error = made.error_of("INSERT INTO which_json (data) VALUES ('no JSON')")
    named_it = request.node.callspec.params["made"] == "mariadb"
    assert which_constraint(error) == (Constraint("which_json.data") if named_it else None)


@only("mysql", "sqlite")
def test_a_table_with_dots_in_its_name(made, request):
    one = UniqueConstraint(fields=["user", "status"], name="one.each")
    table = made.table("Dotted", {"user": TEXT, "status": TEXT}, one, db_table="shop.a.user")
    found = which_constraint(made.error(table, [ANN, ANN]))
    by_columns = request.node.callspec.params["made"] == "sqlite"
    columns = Columns("shop.a.user", ("user", "status"))
    assert found == (columns if by_columns else Constraint("one.each"))


def test_a_constraint_added_to_rows_that_violate_it(made, request):
    """On SQLite the table that had the constraint is gone when the error is read."""
    table = made.table("Late", {"age": NUMBER, "p": NUMBER})
    table(age=17, p=-1).save(using=made.connection.alias)
    of_age = CheckConstraint(condition=Q(age__gte=18), name="of_age")
    table._meta.constraints = [of_age]  # where Django makes the table anew, it looks here
    with pytest.raises(IntegrityError) as raised, made.connection.schema_editor() as editor:
        editor.add_constraint(table, of_age)
    assert which_constraint(raised.value) == Constraint("of_age")
    if request.node.callspec.params["made"] != "sqlite":
        return
    table._meta.constraints = []
    positive = PositiveIntegerField()
    positive.set_attributes_from_name("p")
    with pytest.raises(IntegrityError) as raised, made.connection.schema_editor() as editor:
        editor.alter_field(table, table._meta.get_field("p"), positive)
    assert which_constraint(raised.value) is None


@only("sqlite")
def test_a_check_of_plain_sql_on_sqlite(made, request):
    request.addfinalizer(lambda: made.run("DROP TABLE plain"))
    made.run(
        "CREATE TABLE plain (p int CHECK (p >= 0), q int CONSTRAINT of_q CHECK(q > 0), active int"
        ' CHECK (active IS NOT 7), "my col" int CHECK ("my col" > 0), CHECK ("p" < 9))'
    )
    found = {
        "p": which_constraint(made.error_of("INSERT INTO plain (p) VALUES (-1)")),
        "no column": which_constraint(made.error_of("INSERT INTO plain VALUES (9, 1, 1, 1)")),
        "q": which_constraint(made.error_of("UPDATE plain SET q = 0"))
        if made.run("INSERT INTO plain VALUES (1, 1, 1, 1)") is None
        else None,
        "active": which_constraint(made.error_of("INSERT INTO plain VALUES (1, 1, 7, 1)")),
        "my col": which_constraint(made.error_of("INSERT INTO plain VALUES (1, 1, 1, 0)")),
    }
    assert found == {key: Constraint("of_q") if key == "q" else None for key in found}


def test_what_names_nothing_gives_none(made):
    assert which_constraint(made.error_of("SELECT * FROM nowhere")) is None
    own = [IntegrityError(), IntegrityError("taken"), IntegrityError(1, "'x'"), ValueError("x", 1)]
    for error in own:
        assert which_constraint(error) is None


@only("mysql", "mariadb", "sqlite")
def test_an_error_that_was_sent_elsewhere_has_its_message(made):
    """There is no traceback any more, and so no connection."""
    fields, constraint, rows, found = FOUND["Check"]
    error = made.error(made.table("Check", fields, constraint), rows)
    assert which_constraint(pickle.loads(pickle.dumps(error))) == found[0]


@pytest.fixture
def compared(monkeypatch):
    """What the engine records of each error, beside what is found in it."""
    seen = []

    def reading(read):
        def reads(raised, *given):
            recorded = read(raised, *given)
            seen.append((recorded, which_constraint(raised)))
            return recorded

        return reads

    for each in (probe, schema):
        monkeypatch.setattr(each, "read", reading(each.read))
    return seen


def of_each_family():
    by_family = groupby(sorted(load().values(), key=lambda each: each.family), lambda c: c.family)
    return [next(cases) for _, cases in by_family]


@pytest.mark.parametrize("vendor", SERVERS)
def test_the_engine_records_the_same(servers, vendor, compared):  # noqa: F811
    for case in of_each_family():
        observe_on(servers, vendor, case)
    assert any(found is not None for _, found in compared)
    for recorded, found in compared:
        agrees(recorded, found)


def agrees(recorded, found):
    same = Raised.of(recorded.code, recorded.message, found)
    assert (recorded.constraint, recorded.columns) == (same.constraint, list(same.columns)), same


def recorded_errors(node):
    """Yield all errors of a document, wherever they are in it."""
    if isinstance(node, dict):
        if "driver_class" in node:
            yield msgspec.convert(node, Error)
        for each in node.values():
            yield from recorded_errors(each)
    elif isinstance(node, list):
        for each in node:
            yield from recorded_errors(each)


@pytest.mark.parametrize("driver", ["MySQLdb", "sqlite3"])
def test_every_recorded_message_tells_what_was_recorded(driver):
    """psycopg's errors have it beside the message: they are asked where they are raised, above."""
    document = json.loads((ROOT / "reports" / "matrix.json").read_text())
    given = [each for each in recorded_errors(document) if each.driver_class.startswith(driver)]
    assert len(given) > 50
    for error in given:
        number = [int(error.code)] if (error.code or "").isdigit() else []
        found = which_constraint(IntegrityError(*number, error.message))
        if error.constraint is None and error.message.startswith("CHECK"):
            continue  # a check without a name: its text alone does not tell
        agrees(error, found)


def test_it_is_imported_without_the_rest(tmp_path):
    copy = tmp_path / "which.py"
    copy.write_text(inspect.getsource(module))
    program = "import sys, which; print({n.partition('.')[0] for n in sys.modules})"
    words = [sys.executable, "-S", "-c", program]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert not {"matrix_project", "django", "sqlite3", "MySQLdb"} & eval(done.stdout)


def test_the_example_of_the_readme(made):
    readme = (ROOT / "README.md").read_text()
    section = readme.partition("## Which constraint was it?")[2]
    example = re.search(r"```python\n(.*?)```", section, re.DOTALL)[1]
    space = {}
    exec(example, space)
    one = UniqueConstraint(fields=["email"], name="one_account_an_email")
    account = made.table("Account", {"email": TEXT, "age": NUMBER}, one, db_table="shop_account")

    def saved(**row):
        given = account(**row)
        given._state.db = made.connection.alias
        return space["save"](given)

    assert saved(email="ann@example.com", age=1) is None
    assert saved(email="ann@example.com", age=1) == "There is an account with this address."
    with pytest.raises(IntegrityError):
        saved(email="bob@example.com", age=None)
