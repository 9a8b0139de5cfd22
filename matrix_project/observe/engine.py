"""The experiment: a subject with its constraint and without it, on a real database.

The tables with and without exist one after the other under the same names. What a probe meets
without the constraint (its control) it would meet with it too, so that only the difference speaks
of the constraint.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence

from django.db import Error as DjangoError
from django.db import connections
from django.db.migrations.state import ProjectState
from django.db.models import Model

from matrix_project.observe.checks import absence, compared, system_checks, validations
from matrix_project.observe.contents import Contents
from matrix_project.observe.errors import Fault
from matrix_project.observe.in_the_way import find
from matrix_project.observe.probe import Answer, Prober, both_ways, combined
from matrix_project.observe.schema import Schema, refused_beside
from matrix_project.observe.scrub import scrub
from matrix_project.observe.session import begin
from matrix_project.observe.steps import NOTHING, Steps
from matrix_project.observe.subject import Row, Rows, Subject
from matrix_project.observe.tables import Tables
from matrix_project.observe.targets import Target
from matrix_project.observe.ways_in import Question, questions
from matrix_project.results.evidence import (
    Fact,
    Feature,
    Observation,
    Probe,
    Step,
    Validation,
    Way,
)

__all__ = ["observe"]

# Where the nearest control is another table, its refusal says nothing of the constraint.
_REBUILT = frozenset(("primary_key", "unique", "many_to_many"))


def observe(subject: Subject, aliases: Sequence[str]) -> Observation:
    """Observe one subject, and leave none of its tables behind.

    Args:
        subject: what to observe.
        aliases: Django's connections (`DATABASES`) to one database: the first is asked, the second
            is for acts that race against it.

    Raises:
        OccupiedError: a table of the subject's exists already. It is left as it is.
        UnreachableError: the server no longer answers. What was seen until then is no observation.
        matrix_project.vendors.UnknownVendorError: no vendor's module knows the database.
    """
    connection = connections[aliases[0]]
    begin(connection)
    for model in subject.observed:
        if (reason := absence(model, connection)) is not None:
            return Observation(absent=reason, catalog=NOTHING)
    schema = Schema(subject, aliases[0])
    schema.find_room()
    experiment = _Experiment(subject, aliases, schema)
    try:
        return experiment.run()
    finally:
        experiment.clean_up()


class _Experiment:
    """One subject on one database, from its first table to its last."""

    def __init__(self, subject: Subject, aliases: Sequence[str], schema: Schema) -> None:
        self._subject = subject
        self._aliases = aliases
        self._connection = connections[aliases[0]]
        self._contents = Contents(subject, aliases[0])
        self._schema = schema
        self._steps = Steps(subject)
        self._probes: list[Probe] = []
        self._facts: list[Fact] = []
        self._validation: list[Validation] = []
        self._controls: dict[tuple[type[Model], str], Answer] = {}
        self._left_out: list[Target] = []
        self._uncontrolled: str | None = None
        self._refused: Step | None = None

    def run(self) -> Observation:
        """Ask everything, in the order: without the constraint, added to the table, with it."""
        subject = self._subject
        for step in self._before():
            self._steps.note(step)
            if step.outcome != "accepted":
                return self._steps.without_base(step)
        self._steps.note_rows(self._contents.stand())
        checks = system_checks(subject, self._schema.full, self._schema.plain, self._aliases[0])
        if not any(
            each.about_constraint and each.level in {"error", "critical"} for each in checks
        ):
            self._ask_both_ways()
        return Observation(
            controlled=self._uncontrolled is None,
            uncontrolled_because=self._uncontrolled,
            left_out=[each.id for each in self._left_out],
            checks=checks,
            catalog=self._steps.catalog,
            feature=self._feature(),
            validation=compared(self._validation, self._probes),
            facts=self._facts,
            steps=self._steps.ordered,
            probes=both_ways(self._probes),
        )

    def _before(self) -> Iterator[Step]:
        """Take the steps before the tables: prerequisites, and tables that are referred to."""
        if self._subject.prerequisites:
            yield self._schema.prepare(self._subject.prerequisites)
        if self._subject.base:
            yield self._schema.make_base(self._subject)

    def _ask_both_ways(self) -> None:
        """Ask without the constraint first, so that each probe finds its control."""
        if self._subject.targets:
            if not self._without():
                if self._uncontrolled is not None:
                    self._contained("create", self._created)
                    if self._steps.blame_table(self._refused):
                        self._uncontrolled = None
                return
            if "add" in self._subject.ways and not self._comes_with_table():
                self._contained("add", self._added)
            self._schema.drop()
        self._contained("create", self._created)

    def _contained(self, name: str, ask: Callable[[], None]) -> None:
        """Ask one way; a fault between its probes leaves what was asked before and elsewhere."""
        try:
            ask()
        except Fault as fault:
            self._steps.note_fault(name, str(fault))

    def _comes_with_table(self) -> bool:
        return any(target.comes_with_table for target in self._subject.targets)

    def clean_up(self) -> None:
        """Drop what is left; a server that is gone keeps it."""
        try:
            self._schema.drop_all()
            self._schema.undo(self._subject.prerequisites)
        except DjangoError:
            self._connection.close()

    def _without(self) -> bool:
        """Make the tables without the constraint and ask the controls; False where none can be."""
        subject = self._subject
        step = self._schema.migrate("control", self._schema.plain)
        if step.outcome == "refused" and (
            refused := refused_beside(subject, self._aliases[0], self._schema.base)
        ):
            self._schema.drop()
            self._left_out, base = refused, self._schema.base
            self._schema = Schema(subject, self._aliases[0], refused)
            self._schema.stand_on(base)
            step = self._schema.migrate("control", self._schema.plain)
        if step.outcome != "accepted":
            self._schema.drop()
            if step.error and any(each.kind in _REBUILT for each in subject.targets):
                self._uncontrolled = f"no control can be made: {step.error.message}"
                self._refused = step
            else:
                self._steps.note(step)
            return False
        self._steps.note_control(step, self._schema.catalogue())
        prober = self._prober(())
        for model in subject.observed:
            for question in questions(subject, model):
                self._controls[model, question.id] = prober.ask(question, model)
            if not self._validation:
                # Last, for it may run code of a project's own.
                prober.fill(subject.rows, model)
                self._validation = validations(subject, model, self._aliases[0])
        self._look(prober, without=True)
        return True

    def _added(self) -> None:
        """Add the constraint to the tables without it, ask, take it away, and add it once more."""
        subject, schema = self._subject, self._schema
        made = self._made()
        prober = self._prober(())
        rows = self._fill(prober, [*subject.rows, *subject.valid[:1]])
        add = self._migrate("add", schema.added, [*made, *rows])
        if add.outcome == "refused":
            self._contents.reset()
            add = self._steps.again(add, schema, schema.added, made)
        if add.outcome != "accepted":
            return
        self._ask("add")
        remove = self._migrate("remove", schema.plain, [*made, *add.sql])
        violating = self._violating()
        if remove.outcome != "accepted" or violating is None:
            return
        prober = self._prober(())
        for model in subject.observed:
            self._ask_after_removal(prober, model, violating)
        rows = self._fill(prober, [*subject.rows, subject.violating[violating]])
        found = find(subject.targets, self._connection)
        self._migrate("add_to_violating_rows", schema.added, [*made, *rows])
        self._steps.note_in_the_way("add_to_violating_rows", found)

    def _made(self) -> list[str]:
        """Return what made the tables without the constraint."""
        control = self._steps.get("control")
        return control.sql if control is not None else []

    def _violating(self) -> int | None:
        """Return which violating row is the first that nothing else keeps out of the tables."""
        for number in range(len(self._subject.violating)):
            controls = [self._control_of_save(each, number) for each in self._subject.observed]
            if all(control is not None and _accepted(control) for control in controls):
                return number
        return None

    def _control_of_save(self, model: type[Model], number: int) -> Answer | None:
        counted = f"_{number + 1}" if number else ""
        return self._controls.get((model, f"save{counted}{self._suffix(model)}"))

    def _suffix(self, model: type[Model]) -> str:
        return f".{model._meta.model_name}" if len(self._subject.observed) > 1 else ""

    def _fill(self, prober: Prober, rows: Rows) -> list[str]:
        """Empty the tables, insert rows of every observed model, and return the SQL."""
        sent: list[str] = []
        own = [each for each in rows if not isinstance(each, Row)]
        for number, model in enumerate(self._subject.observed):
            sent += prober.fill(own if number else rows, model, empty=number == 0)
        return sent

    def _ask_after_removal(self, prober: Prober, model: type[Model], number: int) -> None:
        """Save a violating row once the constraint is taken away: it has to be accepted."""
        violating = self._subject.violating[number]
        question = Question(
            f"after_remove{self._suffix(model)}",
            "save() of a violating row, the constraint removed again",
            "save",
            "accept",
            lambda tables: tables.save(violating),
            self._subject.rows,
        )
        control = self._control_of_save(model, number)
        self._probes.append(combined(question, "remove", prober.ask(question, model), control))

    def _created(self) -> None:
        """Make the tables together with the constraint, ask, and take the subject's own steps."""
        schema = self._schema
        create = self._migrate("create", schema.full, ())
        if create.outcome != "accepted":
            return
        self._ask("create")
        prober = self._prober(self._steps.names("create"))
        self._look(prober, without=False)
        self._steps.own(schema, create.sql, lambda rows: self._fill(prober, rows))

    def _migrate(self, name: str, to: ProjectState, setup: Sequence[str]) -> Step:
        return self._steps.migrate(self._schema, name, to, setup)

    def _ask(self, way: Way) -> None:
        """Put every question to the tables with the constraint, beside its control."""
        prober = self._prober(self._steps.names(way))
        for model in self._subject.observed:
            for question in questions(self._subject, model):
                control = self._controls.get((model, question.id))
                answer = prober.ask(question, model)
                if answer.base_rejected and question.expect == "reject":
                    # Where the valid row is not let in, nothing becomes violating.
                    self._steps.note_unasked(way, question.id)
                else:
                    self._probes.append(combined(question, way, answer, control))

    def _look(self, prober: Prober, *, without: bool) -> None:
        model = self._subject.observed[0]
        for fact in self._subject.facts:
            if fact.without == without:
                prober.fill([*self._subject.rows, *fact.rows], model)
                shows = fact.shown(Tables(self._subject, self._aliases, model))
                self._facts.append(Fact(title=fact.title, shows=scrub(shows, self._connection)))

    def _prober(self, names: Collection[str]) -> Prober:
        return Prober(self._subject, self._aliases, self._contents, names)

    def _feature(self) -> Feature | None:
        flag = self._subject.feature
        if flag is None:
            return None
        return Feature(flag=flag, declares=bool(getattr(self._connection.features, flag)))


def _accepted(answer: Answer) -> bool:
    return answer.error is None and answer.fault is None
