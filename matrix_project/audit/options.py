"""What an audit is asked: the project, and which of its constraints, in which way."""

from __future__ import annotations

import msgspec

__all__ = ["Options"]


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What every process of an audit is started with, as JSON."""

    settings: str
    """The module of the project's settings."""
    labels: tuple[str, ...] = ()
    """Apps, models and constraints that narrow it; none: all."""
    keywords: tuple[str, ...] = ()
    """Parts of a constraint's id, one of which has to be in it; none: all."""
    rows: str | None = None
    """A Python file that helps with rows."""
    against: str | None = None
    """The alias of the project's own database that is compared with the models."""
    ways_in: tuple[str, ...] = ()
    """Ways in through the project's own code: `save`."""

    @property
    def narrowing(self) -> list[str]:
        """What makes it less than all constraints: the words of the command line."""
        return [*self.labels, *(f"-k {each}" for each in self.keywords)]
