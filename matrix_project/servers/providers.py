"""All providers, and which of them can serve a backend here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from matrix_project.backends import Backend
from matrix_project.servers import Provider, container, in_process, packages, url
from matrix_project.vendors import vendor

__all__ = ["PROVIDERS", "Choice", "choose", "suitable"]

PROVIDERS: Mapping[str, Provider] = {
    each.name: each
    for each in (in_process.provider, url.provider, container.provider, packages.provider)
}
"""All providers by name, in the order in which the automatic choice asks them."""


@dataclass(frozen=True)
class Choice:
    """The providers that can serve a backend here, and why the others cannot."""

    able: tuple[Provider, ...]
    """In the order in which they are to be tried."""
    lacks: Mapping[str, str]
    """By the name of each other provider, what it lacks and what to do."""

    @property
    def lacking(self) -> str:
        """What is lacking, in one line."""
        return "; ".join(f"{name}: {reason}" for name, reason in self.lacks.items())


def suitable(backend: Backend) -> tuple[Provider, ...]:
    """Return the providers that serve the backend's kind: with a server, or within the process."""
    if vendor(backend.vendor).library is not None:
        return (in_process.provider,)
    return tuple(each for each in PROVIDERS.values() if each is not in_process.provider)


def choose(backend: Backend, forced: str | None = None) -> Choice:
    """Ask which providers can serve the backend here; only the one that is forced, if any.

    What has no server takes its one provider, whichever is forced.
    """
    candidates = suitable(backend)
    if forced is not None and len(candidates) > 1:
        candidates = (PROVIDERS[forced],)
    lacks = {each: each.lacks(backend) for each in candidates}
    return Choice(
        able=tuple(each for each, reason in lacks.items() if reason is None),
        lacks={each.name: reason for each, reason in lacks.items() if reason is not None},
    )
