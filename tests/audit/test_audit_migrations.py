"""`audit --migrations`: which of a project's migrations fails, where, and what is left then."""

from __future__ import annotations

import json

import pytest

from tests.audit.auditing import SETTINGS, audit, write_project

MODELS = """
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint


class Item(models.Model):
    number = models.IntegerField({number})
    name = models.CharField(max_length=5)

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(number__gt=0), name="positive_number"),
            UniqueConstraint(fields=["name"], condition=Q(number__gt=1), name="one_name"),
        ]
"""
LATER = """

class Part(models.Model):
    item = models.ForeignKey(Item, models.CASCADE)
"""
MIGRATION = """
from django.db import migrations, models
from django.db.models import CheckConstraint, Q, UniqueConstraint


class Migration(migrations.Migration):
    initial = {first}
    dependencies = {before}
    operations = [{operations}]
"""
CREATE = """
    migrations.CreateModel("Item", [
        ("id", models.BigAutoField(primary_key=True)),
        ("number", models.IntegerField(null=True)),
        ("name", models.CharField(max_length=5)),
    ]),
    migrations.AddConstraint("item", CheckConstraint(
        condition=Q(number__gt=0), name="positive_number")),
    migrations.AddConstraint("item", UniqueConstraint(
        fields=["name"], condition=Q(number__gt=1), name="one_name")),
"""
ADD_AND_SEND = """
    migrations.AddField("item", "size", models.IntegerField(default=1)),
    migrations.RunSQL("CREATE INDEX some_names ON shop_item (name) WHERE number > 5"),
    migrations.RemoveField("item", "size"),
"""
NULL_ON_SQLITE = """
    migrations.RunPython(lambda apps, editor: editor.connection.vendor == "sqlite"
        and apps.get_model("shop", "Item").objects.create(name="a")),
"""
NOT_NULL = """
    migrations.AlterField("item", "number", models.IntegerField()),
"""
DANGLING = """
    migrations.CreateModel("Part", [
        ("id", models.BigAutoField(primary_key=True)),
        ("item", models.ForeignKey("shop.Item", models.CASCADE)),
    ]),
    migrations.RunPython(lambda apps, editor:
        apps.get_model("shop", "Part").objects.create(item_id=99)),
"""


def migrations(*all_operations):
    files = {"shop__migrations__init": ""}
    before = []
    for number, operations in enumerate(all_operations, 1):
        name = f"000{number}_step"
        text = MIGRATION.format(first=number == 1, before=before, operations=operations)
        files[f"shop__migrations__{name}"] = text
        before = [("shop", name)]
    return files


def told(done):
    """Return by vendor what the migrations came to."""
    document = json.loads((done.folder / "migrations.json").read_text())
    return {
        each["vendor"]: each["migrated"] or pytest.skip(each["reason"])
        for each in document["environments"].values()
    }


@pytest.fixture(scope="session")
def failing(tmp_path_factory):
    """Migrations of which each vendor takes some, on all of them."""
    project = write_project(
        tmp_path_factory.mktemp("failing"),
        models=MODELS.format(number="") + LATER,
        **migrations(CREATE, ADD_AND_SEND, NULL_ON_SQLITE, NOT_NULL, DANGLING),
    )
    return audit(project, "--migrations", backends=("sqlite", "mysql-9.7", "postgresql-18"))


FAILURES = {
    # Where it fails, at which operation (none: at its end), with what, and how many have run.
    "mysql": ("shop.0002_step", 2, "ProgrammingError", "some_names", 1),
    "sqlite": ("shop.0004_step", 1, "IntegrityError", 'INSERT INTO "new__shop_item"', 3),
    "postgresql": ("shop.0005_step", None, "IntegrityError", "violates foreign key", 4),
}


@pytest.mark.parametrize("vendor", FAILURES)
def test_the_migration_that_fails_is_told_with_its_operation(failing, vendor):
    assert failing.code == 1
    done = told(failing)[vendor]
    migration, number, class_, words, applied = FAILURES[vendor]
    failure = done["failure"]
    assert (failure["migration"], failure["number"]) == (migration, number)
    assert failure["error"]["class"] == class_
    assert words in f"{failure['sql']} {failure['error']['message']}"
    assert (done["applied"], done["total"]) == (applied, 5)
    assert f"{applied} of 5 migrations run, {migration} fails" in failing.output


def test_what_a_failed_migration_leaves_behind_is_told(failing):
    done = told(failing)
    # MySQL takes no DDL back; the others take back the whole migration.
    added, _ = done["mysql"]["failure"]["stays"]
    assert added.startswith("ALTER TABLE `shop_item` ADD COLUMN `size`")
    assert [done[vendor]["failure"]["stays"] for vendor in ("sqlite", "postgresql")] == [[], []]
    assert [each["failure"]["tables"] for each in done.values()] == [[], [], []]


def kinds(done):
    return {each["id"]: each["kind"] for each in done["against"]["findings"]}


def test_the_constraints_that_are_there_after_a_failure_are_told(failing):
    done = told(failing)
    assert kinds(done["sqlite"]) == kinds(done["postgresql"]) == {"shop.Part": "no-table"}
    assert kinds(done["mysql"]) == {"shop.Part": "no-table", "shop.Item/one_name": "never-created"}


LOOSE = """
from django.db import models


class Loose(models.Model):
    number = models.IntegerField(unique=True)
"""
BY_HAND = 'migrations.RunSQL("DROP INDEX one_name"),'
RAISES = """
    migrations.RunPython(lambda apps, editor: apps.get_model("shop", "Item").objects.create(
        name="a", number=1)),
    migrations.RunPython(lambda apps, editor: 1 / 0),
"""


def migrated(tmp_path, *operations):
    project = write_project(
        tmp_path,
        settings=SETTINGS.replace('["shop"]', '["shop", "loose"]'),
        models=MODELS.format(number="null=True"),
        loose__models=LOOSE,
        loose__init="",
        **migrations(*operations),
    )
    done = audit(project, "--migrations")
    return done, told(done)["sqlite"]


def test_a_constraint_that_the_migrations_lose_is_told(tmp_path):
    done, found = migrated(tmp_path, CREATE, BY_HAND)
    assert (done.code, found["failure"]) == (0, None)
    assert "The project's own migrations are run, with all code that is in them." in done.output
    assert "all 2 migrations run; without migrations: loose" in done.output
    assert kinds(found) == {"shop.Item/one_name": "missing"}


def test_what_a_migrations_own_code_raises_is_told(tmp_path):
    done, found = migrated(tmp_path, CREATE, RAISES)
    failure = found["failure"]
    assert (done.code, failure["migration"], failure["number"]) == (1, "shop.0002_step", 2)
    assert failure["sql"].startswith('INSERT INTO "shop_item"')
    assert (failure["error"]["class"], failure["error"]["message"]) == (
        "ZeroDivisionError",
        "division by zero",
    )
