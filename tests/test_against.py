"""`audit --against`: what a database has, beside what the models declare; on real servers."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
from contextlib import closing, contextmanager, suppress

import pytest
from django.db import DatabaseError, OperationalError, connections
from django.db.models import (
    CASCADE,
    CharField,
    CheckConstraint,
    Deferrable,
    F,
    ForeignKey,
    IntegerField,
    JSONField,
    ManyToManyField,
    Model,
    PositiveIntegerField,
    Q,
    UniqueConstraint,
)
from django.db.models.functions import Lower
from django.test.utils import isolate_apps
from rich.console import Console

from matrix_project import vendors
from matrix_project.audit.against import compare
from matrix_project.audit.found import Found
from matrix_project.audit.read_only import reading
from matrix_project.cases import load
from matrix_project.observe import Subject, targets_of
from matrix_project.observe.schema import Schema
from matrix_project.report import against as report
from matrix_project.suite.observing import too_old
from tests.audit.auditing import environ_of_audit, words_of_audit
from tests.engine import SERVERS, Servers

_SERVERS = Servers("against_")
LONG = "orders_of_one_person_in_one_state_are_never_more_than_one_at_a_time"


@pytest.fixture(scope="module")
def servers(django_db_blocker):
    with django_db_blocker.unblock():
        yield _SERVERS
        _SERVERS.close()


@pytest.fixture(params=SERVERS)
def alias(request, servers):
    return servers.aliases(request.param)[0]


def only(*names):
    """Ask the test of these vendors alone."""
    return pytest.mark.parametrize("alias", names, indirect=True)


def run(alias, *statements):
    with connections[alias].cursor() as cursor:
        for sql in statements:
            cursor.execute(sql.replace('"', connections[alias].ops.quote_name("x")[0]))
        return cursor.fetchall() if cursor.description else None


def shop():
    """An app of three tables, with a constraint of each kind that all vendors have."""

    class Person(Model):
        name = CharField(max_length=30, unique=True)

        class Meta:
            app_label = "shop"

    class Tag(Model):
        class Meta:
            app_label = "shop"

    class Order(Model):
        buyer = ForeignKey(Person, on_delete=CASCADE)
        status = CharField(max_length=10)
        amount = PositiveIntegerField()
        code = CharField(max_length=30)
        data = JSONField(default=dict)
        tags = ManyToManyField(Tag)

        class Meta:
            app_label = "shop"
            unique_together = (("code", "status"),)
            constraints = [
                CheckConstraint(condition=Q(amount__gte=18), name="enough"),
                UniqueConstraint(fields=["buyer", "code"], name="one_code"),
                UniqueConstraint(fields=["status", "amount"], name="one_amount"),
            ]

    return [Person, Tag, Order]


@contextmanager
def made(alias, models):
    """Make the tables by the migrations of these models; yield what is declared."""
    schema = Schema(Subject(models=models), alias)
    step = schema.migrate("create", schema.full)
    assert step.outcome == "accepted", step.error
    try:
        yield [Found(each, "models.py", 7) for model in models for each in targets_of(model)]
    finally:
        schema.drop()


@pytest.fixture
def declared(alias):
    with isolate_apps(), made(alias, shop()) as found:
        yield found


def whole(found):
    """Return the models of these constraints, those of many-to-many tables included."""
    return {model for each in found for model in (each.target.model, each.target.rows_of)}


def findings(alias, found):
    compared = compare(alias, found, whole(found))
    return {(each.id, each.kind): each for each in compared.findings}


def model_of(*constraints, **fields):
    """A model of these constraints, with a column `a` and a column `b`."""
    meta = type("Meta", (), {"app_label": "one", "constraints": constraints})
    body = {"a": IntegerField(null=True), "b": CharField(max_length=20), **fields}
    return type("Table", (Model,), {"__module__": __name__, "Meta": meta, **body})


@contextmanager
def one(alias, *constraints, **fields):
    with isolate_apps(), made(alias, [model_of(*constraints, **fields)]) as found:
        yield found


def drop(alias, name, table="one_table", *, check=False):
    """Drop a constraint as Django does."""
    quoted = connections[alias].ops.quote_name
    editor = connections[alias].schema_editor()
    sql = editor.sql_delete_check if check else editor.sql_delete_unique
    run(alias, sql % {"table": quoted(table), "name": quoted(name)})


def test_what_the_migrations_made_is_as_it_is_declared(alias, declared):
    compared = compare(alias, declared, whole(declared))
    assert compared.findings == []
    # With foreign keys, of which the table of the tags has two.
    assert compared.same == compared.compared > len(declared)


@only("postgresql", "mysql", "mariadb")
def test_what_was_dropped_is_missing_with_the_query_for_the_rows_in_its_way(alias, declared):
    drop(alias, "enough", "shop_order", check=True)
    run(
        alias,
        "INSERT INTO shop_person (name) VALUES ('ann')",
        "INSERT INTO shop_order (buyer_id, status, amount, code, data)"
        " VALUES (1, 'open', 17, 'x', '{}'), (1, 'open', 18, 'y', '{}')",
    )
    (finding,) = findings(alias, declared).values()
    assert (finding.id, finding.kind) == ("shop.Order/enough", "missing")
    assert (finding.file, finding.line, finding.there) == ("models.py", 7, None)
    assert "18" in finding.declared
    keys = run(alias, "SELECT id FROM shop_order WHERE amount = 17")
    assert len(keys) == 1
    assert list(run(alias, finding.query)) == list(keys)


@only("postgresql", "mysql", "mariadb")
def test_each_kind_that_is_gone_is_missing(alias, declared):
    with connections[alias].cursor() as cursor:
        there = vendors.of(connections[alias]).reading.held(cursor, ["shop_order", "shop_person"])
    quoted = connections[alias].ops.quote_name
    editor = connections[alias].schema_editor()
    for table, all_held in there.items():
        for held in (each for each in all_held if each.kind == "foreign_key"):
            names = {"table": quoted(table), "name": quoted(held.name)}
            run(alias, editor.sql_delete_fk % names)
    # MySQL needs an index for its foreign keys until they are gone.
    for table, all_held in there.items():
        for held in (each for each in all_held if each.kind == "unique"):
            drop(alias, held.name, table)
    assert set(findings(alias, declared)) == {
        ("shop.Order/foreign_key(buyer)", "missing"),
        ("shop.Order/one_amount", "missing"),
        ("shop.Order/one_code", "missing"),
        ("shop.Order/unique(code, status)", "missing"),
        ("shop.Person/unique(name)", "missing"),
    }


def test_a_table_that_is_not_there_is_told_once(alias, declared):
    run(alias, 'DROP TABLE "shop_order_tags"')
    (finding,) = findings(alias, declared).values()
    assert (finding.kind, finding.table) == ("no-table", "shop_order_tags")


def test_what_nobody_declares_is_told(alias, declared):
    run(alias, "CREATE UNIQUE INDEX by_hand ON shop_order (amount)")
    run(alias, "CREATE INDEX no_constraint ON shop_order (amount)")
    found = findings(alias, declared)
    assert set(found) == {("shop_order/by_hand", "undeclared")}
    # Of a part of the constraints nothing is told that the others could explain.
    assert compare(alias, declared).findings == []
    assert compare(alias, declared[-1:]).compared == 1


def test_a_uniqueness_under_another_name_is_found(alias):
    with one(alias, UniqueConstraint(fields=["a", "b"], name="pair")) as found:
        replace_pair(alias, 'CREATE UNIQUE INDEX "double" ON one_table (b, a)')
        assert set(findings(alias, found)) == {("one.Table/pair", "renamed")}


def replace_pair(alias, *statements):
    """Put something else in the place of `pair`, on SQLite by making the table again."""
    if connections[alias].vendor == "sqlite":
        run(
            alias,
            "DROP TABLE one_table",
            'CREATE TABLE "one_table" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,'
            ' "a" integer NULL, "b" varchar(20) NOT NULL)',
        )
    else:
        drop(alias, "pair")
    run(alias, *statements)


REPLACED = {
    "CREATE INDEX pair ON one_table (a, b)": "makes nothing unique",
    "CREATE UNIQUE INDEX pair ON one_table (a)": "its keys are",
    "CREATE UNIQUE INDEX pair ON one_table (a, b, id)": "its keys are",
}


@pytest.mark.parametrize("sql", REPLACED)
def test_another_index_of_the_name_is_a_difference(alias, sql):
    with one(alias, UniqueConstraint(fields=["a", "b"], name="pair")) as found:
        replace_pair(alias, sql)
        (finding,) = findings(alias, found).values()
    assert (finding.id, finding.kind, finding.name) == ("one.Table/pair", "different", "pair")
    assert REPLACED[sql] in finding.summary
    assert "a" in finding.query


def replaced_check(alias, name, condition):
    if connections[alias].vendor == "sqlite":
        run(
            alias,
            "DROP TABLE one_table",
            'CREATE TABLE "one_table" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,'
            f' "a" integer NULL, "b" varchar(20) NOT NULL, CONSTRAINT {name} CHECK ({condition}))',
        )
    else:
        drop(alias, "rule", check=True)
        run(alias, f"ALTER TABLE one_table ADD CONSTRAINT {name} CHECK ({condition})")


CONDITIONS = {
    # (declared, there): the kind of what is found; "" where nothing is.
    ("a__gte", 18, "a >= 18"): "",
    ("a__gte", 18, "18 <= a"): "not-compared",
    ("a__gte", 18, "a > 18"): "different",
    ("a__gte", 18, "a >= 21"): "different",
    ("a__gte", 18, "id >= 18"): "different",
    ("a__gte", 18, "abs(a) >= 18"): "not-compared",
    ("a__in", (1, 2), "a = 2 OR a = 1"): "",
    ("a__in", (1, 2), "a IN (1, 3)"): "different",
    ("a__isnull", False, "a IS NOT NULL"): "",
    ("a__isnull", False, "a IS NULL"): "different",
    ("a__range", (1, 5), "a >= 1 AND a <= 5"): "",
    ("b", "DRAFT", "b = 'DRAFT'"): "",
    ("b", "DRAFT", "b = 'draft'"): "different",
    ("b__in", ("x", "y"), "b IN ('y', 'x')"): "",
}


@pytest.mark.parametrize(("lookup", "value", "there"), CONDITIONS)
def test_a_check_differs_only_where_that_is_certain(alias, lookup, value, there):
    if connections[alias].vendor == "mysql" and "id >=" in there:
        pytest.skip("an automatic key may be in no check there")
    rule = CheckConstraint(condition=Q(**{lookup: value}), name="rule")
    with one(alias, rule) as found:
        replaced_check(alias, "rule", there)
        kinds = [kind for _, kind in findings(alias, found)]
    expected = CONDITIONS[lookup, value, there]
    assert kinds == ([expected] if expected else [])


def test_a_check_under_another_name_is_found(alias):
    with one(alias, CheckConstraint(condition=~Q(a__lt=1), name="rule")) as found:
        replaced_check(alias, "other", "a >= 1 OR a IS NULL")
        assert set(findings(alias, found)) == {("one.Table/rule", "renamed")}


@only("postgresql")
def test_a_name_that_the_server_cut_is_found(alias):
    assert len(LONG) > 63
    with one(alias, UniqueConstraint(fields=["a"], name=LONG)) as found:
        assert findings(alias, found) == {}


@only("postgresql")
def test_a_table_of_another_schema_is_found(alias):
    run(alias, "CREATE SCHEMA elsewhere")
    try:
        with isolate_apps():
            model = model_of(UniqueConstraint(fields=["a"], name="pair"))
            model._meta.db_table = 'elsewhere"."one_table'
            found = [Found(each, "", 1) for each in targets_of(model)]
            assert {kind for _, kind in findings(alias, found)} == {"no-table"}
            run(
                alias,
                "CREATE TABLE elsewhere.one_table (id bigint PRIMARY KEY, a int, b varchar(20))",
            )
            assert set(findings(alias, found)) == {("one.Table/pair", "missing")}
    finally:
        run(alias, "DROP SCHEMA elsewhere CASCADE")


@only("mysql", "mariadb", "sqlite")
def test_the_case_of_a_name_says_nothing(alias):
    with one(alias, UniqueConstraint(fields=["a", "b"], name="pair")) as found:
        replace_pair(alias, "CREATE UNIQUE INDEX PAIR ON one_table (a, b)")
        assert findings(alias, found) == {}


@only("mysql", "mariadb")
def test_what_django_never_creates_is_told_as_such(alias):
    with one(alias, UniqueConstraint(fields=["a"], condition=Q(b="x"), name="part")) as found:
        assert set(findings(alias, found)) == {("one.Table/part", "never-created")}
        run(alias, "CREATE UNIQUE INDEX part ON one_table (a)")
        assert set(findings(alias, found)) == {("one.Table/part", "not-compared")}


PARTS = {
    "CREATE UNIQUE INDEX part ON one_table (a) WHERE b = 'x'": None,
    "CREATE UNIQUE INDEX part ON one_table (a) WHERE b = 'y'": "its condition is",
    "CREATE UNIQUE INDEX part ON one_table (a)": "it is about all rows",
}


@only("postgresql", "sqlite")
@pytest.mark.parametrize("sql", PARTS)
def test_a_condition_of_a_uniqueness_is_compared(alias, sql):
    with one(alias, UniqueConstraint(fields=["a"], condition=Q(b="x"), name="part")) as found:
        run(alias, "DROP INDEX part", sql)
        words = [each.summary for each in findings(alias, found).values()]
    expected = PARTS[sql]
    assert len(words) == (expected is not None)
    assert all(expected in each for each in words)


EXPRESSIONS = {
    "(lower(b))": "",
    "(upper(b))": "not-compared",
    "(lower(b)), a": "different",
}


@only("postgresql", "mysql", "sqlite")
@pytest.mark.parametrize("keys", EXPRESSIONS)
def test_expressions_are_compared(alias, keys):
    with one(alias, UniqueConstraint(Lower("b"), name="lower")) as found:
        drop(alias, "lower") if alias.endswith("mysql") else run(alias, 'DROP INDEX "lower"')
        # MySQL alone wants a pair of parentheses around an expression; the others take it.
        run(alias, f'CREATE UNIQUE INDEX "lower" ON one_table ({keys})')
        kinds = [kind for _, kind in findings(alias, found)]
    assert kinds == [each for each in [EXPRESSIONS[keys]] if each]


POSTGRESQL = {
    "ADD CONSTRAINT pair UNIQUE (a, b) DEFERRABLE": "it is deferrable (immediate)",
    "ADD CONSTRAINT pair UNIQUE NULLS NOT DISTINCT (a, b)": "NULLs are equal",
    "ADD CONSTRAINT pair UNIQUE (a, b) INCLUDE (id)": "it includes (id)",
    "ADD CONSTRAINT pair CHECK (a > 1)": "it is a check",
    "ADD CONSTRAINT pair EXCLUDE (a WITH =, b WITH =)": "it is an exclusion",
}


@only("postgresql")
@pytest.mark.parametrize("sql", POSTGRESQL)
def test_postgresql_tells_what_else_a_uniqueness_may_be(alias, sql):
    with one(alias, UniqueConstraint(fields=["a", "b"], name="pair")) as found:
        replace_pair(alias, f"ALTER TABLE one_table {sql}")
        (finding,) = findings(alias, found).values()
    assert finding.kind == "different"
    assert POSTGRESQL[sql] in finding.summary


@only("postgresql")
def test_a_deferred_covering_and_null_equal_uniqueness_is_as_declared(alias):
    with one(
        alias,
        UniqueConstraint(fields=["a"], name="late", deferrable=Deferrable.DEFERRED),
        UniqueConstraint(fields=["b"], name="covers", include=["a"]),
        UniqueConstraint(fields=["a", "b"], name="equal", nulls_distinct=False),
        UniqueConstraint(F("a").desc(), "b", name="turned"),
    ) as found:
        assert findings(alias, found) == {}


@only("postgresql")
def test_postgresql_tells_what_is_not_validated_and_not_enforced(alias):
    rule = CheckConstraint(condition=Q(a__gte=1), name="rule")
    for words, kind in (("NOT VALID", "not-validated"), ("NOT ENFORCED", "not-enforced")):
        with one(alias, rule) as found:
            drop(alias, "rule", check=True)
            run(alias, f"ALTER TABLE one_table ADD CONSTRAINT rule CHECK (a >= 1) {words}")
            (finding,) = findings(alias, found).values()
        assert (finding.kind, "a" in finding.query) == (kind, True)


@only("postgresql")
def test_an_index_that_was_not_finished_is_not_validated(alias):
    with one(alias, UniqueConstraint(fields=["a", "b"], name="pair")) as found:
        drop(alias, "pair")
        run(alias, "INSERT INTO one_table (a, b) VALUES (1, 'x'), (1, 'x')")
        with pytest.raises(DatabaseError):
            run(alias, "CREATE UNIQUE INDEX CONCURRENTLY pair ON one_table (a, b)")
        (finding,) = findings(alias, found).values()
        assert finding.kind == "not-validated"
        assert len(run(alias, finding.query)) == 1


@only("mysql")
def test_mysql_tells_what_is_not_enforced(alias):
    with one(alias, CheckConstraint(condition=Q(a__gte=1), name="rule")) as found:
        run(alias, "ALTER TABLE one_table ALTER CHECK rule NOT ENFORCED")
        assert set(findings(alias, found)) == {("one.Table/rule", "not-enforced")}


@only("mysql", "mariadb")
def test_a_prefix_of_a_column_is_a_difference(alias):
    with one(alias, UniqueConstraint(fields=["a", "b"], name="pair")) as found:
        replace_pair(alias, "CREATE UNIQUE INDEX pair ON one_table (a, b(3))")
        (finding,) = findings(alias, found).values()
    assert (finding.kind, "prefix" in finding.summary) == ("different", True)


@only("sqlite")
def test_what_sqlite_does_on_a_conflict_is_a_difference(alias):
    with one(alias, UniqueConstraint(fields=["a", "b"], name="pair")) as found:
        run(
            alias,
            "DROP TABLE one_table",
            'CREATE TABLE "one_table" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "a" int,'
            ' "b" varchar(20) NOT NULL, CONSTRAINT "pair" UNIQUE (a, b) ON CONFLICT REPLACE)',
        )
        (finding,) = findings(alias, found).values()
    assert (finding.kind, finding.summary) == ("different", "ON CONFLICT REPLACE")


def test_two_that_are_equal_make_up_for_each_other(alias):
    field = IntegerField(null=True, unique=True)
    with one(alias, UniqueConstraint(fields=["a"], name="pair"), a=field) as found:
        if connections[alias].vendor == "postgresql":
            expected = "one.Table/unique(a)"  # the server makes one of the two
        else:
            expected = "one.Table/pair"
            replace_pair(alias)
            if connections[alias].vendor == "sqlite":
                run(alias, "CREATE UNIQUE INDEX anything ON one_table (a)")
        (finding,) = findings(alias, found).values()
    assert (finding.id, finding.kind, finding.query) == (expected, "renamed", None)


def test_nothing_that_django_made_ever_differs(alias):
    """Every case's constraints, as its migrations make them: each is there, none differs."""
    wrong, kinds = {}, set()
    for case in load().values():
        if too_old(case) is not None:
            continue
        subject = case.subject()
        schema = Schema(subject, alias)
        schema.prepare(subject.prerequisites)
        if schema.migrate("create", schema.full).outcome == "accepted":
            found = [Found(each, "", 1) for model in subject.models for each in targets_of(model)]
            compared = compare(alias, found, whole(found))
            kinds |= {each.kind for each in compared.findings}
            wrong |= {each.id: each for each in compared.findings if each.kind not in UNCERTAIN}
        schema.drop()
        with suppress(DatabaseError):
            # Django 5.2 asks any database for PostgreSQL's extensions when it takes one back.
            schema.undo(subject.prerequisites)
    assert wrong == {}
    assert kinds <= UNCERTAIN


