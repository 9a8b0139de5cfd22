"""The Docker daemon that testcontainers talks to: whether it answers, and how it is reached."""

from __future__ import annotations

import socket
from contextlib import closing
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from testcontainers.core.docker_client import DockerClient

__all__ = ["has_image", "lacks_daemon", "shares_our_loopback"]

_LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")
_SECONDS_TO_PING = 5


@cache
def lacks_daemon() -> str | None:
    """Ask the Docker daemon, once a process; return None if it answers."""
    if find_spec("testcontainers") is None:
        return 'there is no testcontainers: run `pip install "constraint-matrix[containers]"`'
    try:
        # Its settings are read now, and may be none that it knows.
        from testcontainers.core.docker_client import DockerClient, get_docker_host

        host = urlsplit(get_docker_host() or "unix:///var/run/docker.sock")
        if host.scheme == "unix":
            # docker-py would leave a socket open that has found nobody.
            with socket.socket(socket.AF_UNIX) as probe:
                probe.connect(host.path)
        with closing(DockerClient(timeout=_SECONDS_TO_PING).client) as client:
            client.ping()
    except Exception as error:  # noqa: BLE001 (whatever keeps us from it is the reason)
        words = " ".join(str(error).split())
        return f"no Docker daemon answers ({words}): start Docker"
    return None


def has_image(name: str) -> bool:
    """Tell whether the daemon, which is there, has the image already."""
    from docker.errors import DockerException
    from testcontainers.core.config import testcontainers_config
    from testcontainers.core.docker_client import DockerClient

    try:
        with closing(DockerClient(timeout=_SECONDS_TO_PING).client) as client:
            return bool(client.images.list(testcontainers_config.hub_image_name_prefix + name))
    except (DockerException, OSError):
        return False


def shares_our_loopback(client: DockerClient) -> bool:
    """Tell whether what the daemon publishes on its loopback can be reached on ours."""
    from docker.errors import DockerException
    from testcontainers.core.config import testcontainers_config
    from testcontainers.core.docker_client import get_docker_host
    from testcontainers.core.utils import inside_container

    if testcontainers_config.connection_mode_override is not None:
        return False
    by_socket_file = (get_docker_host() or "unix:").startswith(("unix:", "npipe:"))
    if testcontainers_config.tc_host_override or not (by_socket_file and inside_container()):
        return client.host() in _LOCAL_NAMES
    # In a container, the socket file is either that of a daemon beside us, whose bridge is then
    # one of our own network interfaces, or the outer machine's.
    try:
        bridge = client.client.networks.get("bridge").attrs["Options"]
        socket.if_nametoindex(bridge["com.docker.network.bridge.name"])
    except (DockerException, OSError, LookupError):
        return False
    return True
