"""What a table has: its constraints and unique indexes by their parts, and how that is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["Held", "Kind", "Reading"]

Kind = Literal["primary_key", "unique", "check", "exclusion", "foreign_key", "index", "type"]


@dataclass(frozen=True, kw_only=True)
class Held:
    """A constraint or an index. All SQL is as the catalogue prints it, or as Django sends it."""

    table: str
    name: str
    """Empty where it has none."""
    kind: Kind
    """`index` is one that makes nothing unique, `type` a column's type that takes no negative."""
    definition: str
    keys: tuple[str, ...] = ()
    """The SQL of each key of an index or of each column; of a check, the columns where told."""
    condition: str | None = None
    """The SQL of a check, or of the rows that an index is about."""
    operators: tuple[str, ...] = ()
    """Those of an exclusion, one a key."""
    method: str | None = None
    """The access method of an exclusion."""
    include: tuple[str, ...] = ()
    deferrable: Literal["immediate", "deferred"] | None = None
    nulls_distinct: bool = True
    validated: bool = True
    """Whether the rows that were there before it are known to hold it."""
    enforced: bool = True
    references: tuple[str, ...] = ()
    """Of a foreign key: the table, and the columns there."""
    unusual: tuple[str, ...] = ()
    """What else it says that no constraint of Django's does."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How a vendor's catalogue is read without writing anything."""

    held: Callable[[Any, Sequence[str]], dict[str, list[Held]]]
    """Return, by cursor, what each of the named tables has; a table that is not there is left out.
    The names are those that were asked for."""
    begin: Sequence[str]
    """The statements that make a transaction of Django's, just begun, read-only."""
    settings: Callable[[Mapping[str, Any]], dict[str, Any]]
    """Return an entry of `DATABASES` with all left out that would write when it is connected to."""
    same_name: Callable[[str], str]
    """Return a name so that names that are one to the server are equal."""
