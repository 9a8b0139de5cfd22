"""Provider `container`: a server from the vendor's official image, started by testcontainers.

What differs from vendor to vendor is its `Image`. testcontainers and docker are slow to import, so
that they are imported only where they are used.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from matrix_project.backends import Backend
from matrix_project.servers import Download, Provider, Room, Server, ServerUnavailableError
from matrix_project.servers.databases import create_beside, greet, new_name, silence
from matrix_project.servers.docker_daemon import has_image, lacks_daemon, shares_our_loopback
from matrix_project.servers.docker_leftovers import labels, remove_leftovers
from matrix_project.servers.tools import lacks_driver, last_words
from matrix_project.vendors import Vendor, vendor
from matrix_project.vendors.serving import Access, Image

if TYPE_CHECKING:
    from testcontainers.core.container import DockerContainer

__all__ = ["provider"]

_LOOPBACK = "127.0.0.1"
_SECONDS_TO_PULL = 1800
_SECONDS_TO_CONNECT = 3
_SECONDS_BETWEEN = 0.1
_SIGNALLED = 128
_TELLING = re.compile(r"\berror\b|fatal", re.IGNORECASE)
# testcontainers' own way to its reaper is not made for threads.
_reaper = threading.Lock()


class _Container(Provider):
    name = "container"

    def lacks(self, backend: Backend) -> str | None:
        known = vendor(backend.vendor)
        if backend.image is None or known.image is None:
            return f"the catalogue names no image of {backend.id}"
        return lacks_driver(known) or lacks_daemon()

    def download(self, backend: Backend) -> Download | None:
        image = vendor(backend.vendor).image
        if backend.image is None or image is None:
            return None
        there = lacks_daemon() is None and has_image(backend.image)
        return Download(f"image {backend.image}", image.megabytes, there)

    @contextmanager
    def serve(self, backend: Backend, room: Room) -> Iterator[Server]:
        """Start the backend's image, yield its address, and remove container and data.

        The port is published on loopback alone; only where loopback of the Docker daemon is not
        ours (it runs on another machine) is it published on all addresses of the daemon's machine.
        """
        known = vendor(backend.vendor)
        image, access = known.image, known.access
        if image is None or access is None:
            raise ServerUnavailableError(self.lacks(backend))
        entry: dict[str, Any] = {
            "ENGINE": known.engine,
            "NAME": new_name(),
            "USER": image.user,
            "PASSWORD": secrets.token_urlsafe(),
            "OPTIONS": dict(access.options),
        }
        # The name is ours, so that the guard knows the container before there is one.
        name = entry["NAME"].replace("_", "-")
        room.adopt_container(name)
        container = None
        try:
            # What the caller does with the server is not in this `try`.
            try:
                remove_leftovers()
                container = _prepared(str(backend.image), image, entry).with_name(name)
                container.with_kwargs(labels=labels(room))
                _pull(container, room)
                _start(container, image, entry)
                _wait_until_it_answers(container, known, access, entry, room)
                origin = f"image {container.image}, {_digest(container)}"
            except Exception as error:
                # Docker, its transport, testcontainers and the drivers have no common class.
                message = _failure(backend, container, error, room)
                message = message.replace(entry["PASSWORD"], "***")
                raise ServerUnavailableError(message) from error
            trouble = partial(_trouble, container, access, entry, room)
            yield Server(entry, origin, partial(create_beside, access, entry), trouble)
        finally:
            if container is not None:
                _remove(container, name, room)


provider = _Container()


def _prepared(name: str, image: Image, entry: Mapping[str, Any]) -> DockerContainer:
    """Return testcontainers' container of an image, not yet started.

    Its classes of vendors are left out, for their waits. For MySQL and MariaDB they count lines of
    the log, whose words are the image's to change; for PostgreSQL they write the password into a
    command line that every user of the machine can read. `_wait_until_it_answers` needs neither.
    """
    from testcontainers.core.config import testcontainers_config
    from testcontainers.core.container import DockerContainer, Reaper

    # Ryuk, testcontainers' reaper, is one more image to pull and a privileged container beside
    # ours. The room's guard does its work wherever there is a `docker` command to do it with.
    if "TESTCONTAINERS_RYUK_DISABLED" not in os.environ and shutil.which("docker"):
        testcontainers_config.ryuk_disabled = True
    with _reaper:
        if not testcontainers_config.ryuk_disabled:
            Reaper.get_instance()
    values = {"user": entry["USER"], "password": entry["PASSWORD"], "database": entry["NAME"]}
    account = {variable: text.format(**values) for variable, text in image.account.items()}
    container = DockerContainer(name, env=account | dict(image.environment), ports=[image.port])
    return container.with_tmpfs_mount(image.tmpfs).with_command(list(image.flags))


def _pull(container: DockerContainer, room: Room) -> None:
    """Have the daemon fetch the image unless it has it; unlike `start()`, heed Ctrl-C meanwhile."""
    from docker.errors import ImageNotFound

    client = container.get_docker_client().client
    try:
        client.images.get(container.image)
    except ImageNotFound:
        until = time.monotonic() + _SECONDS_TO_PULL
        for step in client.api.pull(container.image, stream=True, decode=True):
            if "error" in step:
                raise ConnectionError(step["error"]) from None
            if room.cancelled.is_set():
                raise KeyboardInterrupt from None
            if time.monotonic() > until:
                message = f"not pulled within {_SECONDS_TO_PULL} s"
                raise TimeoutError(message) from None


def _start(container: DockerContainer, image: Image, entry: dict[str, Any]) -> None:
    """Start the container, and write into `entry` where its server will answer."""
    client, port = container.get_docker_client(), image.port
    if shares_our_loopback(client):
        # docker-py takes the pair, though testcontainers' annotation does not know of it.
        container.ports = {str(port): (_LOOPBACK, None)}  # type: ignore[dict-item]
        container.start()
        entry["HOST"] = _LOOPBACK
        entry["PORT"] = client.port(container.get_container_id(), port)
    else:
        container.start()
        entry["HOST"] = container.get_container_host_ip()
        entry["PORT"] = str(container.get_exposed_port(port))


def _wait_until_it_answers(
    container: DockerContainer,
    known: Vendor,
    access: Access,
    entry: Mapping[str, Any],
    room: Room,
) -> None:
    """Return once the server answers a query through the published port.

    The images first start a temporary server, to create the database with. It has no network, so
    that an answer is the proof that the one that stays is ready.
    """
    from testcontainers.core.config import testcontainers_config

    deadline = time.monotonic() + testcontainers_config.timeout
    while not room.cancelled.wait(_SECONDS_BETWEEN):
        refusal = _refusal(known, access, entry)
        if refusal is None:
            return
        container.reload()
        if container.status != "running" or time.monotonic() > deadline:
            raise refusal
    raise KeyboardInterrupt


def _refusal(known: Vendor, access: Access, entry: Mapping[str, Any]) -> Exception | None:
    """Put a first query to a server that is starting, and return the driver's error, if any.

    Raises:
        Exception: the driver's error where no waiting mends it.
    """
    driver = known.import_driver()
    try:
        greet(access, entry, seconds=_SECONDS_TO_CONNECT)
    except driver.OperationalError as error:
        if error.args and error.args[0] in access.hopeless:
            raise
        refusal: Exception = error
        return refusal
    return None


def _failure(
    backend: Backend, container: DockerContainer | None, error: Exception, room: Room
) -> str:
    """Say in one line why there is no server: in its own last words, else in the daemon's."""
    from docker.errors import DockerException

    name = container.image if container else backend.image
    explanation = getattr(error, "explanation", None)  # docker-py's word for the daemon's
    words = " ".join(str(explanation or error).split())
    advice = "see that Docker can pull and run it, or use --provider packages"
    if "ryuk" in words:
        advice = "set TESTCONTAINERS_RYUK_DISABLED=true, or use --provider packages"
    elif container and container.status != "not_started":
        # Where the daemon is gone, too, the first error is all that there is.
        with suppress(DockerException, OSError):
            container.reload()
            if container.status != "running":
                logs = b"\n".join(container.get_logs()).decode(errors="replace")
                words = f"its server ended: {last_words(logs, room, _TELLING)}"
    return f"no server from image {name} ({words}): {advice}"


