"""The steps of an experiment: each migration, with what the catalogue has of the constraint."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.db.migrations.state import ProjectState
from msgspec.structs import replace

from matrix_project.observe.schema import Schema
from matrix_project.observe.subject import OwnStep, Rows, Subject
from matrix_project.results.contract import Catalog, InTheWay, Observation, Step
from matrix_project.vendors import Entry

__all__ = ["NOTHING", "Steps", "unanswered"]

NOTHING = Catalog(present=None, names=[], definition=None)
"""What is said of a catalogue that was not looked at."""

_ORDER = (
    *("prerequisites", "control", "create", "add", "add_to_valid_rows", "remove"),
    "add_to_violating_rows",
)


def unanswered(name: str, fault: str) -> Step:
    """Return a step that a fault kept from being taken."""
    return Step(
        name=name,
        setup=[],
        sql=[],
        outcome=None,
        error=None,
        definition=None,
        left_behind=None,
        fault=fault,
    )


class Steps:
    """The steps that were taken, and what the catalogue had of the constraint after each."""

    def __init__(self, subject: Subject) -> None:
        """Take the subject; no step is taken yet."""
        self._subject = subject
        self._declared = [each.name for each in subject.targets if each.name is not None]
        self._tables = {each.rows_of._meta.db_table.lower() for each in subject.targets}
        self._taken: list[Step] = []
        self._without: list[Entry] = []
        self._found: dict[str, list[Entry]] = {}

    def note(self, step: Step) -> None:
        """Add a step that was taken; one of a name that is there goes on with that one."""
        before = self.get(step.name)
        if before is not None:
            self._taken.remove(before)
            step = replace(step, sql=[*before.sql, *step.sql])
        self._taken.append(step)

    def blame_table(self, control: Step | None) -> bool:
        """Note a refused control where the constraint's own table was refused in the same way.

        Return whether it was: then the table cannot be made, whatever the constraint.
        """
        create = self.get("create")
        if control is None or create is None or not (control.error and create.error):
            return False
        without, with_ = control.error, create.error
        if (without.class_, without.code) != (with_.class_, with_.code):
            return False
        self.note(control)
        return True

    def note_fault(self, name: str, fault: str) -> None:
        """Add a step that a fault kept from being taken, unless it is there."""
        if self.get(name) is None:
            self._taken.append(unanswered(name, fault))

    def note_unasked(self, name: str, probe: str) -> None:
        """Add to a step the id of a probe that could not be asked after it."""
        index = self._index(name)
        step = self._taken[index]
        self._taken[index] = replace(step, unasked=[*step.unasked, probe])

    def note_in_the_way(self, name: str, found: list[InTheWay]) -> None:
        """Add to a step what was found of the rows that are in its way, before it was taken."""
        index = self._index(name)
        self._taken[index] = replace(self._taken[index], in_the_way=found)

    def _index(self, name: str) -> int:
        (index,) = (number for number, step in enumerate(self._taken) if step.name == name)
        return index

    def note_rows(self, sql: Sequence[str]) -> None:
        """Add to the steps before the tables the rows that stay in those that are referred to."""
        if sql:
            self._taken[-1] = replace(self._taken[-1], sql=[*self._taken[-1].sql, *sql])

    def note_control(self, step: Step, entries: list[Entry]) -> None:
        """Add the step that makes the tables without the constraint, and what they have."""
        self._taken.append(step)
        self._without = entries

    def migrate(self, schema: Schema, name: str, to: ProjectState, setup: Sequence[str]) -> Step:
        """Migrate, and write down what the catalogue has of the constraint after it."""
        step = schema.migrate(name, to, setup, self._declared)
        self._found[name] = self._of_constraint(schema)
        return self._defined(step, self._found[name])

    def own(
        self, schema: Schema, created: Sequence[str], fill: Callable[[Rows], list[str]]
    ) -> None:
        """Take the subject's own steps, up to the first that is refused and not got over."""
        done = setup = [*created]
        step: Step | None = None
        for own in self._subject.steps:
            if step is not None and step.outcome != "accepted" and not own.anyway:
                break  # the next one may build on it
            if own.rows != "kept":
                setup = [*done, *fill(self._subject.rows if own.rows is None else own.rows)]
            step = self._operate(schema, own, setup)
            done = [*done, *_stayed(step)]
            setup = [*setup, *_stayed(step)]

    def _operate(self, schema: Schema, own: OwnStep, setup: Sequence[str]) -> Step:
        step = schema.operate(own.name, own.operations, setup)
        return self._defined(step, self._of_constraint(schema))

    def again(self, refused: Step, schema: Schema, to: ProjectState, setup: Sequence[str]) -> Step:
        """Take a refused step once more, on empty tables, and return what it comes to.

        Where the database takes two valid rows for one, that is told by the probes: the constraint
        itself is refused only where the empty table does not take it either.
        """
        empty = self.migrate(schema, refused.name, to, setup)
        if empty.outcome == "refused":
            self._taken.remove(empty)
            return refused
        self._taken[self._taken.index(refused)] = replace(
            refused, name=f"{refused.name}_to_valid_rows"
        )
        return empty

    def without_base(self, step: Step) -> Observation:
        """Return the observation where what a table needs before it cannot be had."""
        absent = None
        if step.error is not None:
            told = " ".join(step.error.message.split())
            absent = f"What has to be there before its table cannot be had: {told}"
        return Observation(absent=absent, catalog=NOTHING, steps=self.ordered)

    def get(self, name: str) -> Step | None:
        """Return the step of a name, if it was taken."""
        return next((step for step in self._taken if step.name == name), None)

    def names(self, name: str) -> list[str]:
        """Return the names that the catalogue had for the constraint after a step."""
        return [each.name for each in self._found.get(name, ()) if each.name]

    @property
    def ordered(self) -> list[Step]:
        """The steps in the order of the results; the subject's own come last."""
        return sorted(
            self._taken,
            key=lambda step: _ORDER.index(step.name) if step.name in _ORDER else len(_ORDER),
        )

    @property
    def catalog(self) -> Catalog:
        """What the catalogue has of the constraint that came with its table, or else was added."""
        if not self._found or not self._subject.targets:
            return NOTHING
        name = "create" if self._found.get("create") else "add"
        entries = self._found.get(name, [])
        definition = "\n".join(each.definition for each in entries) or None
        return Catalog(present=bool(entries), names=self.names(name), definition=definition)

    def _of_constraint(self, schema: Schema) -> list[Entry]:
        """Return what the catalogue has, and did not have without the constraint."""
        return [
            entry
            for entry in schema.catalogue()
            if entry not in self._without
            and (entry.table.lower() in self._tables or not self._tables)
        ]

    def _defined(self, step: Step, entries: Sequence[Entry]) -> Step:
        left = step.left_behind
        if left is not None:
            left = replace(left, constraints=[each.name for each in entries if each.name])
        definition = "\n".join(each.definition for each in entries) or None
        step = replace(step, definition=definition, left_behind=left)
        self._taken.append(step)
        return step


def _stayed(step: Step) -> list[str]:
    """Return of a step's SQL what is done for good."""
    if step.outcome == "accepted":
        return step.sql
    # Where DDL is no part of a transaction, all that came before the statement that failed stays.
    return [] if any(each.startswith("ROLLBACK") for each in step.sql) else step.sql[:-1]
