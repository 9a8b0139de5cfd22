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
    "asked",
    "catalogue",
    "djangos",
    "read",
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


class Backend(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A vendor at a release series: `postgresql-18`, `sqlite`."""

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


class Catalogue(msgspec.Struct, forbid_unknown_fields=True):
    """The rows of the file."""

    backend: list[Backend]
    django: list[Django]


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
    if twice := sorted({name for name in names if names.count(name) > 1}):
        yield f"{', '.join(twice)} is in two rows"
    for kind in ("backend", "django"):
        if not getattr(found, kind):
            yield f"it has no row of a {kind}"
    for django in found.django:
        oldest, newest = map(version_key, django.pythons)
        if oldest > newest:
            yield f"the Pythons of Django {django.series} are the wrong way round"
    ends = [row.end_of_life for row in found.backend] + [row.end_of_life for row in found.django]
    if odd := [end for end in ends if end and not _is_date(end)]:
        yield f"there is no such day or month: {odd[0]}"


def _is_date(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text if text.count("-") > 1 else f"{text}-01"))
    except ValueError:
        return False


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
