"""Bring a backend up, hand over its address, take it down: one module a provider, one interface."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from matrix_project.backends import Backend
from matrix_project.servers.room import Room

__all__ = ["Beside", "Download", "Provider", "Room", "Server", "ServerUnavailableError"]


class ServerUnavailableError(Exception):
    """A server that could not be had.

    Its text is one line that says why and what to do; the environment becomes `not-run` with it.
    """


class Beside(Protocol):
    """Make one more database of our own on a server, for another suite."""

    def __call__(self, statement: str | None = None) -> dict[str, Any]:
        """Return what Django's `DATABASES` needs for it.

        Args:
            statement: what makes it, with `{name}` for its name; None makes it like the first one.

        Raises:
            ServerUnavailableError: the server is gone, or refuses it.
        """


@dataclass(frozen=True)
class Server:
    """A running server, with an empty database of our own in it."""

    database: dict[str, Any]
    """What Django's `DATABASES["default"]` needs, the password included."""
    origin: str
    """Where the server came from, without a word that changes from run to run: an image and its
    digest, a package and its version."""
    beside: Beside
    trouble: Callable[[], str | None] = lambda: None
    """Return what keeps the server from answering: that it was killed, that it ended and its last
    words, that it does not answer (`was killed by SIGKILL`). None where nothing does."""

    def gone(self) -> str | None:
        """Return in one line that the server is gone, and how; None where it answers."""
        reason = self.trouble()
        return None if reason is None else f"the server is gone: it {reason}"


@dataclass(frozen=True)
class Download:
    """What a provider fetches before it can serve a backend."""

    what: str
    megabytes: int | None
    """About what comes over the network; None where that is not known."""
    cached: bool
    """Whether it is on this machine already."""


class Provider(Protocol):
    """A way of bringing a backend up; `providers` lists them all."""

    @property
    def name(self) -> str:
        """What `--provider` calls it: `container`, `packages`, `url`, `in-process`."""

    def environ(self, backend: Backend, room: Room) -> Mapping[str, str]:  # noqa: ARG002
        """Return the environment variables that the suite's process needs from its start on.

        Raises:
            ServerUnavailableError: what they name could not be had.
        """
        return {}

    def lacks(self, backend: Backend) -> str | None:
        """Return why this provider cannot serve the backend here; None where it can.

        The reason is one line, and says what to do about it.
        """

    def download(self, backend: Backend) -> Download | None:  # noqa: ARG002
        """Return what is fetched once to serve the backend; None where nothing is."""
        return None

    def serve(self, backend: Backend, room: Room) -> AbstractContextManager[Server]:
        """Start the backend, wait until it answers, yield it, and leave nothing behind.

        Raises:
            ServerUnavailableError: it did not come up; the server's own last words are in the text.
        """
