"""What the vendors' modules read: errors and the catalogue, on a real server of each vendor."""

from __future__ import annotations

import importlib
import subprocess
import sys
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from types import SimpleNamespace

import pytest
from django.db import Error, connections
from django.db.models import CheckConstraint, IntegerField, Model, Q
from django.db.utils import ConnectionHandler
from django.test.utils import isolate_apps

from matrix_project import vendors
from matrix_project.backends import Backend, catalogue
from matrix_project.observe import Subject, observe, targets_of
from matrix_project.results.verdicts import judge
from matrix_project.servers.providers import choose
from matrix_project.servers.room import open_room
from matrix_project.vendors import VENDORS, UnknownVendorError, sqlite
from matrix_project.vendors.base import Raised
from matrix_project.which_constraint import which_constraint

BY_VENDOR = {each.vendor: each for each in catalogue().values() if each.default}
SPEAKING = ("mysql", "mariadb")
NAMES = ["plain", "it's", 'a "b" c', "a 'b' c", "a.b", "a`b", "a-b", "über", "FOREIGN KEY", "code"]
VALUES = ["x", "it's", "x' for key 'other", "two\nlines", "CONSTRAINT `other` FOREIGN KEY"]
# Every language that one of the servers has messages in.
LOCALES = [
    *("cs_CZ", "da_DK", "de_DE", "el_GR", "en_US", "es_ES", "et_EE", "fr_FR", "hu_HU", "it_IT"),
    *("ja_JP", "ka_GE", "ko_KR", "nb_NO", "nl_NL", "pl_PL", "pt_PT", "ro_RO", "ru_RU", "sk_SK"),
    *("sr_RS", "sv_SE", "sw_KE", "uk_UA", "zh_CN"),
]


class Database:
    """A connection of Django's to an empty database, and its vendor."""

    def __init__(self, connection, name):
        self.connection = connection
        self.name = name
        self.vendor = vendors.vendor(name)
        self.quote = '"' if name in ("postgresql", "sqlite") else "`"

    def quoted(self, name):
        return self.quote + name.replace(self.quote, self.quote * 2) + self.quote

    def run(self, sql, values=None):
        with self.connection.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall() if cursor.description else None

    def error(self, sql, values=None):
        with pytest.raises(Error) as raised:
            self.run(sql, values)
        found = self.vendor.read_error(raised.value.__cause__ or raised.value.__context__)
        assert Raised.of(found.code, found.message, which_constraint(raised.value)) == found
        return found

    def catalogue(self, *tables):
        with self.connection.cursor() as cursor:
            return self.vendor.catalogue(cursor, tables)

    def names(self, *tables):
        return {each.name for each in self.catalogue(*tables)}

    def drop(self, *tables):
        for table in tables:
            self.run(f"DROP TABLE IF EXISTS {self.quoted(table)}")


@contextmanager
def opened(request, entry, alias):
    """Yield a new connection of Django's; other code finds it by its alias."""
    settings = ConnectionHandler({"default": {}, alias: entry}).settings[alias]
    with ExitStack() as stack:
        if request.config.pluginmanager.hasplugin("django"):
            stack.enter_context(request.getfixturevalue("django_db_blocker").unblock())
        connections.settings[alias] = settings
        stack.callback(connections.settings.pop, alias)
        stack.callback(connections.__delitem__, alias)
        stack.enter_context(closing(connections[alias]))
        yield connections[alias]


@pytest.fixture(scope="module", params=BY_VENDOR)
def database(request):
    backend = BY_VENDOR[request.param]
    choice = choose(backend)
    if not choice.able:
        pytest.skip(choice.lacking)
    with (
        open_room() as room,
        choice.able[-1].serve(backend, room) as server,
        opened(request, server.database, "asked") as connection,
    ):
        found = Database(connection, backend.vendor)
        assert vendors.of(connection) is found.vendor
        for sql in found.vendor.session:
            found.run(sql)
        yield found


def only(*names):
    """Ask the test of these vendors alone."""
    return pytest.mark.parametrize("database", names, indirect=True, scope="module")


@pytest.fixture
def tables(database):
    """The names of two tables, which are dropped at the end."""
    database.drop("child", "parent")
    yield "parent", "child"
    database.drop("child", "parent")


