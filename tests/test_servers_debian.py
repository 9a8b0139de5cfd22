"""Debian's packages, fetched from the mirror that this machine's apt uses."""

from __future__ import annotations

import os
import shutil
import sys
import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

from matrix_project.backends import catalogue
from matrix_project.servers import Room, ServerUnavailableError, debian, npm, tools
from matrix_project.servers.tree import Tree
from matrix_project.vendors import vendor

# Small, and in need of nothing but the C library's family.
SUITE, PACKAGE, PROGRAM = "bookworm", "hostname", "bin/hostname"
NOWHERE = "http://127.0.0.1:1/debian"


@pytest.fixture(scope="session")
def mirror() -> str:
    if reason := debian.lacks():
        pytest.skip(reason)
    mirror = debian._mirror()
    assert mirror
    try:
        with urllib.request.urlopen(f"{mirror}/dists/{SUITE}/InRelease", timeout=5):
            return mirror
    except OSError as error:
        pytest.skip(f"the mirror does not answer: {error}")


@pytest.mark.usefixtures("mirror")
def test_fetches_once_and_runs_through_its_own_loader(
    cache: Path, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert debian.cached(SUITE, PACKAGE) is None

    def fetch(_: int) -> Tree:
        return debian.unpacked(SUITE, PACKAGE, room, programs=[PROGRAM])

    # Side by side: one fetches, one waits for it.
    with ThreadPoolExecutor(2) as pool:
        tree, other = pool.map(fetch, range(2))
    assert tree == other == debian.cached(SUITE, PACKAGE)
    assert tree.origin == f"Debian {SUITE}: {PACKAGE} {tree.version}"
    assert tree.root.is_relative_to(cache)
    program = tree.find(PROGRAM)
    assert "--library-path" in program.read_text()
    assert tools.run(room, [program]) == f"{os.uname().nodename}\n"
    assert not (tree.root / "usr/share/doc").exists()
    assert not list(room.folder.iterdir())
    assert sorted(path.name for path in (cache / "debian").iterdir()) == [
        f"{SUITE}-{PACKAGE}",
        f"{SUITE}-{PACKAGE}.lock",
        f"{SUITE}-{PACKAGE}.manifest",
    ]
    # Again, without the network.
    monkeypatch.setenv("MATRIX_DEBIAN_MIRROR", NOWHERE)
    assert fetch(0) == tree
    with pytest.raises(ServerUnavailableError, match="has no usr"):
        tree.find("usr/nothing*")
    # Damaged: not run before it was fetched anew.
    os.truncate(program.with_name(f"{program.name}.real"), 100)
    with pytest.raises(ServerUnavailableError, match="could not be fetched"):
        fetch(0)
    monkeypatch.delenv("MATRIX_DEBIAN_MIRROR")
    assert tools.run(room, [fetch(0).find(PROGRAM)]) == f"{os.uname().nodename}\n"


@pytest.mark.usefixtures("mirror")
def test_says_that_a_package_is_unknown(cache: Path, room: Room) -> None:
    with pytest.raises(ServerUnavailableError) as raised:
        debian.unpacked(SUITE, "no-such-package", room)
    assert str(raised.value) == (
        "no-such-package of Debian bookworm could not be fetched:"
        " apt-get failed: E: Unable to locate package no-such-package"
    )
    assert not [path for path in (cache / "debian").iterdir() if path.is_dir()]


def test_says_that_the_mirror_does_not_answer(
    cache: Path, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    if reason := debian.lacks():
        pytest.skip(reason)
    leftover = cache / "debian" / f"{SUITE}-{PACKAGE}.abc.partial"
    leftover.mkdir(parents=True)
    monkeypatch.setenv("MATRIX_DEBIAN_MIRROR", NOWHERE)
    with pytest.raises(ServerUnavailableError, match="could not be fetched: apt-get failed: E: "):
        debian.unpacked(SUITE, PACKAGE, room)
    assert not leftover.exists()
    assert not [path for path in (cache / "debian").iterdir() if path.is_dir()]
    assert not list(room.folder.iterdir())


def test_lacks_apt(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(cache))
    assert debian.lacks() == (
        "there is no apt-get (on Debian: install apt): use Docker (--provider container),"
        " or a server of your own (--provider url)"
    )


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_elsewhere_than_on_linux_the_other_providers_are_named(
    system: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    words = (
        "packages are for Linux alone: use Docker (--provider container), or a server of your own"
        " (--provider url)"
    )
    assert debian.lacks() == words
    for backend in catalogue().values():
        if backend.npm is not None:
            assert npm.lacks(backend.npm) == words


@pytest.mark.usefixtures("cache")
def test_lacks_a_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        pytest.skip("no apt")
    monkeypatch.setattr(debian, "_KEYRING", Path("/nowhere.gpg"))
    assert debian.lacks() == "there is no /nowhere.gpg: apt-get install debian-archive-keyring"


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("", None),
        ("'https://a.example/debian-security/dists/sid-security/InRelease' a 0", None),
        ("'https://a.example/debian/dists/sid/InRelease' a 0", "https://a.example/debian"),
        ("'file:/srv/debian/dists/sid/InRelease' a 0", "file:/srv/debian"),
        (
            "'https://a.example/x/debian/20250101T000000Z/dists/sid/InRelease' a 0",
            "https://a.example/x/debian/20250101T000000Z",
        ),
        (
            "'file:/a/ubuntu/dists/sid/InRelease' a 0\n'file:/a/debian/dists/sid/InRelease' b 0",
            "file:/a/debian",
        ),
    ],
)
def test_reads_the_mirror_off_what_apt_would_ask_for(asked: str, expected: str | None) -> None:
    found = debian._ARCHIVE.search(asked)
    assert (found and found[1]) == expected


@pytest.mark.parametrize(
    ("version", "release", "upstream"),
    [
        ("9.7.4-2", "9.7.4-2", "9.7.4"),
        ("1:10.11.18-0+deb12u1", "10.11.18-0+deb12u1", "10.11.18"),
        ("19~rc1-1", "19~rc1-1", "19rc1"),
    ],
)
def test_tells_the_vendors_version_from_debians(version: str, release: str, upstream: str) -> None:
    tree = Tree(Path(), "Debian sid: some", "sid-some", version)
    assert (tree.release, tree.upstream) == (release, upstream)


def test_builds_whole_or_not_at_all(cache: Path, room: Room) -> None:
    path = cache / "some" / "thing"

    def half() -> None:
        with tools.build_once(path, room) as new:
            assert new is not None
            (new / "half").touch()
            raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        half()
    assert [entry.name for entry in path.parent.iterdir()] == ["thing.lock"]
    with tools.build_once(path, room) as new:
        assert new is not None
        assert not path.exists()
        (new / "whole").touch()
    with tools.build_once(path, room) as new:
        assert new is None
    assert [entry.name for entry in path.iterdir()] == ["whole"]


def test_waits_for_another_build_no_longer_than_the_run(cache: Path, room: Room) -> None:
    path, ended = cache / "some" / "thing", []

    def wait() -> None:
        try:
            with tools.build_once(path, room):
                pass
        except KeyboardInterrupt:
            ended.append(True)

    with tools.build_once(path, room):
        thread = threading.Thread(target=wait)
        thread.start()
        room.cancel()
        thread.join(10)
    assert ended


def test_imports_a_driver_to_know_that_it_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / f"broken_driver{EXTENSION_SUFFIXES[0]}").write_bytes(b"no library")
    some = replace(vendor("mysql"), drivers=["broken_driver"], driver_help="mend it")
    reason = tools.lacks_driver(some)
    assert reason is not None
    assert reason.startswith("broken_driver cannot be imported (")
    assert reason.endswith("): mend it")
    missing = replace(some, drivers=["no_driver"])
    assert tools.lacks_driver(missing) == "there is no no_driver: mend it"
    assert tools.lacks_driver(replace(some, drivers=["sqlite3.dbapi2"])) is None


def test_a_failing_program_has_its_last_words(room: Room) -> None:
    script = f"echo before; echo '2026-01-02 03:04:05 0 [ERROR] {room.folder}/a is bad'; exit 3"
    with pytest.raises(ServerUnavailableError) as raised:
        tools.run(room, ["sh", "-c", script])
    assert str(raised.value) == "sh failed: [ERROR] …/a is bad"
    with pytest.raises(ServerUnavailableError, match="sh was ended by SIGKILL: it said nothing"):
        tools.run(room, ["sh", "-c", "kill -9 $$"])
    with pytest.raises(ServerUnavailableError, match="not done within 0 s"):
        tools.run(room, ["tail", "-f", "/dev/null"], timeout=0.1)
    room.cancel()
    with pytest.raises(KeyboardInterrupt):
        tools.run(room, ["true"])
