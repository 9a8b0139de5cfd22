"""SQLite's library out of a wheel, by the index that this machine's pip uses."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from matrix_project.backends import catalogue
from matrix_project.servers import Room, ServerUnavailableError, tools, wheels

(BACKEND,) = (backend for backend in catalogue().values() if backend.wheel)
WHEEL = BACKEND.wheel or ""
MEMBER = "*/_sqlite3*.so"
PROGRAM = """
import sqlite3
print(sqlite3.sqlite_version)
connection = sqlite3.connect(":memory:")
connection.execute("CREATE TABLE one (age integer CHECK (age >= 18))")
try:
    connection.execute("INSERT INTO one VALUES (17)")
except sqlite3.IntegrityError as error:
    print(error.sqlite_errorname)
"""


@pytest.fixture
def library(room: Room) -> Path:
    if reason := wheels.lacks(WHEEL):
        pytest.skip(reason)
    try:
        return wheels.library(WHEEL, MEMBER, room)
    except ServerUnavailableError as error:
        pytest.skip(str(error))


def run(library: Path) -> list[str]:
    return subprocess.run(
        [sys.executable, "-I", "-c", PROGRAM],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "LD_PRELOAD": str(library)},
    ).stdout.split()


def test_takes_the_place_of_the_interpreters_own(library: Path) -> None:
    version, error = run(library)
    assert BACKEND.serves(version)
    assert error == "SQLITE_CONSTRAINT_CHECK"


def test_needs_no_network_again(
    library: Path, cache: Path, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What the machine's cache has, in one whose path LD_PRELOAD would part at the space.
    with tools.build_once(wheels._folder(WHEEL), room) as folder:
        assert folder is not None
        shutil.copy(library, folder)
    monkeypatch.setattr(wheels, "lacks_pip", lambda: "there is no pip")
    assert wheels.lacks(WHEEL) is None
    again = wheels.library(WHEEL, MEMBER, room)
    assert again.resolve().is_relative_to(cache)
    assert BACKEND.serves(run(again)[0])


def test_says_that_a_wheel_is_not_to_be_had(cache: Path, room: Room) -> None:
    if importlib.util.find_spec("pip") is None:
        pytest.skip("no pip")
    with pytest.raises(ServerUnavailableError) as raised:
        wheels.library("no-such-project-of-this-name==1", MEMBER, room)
    message = str(raised.value)
    assert message.startswith("no-such-project-of-this-name==1 could not be fetched: ")
    assert "No matching distribution found" in message
    assert "\n" not in message
    assert "://" not in message
    assert not [path for path in (cache / "wheels").iterdir() if path.is_dir()]
    assert not list(room.folder.iterdir())


@pytest.mark.usefixtures("cache")
def test_lacks_pip(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    reason = wheels.lacks(WHEEL)
    assert reason == (
        f"{sys.executable} has neither pip nor ensurepip: install one of them"
        " (on Debian: apt-get install python3-venv)"
    )
    with pytest.raises(ServerUnavailableError, match="has neither pip nor ensurepip"):
        wheels.library(WHEEL, MEMBER, room)


@pytest.mark.usefixtures("cache")
def test_lacks_another_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert wheels.lacks(WHEEL) == f"{WHEEL} is used on Linux alone: name another backend"