UNCERTAIN = {"not-compared", "never-created"}


WRITING = [
    "CREATE TABLE written (id int)",
    "DROP TABLE one_table",
    "ALTER TABLE one_table ADD more int",
    "INSERT INTO one_table (a, b) VALUES (1, 'x')",
    "UPDATE one_table SET a = 2",
    "DELETE FROM one_table",
]


@pytest.mark.parametrize("sql", WRITING)
def test_nothing_can_be_written_where_a_database_is_read(alias, sql):
    with one(alias):
        run(alias, "INSERT INTO one_table (a, b) VALUES (7, 'kept')")
        read_only = pytest.raises(DatabaseError, match=r"(?i)read.?only")
        with read_only, reading(alias) as connection, connection.cursor() as cursor:
            cursor.execute(sql)
        assert [row[1:] for row in run(alias, "SELECT * FROM one_table")] == [(7, "kept")]
        assert "written" not in connections[alias].introspection.table_names()


def test_no_other_database_is_reached_meanwhile(alias):
    other = connections["default"]
    other.close()
    with reading(alias), pytest.raises(OperationalError, match=f"the audit reads '{alias}' alone"):
        other.ensure_connection()
    # As before: the project's own connection is there again.
    assert run(alias, "SELECT 1")


@contextmanager
def as_user(alias, *rights):
    """Yield the alias of a connection of a user who has these rights alone."""
    account = "reader" if alias.endswith("postgresql") else "'reader'@'%'"
    password = "PASSWORD 'secret'" if alias.endswith("postgresql") else "BY 'secret'"
    made = f"CREATE USER {account} " + (
        f"LOGIN {password}" if alias.endswith("postgresql") else f"IDENTIFIED {password}"
    )
    run(alias, made, *(sql.format(account) for sql in rights))
    settings = connections.settings[alias] | {"USER": "reader", "PASSWORD": "secret"}
    connections.settings["reader"] = settings
    try:
        yield "reader"
    finally:
        connections["reader"].close()
        del connections["reader"]
        del connections.settings["reader"]
        if alias.endswith("postgresql"):
            run(alias, "DROP OWNED BY reader")
        run(alias, f"DROP USER {account}")


