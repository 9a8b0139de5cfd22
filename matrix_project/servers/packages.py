"""Provider `packages`: a server out of Debian's or npm's packages, without Docker and without root.

Data folders are not durable, so that they start fast. Whatever a user sees of a constraint (SQL
mode, collation, isolation level) is as the server was compiled. The vendors' own are in `recipes`.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from matrix_project.backends import Backend
from matrix_project.servers import Provider, Room, Server, ServerUnavailableError, debian, npm
from matrix_project.servers.databases import DIALECTS, create_beside, greet, new_name
from matrix_project.servers.recipes import RECIPES, Place, Recipe
from matrix_project.servers.tools import build_once, cache, lacks_driver, last_words, run
from matrix_project.servers.tree import Tree

__all__ = ["provider"]

_NOBODY = 65534
_SECONDS_TO_START = 120
_SECONDS_TO_ANSWER = 20
_ATTEMPTS = 5
# https://manpages.debian.org/unix.7
_LONGEST_SOCKET = 107
_TELLING = re.compile(r"\[ERROR\](?!.*Aborting$)|FATAL|PANIC|error:|No space left|already in use")
# Not the caller's: LD_LIBRARY_PATH would be lethal, and the time zone would differ by machine.
_ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath}


class _Packages(Provider):
    name = "packages"

    def lacks(self, backend: Backend) -> str | None:
        return _lacks_tree(backend) or lacks_driver(DIALECTS[RECIPES[backend.vendor].engine].driver)

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


def _lacks_tree(backend: Backend) -> str | None:
    """Return why the backend's package can neither be had from the cache nor be fetched."""
    if (row := backend.debian) is not None:
        return None if debian.cached(row.suite, row.package) else debian.lacks()
    if backend.npm is not None:
        return npm.lacks(backend.npm.package)
    return f"the catalogue names no package of {backend.id}"


def _tree(backend: Backend, room: Room) -> Tree:
    """Return the backend's package, out of the cache or else fetched into it."""
    if (row := backend.debian) is not None:
        programs = list(RECIPES[backend.vendor].programs.values())
        return debian.unpacked(row.suite, row.package, room, programs=programs)
    if backend.npm is not None:
        return npm.unpacked(backend.npm.package, backend.npm.version, room)
    raise ServerUnavailableError(_lacks_tree(backend))


def _serve(backend: Backend, room: Room, stack: ExitStack) -> Server:
    """Return the running server; `stack` takes it down."""
    tree = _tree(backend, room)
    recipe = RECIPES[backend.vendor]
    if not backend.serves(tree.upstream):
        message = f"{tree.origin} is not of the series {backend.series}: change the catalogue"
        raise ServerUnavailableError(message)
    owner = _NOBODY if os.geteuid() == 0 else None
    template = _template(recipe, tree, room, owner)
    database = new_name()
    folder = room.subfolder(database, owner)
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    data = folder / "data"
    run(room, ["cp", "-a", "--reflink=auto", template / "data", data], **_as(owner))
    for attempt in range(1, _ATTEMPTS + 1):
        password = secrets.token_urlsafe()
        place = Place(folder, data, _free_port(), recipe.user, password, database, owner)
        try:
            with ExitStack() as started:
                _start(recipe, tree, place, room, started)
                stack.push(started.pop_all())
            break
        except _PortTakenError:
            if attempt == _ATTEMPTS:
                raise
    entry = _entry(recipe, place)
    return Server(entry, tree.origin, partial(create_beside, entry))


def _entry(recipe: Recipe, place: Place) -> dict[str, Any]:
    """Return what Django's `DATABASES` needs for our database."""
    return {
        "ENGINE": recipe.engine,
        "NAME": place.database,
        "USER": place.user,
        "PASSWORD": place.password,
        "HOST": "127.0.0.1",
        "PORT": str(place.port),
    }


