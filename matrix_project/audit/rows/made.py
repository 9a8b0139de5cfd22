"""What is made for a constraint, and what a project can give to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from django.db.models import Model

from matrix_project.observe.subject import Row

__all__ = ["Disagreement", "Help", "Made"]

Verdict = Literal["accepted", "rejected"]


@dataclass(frozen=True, kw_only=True)
class Disagreement:
    """A row of which Django's validation and the constraint's condition say different things."""

    row: Mapping[str, Any]
    validation: Verdict
    """What Django's `validate()` says of it."""
    reference: Verdict
    """What a query with the condition says of it on the reference database."""


@dataclass(frozen=True, kw_only=True)
class Made:
    """The rows for one constraint."""

    rows: Sequence[Row | Mapping[str, Any]] = ()
    """What is there before each probe: rows of other models, then those of the observed one."""
    valid: Sequence[Mapping[str, Any]] = ()
    """Each is accepted beside `rows`."""
    violating: Sequence[Mapping[str, Any]] = ()
    """Each violates the constraint; the table without it takes the row, if any row can be had."""
    lacking: str | None = None
    """Why there is no violating or no valid row, and what was tried."""
    disagreements: Sequence[Disagreement] = ()
    """The smallest first."""


@dataclass(frozen=True, kw_only=True)
class Help:
    """Rows that a project gives for its models, in `audit.py`; models are labels, `app.Model`."""

    rows: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    factories: Mapping[str, Callable[[], Model | Mapping[str, Any]]] = field(default_factory=dict)
    """Each returns the values of a new row, or an instance that is not saved."""

    def of(self, model: type[Model]) -> Iterator[dict[str, Any]]:
        """Yield the rows that are given for a model, those of its factory last."""
        label = model._meta.label_lower
        for name, rows in self.rows.items():
            if name.lower() == label:
                yield from (dict(row) for row in rows)
        for name, factory in self.factories.items():
            if name.lower() == label:
                for _ in range(_FROM_FACTORY):
                    yield _values(factory())


_FROM_FACTORY = 3


def _values(made: Model | Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(made, Model):
        return dict(made)
    return {
        each.name: getattr(made, each.attname)
        for each in made._meta.concrete_fields
        if not each.generated and (not each.primary_key or made.pk is not None)
    }
