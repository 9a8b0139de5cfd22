"""The provider `packages`, with real servers."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace as changed

from matrix_project.backends import Backend, catalogue
from matrix_project.servers import (
    Provider,
    Room,
    Server,
    ServerUnavailableError,
    caching,
    in_process,
    packages,
    tools,
)
from matrix_project.servers.log import Log
from matrix_project.servers.room import open_room
from matrix_project.servers.tree import Tree
from matrix_project.vendors import VENDORS, vendor
from matrix_project.vendors.serving import Recipe

SOURCED = [backend for backend in catalogue().values() if backend.debian or backend.npm]
BACKENDS = [backend for backend in SOURCED if backend.default]
OTHERS = [backend for backend in SOURCED if not backend.default]
PROVIDER: Provider = packages.provider


@pytest.fixture(params=BACKENDS, ids=lambda backend: backend.id)
def backend(request: pytest.FixtureRequest) -> Backend:
    backend: Backend = request.param
    if reason := PROVIDER.lacks(backend):
        pytest.skip(reason)
    return backend


@contextmanager
def connected(server: Server, **other: Any) -> Iterator[Any]:
    entry = {**server.database, **other}
    where = {"host": entry["HOST"], "port": int(entry["PORT"]), "user": entry["USER"]}
    if entry["ENGINE"].endswith("postgresql"):
        import psycopg

        connection: Any = psycopg.connect(
            **where, password=entry["PASSWORD"], dbname=entry["NAME"], autocommit=True
        )
    else:
        import MySQLdb

        connection = MySQLdb.connect(**where, password=entry["PASSWORD"], database=entry["NAME"])
    try:
        yield connection.cursor()
    finally:
        connection.close()


def command_lines(word: str) -> list[str]:
    """The command lines of all processes, of which one word holds `word`."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if word in line:
            lines.append(line)
    return lines


def recipe_of(backend: Backend) -> Recipe:
    recipe = vendor(backend.vendor).recipe
    assert recipe is not None
    return recipe


def change(monkeypatch: pytest.MonkeyPatch, backend: Backend, **other: Any) -> None:
    """Have the vendor's recipe differ in this test."""
    other_vendor = replace(vendor(backend.vendor), recipe=replace(recipe_of(backend), **other))
    monkeypatch.setitem(VENDORS, backend.vendor, other_vendor)


def refusal(backend: Backend, room: Room) -> str:
    with pytest.raises(ServerUnavailableError) as raised, PROVIDER.serve(backend, room):
        pass
    assert "\n" not in str(raised.value)
    assert str(room.folder) not in str(raised.value)
    assert not list(room.folder.iterdir())
    return str(raised.value)


def test_serves_an_empty_database_and_leaves_nothing(backend: Backend, room: Room) -> None:
    with PROVIDER.serve(backend, room) as server:
        entry = server.database
        assert set(entry) == {"ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS"}
        assert entry["HOST"] == "127.0.0.1"
        assert isinstance(entry["PORT"], str)
        assert entry["NAME"].startswith("constraint_matrix_")
        assert backend.debian is not None
        assert server.origin.startswith(f"Debian {backend.debian.suite}: {backend.debian.package} ")
        with connected(server) as cursor:
            cursor.execute("CREATE TABLE one (number integer)")
            cursor.execute("INSERT INTO one VALUES (1)")
            cursor.execute("SELECT number FROM one")
            assert cursor.fetchone() == (1,)
        # What Django's own test runner needs.
        name = f"test_{entry['NAME']}"
        with connected(server) as cursor:
            cursor.execute(f"CREATE DATABASE {name}")
            cursor.execute(f"DROP DATABASE {name}")
        lines = command_lines(str(room.folder))
        assert lines
        assert not [line for line in lines if entry["PASSWORD"] in line]
        folders = list(room.folder.iterdir())
        assert [folder.stat().st_mode & 0o777 for folder in folders] == [0o700]
    assert not list(room.folder.iterdir())
    # But for the guard, whose business the folder is.
    assert not [line for line in command_lines(str(room.folder)) if "guard.py" not in line]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((entry["HOST"], int(entry["PORT"])))