def declare(database, name):
    """Make a table for each kind of constraint of this name; return what violates each."""
    q = database.quoted
    other = q(f"{name} too")
    database.run(
        f"CREATE TABLE parent (id int NOT NULL PRIMARY KEY, code varchar(60), age int,"
        f" CONSTRAINT {q(name)} UNIQUE (code), CONSTRAINT {other} CHECK (age >= 18))"
    )
    database.run(
        f"CREATE TABLE child (id int NOT NULL PRIMARY KEY, parent_id int,"
        f" CONSTRAINT {q(f'{name} fk')} FOREIGN KEY (parent_id) REFERENCES parent (id))"
    )
    database.run("INSERT INTO parent VALUES (1, 'x', 20)")
    database.run("INSERT INTO child VALUES (1, 1)")
    return {
        name: "INSERT INTO parent VALUES (2, 'x', 20)",
        f"{name} too": "INSERT INTO parent VALUES (2, 'y', 17)",
        f"{name} fk": "INSERT INTO child VALUES (2, 99)",
    }


def told(database, raised, tables):
    """Return the constraint that an error names: by its name or, on SQLite, by its columns."""
    if raised.constraint is not None:
        return raised.constraint
    entries = [each for each in database.catalogue(*tables) if each.columns]
    return next((each.name for each in entries if each.columns == raised.columns), None)


@pytest.mark.parametrize("name", NAMES)
def test_an_error_names_the_constraint_as_the_catalogue_does(database, tables, name):
    violations = declare(database, name)
    assert violations.keys() <= database.names(*tables)
    for constraint, sql in violations.items():
        if database.name == "sqlite" and constraint.endswith(" fk"):
            continue  # its message has no name: below
        assert told(database, database.error(sql), tables) == constraint, constraint
    if database.name != "sqlite":
        assert database.error("DELETE FROM parent").constraint == f"{name} fk"


@pytest.mark.parametrize("value", VALUES)
def test_a_value_is_not_taken_for_a_name(database, tables, value):
    declare(database, "the_one")
    database.run("UPDATE parent SET code = %s", [value])
    raised = database.error("INSERT INTO parent VALUES (2, %s, 20)", [value])
    assert told(database, raised, tables) == "the_one"


def test_a_primary_key_is_told_as_the_catalogue_has_it(database, tables):
    declare(database, "other")
    raised = database.error("INSERT INTO parent VALUES (1, 'y', 20)")
    expected = {
        "postgresql": Raised("23505", raised.message, "parent_pkey"),
        "mysql": Raised("1062", raised.message, "PRIMARY"),
        "mariadb": Raised("1062", raised.message, "PRIMARY"),
        "sqlite": Raised("SQLITE_CONSTRAINT_PRIMARYKEY", raised.message, None, ("parent.id",)),
    }
    assert raised == expected[database.name]
    assert told(database, raised, tables) in database.names(*tables)


def test_what_names_no_constraint_gives_none(database, tables):
    declare(database, "other")
    codes = {
        "postgresql": ("23502", "42P01"),
        "mysql": ("1048", "1146"),
        "mariadb": ("1048", "1146"),
        "sqlite": ("SQLITE_CONSTRAINT_NOTNULL", "SQLITE_ERROR"),
    }
    null = database.error("INSERT INTO parent VALUES (NULL, 'y', 20)")
    missing = database.error("INSERT INTO nowhere VALUES (1)")
    assert (null.code, missing.code) == codes[database.name]
    assert null.constraint is None
    assert missing.constraint is None
    assert not any(database.vendor.is_fault(each.code) for each in (null, missing))


@only(*SPEAKING)
def test_names_are_read_in_every_language(database, tables):
    languages = set()
    for name in ("plain", "it's a", "a 'b' c", "a.b", "a``b"):
        violations = declare(database, name)
        for locale in LOCALES:
            with suppress(Error):  # one that only the other server has
                database.run(f"SET SESSION lc_messages = '{locale}'")
            for constraint, sql in violations.items():
                raised = database.error(sql)
                languages.add(raised.message)
                assert raised.constraint == constraint, (locale, raised.message)
            for sql in ("(id) VALUES (NULL)", "(code) VALUES ('y')"):
                raised = database.error(f"INSERT INTO parent {sql}")
                assert raised.columns == ("id",), (locale, raised.message)
        database.run(database.vendor.session[0])
        database.drop(*reversed(tables))
    assert len(languages) > 3 * 15


@only(*SPEAKING)
def test_names_are_read_by_the_standards_quotes_too(database, tables):
    name = """a "b" `c` d's"""
    violations = declare(database, name)
    database.run("SET SESSION sql_mode = 'ANSI_QUOTES'")
    try:
        assert violations.keys() <= database.names(*tables)
        for constraint, sql in violations.items():
            assert database.error(sql).constraint == constraint
    finally:
        database.run("SET SESSION sql_mode = DEFAULT")


