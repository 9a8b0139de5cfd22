"""The catalogue of backends, read from `backends.toml`."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

__all__ = ["Backend", "DebianPackage", "catalogue"]


class DebianPackage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A server's package in a Debian suite."""

    suite: str
    package: str


class Backend(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A vendor at a release series: `postgresql-18`, `sqlite`."""

    vendor: str
    series: str | None = None
    default: bool = False
    image: str | None = None
    packages: DebianPackage | None = None

    @property
    def id(self) -> str:
        """The name that a user gives with `--backend`."""
        return f"{self.vendor}-{self.series}" if self.series else self.vendor

    def serves(self, server_version: str) -> bool:
        """Tell whether a server of this version (`9.7.4`) is of this backend's series (`9.7`)."""
        return self.series is None or f"{server_version}.".startswith(f"{self.series}.")


class _Catalogue(msgspec.Struct, forbid_unknown_fields=True):
    backend: list[Backend]


@cache
def catalogue() -> dict[str, Backend]:
    """Return every backend of `backends.toml` by its id, in the file's order."""
    text = Path(__file__).with_suffix(".toml").read_bytes()
    rows = msgspec.toml.decode(text, type=_Catalogue).backend
    return {row.id: row for row in rows}