@pytest.mark.parametrize("other", OTHERS, ids=lambda backend: backend.id)
def test_serves_a_server_of_the_series(other: Backend, room: Room) -> None:
    if reason := PROVIDER.lacks(other):
        pytest.skip(reason)
    try:
        with PROVIDER.serve(other, room) as server, connected(server) as cursor:
            cursor.execute("SELECT version()")
            (version,) = cursor.fetchone()
            cursor.execute("CREATE TABLE one (name varchar(9))")
            cursor.execute("INSERT INTO one VALUES ('☃')")
    except ServerUnavailableError as error:
        if "could not be fetched" in str(error):
            pytest.skip(str(error))
        raise
    # "PostgreSQL 14.23 on …", "10.5.23-MariaDB"
    assert other.serves(version.removeprefix("PostgreSQL ").partition(" ")[0].partition("-")[0])
    assert not list(room.folder.iterdir())


def test_lets_nobody_in_without_the_password(backend: Backend, room: Room) -> None:
    with PROVIDER.serve(backend, room) as server:
        for wrong in ("", "wrong"):
            with (
                pytest.raises(Exception, match=r"password|denied"),
                connected(server, PASSWORD=wrong),
            ):
                pass
        for user in ("root", "postgres", ""):
            refused = pytest.raises(Exception, match=r"password|denied|role")
            with refused, connected(server, USER=user, PASSWORD=""):
                pass


def test_serves_side_by_side(room: Room) -> None:
    backends = [backend for backend in BACKENDS if PROVIDER.lacks(backend) is None] * 2
    together = threading.Barrier(len(backends) or 1)

    def serve(backend: Backend) -> dict[str, Any]:
        with PROVIDER.serve(backend, room) as server, connected(server) as cursor:
            together.wait(60)
            cursor.execute("SELECT 1")
            return server.database

    with ThreadPoolExecutor(len(backends) or 1) as pool:
        entries = list(pool.map(serve, backends))
    for key in ("PORT", "NAME", "PASSWORD"):
        assert len({entry[key] for entry in entries}) == len(backends)
    assert not list(room.folder.iterdir())


