"""The cache is verified when it is used, and made again or refused where it is not to be used."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from matrix_project.commands.cache import cache_command
from matrix_project.servers import Room, ServerUnavailableError, tools
from matrix_project.servers.caching import build_once, lacks_cache
from matrix_project.servers.manifest import manifest_of
from matrix_project.servers.room import open_room
from matrix_project.vendors import vendor
from tests.conftest import run_matrix

NOBODY = 65534
ANOTHER = "set MATRIX_CACHE to another folder"
FILE, OTHER, LINK, FOLDER = "root/bin/server", "root/lib/library", "root/lib/link", "root/lib"
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives a file away, and mounts")
Spoil = Callable[[Path], object]


@pytest.fixture(autouse=True)
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder outside of the cache, which nothing may change."""
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "precious").write_text("precious")
    monkeypatch.setenv("OUTSIDE", str(folder))
    yield folder
    assert [path.name for path in folder.iterdir()] == ["precious"]
    assert (folder / "precious").read_text() == "precious"


def build(path: Path, room: Room) -> bool:
    """Use an entry of the cache; return whether it was built for that."""
    with build_once(path, room) as new:
        if new is None:
            return False
        (new / FOLDER).mkdir(parents=True)
        (new / FILE).parent.mkdir()
        (new / FILE).write_text("#!/bin/sh\necho served\n")
        (new / FILE).chmod(0o755)
        (new / OTHER).write_text("library")
        (new / LINK).symlink_to("library")
        return True


@pytest.fixture
def entry(cache: Path) -> Path:
    path = cache / "npm" / "server-1.2"
    with open_room() as room:
        assert build(path, room)
    return path


def content(entry: Path) -> dict[str, str]:
    return {
        str(
            path.relative_to(entry)
        ): f"{path.lstat().st_mode:o} {path.is_file() and path.read_text()}"
        for path in entry.rglob("*")
    }


def replaced(path: Path, by: Spoil) -> None:
    shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    by(path)


def points_out(path: Path, to: str = "more") -> None:
    path.symlink_to(Path(os.environ["OUTSIDE"], to))


def leads_out(path: Path, to: str = "") -> None:
    replaced(path, lambda it: points_out(it, to))


def changed_at_an_old_time(entry: Path) -> None:
    (entry / OTHER).write_text("LIBRARY")
    os.utime(entry / OTHER, (0, 0))


def other_bytes_and_the_same_times(entry: Path) -> None:
    status = (entry / OTHER).stat()
    (entry / OTHER).write_text("LIBRARY")
    os.utime(entry / OTHER, ns=(status.st_atime_ns, status.st_mtime_ns))


DAMAGES: dict[str, tuple[Spoil, str]] = {
    "truncated": (lambda it: os.truncate(it / FILE, 5), f"{FILE} has 5 bytes of 22"),
    "emptied": (lambda it: os.truncate(it / FILE, 0), f"{FILE} has 0 bytes of 22"),
    "deleted file": (lambda it: (it / FILE).unlink(), f"{FILE} is gone"),
    "deleted folder": (lambda it: shutil.rmtree(it / FOLDER), f"{FOLDER} is gone"),
    "old time": (changed_at_an_old_time, f"{OTHER} has other bytes"),
    "same times": (other_bytes_and_the_same_times, f"{OTHER} has other bytes"),
    "more": (lambda it: (it / FOLDER / "more").touch(), f"{FOLDER}/more is none of it"),
    "link": (lambda it: (it / "away").symlink_to("/etc"), "away is none of it"),
    "other link": (
        lambda it: replaced(it / LINK, lambda at: at.symlink_to("x")),
        "leads elsewhere",
    ),
    "file out": (lambda it: leads_out(it / FILE, "precious"), f"{FILE} is of another kind"),
    "folder out": (lambda it: leads_out(it / FOLDER), f"{FOLDER} is of another kind"),
    "entry out": (leads_out, ". is of another kind"),
    "entry a file": (lambda it: replaced(it, Path.touch), ". is of another kind"),
    "a pipe": (lambda it: replaced(it / FILE, os.mkfifo), f"{FILE} is of another kind"),
    "mode": (lambda it: (it / FILE).chmod(0o644), f"{FILE} has the mode 644"),
    "open file": (lambda it: (it / FILE).chmod(0o777), f"{FILE} can be written by other users"),
    "open folder": (lambda it: it.chmod(0o775), ". can be written by other users"),
    "no manifest": (lambda it: manifest_of(it).unlink(), "its manifest is gone"),
    "empty manifest": (lambda it: os.truncate(manifest_of(it), 0), "its manifest is broken"),
    "half a manifest": (lambda it: os.truncate(manifest_of(it), 99), "its manifest is broken"),
    "void manifest": (lambda it: manifest_of(it).write_text("{}"), ". is none of it"),
    "deep manifest": (lambda it: manifest_of(it).write_text('{"a":' + "[" * 10**5), "is broken"),
    "bytes manifest": (lambda it: manifest_of(it).write_bytes(b'{"\xff": [1]}'), "is broken"),
    "folder manifest": (lambda it: replaced(manifest_of(it), Path.mkdir), "manifest is no file"),
    "manifest out": (lambda it: leads_out(manifest_of(it), "precious"), "manifest is no file"),
    "open manifest": (lambda it: manifest_of(it).chmod(0o666), "its manifest can be written by"),
    "owner": (
        lambda it: os.chown(it / FILE, NOBODY, -1),
        f"{FILE} belongs to another user (65534)",
    ),
    "owner of all": (lambda it: os.chown(it, NOBODY, -1), ". belongs to another user (65534)"),
}


