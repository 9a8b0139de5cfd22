"""An audit touches nothing of a project's but its declarations, and `clean()` by `full_clean()`."""

from __future__ import annotations

import socket
import tempfile
from pathlib import Path

import pytest

from tests.audit.auditing import SETTINGS, audit, listed, write_project
from tests.conftest import ROOT, observed

HERE = Path(__file__).parent
BACKENDS = ("sqlite", "postgresql-18")
# What `full_clean()` of the project's own model does, and nothing else.
BY_FULL_CLEAN = {"__init__()", "full_clean()", "clean()", "manager"}


@pytest.fixture(scope="session")
def noticing(tmp_path_factory):
    """An audit of a project that would notice all that is done to it."""
    folder = tmp_path_factory.mktemp("noticing")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        done = audit(
            HERE / "noticing",
            backends=BACKENDS,
            output=folder / "audit",
            NOTICED=str(folder / "noticed"),
            WATCHED=str(folder / "watched"),
            ARCHIVE=str(folder / "archive.sqlite3"),
            SHOP_SECRET="read by the settings",
            PGHOST="127.0.0.1",
            PGPORT=str(server.getsockname()[1]),
            PYTHONPATH=f"{HERE / 'watching'}:{ROOT}",
        )
        # Whoever connected would wait here.
        with pytest.raises(BlockingIOError):
            server.accept()
    return done


@pytest.fixture(params=["sqlite", "postgresql"])
def vendor(request, noticing):
    observed(noticing.document, request.param)
    return request.param


def lines(noticing, name):
    return (noticing.folder.parent / name).read_text().splitlines()


def test_every_constraint_is_observed(noticing, vendor):
    assert noticing.code == 0, noticing.errors
    verdicts = {id_: verdict for (id_, at), verdict in noticing.verdicts.items() if at == vendor}
    assert len(verdicts) == 14
    assert set(verdicts.values()) <= {"enforced", "enforced-unnamed", "redundant"}


def test_nothing_of_the_project_runs_but_for_full_clean(noticing):
    assert set(lines(noticing, "noticed")) == {f"observe: {each}" for each in BY_FULL_CLEAN}
    assert not (noticing.folder.parent / "archive.sqlite3").exists()


def test_what_clean_raises_is_told_and_is_no_end(noticing):
    raised = {
        each.get("raised")
        for observation in noticing.document["observations"].values()
        for each in observation["validation"]
    }
    assert raised == {
        None,
        "RuntimeError: clean() of the shop fails",
        "RuntimeError: no rows are to be had by this manager",
    }


def test_an_audit_connects_to_its_own_servers_alone(noticing, vendor):
    watched = lines(noticing, "watched")
    rooms = f"opens {Path(tempfile.gettempdir()) / 'constraint-room-'}"
    own = (
        *("opens :memory:", rooms, "connects /var/run/docker.sock"),
        # The kernel writes 127.0.0.1 so.
        *("tcp 0100007F:", "connects ('127.0.0.1'", "looks up localhost", "looks up 127.0.0.1"),
    )
    assert [each for each in watched if not each.startswith(own)] == []
    assert any(each.startswith(rooms if vendor == "sqlite" else "tcp ") for each in watched)


IN_READY = """
from django.apps import AppConfig


class ShopConfig(AppConfig):
    name = "shop"

    def ready(self):
        self.get_model("Item").objects.count()
"""
ITEM = """
from django.db import OperationalError, connection, connections, models


def count():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone()[0]


class Item(models.Model):
    number = models.IntegerField(unique=True{default})
    {body}


{after}
"""


def item(default="", body="", after=""):
    return ITEM.format(default=default, body=body, after=after)


PLACES = {
    "at import": ({"models": item(after="count()")}, "shop/models.py:6"),
    "in a class's body": ({"models": item(body="total = count()")}, "shop/models.py:6"),
    "in a field's declaration": ({"models": item(default=", default=count()")}, "shop/models.py:6"),
    "by a query": (
        {"models": item(after="list(Item.objects.all())"), "shop__apps": IN_READY},
        "shop/models.py:16",
    ),
    "in ready()": ({"models": item(), "shop__apps": IN_READY}, "shop/apps.py:9"),
    "in the settings": (
        {"settings": f"{SETTINGS}from django.db import connection\nconnection.cursor()"},
        "settings.py:6",
    ),
    "in another thread": (
        {
            "models": item(
                after="from concurrent.futures import ThreadPoolExecutor\n"
                "ThreadPoolExecutor(1).submit(count).result()"
            )
        },
        "shop/models.py:6",
    ),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_connection_while_the_project_loads_is_refused_with_its_line(tmp_path, place):
    files, line = PLACES[place]
    code, said = listed(write_project(tmp_path, **files))
    assert (code, said.count("\n")) == (4, 0), said
    assert f"cannot be loaded, at {tmp_path / line}: OperationalError: a connection to" in said


def test_a_project_that_expects_no_database_at_import_goes_on(tmp_path):
    tried = "try:\n    count()\nexcept OperationalError:\n    pass"
    assert listed(write_project(tmp_path, models=item(after=tried))) == (0, "")
