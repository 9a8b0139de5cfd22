"""What a vendor's module tells of its servers: one type a provider, `Access` for all that runs.

A vendor has those of them that it can be served by; a provider without its own serves it not.
"""

from __future__ import annotations

import importlib
import re
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["Access", "Image", "Instance", "Library", "Recipe", "Right", "first_importable"]


def first_importable(modules: Sequence[str]) -> Any:
    """Return the first of the modules that can be imported.

    Raises:
        ImportError: none can be; it is the error of the first.
    """
    first, *others = modules
    try:
        return importlib.import_module(first)
    except ImportError:
        for each in others:
            with suppress(ImportError):
                return importlib.import_module(each)
        raise


@dataclass(frozen=True)
class Right:
    """A privilege that the suite needs of an account on a server of the user's own."""

    name: str
    trial: str
    """A statement that is denied without it; `{name}` is a database of ours."""
    grant: str
    """The statement that grants it; `{names}` are all that are lacking."""


@dataclass(frozen=True, kw_only=True)
class Access:
    """How a running server is talked to; `Any` is a connection of the vendor's driver."""

    connect: Callable[[Mapping[str, Any], Mapping[str, Any]], Any]
    """Connect to an entry of Django's `DATABASES`, with options of the driver's own; each statement
    is its own transaction."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Every setting of a connection that the driver's library would take from around it, were it
    not given: from environment variables, and from files in the user's home. As the `OPTIONS` of
    Django's `DATABASES`; a URL may give others."""
    create: str
    """The statement that makes a database."""
    drop: str
    """The statement that drops a database, whoever of ours is in it still."""
    databases: str
    """The statement that lists the databases that the account sees."""
    in_use: str
    """The statement that lists those that somebody is connected to, among others; it fails where
    the account does not see everybody."""
    creates: Right
    """The privilege to make a database, and the statement that makes one as the server has it."""
    rights: tuple[Right, ...] = ()
    """Those that are tried before the database is there: nothing comes of a statement."""
    rights_within: tuple[Right, ...] = ()
    """Those that are tried in the database, and leave nothing there."""
    denied: frozenset[str]
    """Codes of errors that say that a privilege is lacking."""
    like: str = "SELECT 1"
    """The question whose answers `create` takes, so that the new database is like this one."""
    hopeless: frozenset[int] = frozenset()
    """Codes of errors that no waiting mends, where a server is starting."""
    version: str
    """The statement that asks for the server's version."""
    series: str
    """What of the version is the series, as a regular expression."""
    own: str = ""
    """What every version of this vendor's matches, where others speak the same protocol."""
    scheme: str
    """What the URL of a server begins with."""
    parsed_as: str | None = None
    """The scheme by which dj-database-url knows it, where that is another."""
    localhost: str = "localhost"
    """What `localhost` with a port has to be called, for the driver to use the port."""


@dataclass(frozen=True, kw_only=True)
class Image:
    """How the vendor's official image is run, for the provider `container`."""

    name: str
    """Its name in the registry; the tag is a series."""
    megabytes: int
    """About what there is to download."""
    port: int
    user: str
    """The administrator, who has every right that the suite needs."""
    account: Mapping[str, str]
    """The environment variables that name `{user}`, `{password}` and `{database}`."""
    tmpfs: str
    """The folder to keep in memory: the data are in it."""
    environment: Mapping[str, str]
    flags: tuple[str, ...]
    """The server's options. The data are thrown away, so that nothing has to wait for a disk. What
    a user sees of a constraint (SQL mode, collation, isolation level) is as the image has it."""


@dataclass(frozen=True)
class Instance:
    """One server of one run. The texts of a recipe name these fields in braces."""

    folder: Path
    """A folder of the room that only the server and we may enter."""
    data: Path
    port: int
    user: str
    password: str
    database: str
    owner: int | None
    """The user id that it runs as; None: ours."""

    @property
    def socket(self) -> Path:
        """Return the Unix socket's path. Only the folder's owner gets to it."""
        return self.folder / f".s.PGSQL.{self.port}"


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How the vendor's programs are initialised and started, for the provider `packages`."""

    user: str
    programs: Mapping[str, str]
    """Globs of the programs to run, in the unpacked tree."""
    initialise: tuple[str, ...]
    """The command that fills an empty data folder; what does not depend on the run."""
    serve: tuple[str, ...]
    """The command that serves it until it is stopped."""
    ready: str
    """What the server writes to its log once it takes connections."""
    errors: re.Pattern[str]
    """What a line of its log matches that tells why it does not start; no warning does."""
    paths: Mapping[str, str] = field(default_factory=dict)
    """Globs of other paths that the commands name."""
    preface: str = ""
    """The SQL that `initialise` reads first."""
    feed: tuple[str, ...] = ()
    """Globs of the SQL files that it reads then."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Files to write into the folder before the start, for the server alone to read."""
    open: Callable[[Instance], None] = lambda _: None
    """Have our account and our database in it, where `files` have not seen to it."""
    ask: signal.Signals | None = None
    """The signal that ends it quickly and with all its processes."""
    killed: Callable[[Instance], None] = lambda _: None
    """Remove what a server that was killed while it started leaves outside its folder."""


@dataclass(frozen=True, kw_only=True)
class Library:
    """How a database that has no server is used, for the provider `in-process`."""

    database: Callable[[Path], dict[str, Any]]
    """Return the entry of Django's `DATABASES` for a database in a file."""
    version: Callable[[], tuple[int, ...]]
    """Return the version of the library that the running Python has."""
    origin: str
    """Where that library is from."""
    member: str
    """The glob of the library in a wheel that brings another one."""
    variable: str
    """The environment variable that names the library to the suite's process."""
    differs: Callable[[Any, str], str | None]
    """Return why a connection of Django's does not use the library at a path; None where it
    does."""
