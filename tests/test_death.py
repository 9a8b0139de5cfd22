"""The death of a run, at any moment: no process outlives it, and the next run finds no folder."""

from __future__ import annotations

import os
import random
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from matrix_project.servers.leftovers import clear_leftovers, is_left, make_folder
from matrix_project.servers.room import open_room
from tests.conftest import ROOT, SECONDS, command
from tests.test_faults import packages  # noqa: F401 (a fixture)
from tests.waiting import waiting

# A run that kills itself when it is about to change something outside of itself for the nth time,
# from its room on. https://docs.python.org/3/library/audit_events.html
DYING = """
import os, signal, sys

left = int(sys.argv.pop(1))
begun = False
steps = {
    "tempfile.mkdtemp", "os.mkdir", "os.chmod", "os.chown", "os.kill", "os.killpg", "fcntl.flock",
    "shutil.rmtree", "subprocess.Popen", "socket.bind",
}


def count(event, _):
    global begun, left
    begun = begun or event == "tempfile.mkdtemp"
    left -= begun and event in steps
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)


sys.addaudithook(count)
from matrix_project.__main__ import main
main()
"""
ON_MYSQL = ("--backend", "mysql-9.7", "--provider", "packages")
# The start of the guard, and that of the server.
GUARD, SERVER = 5, 30
UNTOLD = """
import os, signal, sys
from matrix_project.servers.room import Room, open_room

Room._tell_guard = lambda room, line: os.kill(os.getpid(), signal.SIGKILL)
with open_room() as room:
    room.spawn(["tail", "-f", "/dev/null"])
"""
OPEN = """
import sys
from matrix_project.servers.room import open_room

with open_room() as room:
    process = room.spawn(["tail", "-f", "/dev/null"])
    print(room.folder, room._guard.pid, process.pid, flush=True)
    sys.stdin.read()
"""

NOXFILE = """
import os, sys

os.chdir({root!r})
sys.path.insert(0, {root!r})
import nox
from noxfile import run


@nox.session(python=False)
def one(session):
    run(session, "matrix_project", "run", *session.posargs, python=sys.executable)


@nox.session(python=False)
def nested(session):
    words = ("nox", "-f", {path!r}, "-s", "one", "--", *session.posargs)
    run(session, *words, python=sys.executable)
"""


