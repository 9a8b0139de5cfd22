"""Where the page is published: one setting that the publishing workflow fills."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

__all__ = ["ADDRESS", "NOWHERE", "REPOSITORY", "Site", "site_of"]

ADDRESS = "MATRIX_PUBLIC_ADDRESS"
"""The variable with the address of the folder that is published: `https://me.example/matrix/`."""
REPOSITORY = "MATRIX_REPOSITORY"
"""The variable with the address of the repository."""


@dataclass(frozen=True)
class Site:
    """The public addresses; what needs one that is empty is left out of the page."""

    address: str = ""
    """That of the published folder, with a slash at its end."""
    repository: str = ""
    """That of the repository, without one."""


NOWHERE = Site()
"""What is not published."""


def site_of(variables: Mapping[str, str]) -> Site:
    """Return the public addresses that the variables name; what is no such address is left out."""
    address, repository = (_web(variables.get(name, "")) for name in (ADDRESS, REPOSITORY))
    return Site(f"{address}/" if address else "", repository)


def _web(text: str) -> str:
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    return text.rstrip("/") if parts.scheme in {"http", "https"} and parts.netloc else ""
