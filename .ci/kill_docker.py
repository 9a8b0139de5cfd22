"""Kill Docker's daemon in the middle of PostgreSQL's suite: a file of cases that declares none."""  # noqa: INP001

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

from django.db.backends.signals import connection_created

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
