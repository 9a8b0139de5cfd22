"""The lines that find out which constraint failed, put to real errors of every vendor."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from matrix_project.backends import catalogue
from matrix_project.servers import packages
from matrix_project.servers.room import open_room
from tests.conftest import ROOT

SERVERS = [each for each in catalogue().values() if each.debian and each.default]
CHECKS = {
    "check_customer_of_age",
    "check_expressioncustomer_of_age",
    "one_field_set_score_value_matches_type",
}
PLAIN = {
    "include_plainbooking_once_a_day",
    "condition_plainarticle_one_a_user",
    "deferrable_unique_plaintrack_order",
}
OTHERS = {
    "postgresql": {
        "include_coveringbooking_once_a_day",
        "condition_draftarticle_one_a_user",
        "deferrable_unique_deferredtrack_order",
    },
    "sqlite": {"condition_draftarticle_one_a_user"},
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


def expected(vendor):
    return {name: name for name in CHECKS | PLAIN | OTHERS.get(vendor, set())}


@pytest.mark.parametrize("backend", SERVERS, ids=lambda backend: backend.id)
def test_each_real_error_tells_its_constraint(backend):
    if reason := packages.provider.lacks(backend):
        assert "CI" not in os.environ, reason
        pytest.skip(reason)
    with open_room() as room, packages.provider.serve(backend, room) as server:
        found = violated(backend.vendor, server.database)
    assert found == expected(backend.vendor)


def test_each_real_error_of_sqlite_tells_its_constraint(tmp_path):
    entry = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / "database")}
    assert violated("sqlite", entry) == expected("sqlite")
