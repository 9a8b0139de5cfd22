"""The catalogue of backends and of Django's series, read from `backends.toml`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from matrix_project import bounded
from matrix_project.results.versions import version_key
from matrix_project.vendors import VENDORS, UnknownVendorError, vendor

__all__ = [
    "Backend",
    "Catalogue",
    "CatalogueError",
    "DebianPackage",
    "Django",
    "Integrity",
    "NpmPackage",
    "Variant",
    "asked",
    "catalogue",
    "djangos",
    "read",
    "variants",
]

# What of a series' name tells a pre-release: `19beta2`.
_PRERELEASE = re.compile(r"([a-z]\w*)-(\d[\d.]*-?(?:alpha|beta|rc|preview)\w*)")

_Date = Annotated[str, Meta(pattern=r"^\d{4}-\d\d(-\d\d)?\Z")]
_Sha512 = Annotated[str, Meta(pattern=r"^sha512-[A-Za-z0-9+/]{86}==\Z")]
_Version = Annotated[str, Meta(pattern=r"^\d+\.\d+\Z")]


class DebianPackage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A server's package in a Debian suite."""

    suite: str
    package: str


class Integrity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The hash of a package's tarball, by npm's word for the processor.

    https://www.w3.org/TR/SRI/#the-integrity-attribute
    """

    x64: _Sha512 | None = None
    arm64: _Sha512 | None = None


class NpmPackage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A package of the npm registry; `{machine}` in its name is npm's word for the processor."""

    package: str
    version: str
    integrity: Integrity


class Variant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A database of its own on a backend's server, made in another way than the server's own."""

    backend: str
    """The id of the backend."""
    name: Annotated[str, Meta(pattern=r"^\w[\w.-]*\Z")]
    database: Annotated[str, Meta(pattern=r"^CREATE DATABASE \{name\} [^{};]+\Z")]
    """The statement that makes the database; `{name}` is its name."""


class Backend(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A vendor at a release series: `postgresql-18`, `sqlite`; or a variant of one."""

    vendor: str
    """The name of one of `vendors.VENDORS`."""
    series: Annotated[str, Meta(pattern=r"^\d[\w.-]*\Z")] | None = None
    end_of_life: _Date | None = None
    default: bool = False
    prerelease: bool = False
    image: str | None = None
    debian: DebianPackage | None = None
    npm: NpmPackage | None = None
    wheel: str | None = None
    megabytes: Annotated[int, Meta(ge=1)] | None = None
    """About what its package or its wheel takes to download."""
    variant: Variant | None = None
    """What its database differs by; None: it is as the server makes it."""

    @property
    def id(self) -> str:
        """The name that a user gives with `--backend`: `mysql-9.7`, `mysql-9.7~utf8mb4_bin`."""
        return f"{self.server}~{self.variant.name}" if self.variant else self.server

    @property
    def server(self) -> str:
        """The id of the backend whose server serves it: `mysql-9.7`."""
        return f"{self.vendor}-{self.series}" if self.series else self.vendor

    def serves(self, server_version: str) -> bool:
        """Tell whether a server of this version (`9.7.4`) is of this backend's series (`9.7`).

        A tag's `-rc` is no part of the version that a server tells.
        """
        if self.series is None:
            return True
        return f"{server_version}.".startswith(f"{self.series.partition('-')[0]}.")


class Django(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A release series of Django."""

    series: _Version
    pythons: tuple[_Version, _Version]
    """The oldest and the newest series of Python that it supports."""
    end_of_life: _Date


class Catalogue(msgspec.Struct, forbid_unknown_fields=True):
    """The rows of the file."""

    backend: list[Backend]
    django: list[Django]
    variant: list[Variant] = []


class CatalogueError(Exception):
    """`backends.toml` is not as it has to be; its text is one line that says where."""


@cache
def _read() -> Catalogue:
    return read(Path(__file__).with_suffix(".toml"))


def read(path: Path) -> Catalogue:
    """Return the catalogue in a file.

    Raises:
        CatalogueError: there is none, or it is not as it has to be.
    """
    try:
        found = msgspec.toml.decode(bounded.read(path), type=Catalogue)
        for row in found.backend:
            vendor(row.vendor)
        for wrong in _wrong(found):
            raise ValueError(wrong)  # noqa: TRY301 (told like whatever else is wrong)
    except (OSError, ValueError, RecursionError, UnknownVendorError) as error:
        deep = "it is nested too deep" if isinstance(error, RecursionError) else None
        words = deep or getattr(error, "strerror", None) or error
        message = f"{path}: {words}; mend it, or install the project anew"
        raise CatalogueError(message) from error
    return found


def _wrong(found: Catalogue) -> Iterator[str]:
    names = [row.id for row in found.backend] + [row.series for row in found.django]
    names += [f"{row.backend}~{row.name}" for row in found.variant]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        yield f"{', '.join(twice)} is in two rows"
    for kind in ("backend", "django"):
        if not getattr(found, kind):
            yield f"it has no row of a {kind}"
    for django in found.django:
        oldest, newest = map(version_key, django.pythons)
        if oldest > newest:
            yield f"the Pythons of Django {django.series} are the wrong way round"
    yield from _wrong_variants(found)
    ends = [row.end_of_life for row in found.backend] + [row.end_of_life for row in found.django]
    if odd := [end for end in ends if end and not _is_date(end)]:
        yield f"there is no such day or month: {odd[0]}"


def _wrong_variants(found: Catalogue) -> Iterator[str]:
    if odd := [row.id for row in found.backend if row.variant is not None]:
        yield f"{odd[0]} is in a row of a backend: a variant has a row of its own, [[variant]]"
    vendors = {row.id: vendor(row.vendor) for row in found.backend}
    for row in found.variant:
        if row.backend not in vendors:
            yield f"the variant {row.name} is of {row.backend}, which has no row"
        elif vendors[row.backend].access is None:
            yield f"the variant {row.name} is of {row.backend}, which has no server"


def _is_date(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text if text.count("-") > 1 else f"{text}-01"))
    except ValueError:
        return False


def catalogue() -> dict[str, Backend]:
    """Return every backend of `backends.toml` by its id, in the file's order, without variants."""
    return {row.id: row for row in _read().backend}


def variants() -> dict[str, Backend]:
    """Return every variant of a backend by its id, in the file's order.

    It is like its backend but for its database, and never part of a run that names no backend.
    """
    found = [
        replace(catalogue()[row.backend], default=False, variant=row) for row in _read().variant
    ]
    return {each.id: each for each in found}


def djangos() -> list[Django]:
    """Return every series of Django of `backends.toml`, newest first."""
    return _read().django


def asked(name: str) -> Backend | None:
    """Return the backend or the variant that a user names, or None where there is none.

    A pre-release (`postgresql-19beta2`) needs no row: it is looked for as an image of that tag.
    """
    if (row := (catalogue() | variants()).get(name)) is not None:
        return row
    found = _PRERELEASE.fullmatch(name)
    known = VENDORS.get(found[1]) if found else None
    if found is None or known is None or known.image is None:
        return None
    image = f"{known.image.name}:{found[2]}"
    return Backend(known.name, found[2], prerelease=True, image=image)