def python(program, rooms, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(rooms)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def living(rooms):
    """Return a descriptor of each process that has the folder in its surroundings or arguments."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes()
            if os.fsencode(rooms) in words:
                found[int(entry.name)] = os.pidfd_open(int(entry.name))
    return found


def ends(descriptor):
    with os.fdopen(descriptor):
        return bool(select.select([descriptor], [], [], SECONDS)[0])


@pytest.fixture
def rooms(monkeypatch):
    """A folder that rooms are made in, which a server that is another user's can enter."""
    folder = Path(tempfile.mkdtemp(prefix="death-"))
    folder.chmod(0o711)
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    yield folder
    shutil.rmtree(folder)


def kill(step, rooms, *words):
    """Kill a run at a step of its own, and see that nothing of it stays."""
    with python(DYING, rooms, step, *command("run", *words)[3:]) as run:
        # The guard has the other end too.
        said, _ = run.communicate(timeout=SECONDS)
    told = f"killed at step {step}: {said}"
    assert run.returncode == -signal.SIGKILL, told
    for descriptor in living(rooms).values():
        assert ends(descriptor), told
    with open_room() as room:
        assert list(rooms.iterdir()) == [room.folder], told
    assert not list(rooms.iterdir()), told


@pytest.mark.parametrize("step", range(1, GUARD + 1))
def test_sigkill_before_there_is_a_guard(tmp_path, rooms, step):
    kill(step, rooms, "--backend", "sqlite", "--output", tmp_path / "results")


@pytest.mark.parametrize("backend", ["postgresql-18", "mysql-9.7", "mariadb-11.8"])
@pytest.mark.usefixtures("packages")
def test_sigkill_at_any_moment_of_the_start(tmp_path, rooms, backend, request):
    words = ("--backend", backend, "--provider", "packages", "--output", tmp_path / "results")
    for _ in range(request.config.getoption("--kills")):
        kill(random.randrange(GUARD + 1, SERVER), rooms, *words)


def test_a_process_that_its_guard_was_not_told_of(rooms):
    with python(UNTOLD, rooms) as run:
        # Whatever has the other end: the run, its guard and the process.
        run.communicate(timeout=SECONDS)
    assert run.returncode == -signal.SIGKILL
    assert not list(rooms.iterdir())


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_all_processes_does_not_end_the_guard(rooms, sent):
    with python(OPEN, rooms) as run:
        folder, guard, _ = run.stdout.readline().split()
        os.kill(int(guard), sent)
        run.kill()
        run.communicate(timeout=SECONDS)
    assert not Path(folder).exists()


def test_the_next_run_does_the_work_of_a_guard_that_was_killed(rooms):
    with python(OPEN, rooms) as run:
        folder, guard, process = run.stdout.readline().split()
        watched = os.pidfd_open(int(process))
        assert not is_left(Path(folder))
        dying = os.pidfd_open(int(guard))
        os.kill(int(guard), signal.SIGKILL)
        assert ends(dying)
        assert not is_left(Path(folder))
        run.kill()
        run.wait()
        assert is_left(Path(folder))
        with open_room() as room:
            assert list(rooms.iterdir()) == [room.folder]
            assert ends(watched)
    assert is_left(Path(folder))


def test_what_is_no_room_or_is_in_use_is_left_alone(rooms):
    other = rooms / "constraint-room-notes"
    other.mkdir()
    link = rooms / "constraint-room-a_link_a"
    link.symlink_to(other)
    with open_room() as room:
        clear_leftovers()
        there = set(rooms.iterdir())
    assert there == {other, link, room.folder}


def test_a_folder_is_never_taken_for_one_that_is_left_while_it_is_made(rooms):
    made = threading.Event()

    def clear():
        while not made.is_set():
            clear_leftovers()

    clearing = threading.Thread(target=clear)
    clearing.start()
    try:
        for _ in range(100):
            folder, lock = make_folder()
            assert not is_left(folder)
            os.close(lock)
    finally:
        made.set()
        clearing.join()
    clear_leftovers()
    assert not list(rooms.iterdir())


@pytest.mark.usefixtures("packages")
@pytest.mark.parametrize(
    ("session", "sent"),
    [("one", signal.SIGTERM), ("one", signal.SIGHUP), ("nested", signal.SIGTERM)],
)
def test_a_signal_to_nox_alone_ends_the_run_in_order(tmp_path, rooms, session, sent):
    noxfile = tmp_path / "noxfile.py"
    noxfile.write_text(NOXFILE.format(root=str(ROOT), path=str(noxfile)))
    words = ("nox", "-f", noxfile, "-s", session, "--", "--output", tmp_path / "results")
    words = (sys.executable, "-m", *words, *ON_MYSQL)
    with waiting(tmp_path, words, TMPDIR=str(rooms)) as run:
        run.send_signal(sent)
        said, _ = run.communicate(timeout=SECONDS)
        assert not living(rooms), said
    assert run.returncode == 130, said
    assert "the environments that were done are kept" in said
    assert "Traceback" not in said
    assert not list(rooms.iterdir())


@pytest.mark.usefixtures("packages")
def test_a_second_signal_does_not_cut_off_what_the_first_began(tmp_path, rooms):
    words = command("run", "--output", tmp_path / "results", *ON_MYSQL)
    with waiting(tmp_path, words, TMPDIR=str(rooms)) as run:
        for sent in (signal.SIGHUP, signal.SIGTERM, signal.SIGHUP):
            run.send_signal(sent)
        said, _ = run.communicate(timeout=SECONDS)
    assert run.returncode == 130, said
    assert "the environments that were done are kept" in said.splitlines()[-1]
    assert "Traceback" not in said
    assert not list(rooms.iterdir())