@only("postgresql")
def test_postgresql_is_read_by_a_user_who_may_read_no_row(alias, declared):
    drop(alias, "enough", "shop_order", check=True)
    with as_user(alias) as reader:
        with pytest.raises(DatabaseError, match="permission denied"):
            run(reader, "SELECT * FROM shop_order")
        assert set(findings(reader, declared)) == {("shop.Order/enough", "missing")}


@only("mysql", "mariadb")
def test_a_user_who_may_read_alone_sees_all_and_the_servers_log_has_no_row_read(alias, declared):
    drop(alias, "enough", "shop_order", check=True)
    name = connections.settings[alias]["NAME"]
    with as_user(alias, f"GRANT SELECT ON `{name}`.* TO {{}}") as reader:
        run(alias, "SET GLOBAL log_output = 'TABLE'", "SET GLOBAL general_log = 'ON'")
        try:
            found = findings(reader, declared)
        finally:
            run(alias, "SET GLOBAL general_log = 'OFF'")
        log = (
            "SELECT CONVERT(argument USING utf8mb4) FROM mysql.general_log WHERE user_host LIKE %s"
        )
        with connections[alias].cursor() as cursor:
            cursor.execute(log, ["reader%"])
            sent = [str(row[0]) for row in cursor.fetchall()]
        run(alias, "SET GLOBAL log_output = 'FILE'")
    assert set(found) == {("shop.Order/enough", "missing")}
    assert "SHOW CREATE TABLE `shop_order`" in sent
    assert [sql for sql in sent if re.search("(FROM|INTO|UPDATE|TABLE) `?shop_", sql)] == [
        sql for sql in sent if sql.startswith("SHOW CREATE TABLE `shop_")
    ]


