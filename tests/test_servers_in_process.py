"""The provider `in-process`."""

from __future__ import annotations

import sqlite3

from matrix_project.backends import Backend
from matrix_project.servers import Provider, in_process
from matrix_project.servers.room import open_room

PROVIDER: Provider = in_process.provider


def test_serves_a_file_and_removes_it() -> None:
    backend = Backend("sqlite")
    assert PROVIDER.lacks(backend) is None
    with open_room() as room:
        with PROVIDER.serve(backend, room) as one, PROVIDER.serve(backend, room) as other:
            assert one.database["ENGINE"] == "django.db.backends.sqlite3"
            assert one.database["NAME"] != other.database["NAME"]
            assert one.origin == "Python's own sqlite3 library"
            assert one.beside()["NAME"] not in (one.database["NAME"], other.database["NAME"])
            connection = sqlite3.connect(one.database["NAME"])
            connection.execute("CREATE TABLE one (number integer)")
            connection.close()
        assert not list(room.folder.iterdir())


def test_lacks_every_server() -> None:
    assert PROVIDER.lacks(Backend("mysql", "9.7")) == (
        "mysql-9.7 is a server of its own: use another provider"
    )
