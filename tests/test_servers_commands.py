"""The commands `backends` and `cache`."""

from __future__ import annotations

import subprocess
import sys

import pytest
from click.testing import CliRunner

from matrix_project.backends import Backend, catalogue
from matrix_project.commands.backends import backends_command
from matrix_project.commands.cache import cache_command
from matrix_project.servers import (
    ServerUnavailableError,
    container,
    in_process,
    kept,
    packages,
    tools,
)
from matrix_project.servers.room import open_room

HOLD = """
import sys
from matrix_project.servers.room import open_room
from matrix_project.servers.tools import build_once, cache

with open_room() as room:
    with build_once(cache() / "npm" / "held", room):
        pass
    print("held", flush=True)
    sys.stdin.read()
"""


def said(command, *arguments):
    done = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


def build(room, part, name, size=0):
    path = tools.cache() / part / name
    with tools.build_once(path, room) as new:
        (new / "file").write_bytes(b"x" * size)
    return path


def test_backends_lists_each_with_what_serves_it():
    output = said(backends_command)
    for backend in catalogue().values():
        (row,) = (line for line in output.splitlines() if f"│ {backend.id} " in line)
        assert ("yes" in row.split("│")[5]) == backend.default
        assert (backend.end_of_life or "") in row
    (row,) = (line for line in output.splitlines() if "│ sqlite " in line)
    assert "in-process" in row
    assert f"Cache: {tools.cache()}, " in output.replace("\n", " ")


def test_backends_says_why_nothing_serves_one(monkeypatch, tmp_path):
    monkeypatch.delenv("MATRIX_MYSQL_URL", raising=False)
    monkeypatch.setattr(container, "lacks_daemon", lambda: "no Docker daemon answers")
    monkeypatch.setenv("MATRIX_CACHE", str(tmp_path / "file" / "cache"))
    (tmp_path / "file").touch()
    output = " ".join(said(backends_command).split())
    assert "mysql-8.4 cannot be served here: url: set MATRIX_MYSQL_URL=" in output
    assert "container: no Docker daemon answers; packages: the catalogue names no" in output
    for line in ("set MATRIX_CACHE to another folder", "in-process"):
        assert line in output


@pytest.mark.usefixtures("cache")
def test_a_download_is_told_with_its_size_and_whether_it_is_there(room):
    for backend in catalogue().values():
        for provider in (packages.provider, in_process.provider):
            download = provider.download(backend)
            if download is not None:
                assert download.what
                assert download.megabytes
                assert not download.cached
    backend = catalogue()["postgresql-18"]
    build(room, "debian", f"{backend.debian.suite}-{backend.debian.package}")
    assert not packages.provider.download(backend).cached
    folder = tools.cache() / "debian" / f"{backend.debian.suite}-{backend.debian.package}"
    (folder / "version").write_text("18.6-1")
    assert packages.provider.download(backend).cached
    assert in_process.provider.download(Backend("sqlite")) is None


def test_cache_shows_its_parts(cache, room):
    build(room, "debian", "sid-some", 3_000_000)
    build(room, "wheels", "one")
    output = said(cache_command)
    assert output.startswith(f"{cache}: 3 MB\n")
    assert [line.split()[0] for line in output.splitlines()[1:]] == ["debian", "wheels"]
    assert (cache / "debian" / "sid-some").is_dir()


def test_cache_clear_removes_what_was_put_there_and_nothing_else(cache, tmp_path):
    with open_room() as room:
        for part in kept.PARTS:
            build(room, part, f"{part}-[1].2")
        (cache / "npm" / "left.1.partial").mkdir()
        (cache / "npm" / "left.lock").touch()
    kept_ones = [cache / "debian" / "of the user", cache / "thesis"]
    for path in kept_ones:
        path.mkdir()
    (cache / "npm" / "link").symlink_to(tmp_path)
    (cache / "npm" / "link.lock").touch()
    (tmp_path / "precious").touch()
    output = said(cache_command, "--clear")
    assert "Cleared." in output
    assert "matrix_project.servers.mysqlclient" in output
    found = {path.relative_to(cache).as_posix() for path in cache.rglob("*")}
    assert found == {"debian", "debian/of the user", "thesis", "npm", "npm/link"}
    assert (tmp_path / "precious").exists()
    # What is built anew is as it was.
    with open_room() as room:
        assert build(room, "npm", "again").is_dir()


def test_cache_clear_leaves_no_folder_of_its_own(cache):
    (cache / "inner").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MATRIX_CACHE", str(cache / "inner"))
        with open_room() as room:
            build(room, "npm", "one")
        said(cache_command, "--clear")
        assert not (cache / "inner").exists()
        assert said(cache_command) == f"{cache / 'inner'}: 0 MB\n"
        said(cache_command, "--clear")


def test_cache_is_not_cleared_while_a_run_uses_it(cache):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "held\n"
        with pytest.raises(ServerUnavailableError, match="a run is using the cache"):
            CliRunner().invoke(cache_command, ["--clear"], catch_exceptions=False)
        assert (cache / "npm" / "held").is_dir()
        process.communicate("")
    said(cache_command, "--clear")
    assert not (cache / "npm").exists()
    cache.mkdir(exist_ok=True)