APP = """
from django.apps import AppConfig
from django.db import models
from django.db.backends.signals import connection_created


class Config(AppConfig):
    name = "app"

    def ready(self):
        connection_created.connect(heard)


def heard(connection, **_):
    connection.cursor().execute("CREATE TABLE heard (id int)")
"""
MODELS = """
from django.db import models


class Here(models.Model):
    a = models.PositiveIntegerField(unique=True)


class There(models.Model):
    a = models.IntegerField(unique=True)
"""
SETTINGS = """
from pathlib import Path

DATABASES = {
    alias: {
        "ENGINE": "tests.noticing",
        "NAME": Path(__file__).parent / f"{alias}.sqlite3",
        "OPTIONS": {"init_command": "CREATE TABLE begun (id int)", "transaction_mode": "EXCLUSIVE"},
    }
    for alias in ("default", "other")
}
DATABASE_ROUTERS = ["settings.Router"]
INSTALLED_APPS = ["app.apps.Config"]
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


class Router:
    def allow_migrate(self, db, app_label, model_name=None, **hints):
        return db == ("other" if model_name == "there" else "default")
"""


@pytest.fixture
def project(tmp_path):
    """A project of two databases that notice what is done to them."""
    (tmp_path / "app").mkdir()
    texts = {"settings.py": SETTINGS, "app/apps.py": APP, "app/models.py": MODELS}
    for name, text in {**texts, "app/__init__.py": ""}.items():
        (tmp_path / name).write_text(text)
    with closing(sqlite3.connect(tmp_path / "default.sqlite3")) as database:
        database.executescript("""
            CREATE TABLE "app_here" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
                "a" integer unsigned NOT NULL CHECK ("a" >= 0));
            INSERT INTO app_here (a) VALUES (1), (1)""")
    (tmp_path / "default.sqlite3").chmod(0o444)
    return tmp_path