EACH_DAMAGE = pytest.mark.parametrize("name", DAMAGES)


def damage(name: str, entry: Path) -> str:
    """Damage an entry; return the words for it."""
    if name.startswith("owner") and os.geteuid() != 0:
        pytest.skip("only root gives a file away")
    spoil, words = DAMAGES[name]
    spoil(entry)
    return words


def show(*arguments: str) -> tuple[int, list[str]]:
    done = CliRunner().invoke(cache_command, arguments)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output.splitlines()


def refused(path: Path, room: Room) -> str:
    with pytest.raises(ServerUnavailableError) as raised:
        build(path, room)
    reason = str(raised.value)
    assert "\n" not in reason
    assert "set MATRIX_CACHE to another folder" in reason
    return reason


@EACH_DAMAGE
def test_what_is_damaged_is_built_again_with_one_line(
    name: str, entry: Path, room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    before = content(entry)
    assert not build(entry, room)
    words = damage(name, entry)
    assert build(entry, room)
    (line,) = (record.getMessage() for record in caplog.records)
    assert words in line
    assert line.startswith("npm/server-1.2 in the cache ")
    assert "MATRIX_CACHE" in line
    assert "\n" not in line
    assert content(entry) == before
    assert not build(entry, room)
    assert {path.name.removeprefix(entry.name) for path in entry.parent.iterdir()} == {
        "",
        ".lock",
        ".manifest",
    }


@EACH_DAMAGE
def test_verify_removes_what_is_damaged_and_ends_with_1(
    name: str, entry: Path, room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    with open_room() as other:
        build(entry.with_name("whole"), other)
    words = damage(name, entry)
    code, lines = show("--verify")
    assert code == 1
    assert "npm/whole: whole" in lines
    (line,) = (line for line in lines if line.startswith("npm/server-1.2: damaged, and removed ("))
    assert words in line
    assert "MATRIX_CACHE" in lines[-1]
    assert show("--verify")[0] == 0
    # The next run makes it again, and has nothing to say of it.
    assert build(entry, room)
    assert not caplog.records


@EACH_DAMAGE
def test_clear_follows_no_link(name: str, entry: Path, cache: Path) -> None:
    damage(name, entry)
    show("--clear")
    assert not [path for path in cache.rglob("*") if not path.is_symlink() and path.is_file()]
    cache.mkdir(exist_ok=True)


def test_a_copied_cache_is_used(entry: Path, room: Room, caplog: pytest.LogCaptureFixture) -> None:
    copy = entry.with_name("copy")
    shutil.copytree(entry, copy, symlinks=True, copy_function=shutil.copyfile)
    (copy / FILE).chmod(0o755)
    shutil.copyfile(manifest_of(entry), manifest_of(copy))
    assert not build(copy, room)
    assert not caplog.records


def test_a_build_that_was_cut_off_is_made_again(entry: Path, room: Room) -> None:
    """By SIGKILL between the two renames: the manifest is there, and the folder is not."""
    entry.rename(entry.with_name(f"{entry.name}.abc.partial"))
    entry.with_name(f"{entry.name}.def.partial").symlink_to(room.folder)
    assert build(entry, room)
    assert not list(entry.parent.glob("*.partial"))
    assert room.folder.is_dir()


def test_what_a_killed_build_left_beside_a_whole_entry_is_removed(
    entry: Path, room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.copytree(entry, entry.with_name(f"{entry.name}.abc.partial"), symlinks=True)
    entry.with_name(f"{entry.name}.def.partial").touch()
    assert not build(entry, room)
    assert not list(entry.parent.glob("*.partial"))
    assert not caplog.records


def test_what_cannot_be_built_again_is_not_used(
    entry: Path, room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    os.truncate(entry / FILE, 5)
    words = ["no network"]
    for _ in range(2):
        with pytest.raises(ServerUnavailableError, match="no network"), build_once(entry, room):
            raise ServerUnavailableError(*words)
        (record,) = caplog.records
        assert f"{FILE} has 5 bytes of 22" in record.getMessage()
        caplog.clear()
    # What another run may be using is where it was.
    assert (entry / OTHER).is_file()


@pytest.mark.parametrize("of", ["npm/server-1.2.lock", "in-use.lock"])
@pytest.mark.parametrize("kind", [Path.mkdir, os.mkfifo, points_out, Path.touch])
def test_anything_but_a_file_in_the_place_of_a_lock_is_removed(
    of: str, kind: Spoil, entry: Path, room: Room
) -> None:
    replaced(entry.parents[1] / of, kind)
    shutil.rmtree(entry)
    assert build(entry, room)
    assert (entry.parents[1] / of).is_file()


def test_a_lock_that_holds_files_is_named(entry: Path, room: Room) -> None:
    lock = entry.with_name(f"{entry.name}.lock")
    replaced(lock, lambda path: shutil.copytree(entry, path))
    shutil.rmtree(entry)
    assert f"(Directory not empty: {lock})" in refused(entry, room)


def test_a_cache_that_others_can_write_is_not_used(cache: Path, entry: Path, room: Room) -> None:
    for folder, mode in [(cache, 0o777), (cache, 0o1777), (cache, 0o775), (entry.parent, 0o777)]:
        folder.chmod(mode)
        reason = refused(entry, room)
        words = f"{folder} can be written by other users: chmod go-w {folder}"
        assert reason == f"the cache {cache} is not safe: {words}, or {ANOTHER}"
        assert (lacks_cache() == reason) == (folder == cache)
        folder.chmod(0o755)
        assert not build(entry, room)


@pytest.mark.parametrize("mode", [0o777, 0o1777])
def test_a_folder_above_that_others_can_write_has_to_be_sticky(
    mode: int, cache: Path, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    (cache / "inner").mkdir()
    (cache / "link").symlink_to("inner")
    monkeypatch.setenv("MATRIX_CACHE", str(cache / "link"))
    cache.chmod(mode)
    if mode & 0o1000:
        assert build(cache / "link" / "npm" / "one", room)
    else:
        assert f"{cache} can be written by other users: " in refused(cache / "link/npm/one", room)


@as_root
def test_a_cache_of_another_user_is_not_used(cache: Path, entry: Path, room: Room) -> None:
    for folder in (cache, entry.parent):
        os.chown(folder, NOBODY, -1)
        assert f"{folder} belongs to another user (65534)" in refused(entry, room)
        os.chown(folder, 0, -1)


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (Path.touch, "Not a directory"),
        (lambda path: path.symlink_to("nowhere"), "Not a directory"),
        (lambda path: path.symlink_to(path), "Too many levels of symbolic links"),
    ],
)
def test_a_cache_that_is_no_folder_is_named(
    make: Spoil, why: str, cache: Path, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = cache / "it"
    make(path)
    monkeypatch.setenv("MATRIX_CACHE", str(path))
    assert refused(path / "npm" / "one", room) in {
        f"the cache {path} cannot be written ({why}): {ANOTHER}",
        f"the cache {path} cannot be written (Not a directory): {ANOTHER}",
    }


@as_root
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("ro", "cannot be written (Read-only file system)"),
        ("size=64k", "No space left on device"),
        ("size=4m", "is full: make room there"),
    ],
)
def test_a_cache_that_takes_nothing_is_named(
    options: str, words: str, cache: Path, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = cache / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"mode=755,{options}", "tmpfs", str(disk)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("nothing can be mounted here")
    monkeypatch.setenv("MATRIX_CACHE", str(disk))
    try:
        refusal = pytest.raises(ServerUnavailableError)
        with refusal as raised, build_once(disk / "npm" / "one", room) as new:
            assert new is not None
            tools.run(room, ["sh", "-c", 'head -c 5M /dev/zero > "$0/zeros"', new])
        assert words in str(raised.value)
        assert "set MATRIX_CACHE to another folder" in str(raised.value)
        assert not list(disk.glob("npm/*.partial"))
    finally:
        room.close()
        subprocess.run(["umount", str(disk)], check=True)


def test_a_damaged_library_is_not_loaded(
    cache: Path, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A library that was cut off ends the process that loads it by a signal."""
    mysql = vendor("mysql")
    connector = cache / "connectors" / "some"
    build(connector, room)
    monkeypatch.setenv("MARIADB_PLUGIN_DIR", str(connector / "plugin"))
    assert "not to be used" not in (tools.lacks_driver(mysql) or "")
    os.truncate(connector / OTHER, 1)
    assert tools.lacks_driver(mysql) == (
        f"MySQLdb's library is not to be used ({connector}, below MATRIX_CACHE as it was then:"
        f" {OTHER} has 1 bytes of 7): {mysql.driver_help}"
    )


def test_a_run_without_a_cache_observes_sqlite(cache: Path, tmp_path: Path) -> None:
    cache.chmod(0o777)
    words = ("--backend", "sqlite", "--backend", "postgresql-18", "--provider", "packages")
    done = run_matrix(tmp_path / "results", *words, "--case", "check.q")
    assert done.code == 1, done.output
    environments = done.document["environments"].values()
    found = {each["backend"]: each["status"] for each in environments}
    assert found == {"sqlite": "observed", "postgresql-18": "not-run"}
    (reason,) = (each["reason"] for each in environments if each["status"] == "not-run")
    assert f"chmod go-w {cache}, or set MATRIX_CACHE to another folder" in reason
    assert "Traceback" not in done.output
