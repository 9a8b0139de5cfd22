"""What is observed: a constraint, the tables that it needs, and rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from django.db.migrations.operations.base import Operation
from django.db.models import Model

from matrix_project.observe.targets import Target

if TYPE_CHECKING:
    from matrix_project.observe.tables import Tables

__all__ = ["Act", "Fact", "OwnStep", "Row", "Subject"]


@dataclass(frozen=True)
class Row:
    """A row of another of the subject's models; a plain mapping is a row of the observed one."""

    model: str
    """The model's name, or its label: `app_label.Model`."""
    values: Mapping[str, Any]


Rows = Sequence[Row | Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Act:
    """A probe of the subject's own."""

    title: str
    do: Callable[[Tables], object]
    """What is done, inside a transaction of its own that is then committed."""
    expect: Literal["accept", "reject"] | None = None
    """What the constraint promises; None in a question."""
    rows: Rows = ()
    """Rows that are there beside the subject's."""
    validates: Mapping[str, Any] | None = None
    """A row that `full_clean()` is asked of, too, beside the subject's rows."""
    exclude: Collection[str] = ()
    """The fields that are excluded from that."""


@dataclass(frozen=True, kw_only=True)
class Fact:
    """Something else to look at: what a form says, what a query finds."""

    title: str
    look: Callable[[Tables], object]
    """Return what is seen; an exception is seen too."""
    rows: Rows = ()
    without: bool = False
    """Look at the tables without the constraint."""

    def shown(self, tables: Tables) -> str:
        """Return in one line what is seen; an exception is seen too."""
        try:
            shows = str(self.look(tables))
        except Exception as error:  # noqa: BLE001
            shows = f"{type(error).__name__}: {error}"
        return " ".join(shows.split())


@dataclass(frozen=True, kw_only=True)
class OwnStep:
    """A migration that comes after the constraint."""

    name: str
    operations: Sequence[Operation]
    rows: Rows | Literal["kept"] | None = None
    """The rows that it finds in the place of the subject's; or those that are there, `kept`."""
    anyway: bool = False
    """Whether it is taken where the step before was refused, too."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One constraint, or a group of them, of models that are made for it alone."""

    models: Sequence[type[Model]]
    """All models that need a table, those that others refer to before them."""
    targets: Sequence[Target] = ()
    """What is observed; nothing in a question that needs no constraint."""
    rows: Rows = ()
    """The rows that are there before each probe."""
    valid: Sequence[Mapping[str, Any]] = ()
    violating: Sequence[Mapping[str, Any]] = ()
    acts: Sequence[Act] = ()
    facts: Sequence[Fact] = ()
    steps: Sequence[OwnStep] = ()
    prerequisites: Sequence[Operation] = ()
    """What has to be there before the tables: extensions, collations."""
    feature: str | None = None
    """The flag of Django's `connection.features` that declares the support."""
    ways: Sequence[Literal["create", "add"]] = ("create", "add")
    """The ways in which the constraint comes."""
    base: Sequence[type[Model]] = ()
    """Those of the models that are referred to alone: their tables and rows are made once, and stay
    as they are from probe to probe."""
    stands_for: Mapping[type[Model], type[Model]] = field(default_factory=dict)
    """By model the class that it stands for, if any: that is asked for system checks and by
    `full_clean()`."""

    @property
    def observed(self) -> list[type[Model]]:
        """The models that rows go to: those of the targets, or else the last one."""
        return list(dict.fromkeys(each.rows_of for each in self.targets)) or [self.models[-1]]