def ran(project, alias="default"):
    words = (f"--against={alias}", "--fail-on=missing", f"--output={project / 'out'}")
    environ = {"NOTICED": str(project / "noticed"), "COLUMNS": "200"}
    return subprocess.run(
        words_of_audit("--settings=settings", *words),
        cwd=project,
        env=environ_of_audit(**environ),
        capture_output=True,
        text=True,
        check=False,
    )


def test_one_database_of_a_project_is_read_and_no_other(project):
    before = (project / "default.sqlite3").read_bytes()
    done = ran(project)
    assert done.stderr == ""
    assert done.returncode == 1
    assert "2 of 3 constraints are there as they are declared, 1 missing there" in done.stdout
    assert "missing: app.Here/unique(a) (app/models.py:5)" in done.stdout
    assert "There" not in done.stdout
    told = json.loads((project / "out" / "against.json").read_text())
    (finding,) = told["findings"]
    with closing(sqlite3.connect(project / "default.sqlite3")) as database:
        assert database.execute(finding["query"]).fetchall() == [(1, 2)]
    # One connection, to this one alone; nothing of a table's rows; nothing is written.
    noticed = (project / "noticed").read_text().splitlines()
    assert [each for each in noticed if "connects" in each] == ["default: connects"]
    assert not [each for each in noticed if "app_" in each or "heard" in each or "begun" in each]
    assert (project / "default.sqlite3").read_bytes() == before
    assert {each.name for each in project.glob("*.sqlite3*")} == {"default.sqlite3"}


def test_a_database_that_is_not_there_is_not_made(project):
    done = ran(project, "other")
    words = "error: the database 'other' of DATABASES cannot be read: OperationalError: "
    assert done.stderr.startswith(words)
    assert not (project / "other.sqlite3").exists()


@pytest.mark.parametrize("alias", ["sqlite"], indirect=True)
def test_what_is_found_is_printed_with_what_to_send(alias):
    rule = CheckConstraint(condition=Q(a__gte=1), name="rule")
    with one(alias, rule) as found:
        replaced_check(alias, "rule", "a >= 2")
        told = compare(alias, found, whole(found))
    console = Console(width=200, record=True)
    report.show(told, console)
    words = console.export_text()
    assert "1 of 2 constraints are there as they are declared, 1 there, and differ" in words
    assert "different: one.Table/rule (models.py:7): its condition is a >= 2, and" in words
    assert "rows in the way: SELECT" in words
    assert told.fails(["different"])
    assert not told.fails(["missing", "undeclared"])
