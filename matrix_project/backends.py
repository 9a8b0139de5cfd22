"""The catalogue of backends and of Django's series, read from `backends.toml`."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from matrix_project.vendors import VENDORS, UnknownVendorError, vendor

__all__ = [
    "Backend",
    "CatalogueError",
    "DebianPackage",
    "Django",
    "NpmPackage",
    "asked",
    "catalogue",
    "djangos",
]

# What of a series' name tells a pre-release: `19beta2`.
_PRERELEASE = re.compile(r"([a-z]\w*)-(\d[\d.]*-?(?:alpha|beta|rc|preview)\w*)")

_Date = Annotated[str, Meta(pattern=r"^\d{4}-\d\d(-\d\d)?$")]
_Version = Annotated[str, Meta(pattern=r"^\d+\.\d+$")]


class DebianPackage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A server's package in a Debian suite."""

    suite: str
    package: str


class NpmPackage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A package of the npm registry; `{machine}` in its name is npm's word for the processor."""

    package: str
    version: str


class Backend(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A vendor at a release series: `postgresql-18`, `sqlite`."""

    vendor: str
    """The name of one of `vendors.VENDORS`."""
    series: Annotated[str, Meta(pattern=r"^\d[\w.-]*$")] | None = None
    end_of_life: _Date | None = None
    default: bool = False
    prerelease: bool = False
    image: str | None = None
    debian: DebianPackage | None = None
    npm: NpmPackage | None = None
    wheel: str | None = None
    megabytes: int | None = None
    """About what its package or its wheel takes to download."""

    @property
    def id(self) -> str:
        """The name that a user gives with `--backend`."""
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


class _Catalogue(msgspec.Struct, forbid_unknown_fields=True):
    backend: list[Backend]
    django: list[Django]


class CatalogueError(Exception):
    """`backends.toml` is not as it has to be; its text is one line that says where."""


@cache
def _read() -> _Catalogue:
    path = Path(__file__).with_suffix(".toml")
    try:
        found = msgspec.toml.decode(path.read_bytes(), type=_Catalogue)
        for row in found.backend:
            vendor(row.vendor)
    except (ValueError, UnknownVendorError) as error:
        message = f"{path.name}: {error}"
        raise CatalogueError(message) from error
    names = [row.id for row in found.backend] + [row.series for row in found.django]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        message = f"{path.name}: {', '.join(twice)} is in two rows"
        raise CatalogueError(message)
    return found


def catalogue() -> dict[str, Backend]:
    """Return every backend of `backends.toml` by its id, in the file's order."""
    return {row.id: row for row in _read().backend}


def djangos() -> list[Django]:
    """Return every series of Django of `backends.toml`, newest first."""
    return _read().django


def asked(name: str) -> Backend | None:
    """Return the backend that a user names, or None where there is none.

    A pre-release (`postgresql-19beta2`) needs no row: it is looked for as an image of that tag.
    """
    if (row := catalogue().get(name)) is not None:
        return row
    found = _PRERELEASE.fullmatch(name)
    known = VENDORS.get(found[1]) if found else None
    if found is None or known is None or known.image is None:
        return None
    image = f"{known.image.name}:{found[2]}"
    return Backend(known.name, found[2], prerelease=True, image=image)