def test_the_check_of_a_column_is_named_as_the_server_names_it(database, tables):
    quoted = database.quoted("a`b")
    database.run(f"CREATE TABLE parent (id int NOT NULL, {quoted} int CHECK ({quoted} >= 0))")
    raised = database.error("INSERT INTO parent VALUES (1, -1)")
    if database.name == "sqlite":
        # It tells the beginning of the expression, as far as that is one name.
        (entry,) = database.catalogue("parent")
        assert (entry.name, entry.definition) == ("", 'CHECK ("a`b" >= 0)')
        assert raised.constraint not in database.names("parent")
    else:
        assert raised.constraint in database.names("parent")


def test_an_index_is_told_by_its_name(database, tables):
    unique, expression = "CREATE UNIQUE INDEX", "low'er"
    database.run("CREATE TABLE parent (id int NOT NULL, code varchar(20), age int)")
    database.run(f"{unique} {database.quoted('an index')} ON parent (code)")
    if database.name != "mariadb":  # it has no index on an expression
        database.run(f"{unique} {database.quoted(expression)} ON parent ((lower(code)))")
    database.run("INSERT INTO parent VALUES (1, 'ann', 1)")
    names = {"an index"} | ({expression} if database.name != "mariadb" else set())
    assert database.names("parent") == names
    same = "INSERT INTO parent VALUES (2, 'ann', 1)"
    assert told(database, database.error(same), ["parent"]) in names
    if database.name in ("postgresql", "sqlite"):
        raised = database.error("INSERT INTO parent VALUES (2, 'ANN', 1)")
        assert raised.constraint == expression


@only("postgresql", "sqlite")
def test_a_partial_index_is_told(database, tables):
    database.run("CREATE TABLE parent (id int NOT NULL, code varchar(20), age int)")
    database.run("CREATE UNIQUE INDEX in_part ON parent (code DESC) WHERE age > 1")
    database.run("INSERT INTO parent VALUES (1, 'ann', 2)")
    database.run("INSERT INTO parent VALUES (2, 'ann', 1)")
    raised = database.error("INSERT INTO parent VALUES (3, 'ann', 2)")
    assert told(database, raised, ["parent"]) == "in_part"
    (entry,) = database.catalogue("parent")
    assert "WHERE" in entry.definition


def test_the_catalogue_has_no_table_that_was_not_asked_for(database, tables):
    declare(database, "the_one")
    assert {each.table for each in database.catalogue("parent", "nowhere")} == {"parent"}
    assert database.catalogue("nowhere") == []


def test_the_settings_and_the_version_can_be_read(database):
    for name, sql in database.vendor.settings.items():
        assert len(database.run(sql)) == 1, name
    version = database.vendor.server_version(database.connection)
    assert BY_VENDOR[database.name].serves(version)
    assert version[0].isdigit()
    assert " " not in version


@only("sqlite")
def test_sqlite_has_what_a_column_declares_and_what_a_table_does(database, tables):
    database.run("""
        CREATE TABLE "parent" (
            "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
            "a, b" varchar(9) DEFAULT 'UNIQUE, (' NOT NULL UNIQUE,
            "n" integer CONSTRAINT "na""med" CHECK ("n" >= 0) CHECK ("n" <> ')'),
            CONSTRAINT "both" UNIQUE ("n", "a, b"),
            UNIQUE ("n", "id"),
            CHECK ("n" < 9)
        )""")
    found = {(each.name, each.definition, each.columns) for each in database.catalogue("parent")}
    assert found == {
        ("", 'PRIMARY KEY ("id")', ("parent.id",)),
        ("", 'UNIQUE ("a, b")', ("parent.a, b",)),
        ('na"med', 'CHECK ("n" >= 0)', ()),
        ("", """CHECK ("n" <> ')')""", ()),
        ("both", 'CONSTRAINT "both" UNIQUE ("n", "a, b")', ("parent.n", "parent.a, b")),
        ("", 'UNIQUE ("n", "id")', ("parent.n", "parent.id")),
        ("", 'CHECK ("n" < 9)', ()),
    }
    database.run("INSERT INTO parent VALUES (1, 'x', 1)")
    raised = database.error("INSERT INTO parent VALUES (2, 'x', 2)")
    assert raised.columns == ("parent.a, b",)


@only("postgresql")
def test_postgresql_has_an_exclusion_and_no_not_null(database, tables):
    database.run("CREATE TABLE parent (id int NOT NULL, span int4range)")
    database.run("ALTER TABLE parent ADD CONSTRAINT apart EXCLUDE USING gist (span WITH &&)")
    database.run("INSERT INTO parent VALUES (1, '[1,5)')")
    raised = database.error("INSERT INTO parent VALUES (2, '[4,9)')")
    assert (raised.code, raised.constraint) == ("23P01", "apart")
    assert database.names("parent") == {"apart"}


