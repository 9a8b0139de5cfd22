"""An audit that is interrupted, or whose server dies, in each of its phases."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager

import pytest

from tests.audit.auditing import environ_of_audit, words_of_audit, write_project
from tests.conftest import SECONDS
from tests.test_faults import (  # noqa: F401 (fixtures)
    nothing_is_left,
    packages,
    processes,
    temporary,
)
from tests.waiting import started

# A field whose values are made, and a module that is imported, once the test has said so.
MODELS = """
import os
import sys

from django.db import models


def wait(work, engine):
    if os.environ["WAITS_IN"] == sys.argv[1] == work and engine in sys.argv[2]:
        os.environ["WAITS_IN"] = ""
        with open(os.environ["REACHED"], "w") as file:
            file.write("reached")
        open(os.environ["GO_ON"]).close()


wait("list", "")


class Waiting(models.IntegerField):
    def get_db_prep_save(self, value, connection):
        wait("make", "postgresql")
        wait("observe", "postgresql")
        return super().get_db_prep_save(value, connection)


class Item(models.Model):
    number = Waiting(unique=True)
    name = models.CharField(max_length=5, unique=True)
"""


@contextmanager
def waiting(folder, temporary, work):  # noqa: F811
    """Start an audit that waits in one of its processes; yield it and what it waits for."""
    project = write_project(folder / "project", models=MODELS)
    go_on = folder / "go_on"
    os.mkfifo(go_on)
    environ = environ_of_audit(WAITS_IN=work, GO_ON=str(go_on), REACHED=str(folder / "reached"))
    words = words_of_audit(
        *("--settings=settings", "--backend=sqlite", "--backend=postgresql-18"),
        *("--provider=packages", f"--output={folder / 'audit'}"),
    )
    environ |= {"TMPDIR": str(temporary)}
    with started(words, folder / "reached", cwd=project, **environ) as process:
        yield process, go_on


@pytest.mark.usefixtures("packages")
@pytest.mark.parametrize("work", ["list", "make", "observe"])
def test_ctrl_c_ends_an_audit_in_order(tmp_path, temporary, work):  # noqa: F811
    with waiting(tmp_path, temporary, work) as (process, _):
        os.killpg(process.pid, signal.SIGINT)
        said, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 130, said
    assert "interrupted" in said.splitlines()[-1]
    assert "Traceback" not in said
    assert nothing_is_left(temporary)


def kill_servers(temporary):  # noqa: F811
    """Kill the servers of an audit that were started for it in this folder."""
    found = [pid for pid, words in processes(temporary).items() if b"postgres" in words]
    watched = [os.pidfd_open(pid) for pid in found]
    for each in watched:
        signal.pidfd_send_signal(each, signal.SIGKILL)
        os.close(each)
    return len(found)


@pytest.mark.usefixtures("packages")
@pytest.mark.parametrize("work", ["make", "observe"])
def test_an_audit_whose_server_dies_says_so(tmp_path, temporary, work):  # noqa: F811
    with waiting(tmp_path, temporary, work) as (process, go_on):
        assert kill_servers(temporary)
        go_on.open("w").close()
        said, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 1, said
    # Where the rows' server is gone, rows are made on SQLite.
    assert "2 constraints: all hold on SQLite" in said
    status, at = {"make": ("not-run", ""), "observe": ("lost", ", at shop.Item/")}[work]
    (line,) = (each for each in said.splitlines() if each.startswith("postgresql-18 on Django"))
    assert f": {status}: " in line
    assert f"the server is gone: it was killed by SIGKILL{at}" in line
    assert "Traceback" not in said
    assert nothing_is_left(temporary)
