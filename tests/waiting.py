"""A run that waits in the middle of its suite, to see what becomes of it there."""

from __future__ import annotations

import os
import select
import subprocess
from contextlib import contextmanager

from tests.conftest import ROOT, SECONDS

# A case that comes first, and never ends on one backend.
CASES = """
import os
import signal

from django.db.models import IntegerField

from matrix_project.cases.case import Question, asks


def wait(tables):
    if os.environ["MATRIX_BACKEND"] == {backend!r}:
        with open({reached!r}, "w") as file:
            file.write("reached")
        signal.pause()


waiting = Question(
    "a.waiting",
    "Does it end?",
    fields={{"age": IntegerField()}},
    acts=[asks("wait for a signal", wait)],
    answers={{"ends": "It ends."}},
    words={{"accepted": "ends"}},
)
"""


@contextmanager
def waiting(folder, words, *, backend="mysql-9.7", **environ):
    """Start a command that runs the suite, and yield it once a backend's suite waits in the case.

    `folder` is one that only this block uses. The command is killed at the end of the block, and
    nothing of ours stays in the folder.
    """
    cases, reached = folder / "waiting.py", folder / "reached"
    cases.write_text(CASES.format(backend=backend, reached=str(reached)))
    try:
        with started([*words, "--cases", cases], reached, **environ) as process:
            yield process
    finally:
        cases.unlink()


@contextmanager
def started(words, reached, cwd=ROOT, **environ):
    """Start a command, and yield it once something of it has written to the FIFO `reached`.

    It is the leader of a session of its own, as in a terminal of its own.
    """
    os.mkfifo(reached)
    process = subprocess.Popen(
        [*map(str, words)],
        cwd=cwd,
        env=os.environ | environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    descriptors = os.open(reached, os.O_RDONLY | os.O_NONBLOCK), os.pidfd_open(process.pid)
    try:
        ready, _, _ = select.select(descriptors, [], [], SECONDS)
        assert descriptors[0] in ready, process.communicate(timeout=SECONDS)
        assert os.read(descriptors[0], 16) == b"reached"
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        for descriptor in descriptors:
            os.close(descriptor)
        reached.unlink()