# A privilege that is lacking, an account that is not let in: never an answer to a constraint.
POSTGRESQL_RIGHTS = ("42501", "28000", "28P01")
MYSQL_RIGHTS = (
    *("1044", "1045", "1142", "1143", "1227", "1370", "1410", "1419", "1698", "1820", "1862"),
)
FAULTS = {
    "postgresql": (
        ["08006", "53100", "57P01", "40P01", "55P03", "XX000", *POSTGRESQL_RIGHTS],
        ["23505", "42P10"],
    ),
    "mysql": (
        ["2006", "2013", "1205", "1114", "3024", "4031", *MYSQL_RIGHTS],
        ["1062", "3819", "1059", "3757"],
    ),
    "mariadb": (
        ["2006", "2013", "1205", "1969", "1927", *MYSQL_RIGHTS],
        ["1062", "4025", "4161", "4031"],
    ),
    "sqlite": (["SQLITE_BUSY", "SQLITE_IOERR_READ", "SQLITE_FULL"], ["SQLITE_ERROR"]),
}


@pytest.mark.parametrize("name", FAULTS)
def test_trouble_is_told_from_an_answer(name):
    vendor = vendors.vendor(name)
    faults, answers = FAULTS[name]
    assert [code for code in faults if not vendor.is_fault(code)] == []
    assert [code for code in answers if vendor.is_fault(code)] == []
    assert vendor.is_fault(None)


@pytest.mark.parametrize("name", SPEAKING)
def test_an_error_of_the_driver_itself_has_no_code(name):
    raised = vendors.vendor(name).read_error(ValueError("one thing", "and another"))
    assert (raised.code, raised.constraint) == (None, None)


def test_nothing_heavy_is_imported_with_the_vendors():
    words = "import sys, matrix_project.vendors; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", words], check=True, capture_output=True, text=True)
    heavy = {"django", "psycopg", "MySQLdb", "testcontainers", "docker", "sqlite3", "msgspec"}
    assert not heavy & set(done.stdout.split())


def test_a_vendor_that_is_not_there_is_one_sentence():
    with pytest.raises(UnknownVendorError, match=r"^unknown vendor oracle: there are "):
        vendors.vendor("oracle")
    with pytest.raises(UnknownVendorError, match=r"no vendor here knows the database of oracle"):
        vendors.of(SimpleNamespace(vendor="oracle", settings_dict={}))


@pytest.fixture
def made_up(monkeypatch):
    """A vendor of one module: SQLite's library, marked in its entry of `DATABASES`."""
    library = sqlite.VENDOR.library

    def database(path):
        return {**library.database(path), "TEST": {"NAME": "made up"}}

    vendor = replace(
        sqlite.VENDOR,
        name="made_up",
        title="Made Up",
        serves=lambda connection: connection.settings_dict.get("TEST", {}).get("NAME") == "made up",
        library=replace(library, database=database, origin="thin air"),
        read_error=lambda error: Raised("MADE_UP", str(error), "one_name"),
        is_fault=lambda code: code is None,
    )
    monkeypatch.setitem(VENDORS, "made_up", vendor)
    return vendor


@isolate_apps()
def test_a_further_vendor_is_one_module(made_up, request):
    """It is served, told from SQLite, and observed, though nothing else knows of it."""
    of_age = CheckConstraint(condition=Q(age__gte=18), name="one_name")
    meta = type("Meta", (), {"app_label": "made_up", "constraints": [of_age]})
    body = {"__module__": __name__, "Meta": meta, "age": IntegerField()}
    customer = type("Customer", (Model,), body)
    subject = Subject(
        models=[customer],
        targets=[each for each in targets_of(customer) if each.name == "one_name"],
        rows=[{"age": 20}],
        valid=[{"age": 18}],
        violating=[{"age": 17}],
    )
    backend = Backend("made_up", "1")
    (provider,) = choose(backend).able
    with open_room() as room, provider.serve(backend, room) as server:
        assert server.origin == "thin air"
        with opened(request, server.database, "made_up") as connection:
            assert vendors.of(connection) is made_up
            observation = observe(subject, ["made_up"])
        plain = {key: value for key, value in server.beside().items() if key != "TEST"}
        with opened(request, plain, "plain") as connection:
            assert vendors.of(connection) is VENDORS["sqlite"]
    assert judge(observation).verdict == "enforced"
    codes = {probe.error.code for probe in observation.probes if probe.error}
    assert codes == {"MADE_UP"}


def test_each_vendor_has_its_driver_and_a_help_for_it():
    for vendor in VENDORS.values():
        assert vendor.driver_help
        if vendor.library is not None:
            assert importlib.import_module(vendor.driver)
