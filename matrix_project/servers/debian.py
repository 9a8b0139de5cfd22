"""Programs out of Debian packages, without root and without touching the machine's own packages.

`unpacked()` hands over a folder that holds a package and everything it depends on, down to the C
library, and keeps it in the cache: `apt-get` resolves and downloads with private state, `dpkg-deb`
unpacks. The programs run through their own loader, so that those of a newer Debian run here too.

MATRIX_DEBIAN_MIRROR names another mirror than the one that this machine's apt uses.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from matrix_project.servers import Room, ServerUnavailableError
from matrix_project.servers.environ import environ_of_tool
from matrix_project.servers.tools import build_once, cache, run
from matrix_project.servers.tree import Tree

__all__ = ["ELSEWHERE", "cached", "lacks", "unpacked"]

ELSEWHERE = "use Docker (--provider container), or a server of your own (--provider url)"
"""What to do where no package can be had."""

_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
# With the date of a snapshot at most.
_ARCHIVE = re.compile(r"^'(\S+/debian(?:/\d{8}T\d{6}Z)?)/+dists/[^/']+/InRelease'", re.MULTILINE)
# Nothing that a server reads: documentation, and what the packages' installation scripts need.
_LEFT_OUT = ("doc", "man", "info", "locale", "i18n", "perl", "perl5")
# A suite that has to be used with another one. https://wiki.debian.org/DebianExperimental
_BASES = {"experimental": "sid"}
_APT_ERROR = re.compile("^E: ")
# https://manpages.debian.org/apt.conf
_APT_CONF = """\
Dir::State "{apt}/state";
Dir::State::Lists "{apt}/lists";
Dir::State::status "{apt}/status";
Dir::Cache "{apt}/cache";
Dir::Etc::SourceList "{apt}/sources.list";
Dir::Etc::SourceParts "{apt}/none";
Dir::Etc::Preferences "{apt}/preferences";
Dir::Etc::PreferencesParts "{apt}/none";
APT::Sandbox::User "";
APT::Install-Recommends "false";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
Acquire::Retries "1";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
// A mirror may be a frozen copy. Signatures are checked all the same.
Acquire::Check-Valid-Until "false";
// The machine's hooks and its pinned release are about its own packages.
#clear APT::Default-Release;
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
"""


def _mirror() -> str | None:
    """Return the address of a Debian mirror.

    What `apt-get update` would ask for is in its own answer, whatever the format of the sources and
    whether or not it was ever run. The main archive is told by its name, as on every mirror.
    """
    if given := os.environ.get("MATRIX_DEBIAN_MIRROR"):
        return given
    argv = ["apt-get", "update", "--print-uris"]
    try:
        env = environ_of_tool()
        done = subprocess.run(
            argv, check=False, capture_output=True, text=True, timeout=60, env=env
        )
    except subprocess.TimeoutExpired:
        return None
    found = _ARCHIVE.search(done.stdout)
    return found[1] if found else None


def cached(suite: str, package: str) -> Tree | None:
    """Return the tree of a package if it is in the cache, without asking the network."""
    folder = cache() / "debian" / f"{suite}-{package}"
    try:
        version = (folder / "version").read_text().strip()
    except (OSError, ValueError):
        return None
    return Tree(folder / "root", f"Debian {suite}: {package}", folder.name, version)


def lacks() -> str | None:
    """Return why packages cannot be fetched on this machine and what to do, in one line."""
    if sys.platform != "linux":
        return f"packages are for Linux alone: {ELSEWHERE}"
    for program, package in {"apt-get": "apt", "dpkg-deb": "dpkg"}.items():
        if shutil.which(program) is None:
            return f"there is no {program} (on Debian: install {package}): {ELSEWHERE}"
    if not _KEYRING.exists():
        return f"there is no {_KEYRING}: apt-get install debian-archive-keyring"
    if _mirror() is None:
        return "apt knows no Debian mirror: set MATRIX_DEBIAN_MIRROR=https://HOST/debian"
    return None


def unpacked(suite: str, package: str, room: Room, *, programs: Sequence[str] = ()) -> Tree:
    """Return a tree with the package, out of the cache or else fetched into it.

    `programs` are globs of what is going to be run: only these get a wrapper.

    Raises:
        ServerUnavailableError: it could not be fetched or unpacked; with apt's last words.
        KeyboardInterrupt: the run was cancelled.
    """
    final = cache() / "debian" / f"{suite}-{package}"
    with build_once(final, room) as new:
        if new is not None:
            if reason := lacks():
                raise ServerUnavailableError(reason)
            apt = room.subfolder(f"apt-{suite}-{package}")
            try:
                debs = _download(suite, package, apt, room)
                (new / "root").mkdir()
                (new / "root").chmod(0o755)
                _unpack(debs, new / "root", room)
                (deb,) = (deb for deb in debs if deb.name.startswith(f"{package}_"))
                (new / "version").write_text(run(room, ["dpkg-deb", "-f", deb, "Version"]))
            except ServerUnavailableError as error:
                message = f"{package} of Debian {suite} could not be fetched: {error}"
                raise ServerUnavailableError(message) from error
            finally:
                shutil.rmtree(apt, ignore_errors=True)
            for pattern in programs:
                _wrap(new / "root", pattern)
    tree = cached(suite, package)
    if tree is None:
        message = f"{final} is not whole: remove it, or set MATRIX_CACHE to another folder"
        raise ServerUnavailableError(message)
    return tree


def _download(suite: str, package: str, apt: Path, room: Room) -> list[Path]:
    for name in ("state", "lists/partial", "cache/archives/partial", "none"):
        (apt / name).mkdir(parents=True)
    # No package is installed. apt locks the folder that this file is in.
    (apt / "status").touch()
    # Of the indexes, the packages' alone.
    source = f"deb [signed-by={_KEYRING} target=Packages] {_mirror()}"
    suites = filter(None, (suite, _BASES.get(suite)))
    (apt / "sources.list").write_text("".join(f"{source} {each} main\n" for each in suites))
    (apt / "apt.conf").write_text(_APT_CONF.format(apt=apt))
    (apt / "preferences").touch()
    get = ["apt-get", "-c", str(apt / "apt.conf")]
    run(room, [*get, "update"], telling=_APT_ERROR)
    if suite in _BASES:
        _prefer(suite, package, apt, room)
    install = ["-y", "--download-only", "install", f"{package}/{suite}"]
    run(room, [*get, *install], timeout=600, telling=_APT_ERROR)
    return sorted((apt / "cache" / "archives").glob("*.deb"))


def _prefer(suite: str, package: str, apt: Path, room: Room) -> None:
    """Have apt take what was built together with the package from its suite, too.

    By itself it takes no dependency from there. https://manpages.debian.org/apt_preferences
    """
    table = run(room, ["apt-cache", "-c", apt / "apt.conf", "madison", package])
    rows = [[word.strip() for word in line.split("|")] for line in table.splitlines()]
    for version in [row[1] for row in rows if f" {suite}/" in row[-1]][:1]:
        pin = f"Package: /./\nPin: version {version}\nPin-Priority: 990\n"
        (apt / "preferences").write_text(pin)


def _unpack(debs: list[Path], root: Path, room: Room) -> None:
    # Not `dpkg-deb -x`: as root, it would leave set-uid programs about.
    script = 'dpkg-deb --fsys-tarfile "$1" | tar -x --no-same-owner --no-same-permissions -C "$2"'
    script += "".join(f" --exclude=./usr/share/{name}" for name in _LEFT_OUT)
    # Whatever root's umask: a server that runs as another user has to read it.
    script = f"umask 022; {script}"
    failed = threading.Event()

    def unpack(deb: Path) -> None:
        if not failed.is_set():
            try:
                run(room, ["sh", "-c", script, "dpkg-deb", deb, root])
            except BaseException:
                failed.set()
                raise

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(unpack, debs))


def _wrap(root: Path, pattern: str) -> None:
    """Put a script in the place of a program, that runs it through the loader of its own tree.

    It finds the tree by its own path, so that the cache can be moved.
    https://manpages.debian.org/ld.so
    """
    globs = ("lib/*/ld-linux*.so.*", "usr/lib/*/ld-linux*.so.*")
    loader = next(path for glob in globs for path in root.glob(glob))
    folders = (f"usr/lib/{loader.parent.name}", f"lib/{loader.parent.name}")
    libraries = ":".join(f"$root/{folder}" for folder in folders if (root / folder).is_dir())
    # Newer than the C library of Debian 11. Without it, the program is told its own name.
    name = '--argv0 "$0" ' if b"--argv0" in loader.read_bytes() else ""
    start = f'exec "$root/{loader.relative_to(root)}" --library-path "{libraries}" {name}'
    for program in list(root.glob(pattern)):
        own = program.relative_to(root)
        program.rename(program.with_name(f"{program.name}.real"))
        program.write_text(f'#!/bin/sh\nroot="${{0%/{own}}}"\n{start}"$0.real" "$@"\n')
        program.chmod(0o755)
