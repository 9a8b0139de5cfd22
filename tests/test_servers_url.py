"""The provider `url`, with servers of the provider `packages`."""

from __future__ import annotations

import datetime as dt
import re
import select
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from matrix_project.backends import Backend, catalogue
from matrix_project.results.contract import Status
from matrix_project.results.store import Store
from matrix_project.servers import Provider, Room, ServerUnavailableError, packages, url
from matrix_project.servers.databases import connected, new_name
from matrix_project.servers.room import open_room
from matrix_project.vendors import VENDORS
from matrix_project.vendors import vendor as vendor_of
from matrix_project.vendors.serving import Access
from tests.conftest import Run, command, run_matrix
from tests.waiting import waiting

BACKENDS = [backend for backend in catalogue().values() if backend.debian and backend.default]
PROVIDER: Provider = url.provider
OTHER = {"mysql": "mariadb", "mariadb": "mysql"}
ADDRESS = ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT")
OURS = re.compile(r"constraint_matrix_\d{8}_[0-9a-f]{8}")
RIGHTS = ("CREATE", "DROP", "ALTER", "INDEX", "REFERENCES", "SELECT", "INSERT", "UPDATE", "DELETE")
# A setting that only a superuser may make, and who waits for whom.
OF_ADMINISTRATORS = {
    "bypass.session_setting",
    "bypass.session_setting_foreign_key",
    "migrations.add_locks_writes",
}
GRANT = r"GRANT {} ON `constraint\_matrix\_%`.* TO "


@pytest.fixture(scope="module", params=BACKENDS, ids=lambda backend: backend.id)
def running(request: pytest.FixtureRequest) -> Iterator[tuple[Backend, dict[str, Any]]]:
    backend: Backend = request.param
    if reason := packages.provider.lacks(backend):
        pytest.skip(reason)
    with open_room() as room, packages.provider.serve(backend, room) as server:
        yield backend, {key: server.database[key] for key in ADDRESS}


def variable(vendor: str) -> str:
    return f"MATRIX_{vendor.upper()}_URL"


def address(vendor: str, entry: dict[str, Any], **other: str) -> str:
    given = {key: quote(value, safe="") for key, value in {**entry, **other}.items()}
    return f"{vendor}://{given['USER']}:{given['PASSWORD']}@{given['HOST']}:{given['PORT']}/"


def access_of(vendor: str) -> Access:
    access = vendor_of(vendor).access
    assert access is not None
    return access


def at(vendor: str, entry: dict[str, Any]) -> AbstractContextManager[Any]:
    return connected(access_of(vendor), entry)


def send(vendor: str, entry: dict[str, Any], *statements: str) -> None:
    with at(vendor, {**entry, "NAME": ""}) as cursor:
        for statement in statements:
            cursor.execute(statement)


@contextmanager
def account(vendor: str, entry: dict[str, Any], *rights: str) -> Iterator[dict[str, Any]]:
    """Make an account with these privileges, and yield the entry with it."""
    who = "poor@'127.0.0.1'" if vendor in OTHER else "poor"
    if vendor in OTHER:
        made = [f"CREATE USER {who} IDENTIFIED BY 'of no rights'"]
        made += [GRANT.format(", ".join(rights)) + who] if rights else []
    else:
        made = [f"CREATE ROLE {who} LOGIN PASSWORD 'of no rights' {' '.join(rights)}"]
    send(vendor, entry, *made)
    try:
        yield {**entry, "USER": "poor", "PASSWORD": "of no rights"}
    finally:
        send(vendor, entry, f"DROP USER {who}")


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
        assert all(OURS.fullmatch(each) for each in ours)
        for given in (server.database, other):
            assert {key: given[key] for key in ADDRESS} == {**entry, "NAME": given["NAME"]}
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
        given = {**access_of(backend.vendor).options, "connect_timeout": 7}
        assert server.database["OPTIONS"] == given


