"""The lines that find out which constraint failed, put to real errors of every vendor."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from django.db import IntegrityError

from matrix_project.backends import catalogue
from matrix_project.report import which_constraint
from matrix_project.servers import packages
from matrix_project.servers.room import open_room
from tests.conftest import ROOT
from tests.page.violations import LANGUAGES, TRANSLATED

SERVERS = [each for each in catalogue().values() if each.debian and each.default]
FOREIGN_KEY = "page_key_owner_id_0accf660_fk_page_owner_id"
# What a vendor ignores is not violated there, and has no error.
FOUND = {
    "postgresql": {
        "Check": "of_age",
        "Unique": "one_each",
        "Condition": "one_draft",
        "Expression": "one_lower",
        "Field": "page_field_points_check",
        "Key": FOREIGN_KEY,
    },
    "mysql": {
        "Check": "of_age",
        "Unique": "one_each",
        "Expression": "one_lower",
        "Key": FOREIGN_KEY,
    },
    "mariadb": {
        "Check": "of_age",
        "Unique": "one_each",
        "Key": FOREIGN_KEY,
    },
    "sqlite": {
        "Check": "of_age",
        "Unique": ["page_unique.user", "page_unique.status"],
        "Condition": ["page_condition.user"],
        "Expression": "one_lower",
        "Field": None,
        "Key": None,
    },
}


def violated(vendor, entry):
    done = subprocess.run(
        [sys.executable, "-m", "tests.page.violations", vendor],
        cwd=ROOT,
        input=json.dumps(entry),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def check(vendor, given):
    for language, violations in given.items():
        found = {name: constraint for name, (constraint, _) in violations.items()}
        assert found == FOUND[vendor], language


@pytest.mark.parametrize("backend", SERVERS, ids=lambda backend: backend.id)
def test_each_real_error_tells_its_constraint(backend):
    if reason := packages.provider.lacks(backend):
        assert "CI" not in os.environ, reason
        pytest.skip(reason)
    with open_room() as room, packages.provider.serve(backend, room) as server:
        given = violated(backend.vendor, server.database)
    check(backend.vendor, given)
    if backend.vendor in TRANSLATED:
        messages = {violations["Unique"][1] for violations in given.values()}
        assert len(messages) > len(LANGUAGES) / 2, "the server speaks no other language"


def test_each_real_error_of_sqlite_tells_its_constraint(tmp_path):
    entry = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / "database")}
    check("sqlite", violated("sqlite", entry))


# As the servers of FOUND gave them.
MESSAGES = [
    ("mysql", 1062, "Doppelter Eintrag 'x's' für Schlüssel 'a.name'", "name"),
    ("mysql", 1062, "'x' は索引 'a.name' で重複しています。", "name"),
    ("mysql", 1062, "Zvojený klíč 'x' (číslo klíče 'a.name')", "name"),
    ("mysql", 3819, "Check constraint 'of_age' is violated.", "of_age"),
    ("mariadb", 1062, "Duplicata du champ 'a.b' pour la clef 'name'", "name"),
    ("mariadb", 1062, "重复条目'x's for key 'a.b''键'name'", "name"),
    ("mariadb", 4025, "CONSTRAINT `of_age` fehlgeschlagen: `shop`.`customer`", "of_age"),
    ("mariadb", 4025, "No se cumple la RESTRICCIÓN `of_age` para `shop`.`customer`", "of_age"),
]


@pytest.mark.parametrize(("vendor", "code", "message", "name"), MESSAGES)
def test_the_quotes_tell_the_name_in_every_language(vendor, code, message, name):
    assert getattr(which_constraint, vendor)(IntegrityError(code, message)) == name


@pytest.mark.parametrize("find", [which_constraint.mysql, which_constraint.mariadb])
def test_an_error_of_another_kind_names_none(find):
    assert find(IntegrityError(1048, "Column 'name' cannot be null")) is None