def _trouble(
    container: DockerContainer, access: Access, entry: Mapping[str, Any], room: Room
) -> str | None:
    """Return how the container's server ended, or that it does not answer; None where it does."""
    from docker.errors import DockerException

    silent = silence(access, entry)
    if silent is None:
        return None
    try:
        container.reload()
        state = container.get_wrapped_container().attrs["State"]
        if state["Running"]:
            return silent
        code = int(state["ExitCode"])
        # As a shell has it. https://docs.docker.com/reference/cli/docker/container/run/#exit-status
        if code > _SIGNALLED:
            return f"was killed by {signal.Signals(code - _SIGNALLED).name}"
        logs = b"\n".join(container.get_logs()).decode(errors="replace")
    except (DockerException, OSError, LookupError, ValueError):
        return f"{silent}, nor does Docker's daemon"
    words = last_words(logs, room, _TELLING).replace(entry["PASSWORD"], "***")
    return f"ended with code {code}: {words}"


def _digest(container: DockerContainer) -> str:
    """Return what names the image's content: the registry's digest, else the daemon's own id."""
    image = container.get_docker_client().client.images.get(container.image)
    digests: list[str] = sorted(image.attrs["RepoDigests"] or ())
    return digests[0].partition("@")[2] if digests else str(image.id)


def _remove(container: DockerContainer, name: str, room: Room) -> None:
    """Remove the container with its volumes; where the daemon fails to, it is left to the guard."""
    from docker.errors import DockerException, NotFound

    client = container.get_docker_client().client
    with closing(client), suppress(DockerException, OSError):
        with suppress(NotFound):
            client.api.remove_container(name, force=True, v=True)
        room.release_container(name)
