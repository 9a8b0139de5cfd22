"""What a case is: a subject of the matrix, declared once as a value.

A `Promise` is a constraint that should hold: what is observed is a verdict. A `Question` asks how a
database behaves: what is observed is one of its words.
"""

from __future__ import annotations

import copy
import dataclasses
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import KW_ONLY, dataclass, field
from functools import cached_property
from typing import Any, NoReturn

from django.db.migrations.operations.base import Operation
from django.db.models import BaseConstraint, Model

from matrix_project.cases.acts import accepts, asks, rejects, row, shows, validates
from matrix_project.cases.classes import models_of
from matrix_project.cases.kinds import mistakes
from matrix_project.observe import (
    Act,
    Fact,
    OwnStep,
    Row,
    Subject,
    Target,
    foreign_keys_of,
    targets_of,
)
from matrix_project.results.contract import Claim, Observation, Outcome, Source

__all__ = [
    "CaseError",
    "Declared",
    "Promise",
    "Question",
    "accepts",
    "asks",
    "noted",
    "rejects",
    "row",
    "shows",
    "validates",
]

Rows = Sequence[Row | Mapping[str, Any]]
Fields = Mapping[str, Any]
Words = Mapping[Outcome, str] | Callable[[Observation], str | None]

_ID = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
# A declaration stands behind these: its class, and a copy of another by `replace()`.
_NOT_ITS_PLACE = frozenset((__file__, "<string>", str(dataclasses.__file__), str(copy.__file__)))


class CaseError(Exception):
    """A declaration that is not one; its text is one line with the file, the line and the id."""


_NOTED: ContextVar[list[Declared] | None] = ContextVar("_NOTED", default=None)


@contextmanager
def noted() -> Iterator[list[Declared]]:
    """Yield a list of the cases that are declared in the block, whatever they are bound to."""
    found: list[Declared] = []
    token = _NOTED.set(found)
    try:
        yield found
    finally:
        _NOTED.reset(token)


@dataclass(frozen=True, eq=False)
class Declared:
    """What a promise and a question have in common.

    The observed model is given by its `fields` and `constraint`, other models that it refers to by
    `others`; or all of them as classes by `models`. What only some Djangos know is given by a
    function without arguments, beside `from_django`.
    """

    id: str
    """`family.case`."""
    promise: str
    """One sentence: what should hold, or what is asked."""
    _: KW_ONLY
    title: str = ""
    """A few words; by default the sentence."""
    fields: Fields | Callable[[], Fields] = field(default_factory=dict)
    constraint: BaseConstraint | Callable[[], BaseConstraint] | None = None
    beside: Sequence[BaseConstraint] = ()
    """Further constraints of the model, which are not observed."""
    meta: Mapping[str, Any] = field(default_factory=dict)
    """Further options of the model's `Meta`."""
    others: Mapping[str, Fields] = field(default_factory=dict)
    """Other models by name, in the order in which they need each other."""
    models: Sequence[type[Model]] | Callable[[], Sequence[type[Model]]] = ()
    observes: str = "constraint"
    """The kind of what is observed: `constraint`, `unique_together`, `unique`, `primary_key`,
    `check`, `many_to_many` or `foreign_key`."""
    of: str | None = None
    """The model whose constraints are observed, where `models` has others that have some."""
    rows: Rows = ()
    """The rows that are there before each probe."""
    acts: Sequence[Act] = ()
    facts: Sequence[Fact] = ()
    steps: Sequence[OwnStep] = ()
    prerequisites: Sequence[Operation] | Callable[[], Sequence[Operation]] = ()
    feature: str | None = None
    """The flag of Django's `connection.features` that declares the support."""
    sources: Sequence[Source] = ()
    claims: Sequence[Claim] = ()
    aliases: Sequence[str] = ()
    """Other words that people look for it by."""
    instead_of: str | None = None
    """The case that this one is a way round of."""
    from_django: str | None = None
    """The first series of Django that can declare it."""
    needs_module: str | Sequence[str] = ()
    """The module that its declaration needs, of those that may not be installed; of several, one
    is enough."""
    where: str = field(init=False, default="")
    """The file and the line of the declaration."""

    def __post_init__(self) -> None:
        """Remember where the declaration stands, and refuse an id that is none."""
        frame = sys._getframe(1)  # noqa: SLF001 (what `warnings` does to find a caller)
        while frame.f_code.co_filename in _NOT_ITS_PLACE and frame.f_back is not None:
            frame = frame.f_back
        object.__setattr__(self, "where", f"{frame.f_code.co_filename}:{frame.f_lineno}")
        if not _ID.fullmatch(self.id):
            self.refuse("an id is `family.case`, in lower case: `check.q`")
        if self.instead_of is not None and not _ID.fullmatch(self.instead_of):
            self.refuse(f"instead_of names no case: {self.instead_of}")
        if self.from_django is not None and not re.fullmatch(r"\d+\.\d+", self.from_django):
            self.refuse(f"from_django is a series, such as 6.1, not {self.from_django}")
        for mistake in mistakes(self):
            self.refuse(mistake)
        if (found := _NOTED.get()) is not None:
            found.append(self)

    @property
    def family(self) -> str:
        """The group of cases that it belongs to."""
        return self.id.partition(".")[0]

    def refuse(self, message: str) -> NoReturn:
        """Tell of a mistake in this declaration.

        Raises:
            CaseError: always.
        """
        text = f"{self.where}: {self.id}: {' '.join(message.split())}"
        raise CaseError(text)

    @cached_property
    def classes(self) -> Sequence[type[Model]]:
        """The models, made once."""
        given = self.models() if callable(self.models) else self.models
        try:
            return tuple(given) or tuple(models_of(self))
        except LookupError as error:
            self.refuse(str(error))

    @cached_property
    def targets(self) -> list[Target]:
        """The constraints that are observed."""
        beside = {each.name for each in self.beside}
        observed = self.classes if self.models else self.classes[-1:]
        if self.of is not None:
            observed = [each for each in self.classes if each._meta.object_name == self.of]
            if not observed:
                there = ", ".join(str(each._meta.object_name) for each in self.classes)
                self.refuse(f"of names no model: {self.of}; there are {there}")
        return [
            target
            for model in observed
            for target in [*targets_of(model), *foreign_keys_of(model)]
            if target.kind == self.observes and target.name not in beside
        ]

    def subject(self) -> Subject:
        """Return what the engine observes.

        Raises:
            CaseError: the declaration lacks something, or names what is not there.
        """
        raise NotImplementedError

    def _subject(self, **more: Any) -> Subject:
        """Return the subject with what promises or questions add to it."""
        before = self.prerequisites() if callable(self.prerequisites) else self.prerequisites
        subject = Subject(
            models=self.classes,
            targets=self.targets,
            rows=self.rows,
            acts=self.acts,
            facts=self.facts,
            steps=self.steps,
            prerequisites=before,
            feature=self.feature,
            **more,
        )
        self._check_rows(subject)
        return subject

    def _check_rows(self, subject: Subject) -> None:
        own = [*subject.rows, *subject.valid, *subject.violating]
        own += [each for act in subject.acts for each in act.rows]
        names = {str(model._meta.object_name): model for model in subject.models}
        for each in own:
            if isinstance(each, Row) and each.model not in names:
                there = ", ".join(names)
                self.refuse(f"a row is of {each.model}: the models are {there}")
            models = [names[each.model]] if isinstance(each, Row) else subject.observed
            values = each.values if isinstance(each, Row) else each
            for model in models:
                known = {name for f in model._meta.get_fields() for name in _names(f)}
                if unknown := sorted(set(values) - known):
                    there = ", ".join(sorted(known))
                    words = f"a row has no field {', '.join(unknown)}: there are {there}"
                    self.refuse(words)