def test_takes_another_port_when_one_is_taken(
    backend: Backend, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        free_port, asked = packages._free_port, iter([taken.getsockname()[1]])
        monkeypatch.setattr(packages, "_free_port", lambda: next(asked, None) or free_port())
        with PROVIDER.serve(backend, room) as server, connected(server) as cursor:
            cursor.execute("SELECT 1")
            assert int(server.database["PORT"]) != taken.getsockname()[1]


def test_says_the_last_words_of_a_server_that_does_not_start(
    backend: Backend, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(monkeypatch, backend, serve=(*recipe_of(backend).serve, "--no-such-option=1"))
    reason = refusal(backend, room)
    assert "did not start" in reason
    assert "no-such-option" in reason.replace("_", "-")


def test_gives_up_a_server_that_does_not_get_ready(
    backend: Backend, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(monkeypatch, backend, ready="what no server ever says")
    monkeypatch.setattr(packages, "_SECONDS_TO_START", 1)
    assert refusal(backend, room).endswith("not ready within 1 s")


def test_unwinds_when_cancelled_in_mid_start(
    backend: Backend, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(monkeypatch, backend, ready="what no server ever says")
    log_read, ended = threading.Event(), []
    read = Log._read

    def observed(log: Log, ready: str | None = None) -> bool:
        log_read.set()
        return read(log, ready)

    monkeypatch.setattr(Log, "_read", observed)

    def serve() -> None:
        try:
            with PROVIDER.serve(backend, room):
                pass
        except BaseException as error:  # noqa: BLE001 (which one is the question)
            ended.append(type(error))

    thread = threading.Thread(target=serve)
    thread.start()
    assert log_read.wait(60)
    room.cancel()
    thread.join(10)
    assert ended == [KeyboardInterrupt]
    assert not list(room.folder.iterdir())


def test_leaves_nothing_of_a_killed_server(backend: Backend, room: Room) -> None:
    segments = []
    with PROVIDER.serve(backend, room):
        for path in room.folder.glob("*/data/postmaster.pid"):
            segments = [path.read_text().splitlines()[6].split()[1]]
        for process in room._processes:
            os.killpg(process.pid, signal.SIGKILL)
    assert not list(room.folder.iterdir())
    living = subprocess.run(["ipcs", "-m"], check=True, capture_output=True, text=True).stdout
    assert not set(segments) & set(living.split())
    assert bool(segments) == (backend.vendor == "postgresql")


def test_a_damaged_data_folder_is_initialised_again(
    backend: Backend, room: Room, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The template is ours and readable; its copy is the server's own."""
    with monkeypatch.context() as patch:
        patch.delenv("MATRIX_CACHE")
        (cache / "debian").symlink_to(tools.cache() / "debian")
    for _ in range(2):
        with PROVIDER.serve(backend, room) as server, connected(server) as cursor:
            cursor.execute("SELECT 1")
            (data,) = room.folder.glob("*/data")
            assert data.stat().st_mode & 0o777 == 0o700
            assert data.stat().st_uid == (os.geteuid() or packages._NOBODY)
        (template,) = (path for path in (cache / "templates").iterdir() if path.is_dir())
        files = [template, *template.rglob("*")]
        assert {path.stat().st_uid for path in files} == {os.geteuid()}
        assert not [path for path in files if path.stat().st_mode & 0o022]
        # The largest file is one that the server needs.
        os.truncate(max(files, key=lambda path: path.stat().st_size * path.is_file()), 1)


def test_each_server_has_a_temporary_folder_of_its_own(backend: Backend, room: Room) -> None:
    if backend.vendor == "postgresql":
        pytest.skip("its temporary files are in its data folder")
    with PROVIDER.serve(backend, room) as one, PROVIDER.serve(backend, room) as other:
        folders = set()
        for server in (one, other):
            with connected(server) as cursor:
                cursor.execute("SELECT @@tmpdir")
                folders.update(cursor.fetchone())
        assert len(folders) == 2
        assert all(Path(folder).is_relative_to(room.folder) for folder in folders)
    assert "--tmpdir={folder}/tmp" in recipe_of(backend).initialise


def test_says_the_error_of_a_server_that_is_not_initialised(
    room: Room, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not a warning that comes after it."""
    backend = next(each for each in BACKENDS if each.vendor == "mariadb")
    if reason := PROVIDER.lacks(backend):
        pytest.skip(reason)
    tree = room.folder.parent / "unpacked"
    script = "echo ERROR: 1051  Unknown table; echo '[Warning] all is well'; echo bye; exit 1"
    monkeypatch.setattr(packages, "_tree", lambda *_: Tree(tree, "here", "of-here", "11.8.1"))
    monkeypatch.setattr(Tree, "find", lambda *_: Path("/dev/null"))
    change(monkeypatch, backend, initialise=("sh", "-c", script))
    assert refusal(backend, room) == "sh failed: ERROR: 1051 Unknown table"
    assert not list((cache / "templates").glob("of-here*.partial"))


@pytest.mark.parametrize("given", ["MATRIX_CACHE", ""])
def test_says_how_to_move_a_cache_that_cannot_be_used(
    backend: Backend, room: Room, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, given: str
) -> None:
    if given:
        (tmp_path / "file").touch()
        folder = tmp_path / "file" / "cache"
        monkeypatch.setenv("MATRIX_CACHE", str(folder))
        expected = (
            f"the cache {folder} cannot be written (Not a directory):"
            " set MATRIX_CACHE to another folder"
        )
    else:
        monkeypatch.delenv("MATRIX_CACHE", raising=False)
        monkeypatch.setattr(caching.platformdirs, "site_cache_path", Path)
        monkeypatch.setattr(caching.platformdirs, "user_cache_path", Path)
        expected = "there is no home folder for the cache: set MATRIX_CACHE to a folder for it"
    assert PROVIDER.lacks(backend) == expected
    assert refusal(backend, room) == expected
    assert PROVIDER.download(backend) is not None
    # What needs no cache is served.
    with in_process.provider.serve(Backend("sqlite"), room) as server:
        assert server.database["NAME"]
    assert in_process.provider.lacks(Backend("sqlite")) is None


def test_refuses_a_package_of_another_series(backend: Backend, room: Room) -> None:
    reason = refusal(changed(backend, series="3"), room)
    assert reason.endswith("is not of the series 3: change the catalogue")


def test_lacks_what_the_catalogue_does_not_name(room: Room) -> None:
    lacking = PROVIDER.lacks(Backend("mysql", "8.4"))
    assert lacking == "the catalogue names no package of mysql-8.4"
    assert refusal(Backend("mysql", "8.4"), room) == lacking


def test_says_that_a_path_is_too_long(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_room() as short:
        deep = short.folder / secrets.token_hex(40)
        deep.mkdir(mode=0o711)
        monkeypatch.setattr(tempfile, "tempdir", str(deep))
        with open_room() as room:
            assert refusal(backend, room).endswith("set TMPDIR to another one")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small file system")
def test_says_that_the_disk_is_full(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    small = Path(tempfile.mkdtemp())
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m,mode=1777", "tmpfs", str(small)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        small.rmdir()
        pytest.skip("nothing can be mounted here")
    try:
        monkeypatch.setattr(tempfile, "tempdir", str(small))
        with open_room() as room:
            assert "No space left on device" in refusal(backend, room)
    finally:
        subprocess.run(["umount", str(small)], check=True)
        small.rmdir()
