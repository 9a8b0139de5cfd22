"""The catalogue of backends and of Django's series, read from `backends.toml`."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import msgspec

__all__ = ["Backend", "DebianPackage", "Django", "NpmPackage", "asked", "catalogue", "djangos"]

# Each vendor's official image, and what of a series' name tells a pre-release: `19beta2`.
_IMAGES = {"postgresql": "postgres", "mysql": "mysql", "mariadb": "mariadb"}
_PRERELEASE = re.compile(r"(postgresql|mysql|mariadb)-(\d[\d.]*-?(?:alpha|beta|rc|preview)\w*)")


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
    series: str | None = None
    end_of_life: str | None = None
    default: bool = False
    prerelease: bool = False
    image: str | None = None
    debian: DebianPackage | None = None
    npm: NpmPackage | None = None
    wheel: str | None = None

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

    series: str
    pythons: tuple[str, str]
    """The oldest and the newest series of Python that it supports."""
    end_of_life: str


class _Catalogue(msgspec.Struct, forbid_unknown_fields=True):
    backend: list[Backend]
    django: list[Django]


@cache
def _read() -> _Catalogue:
    return msgspec.toml.decode(Path(__file__).with_suffix(".toml").read_bytes(), type=_Catalogue)


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
    if (found := _PRERELEASE.fullmatch(name)) is None:
        return None
    vendor, series = found.groups()
    return Backend(vendor, series, prerelease=True, image=f"{_IMAGES[vendor]}:{series}")