def test_takes_no_password_but_the_urls(
    running: tuple[Backend, dict[str, Any]],
    room: Room,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    backend, entry = running
    password = entry["PASSWORD"]
    (tmp_path / ".pgpass").write_text(f"*:*:*:*:{password}\n")
    (tmp_path / ".my.cnf").write_text(f"[client]\npassword={password}\n")
    for file in (".pgpass", ".my.cnf"):
        (tmp_path / file).chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    there = address(backend.vendor, entry, PASSWORD="").replace(":@", "@")
    monkeypatch.setenv(variable(backend.vendor), there)
    assert re.search("no password|denied", reason_of(backend, room))


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


@pytest.mark.parametrize("seen", [True, False], ids=["seen", "made meanwhile"])
def test_a_name_that_exists_is_not_touched(
    running: tuple[Backend, dict[str, Any]],
    room: Room,
    monkeypatch: pytest.MonkeyPatch,
    *,
    seen: bool,
) -> None:
    backend, entry = running
    name = new_name()
    theirs = {**entry, "NAME": name}
    send(backend.vendor, entry, f"CREATE DATABASE {name}")
    try:
        with at(backend.vendor, theirs) as cursor:
            cursor.execute(f"CREATE TABLE {name} (id int)")
        monkeypatch.setenv(variable(backend.vendor), address(backend.vendor, entry))
        monkeypatch.setattr(url, "new_name", lambda: name)
        if not seen:
            blind = replace(access_of(backend.vendor), databases="SELECT 'none'", rights=())
            other = replace(vendor_of(backend.vendor), access=blind)
            monkeypatch.setitem(VENDORS, backend.vendor, other)
        assert "exists" in reason_of(backend, room)
        with at(backend.vendor, theirs) as cursor:
            cursor.execute(f"SELECT * FROM {name}")
            assert list(cursor.fetchall()) == []
    finally:
        monkeypatch.undo()
        send(backend.vendor, entry, f"DROP DATABASE {name}")


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


@pytest.mark.parametrize("lacking", RIGHTS)
def test_says_which_privilege_is_lacking_and_leaves_nothing(
    running: tuple[Backend, dict[str, Any]],
    room: Room,
    monkeypatch: pytest.MonkeyPatch,
    lacking: str,
) -> None:
    backend, entry = running
    vendor = backend.vendor
    if vendor not in OTHER and lacking != "CREATE":
        pytest.skip("it has one privilege for all")
    if (vendor, lacking) == ("mariadb", "REFERENCES"):
        pytest.skip("it takes foreign keys without it")
    before = databases(vendor, entry)
    rights = [each for each in RIGHTS if each != lacking] if vendor in OTHER else []
    with account(vendor, entry, *rights) as poor:
        monkeypatch.setenv(variable(vendor), address(vendor, poor))
        reason = reason_of(backend, room)
    if vendor in OTHER:
        # A foreign key comes with a table.
        names = lacking if lacking != "CREATE" else "CREATE, REFERENCES"
        grant = GRANT.format(names) + "'USER'@'HOST'"
    else:
        names, grant = "CREATEDB", "ALTER ROLE USER CREATEDB"
    assert reason == (
        f"{variable(vendor)}: the account lacks {names}: have an administrator run {grant}"
    )
    assert databases(vendor, entry) == before


def test_says_that_the_schema_public_is_closed(
    running: tuple[Backend, dict[str, Any]], room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend, entry = running
    if backend.vendor in OTHER:
        pytest.skip("it has no schemas")
    before = databases(backend.vendor, entry)
    template = {**entry, "NAME": "template1"}
    with account(backend.vendor, entry, "CREATEDB") as poor:
        monkeypatch.setenv(variable(backend.vendor), address(backend.vendor, poor))
        with at(backend.vendor, template) as cursor:
            cursor.execute("ALTER SCHEMA public OWNER TO postgres")
        try:
            reason = reason_of(backend, room)
            assert "the account lacks CREATE on the schema public" in reason
            assert databases(backend.vendor, entry) == before
            with at(backend.vendor, template) as cursor:
                cursor.execute("GRANT ALL ON SCHEMA public TO pg_database_owner")
            with (
                PROVIDER.serve(backend, room) as server,
                at("postgresql", server.database) as cursor,
            ):
                cursor.execute("SELECT 1 FROM pg_tables WHERE schemaname = 'public'")
                assert cursor.fetchall() == []
        finally:
            with at(backend.vendor, template) as cursor:
                cursor.execute("ALTER SCHEMA public OWNER TO pg_database_owner")
    assert databases(backend.vendor, entry) == before


def test_the_least_privileges_see_what_an_administrator_sees(
    running: tuple[Backend, dict[str, Any]], whole_run: Run, tmp_path: Path
) -> None:
    backend, entry = running
    vendor = backend.vendor
    before = databases(vendor, entry)
    rights = RIGHTS if vendor in OTHER else ["CREATEDB"]
    with account(vendor, entry, *rights) as poor:
        environ = {variable(vendor): address(vendor, poor)}
        # What a case may need a privilege for: DDL of all kinds, sessions, locks, settings.
        words = ("--backend", backend.id, "-k", "bypass or exclusion or transactions or migrations")
        run = run_matrix(tmp_path / "results", *words, **environ)
    assert run.code == 0, run.output
    (seen,) = run.results.values()
    assert seen.environment.provider == "url"
    whole = whole_run.results[seen.id].records
    assert seen.records.keys() < whole.keys()
    assert {
        id_ for id_, record in seen.records.items() if record != whole[id_]
    } <= OF_ADMINISTRATORS
    assert seen.environment.settings == whole_run.results[seen.id].environment.settings
    assert databases(vendor, entry) == before
    assert not OURS.search(run.output + (run.folder / "matrix.json").read_text())


def day(days: int) -> str:
    return f"{dt.datetime.now(dt.UTC) - dt.timedelta(days=days):%Y%m%d}"


OLD = f"constraint_matrix_{day(3)}_0badcafe"
BUSY = f"constraint_matrix_{day(2)}_0badcafe"


@pytest.fixture
def left(running: tuple[Backend, dict[str, Any]]) -> Iterator[set[str]]:
    """Databases of ours and of others; the names that no run may touch."""
    backend, entry = running
    others = {
        f"constraint_matrix_{day(1)}_0badcafe",
        new_name(),
        "constraint_matrix_prod",
        "constraint_matrix_20200101_abcdef123",
        "constraint_matrix_20209999_abcdef12",
        "matrix_20200101_abcdef12",
        "matrix_abcdef12",
        "my_constraint_matrix_20200101_abcdef12",
        BUSY,
    }
    made = {*others, OLD}
    send(backend.vendor, entry, *(f"CREATE DATABASE {name}" for name in sorted(made)))
    yield others
    gone = [f"DROP DATABASE IF EXISTS {name}" for name in sorted(made)]
    send(backend.vendor, entry, *gone)


def test_drops_what_an_earlier_run_left(
    running: tuple[Backend, dict[str, Any]],
    left: set[str],
    room: Room,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    backend, entry = running
    monkeypatch.setenv(variable(backend.vendor), address(backend.vendor, entry))
    before = databases(backend.vendor, entry)
    with at(backend.vendor, {**entry, "NAME": BUSY}), PROVIDER.serve(backend, room) as server:
        assert server.database["NAME"] in databases(backend.vendor, entry)
    assert databases(backend.vendor, entry) == before - {OLD}
    assert left < databases(backend.vendor, entry)
    assert [record.getMessage() for record in caplog.records] == [
        f"{OLD}, which an earlier run left, was dropped",
        f"{BUSY}, of an earlier run, is left: somebody is connected to it",
    ]


def test_leaves_what_another_account_may_be_using(
    running: tuple[Backend, dict[str, Any]],
    left: set[str],
    room: Room,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    backend, entry = running
    vendor = backend.vendor
    before = databases(vendor, entry)
    rights = RIGHTS if vendor in OTHER else ["CREATEDB"]
    with account(vendor, entry, *rights) as poor:
        monkeypatch.setenv(variable(vendor), address(vendor, poor))
        with PROVIDER.serve(backend, room):
            pass
    assert databases(vendor, entry) == before
    assert left < before
    why = "PROCESS privilege" if vendor in OTHER else "must be owner of database"
    assert caplog.records
    assert all(why in record.getMessage() for record in caplog.records)
    assert not any("\n" in record.getMessage() for record in caplog.records)


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
        entry = {key: server.database[key] for key in ADDRESS}
        monkeypatch.setenv("MATRIX_POSTGRESQL_URL", address("postgresql", entry))
        with PROVIDER.serve(backend, room):
            room.cancel()
    assert "is left to be dropped: MATRIX_POSTGRESQL_URL: " in caplog.text


def running_into(
    backend: Backend, entry: dict[str, Any], folder: Path
) -> AbstractContextManager[subprocess.Popen[str]]:
    """Return a block of a run on a server of one's own that waits in the suite."""
    words = ("--backend", backend.id, "--output", folder / "results", "--patience", "0.1")
    own = {variable(backend.vendor): address(backend.vendor, entry)}
    found: AbstractContextManager[subprocess.Popen[str]] = waiting(
        folder, command("run", *words), backend=backend.id, **own
    )
    return found


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_run_that_is_ended_leaves_no_database(
    running: tuple[Backend, dict[str, Any]], tmp_path: Path, number: signal.Signals
) -> None:
    backend, entry = running
    if backend.vendor in OTHER and number != signal.SIGTERM:
        pytest.skip("the others come to the same")
    before = databases(backend.vendor, entry)
    with running_into(backend, entry, tmp_path) as run:
        (made,) = databases(backend.vendor, entry) - before
        assert OURS.fullmatch(made)
        run.send_signal(number)
        output, _ = run.communicate()
    assert run.returncode == 130, output
    assert "Traceback" not in output
    assert databases(backend.vendor, entry) == before


def test_what_a_killed_run_left_is_dropped_by_one_of_another_day(
    running: tuple[Backend, dict[str, Any]],
    room: Room,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    backend, entry = running
    if backend.vendor in OTHER:
        pytest.skip("it cannot rename a database, and so none gets older")
    before = databases(backend.vendor, entry)
    with running_into(backend, entry, tmp_path) as run:
        run.kill()
        run.communicate()
    (made,) = databases(backend.vendor, entry) - before
    monkeypatch.setenv(variable(backend.vendor), address(backend.vendor, entry))
    with PROVIDER.serve(backend, room):
        assert made in databases(backend.vendor, entry)
    older = f"constraint_matrix_{day(2)}_{made[-8:]}"
    with at(backend.vendor, entry) as cursor:
        # The suite of the run may not have ended yet.
        cursor.execute(
            f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{made}'"
        )
        cursor.execute(f"ALTER DATABASE {made} RENAME TO {older}")
    with PROVIDER.serve(backend, room):
        assert older not in databases(backend.vendor, entry)
    assert databases(backend.vendor, entry) == before


@contextmanager
def cut_off(entry: dict[str, Any]) -> Iterator[tuple[str, threading.Event]]:
    """Yield a port that leads to the server, and whether the connection was cut.

    It is cut once: when the server answers that it has made a database.
    """
    asked, cut, over = threading.Event(), threading.Event(), threading.Event()

    def hand_on(near: socket.socket) -> None:
        with near, socket.create_connection((entry["HOST"], int(entry["PORT"]))) as far:
            other = {near: far, far: near}
            while not over.is_set():
                for one in select.select([near, far], [], [], 0.1)[0]:
                    data = one.recv(65536)
                    if one is near and b"CREATE DATABASE" in data:
                        asked.set()
                    elif one is far and asked.is_set() and not cut.is_set():
                        cut.set()
                        return
                    if not data:
                        return
                    other[one].sendall(data)

    def accept() -> None:
        while not over.is_set():
            if select.select([door], [], [], 0.1)[0]:
                pool.submit(hand_on, door.accept()[0])

    with socket.create_server(("127.0.0.1", 0)) as door, ThreadPoolExecutor(8) as pool:
        accepting = pool.submit(accept)
        try:
            yield str(door.getsockname()[1]), cut
        finally:
            over.set()
            accepting.result()


def test_an_answer_that_is_lost_leaves_no_database(
    running: tuple[Backend, dict[str, Any]], room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend, entry = running
    before = databases(backend.vendor, entry)
    with cut_off(entry) as (port, cut):
        monkeypatch.setenv(variable(backend.vendor), address(backend.vendor, entry, PORT=port))
        reason = reason_of(backend, room)
        assert cut.is_set()
    assert re.search("closed|Lost connection", reason)
    assert port not in reason
    assert databases(backend.vendor, entry) == before


@pytest.mark.parametrize("backend", BACKENDS, ids=lambda backend: backend.id)
def test_a_server_that_dies_in_a_run_is_lost_and_told_in_one_line(
    backend: Backend, tmp_path: Path
) -> None:
    if reason := packages.provider.lacks(backend):
        pytest.skip(reason)
    with open_room() as room, packages.provider.serve(backend, room) as server:
        entry = {key: server.database[key] for key in ADDRESS}
        with running_into(backend, entry, tmp_path) as run:
            room.cancel()
            output, _ = run.communicate()
    assert run.returncode == 1, output
    assert "Traceback" not in output
    assert len([line for line in output.splitlines() if "is left to be dropped" in line]) == 1
    (result,) = Store(tmp_path / "results").read().values()
    assert result.environment.status == Status.LOST
    assert result.environment.reason is not None
    assert result.environment.reason.startswith("the server is gone: it does not answer")
    for secret in (entry["PORT"], entry["PASSWORD"]):
        assert secret not in output
        assert secret not in result.environment.reason