@dataclass(frozen=True, eq=False)
class Promise(Declared):
    """A constraint that should hold."""

    _: KW_ONLY
    valid: Sequence[Mapping[str, Any]] = ()
    """Rows that the constraint accepts, beside those that are there."""
    violating: Sequence[Mapping[str, Any]] = ()
    """Rows that it rejects, beside those that are there."""
    validated: bool = True
    """Whether Django's own validation can tell a violating row from a valid one."""

    def subject(self) -> Subject:  # noqa: D102 (as the base says)
        if not self.targets:
            kind = "constraint" if self.observes == "constraint" else self.observes
            self.refuse(f"the model has no {kind} to observe: a promise needs one")
        if not self.valid:
            self.refuse("there is no valid row: give `valid` one that is accepted")
        if not self.violating:
            self.refuse("there is no violating row: give `violating` one that is rejected")
        return self._subject(valid=self.valid, violating=self.violating)


@dataclass(frozen=True, eq=False)
class Question(Declared):
    """A behaviour that databases differ in.

    Acts that are made by `accepts(…)` and `rejects(…)` show that the constraint is at work: where
    one comes out otherwise, the question has no answer.
    """

    _: KW_ONLY
    answers: Mapping[str, str] = field(default_factory=dict)
    """Its words, each with what it means."""
    words: Words = field(default_factory=dict)
    """The word for each outcome of its one act, or a function of the whole observation."""
    refused: str | None = None
    """The word where the database refuses the constraint; by default `cannot_be_made`."""
    tells: Callable[[Observation], str | None] | None = None
    """What the summary adds to the answer's meaning; by default the acts' error."""

    def subject(self) -> Subject:  # noqa: D102 (as the base says)
        asked = [each for each in self.acts if each.expect is None]
        if not asked and not self.steps and not self.facts:
            self.refuse("it asks nothing: give `acts` one `asks(…)`")
        if self.refused is not None and self.refused not in self.answers:
            self.refuse(f"`refused` is {self.refused}, which `answers` has not")
        if not self.answers:
            self.refuse("it has no answers: give `answers` its words and their meanings")
        if not callable(self.words):
            if not self.words:
                there = ", ".join(Outcome)
                self.refuse(f"no outcome has a word: give `words` one for each of {there}")
            if unknown := sorted(set(self.words.values()) - set(self.answers)):
                self.refuse(f"`words` gives {', '.join(unknown)}, which `answers` has not")
            if len(asked) != 1:
                self.refuse("of several acts a function has to read the answer: `words`")
        return self._subject(ways=("create",))


def _names(field_: Any) -> set[str]:
    return {field_.name, getattr(field_, "attname", field_.name)}
