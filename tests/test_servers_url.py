"""The provider `url`, with servers of the provider `packages`."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from typing import Any
from urllib.parse import quote

import pytest

from matrix_project.backends import Backend, catalogue
from matrix_project.servers import Provider, Room, ServerUnavailableError, packages, url
from matrix_project.servers.databases import connected
from matrix_project.servers.room import open_room
from matrix_project.vendors import vendor as vendor_of

BACKENDS = [backend for backend in catalogue().values() if backend.debian and backend.default]
PROVIDER: Provider = url.provider
OTHER = {"mysql": "mariadb", "mariadb": "mysql"}


@pytest.fixture(scope="module", params=BACKENDS, ids=lambda backend: backend.id)
def running(request: pytest.FixtureRequest) -> Iterator[tuple[Backend, dict[str, Any]]]:
    backend: Backend = request.param
    if reason := packages.provider.lacks(backend):
        pytest.skip(reason)
    with open_room() as room, packages.provider.serve(backend, room) as server:
        yield backend, server.database


def variable(vendor: str) -> str:
    return f"MATRIX_{vendor.upper()}_URL"


def address(vendor: str, entry: dict[str, Any], **other: str) -> str:
    given = {key: quote(value, safe="") for key, value in {**entry, **other}.items()}
    return f"{vendor}://{given['USER']}:{given['PASSWORD']}@{given['HOST']}:{given['PORT']}/"


def at(vendor: str, entry: dict[str, Any]) -> AbstractContextManager[Any]:
    access = vendor_of(vendor).access
    assert access is not None
    return connected(access, entry)


def databases(vendor: str, entry: dict[str, Any]) -> set[str]:
    listed = "SHOW DATABASES" if vendor in OTHER else "SELECT datname FROM pg_database"
    with at(vendor, {**entry, "NAME": ""}) as cursor:
        cursor.execute(listed)
        return {row[0] for row in cursor.fetchall()}


def reason_of(backend: Backend, room: Room) -> str:
    with pytest.raises(ServerUnavailableError) as raised, PROVIDER.serve(backend, room):
        pass
    assert "\n" not in str(raised.value)
    return str(raised.value)


@pytest.mark.parametrize("name", ["", "given"])
def test_makes_databases_and_drops_them(
    running: tuple[Backend, dict[str, Any]],
    room: Room,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    backend, entry = running
    name = entry["NAME"] if name else ""
    monkeypatch.setenv(variable(backend.vendor), address(backend.vendor, entry) + name)
    assert PROVIDER.lacks(backend) is None
    assert url.server_series(backend.vendor) == backend.series
    before = databases(backend.vendor, entry)
    with suppress(ZeroDivisionError), PROVIDER.serve(backend, room) as server:
        other = server.beside()
        ours = {server.database["NAME"], other["NAME"]}
        assert databases(backend.vendor, entry) == before | ours
        assert other == {**entry, "NAME": other["NAME"]}
        assert server.database == {**entry, "NAME": server.database["NAME"]}
        assert server.origin == f"server of your own ({variable(backend.vendor)})"
        # A connection that is left open does not keep it.
        left_open = at(backend.vendor, server.database)
        left_open.__enter__()
        raise ZeroDivisionError
    left_open.__exit__(None, None, None)
    assert databases(backend.vendor, entry) == before


def test_hands_options_on_and_keeps_a_port_meant(
    running: tuple[Backend, dict[str, Any]], room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend, entry = running
    local = address(backend.vendor, entry, HOST="localhost")
    monkeypatch.setenv(variable(backend.vendor), f"{local}?connect_timeout=7")
    with PROVIDER.serve(backend, room) as server:
        assert server.database["OPTIONS"] == {"connect_timeout": 7}


def test_tells_a_server_of_another_vendor_or_series(
    running: tuple[Backend, dict[str, Any]], room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend, entry = running
    monkeypatch.setenv(variable(backend.vendor), address(backend.vendor, entry))
    reason = reason_of(Backend(backend.vendor, "3"), room)
    assert reason.endswith(f"the server is of series {backend.series}, not 3")
    if backend.vendor in OTHER:
        other = OTHER[backend.vendor]
        monkeypatch.setenv(variable(other), address(other, entry))
        with pytest.raises(ServerUnavailableError, match=f"set {variable(backend.vendor)} instead"):
            url.server_series(other)
        assert f"set {variable(backend.vendor)} instead" in reason_of(Backend(other), room)


def test_a_server_without_an_encoding_is_known_by_its_version(
    running: tuple[Backend, dict[str, Any]], room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend, entry = running
    if backend.vendor != "postgresql":
        pytest.skip("it always has one")
    with at(backend.vendor, entry) as cursor:
        cursor.execute("CREATE DATABASE bare TEMPLATE template0 ENCODING 'SQL_ASCII'")
    bare = f"{address(backend.vendor, entry)}bare"
    monkeypatch.setenv(variable(backend.vendor), bare)
    assert url.server_series(backend.vendor) == backend.series
    with PROVIDER.serve(backend, room) as server:
        assert server.database["NAME"] in databases(backend.vendor, entry)


def test_only_what_was_made_is_dropped(
    running: tuple[Backend, dict[str, Any]], room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend, entry = running
    monkeypatch.setenv(variable(backend.vendor), address(backend.vendor, entry))
    monkeypatch.setattr(url, "new_name", lambda: entry["NAME"])
    assert "exists" in reason_of(backend, room)
    assert entry["NAME"] in databases(backend.vendor, entry)


def test_a_server_that_hangs_is_not_waited_for(
    running: tuple[Backend, dict[str, Any]],
) -> None:
    backend, entry = running
    access = vendor_of(backend.vendor).access
    assert access is not None
    slow = "pg_sleep(60)" if backend.vendor == "postgresql" else "SLEEP(60)"
    began = time.monotonic()
    with (
        pytest.raises(Exception, match=r"closed|Lost connection|gone away"),
        connected(access, entry, seconds=0.3) as cursor,
    ):
        cursor.execute(f"SELECT {slow}")
    assert time.monotonic() - began < 5


def test_says_that_creating_is_not_allowed(
    running: tuple[Backend, dict[str, Any]], room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend, entry = running
    user = "poor@'127.0.0.1' IDENTIFIED BY" if backend.vendor in OTHER else "poor LOGIN PASSWORD"
    with at(backend.vendor, entry) as cursor:
        cursor.execute(f"CREATE USER {user} 'of no rights'")
    poor = address(backend.vendor, entry, USER="poor", PASSWORD="of no rights")
    monkeypatch.setenv(variable(backend.vendor), poor)
    reason = reason_of(backend, room)
    assert "denied" in reason
    # Neither the name, which differs each time, nor what is secret.
    assert "matrix_" not in reason
    assert "of no rights" not in reason


def test_says_that_the_password_is_wrong(
    running: tuple[Backend, dict[str, Any]], room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend, entry = running
    wrong = address(backend.vendor, entry, PASSWORD="w:r/o@n g")
    monkeypatch.setenv(variable(backend.vendor), wrong)
    reason = reason_of(backend, room)
    assert reason.startswith(f"{variable(backend.vendor)}: ")
    for secret in ("w:r/o@n g", entry["PORT"], entry["HOST"]):
        assert secret not in reason


@pytest.mark.parametrize("vendor", ["postgresql", "mysql", "mariadb"])
class TestWithoutAServer:
    @pytest.fixture(autouse=True)
    def driver(self, vendor: str) -> None:
        pytest.importorskip(vendor_of(vendor).driver)

    def test_says_which_variable_to_set(
        self, vendor: str, room: Room, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv(variable(vendor), raising=False)
        reason = PROVIDER.lacks(Backend(vendor))
        assert reason == (
            f"set {variable(vendor)}={vendor}://USER:PASSWORD@HOST:PORT/"
            " to use a server of your own"
        )
        assert reason_of(Backend(vendor), room) == reason

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("nonsense", "is not a URL"),
            ("{vendor}://me:secret@host:no-port/", "is not a URL"),
            ("oracle://me:secret@host:1/", "is another vendor's URL"),
            ("{vendor}://me:secret@127.0.0.1:1/?no_such_option=1", "no_such_option"),
            ("{vendor}://me:secret@no-such-host.invalid:1/", "HOST"),
        ],
    )
    def test_says_what_is_wrong_with_the_url(
        self, vendor: str, text: str, expected: str, room: Room, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(variable(vendor), text.format(vendor=vendor))
        reason = reason_of(Backend(vendor), room)
        assert expected in reason
        assert "secret" not in reason
        assert "no-such-host" not in reason

    def test_says_that_nobody_answers(
        self, vendor: str, room: Room, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            port = silent.getsockname()[1]
            silent_one = f"{vendor}://me:secret@127.0.0.1:{port}/?connect_timeout=2"
            monkeypatch.setenv(variable(vendor), silent_one)
            began = time.monotonic()
            reason_of(Backend(vendor), room)
            assert time.monotonic() - began < 5
        refused = reason_of(Backend(vendor), room)
        assert str(port) not in refused
        assert "secret" not in refused


def test_lacks_sqlite() -> None:
    lacking = PROVIDER.lacks(Backend("sqlite"))
    assert lacking == "sqlite is no server that a URL could name: use another provider"


def test_a_server_that_is_gone_at_the_end_is_reported(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    backend = next(backend for backend in BACKENDS if backend.vendor == "postgresql")
    if reason := packages.provider.lacks(backend):
        pytest.skip(reason)
    with open_room() as room, packages.provider.serve(backend, room) as server:
        monkeypatch.setenv("MATRIX_POSTGRESQL_URL", address("postgresql", server.database))
        with PROVIDER.serve(backend, room):
            room.cancel()
    assert "is left to be dropped: MATRIX_POSTGRESQL_URL: " in caplog.text
