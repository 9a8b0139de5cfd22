"""What a vendor's module tells: how it reads errors and the catalogue, and how it is served."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matrix_project.vendors.held import Reading
from matrix_project.vendors.planning import Planning
from matrix_project.vendors.serving import Access, Image, Library, Recipe, first_importable
from matrix_project.which_constraint import Columns, Constraint

__all__ = ["Entry", "Locks", "Raised", "UnknownVendorError", "Vendor"]


class UnknownVendorError(Exception):
    """A database that no vendor's module knows; its text is one sentence."""


@dataclass(frozen=True)
class Raised:
    """What a driver's exception says."""

    code: str | None
    """SQLSTATE, errno or extended result name; None where the driver gave none."""
    message: str
    constraint: str | None = None
    """The constraint that the error names, its whole name, as the server spells it."""
    columns: tuple[str, ...] = ()
    """The columns that it names in the place of a constraint."""

    @classmethod
    def of(cls, code: str | None, message: str, found: Constraint | Columns | None) -> Raised:
        """Return the same with what `which_constraint` finds in the error."""
        if isinstance(found, Columns):
            table = f"{found.table}." if found.table else ""
            return cls(code, message, columns=tuple(f"{table}{name}" for name in found.names))
        return cls(code, message, constraint=found.name if found else None)


@dataclass(frozen=True, order=True)
class Entry:
    """A constraint or an index, as the catalogue has it."""

    table: str
    name: str
    """Empty where it has none."""
    definition: str
    columns: tuple[str, ...] = ()
    """The columns that an error may name in the place of the name; empty where none does."""


@dataclass(frozen=True, kw_only=True)
class Locks:
    """How long a session waits for the locks of another, and how a third one sees that it does."""

    limit: str
    """The statement that limits it; `{}` is the number of seconds."""
    timed_out: frozenset[str]
    """The codes of the errors that end it."""
    session: str | None = None
    """The query for a session's own number; None where no query tells of sessions."""
    waits: str | None = None
    """The query whether the session of the number `{}` waits; it gives 0 where it does not."""
    alters: str | None = None
    """The query whether the session of the number `{}` is at the rows of a table that it alters;
    None where its transaction can be held open instead."""
    seconds_between: float = 0.01
    """After how long it may tell something new."""


@dataclass(frozen=True, kw_only=True)
class Vendor:
    """One vendor. `Any` is a connection or a cursor of Django's."""

    name: str
    title: str
    engine: str
    """Django's `ENGINE`."""
    drivers: Sequence[str]
    """The modules that Django reaches it through: the first of them that can be imported."""
    serves: Callable[[Any], bool]
    """Whether a connection leads to this vendor."""
    read_error: Callable[[BaseException], Raised]
    """Read what the driver raised."""
    is_fault: Callable[[str | None], bool]
    """Whether an error of this code says that the server or the harness is in trouble, and so
    answers nothing; `None` is an operational error without a code."""
    catalogue: Callable[[Any, Sequence[str]], list[Entry]]
    """Return, by cursor, the constraints and indexes of the tables that exist among the named."""
    settings: Mapping[str, str]
    """The settings that change behaviour, each with the query that reads it."""
    server_version: Callable[[Any], str]
    """Return the server's own version by a connection: `18.6`, `19rc1`, `9.7.4`."""
    locks: Locks
    planning: Planning
    """How it tells a query's plan."""
    reading: Reading
    """How its catalogue is read without writing anything."""
    session: Sequence[str] = ()
    """What is sent once on a new connection, so that messages are in English."""
    settle: Callable[[Any], None] = lambda _: None
    """Have Django's connection send the same SQL in each process."""
    shows_keys: bool = False
    """Whether an error shows a key that the database counted, so that counters begin anew before
    each probe."""
    strict: bool = False
    """Whether a column takes no value but of its own type: an audit's rows are made there first."""
    apps: Sequence[str] = ()
    """The applications that Django's fields and constraints of this vendor need installed."""
    oldest: Callable[[], tuple[int, ...] | None] = lambda: None
    """Return the oldest version that the installed Django supports; None: any."""
    driver_help: str = 'run `pip install "constraint-matrix[matrix]"`'
    """What to do where the driver cannot be imported."""
    access: Access | None = None
    """How its servers are talked to; None where it has none."""
    image: Image | None = None
    recipe: Recipe | None = None
    library: Library | None = None
    """How it is used within the process; None where it is not."""

    @property
    def driver(self) -> str:
        """The module that is looked for first, and told where there is none."""
        return self.drivers[0]

    def import_driver(self) -> Any:
        """Return the module that Django reaches it through here.

        Raises:
            ImportError: none can be imported; it is the error of the first.
        """
        return first_importable(self.drivers)
