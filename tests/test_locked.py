"""A folder of results that several runs write into."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import venv
from contextlib import contextmanager
from pathlib import Path

import pytest

from matrix_project.backends import catalogue
from matrix_project.interpreters import own
from matrix_project.results import lock
from matrix_project.results.files import StoreError, writing
from matrix_project.servers import wheels
from tests.conftest import FEW, ROOT, SECONDS, command

HOLD = """
import sys
from pathlib import Path
from matrix_project.results.files import writing

with writing(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def process(*words, **options):
    with subprocess.Popen(
        list(map(str, words)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    ) as started:
        try:
            yield started
        finally:
            started.kill()


@contextmanager
def held(folder):
    """Have another process write into the folder until the end of its input."""
    with process(sys.executable, "-c", HOLD, folder, cwd=ROOT) as holder:
        assert holder.stdout.readline() == "held\n"
        yield holder


def test_who_waits_says_for_whom_and_goes_on(sqlite_results):
    words = command("report", "--output", sqlite_results)
    with held(sqlite_results) as holder, process(*words, cwd=ROOT) as waiting:
        said = waiting.stderr.readline()
        assert f"process {holder.pid} (since 2" in said
        assert f"is writing into {sqlite_results}: waiting up to 60 s for it" in said
        holder.stdin.close()
        _, rest = waiting.communicate(timeout=SECONDS)
    assert (waiting.returncode, rest) == (0, "")


def test_who_has_waited_in_vain_says_for_whom(tmp_path, monkeypatch):
    monkeypatch.setattr("matrix_project.results.files._PATIENCE", 0.1)
    with held(tmp_path) as holder, pytest.raises(StoreError) as caught:  # noqa: SIM117
        with writing(tmp_path):
            pass
    told = str(caught.value)
    assert told.startswith(f"process {holder.pid} (since 2")
    assert told.endswith("wait for it or end it, or name another --output")


def test_the_machine_of_another_one_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("matrix_project.results.files._PATIENCE", 0)
    with held(tmp_path) as holder:
        there = lock.platform.node()
        monkeypatch.setattr(lock.platform, "node", lambda: "elsewhere")
        with pytest.raises(StoreError, match=f"process {holder.pid} on {there} "):  # noqa: SIM117
            with writing(tmp_path):
                pass


def test_a_process_that_was_killed_holds_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("matrix_project.results.files._PATIENCE", 0)
    with held(tmp_path) as holder:
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        with writing(tmp_path):
            assert json.loads((tmp_path / ".lock").read_text())["process"] == os.getpid()
    assert (tmp_path / ".lock").read_text() == ""


def clone(folder):
    """Return the Python of a copy of the project, with an environment of its own."""
    shutil.copytree(ROOT / "matrix_project", folder / "matrix_project")
    venv.create(folder / "venv", with_pip=False)
    (packages,) = (folder / "venv").glob("lib/python*/site-packages")
    # Before what is installed here, as its paths are read and its own `.pth` files are not.
    paths = (folder, sysconfig.get_path("purelib"))
    (packages / "clone.pth").write_text("".join(f"{path}\n" for path in paths))
    return folder / "venv" / "bin" / "python"


def test_a_child_that_got_the_lock_s_descriptor_does_not_keep_it(tmp_path):
    with lock.locked(tmp_path, 0):
        here = Path("/proc/self/fd")
        (held,) = (each for each in here.iterdir() if each.resolve() == tmp_path / ".lock")
        child = subprocess.Popen(["cat"], stdin=subprocess.PIPE, pass_fds=[int(held.name)])
    with child, lock.locked(tmp_path, 0):
        child.kill()


def test_two_clones_side_by_side_fill_one_cache_and_one_folder(tmp_path):
    """Both want the same wheel, which is not in the cache yet."""
    (wheel,) = (each for each in catalogue().values() if each.wheel)
    if (reason := wheels.lacks(wheel.wheel)) and "CI" not in os.environ:
        pytest.skip(reason)
    results = tmp_path / "results"
    words = ("-m", "matrix_project", "run", "--output", results, "--baseline", tmp_path / "none")
    words += (*FEW, "--backend", wheel.id)
    surroundings = {
        "cwd": "/",
        "env": os.environ | {"MATRIX_CACHE": str(tmp_path / "cache"), "TMPDIR": str(tmp_path)},
    }
    one, other = (clone(tmp_path / name) for name in ("one", "other"))
    with (
        process(one, *words, **surroundings) as first,
        process(other, *words, "--backend", "sqlite", **surroundings) as second,
    ):
        ended = [(each.communicate(timeout=SECONDS), each.returncode) for each in (first, second)]
    assert [code for _, code in ended] == [0, 0], ended
    document = json.loads((results / "matrix.json").read_text())
    wanted = {own().environment(each) for each in (wheel, catalogue()["sqlite"])}
    assert document["environments"].keys() == wanted
    assert {each["status"] for each in document["environments"].values()} == {"observed"}
    (fetched,) = (path for path in (tmp_path / "cache" / "wheels").iterdir() if path.is_dir())
    assert fetched.name.endswith(wheel.wheel)
    assert not list(tmp_path.glob("constraint-room-*"))