def _template(recipe: Recipe, tree: Tree, room: Room, owner: int | None) -> Path:
    """Return the folder with the initialised `data` of this very build, made if need be."""
    of = f"{recipe.initialise}{recipe.feed}{owner}".encode()
    name = f"{tree.name}-{tree.release}-{hashlib.sha256(of).hexdigest()[:12]}"
    path = cache() / "templates" / name
    with build_once(path, room, owner=owner) as new:
        if new is not None:
            data = new / "data"
            data.mkdir(mode=0o700)
            if owner is not None:
                os.chown(data, owner, owner)
            sql = "".join(tree.find(glob).read_text(errors="replace") for glob in recipe.feed)
            if sql:
                sql = f"CREATE DATABASE mysql;\nUSE mysql;\n{sql}"
            words = _words(recipe.initialise, recipe, tree, data=data)
            run(room, words, stdin=sql or None, telling=_TELLING, **_as(owner))
    return path


def _words(command: tuple[str, ...], recipe: Recipe, tree: Tree, **values: object) -> list[str]:
    found = {name: tree.find(glob) for name, glob in {**recipe.programs, **recipe.paths}.items()}
    return [word.format(root=tree.root, **found, **values) for word in command]


def _as(owner: int | None) -> Mapping[str, Any]:
    """Return the options that start a process as `owner`, in a folder that anyone may enter."""
    user = {} if owner is None else {"user": owner, "group": owner, "extra_groups": []}
    return {"env": _ENVIRONMENT, "cwd": "/", **user}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _start(recipe: Recipe, tree: Tree, place: Place, room: Room, stack: ExitStack) -> None:
    """Start the server and return once it answered; `stack` stops it."""
    if len(os.fsencode(place.socket)) > _LONGEST_SOCKET:
        message = "the temporary folder's path is too long for a socket: set TMPDIR to another one"
        raise ServerUnavailableError(message)
    values = {name: getattr(place, name) for name in (*place.__dataclass_fields__, "socket")}
    for name, text in recipe.files.items():
        path = place.folder / name
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_text(text.format(**values))
        if place.owner is not None:
            os.chown(path, place.owner, place.owner)
    process = room.spawn(
        _words(recipe.serve, recipe, tree, **values),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        **_as(place.owner),
    )
    log = _Log(process)
    stack.callback(log.close)
    stack.callback(recipe.killed, place)
    stack.callback(room.stop, process, ask=recipe.ask)
    try:
        ready = log.read_until(recipe.ready)
        if ready:
            recipe.open(place)
            greet(_entry(recipe, place), seconds=_SECONDS_TO_ANSWER)
            return
        unavailable = ServerUnavailableError
        if any("already in use" in line for line in log.lines):
            unavailable = _PortTakenError
        what = "did not start"
        words = last_words(log.lines, room, _TELLING)
    except Exception as error:  # noqa: BLE001 (the drivers have no common class)
        unavailable = ServerUnavailableError
        what = "did not answer"
        words = last_words(str(error), room)
    if room.cancelled.is_set():
        raise KeyboardInterrupt
    words = words.replace(place.password, "***").replace(place.database, "matrix")
    message = f"{tree.origin} {what}: {words}"
    raise unavailable(message)


class _Log:
    """A server's log: read line by line until it is ready, drained from then on."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        if process.stderr is None:
            raise ValueError(process)
        self.lines: deque[str] = deque(maxlen=200)
        self._process, self._stream = process, process.stderr
        self._drain = threading.Thread(target=self._read, daemon=True)

    def _read(self, ready: str | None = None) -> bool:
        for line in self._stream:
            self.lines.append(line)
            if ready is not None and ready in line:
                return True
        return False

    def read_until(self, ready: str) -> bool:
        """Return whether the server wrote `ready`, and not ended before that or took too long."""
        timer = threading.Timer(_SECONDS_TO_START, self._give_up)
        timer.start()
        try:
            found = self._read(ready)
        finally:
            timer.cancel()
            timer.join()
        if found:
            self._drain.start()
        return found

    def _give_up(self) -> None:
        self.lines.append(f"[ERROR] not ready within {_SECONDS_TO_START} s")
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> None:
        """Wait until every process that holds the log is gone. The server is stopped by now."""
        if self._drain.ident is not None:
            self._drain.join(timeout=10)
        self._stream.close()
