"""Kill Docker's daemon in the middle of PostgreSQL's suite: a file of cases."""  # noqa: INP001

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

from django.db.backends.signals import connection_created
from django.db.models import IntegerField

from matrix_project.cases.case import Question, asks

_PID = Path("/var/run/docker.pid")
_STATEMENT = 200
_sent = 0


def _count(execute: Any, *arguments: Any) -> Any:
    global _sent  # noqa: PLW0603
    _sent += 1
    if _sent == _STATEMENT:
        os.kill(int(_PID.read_text()), signal.SIGKILL)
    return execute(*arguments)


def _watch(connection: Any, **_: object) -> None:
    if connection.vendor == "postgresql":
        connection.execute_wrappers.append(_count)


connection_created.connect(_watch)

beside = Question(
    "a.beside",
    "Is a row saved?",
    fields={"n": IntegerField()},
    acts=[asks("save a row", lambda tables: tables.save({"n": 1}))],
    answers={"saved": "It is."},
    words={"accepted": "saved"},
)
