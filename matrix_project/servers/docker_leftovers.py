"""The containers that killed runs left behind: a label names the room that each belongs to.

A room's guard removes its containers. It misses one that the daemon was still creating then.
"""

from __future__ import annotations

from contextlib import closing, suppress
from functools import cache
from pathlib import Path

from matrix_project.servers import Room
from matrix_project.servers.leftovers import host, is_left

__all__ = ["labels", "remove_leftovers"]

_ROOM = "constraint-matrix.room"
_HOST = "constraint-matrix.host"


def labels(room: Room) -> dict[str, str]:
    """Return the labels of a container of this room."""
    return {_ROOM: str(room.folder), _HOST: host()}


@cache
def remove_leftovers() -> None:
    """Remove, once a process, the containers of rooms of this host that no run has any more.

    What the daemon fails to remove is left to the next run.
    """
    from docker.errors import DockerException
    from testcontainers.core.docker_client import DockerClient

    with suppress(DockerException, OSError), closing(DockerClient().client) as client:
        label = f"{_HOST}={host()}"
        for each in client.containers.list(all=True, ignore_removed=True, filters={"label": label}):
            if is_left(Path(each.labels[_ROOM])):
                with suppress(DockerException):
                    each.remove(force=True, v=True)
