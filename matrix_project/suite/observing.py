"""A case as the results tell it, and its record: the engine's observation and what it comes to."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

import django
from django.db.migrations.serializer import serializer_factory
from django.db.migrations.state import ModelState, ProjectState

from matrix_project.cases.case import Declared, Promise, Question
from matrix_project.observe import observe
from matrix_project.observe.states import migrations_between, state_of, written
from matrix_project.observe.ways_in import how_many
from matrix_project.results import contract
from matrix_project.results.contract import Observation, Outcome, Probe, Record
from matrix_project.results.sentences import stopped_by, told_stopped
from matrix_project.results.verdicts import answered, judged

__all__ = ["CANNOT_BE_MADE", "describe", "probes", "record", "too_old"]

CANNOT_BE_MADE = "cannot_be_made"
"""The answer of every question where the table or its constraint cannot be had."""
_MEANING = "The table or its constraint cannot be had there."
# Errors about a row; the others are about the statement.
_OF_ROWS = frozenset(("IntegrityError", "DataError", "ValidationError"))


def too_old(case: Declared) -> str | None:
    """Return why the case cannot be declared here, by the running Django; None where it can."""
    needed = [case.needs_module] if isinstance(case.needs_module, str) else case.needs_module
    if needed and not any(map(find_spec, needed)):
        names = " or ".join(needed)
        return f"It cannot be declared here: the module {names} is not installed."
    if case.from_django is None:
        return None
    oldest = tuple(int(number) for number in case.from_django.split("."))
    if django.VERSION[:2] >= oldest:
        return None
    return f"Django {django.get_version()} cannot declare it: {case.from_django} is the first to."


def record(case: Declared, aliases: Sequence[str]) -> Record:
    """Observe a case on a database, and return its record.

    Raises:
        matrix_project.observe.UnreachableError: the server no longer answers.
    """
    if (reason := too_old(case)) is not None:
        nothing = contract.Catalog(present=None, names=[], definition=None)
        observation = Observation(absent=reason, catalog=nothing)
    else:
        observation = observe(case.subject(), aliases)
    if isinstance(case, Question):
        return answered(case.id, observation, *_answer(case, observation))
    return judged(case.id, observation)


def describe(case: Declared) -> contract.Case:
    """Return what the results say of a case; one that this Django cannot declare has no models."""
    declarable = too_old(case) is None
    classes = case.classes if declarable else ()
    state = state_of(classes)
    targets = case.targets if declarable else []
    names = [target.name or target.id for target in targets]
    models = dict.fromkeys(target.model._meta.label for target in targets)
    answers = dict(case.answers) if isinstance(case, Question) else {}
    return contract.Case(
        kind="promise" if isinstance(case, Promise) else "question",
        family=case.family,
        title=case.title or case.promise,
        promise=case.promise,
        model=", ".join(models or [each._meta.label for each in classes[-1:]]),
        constraint=", ".join(names) or None,
        declaration="\n\n\n".join(_declaration(each) for each in state.models.values()),
        migration=written(migrations_between(ProjectState(), state)) if declarable else "",
        probes=probes(case),
        answers=answers and {**answers, CANNOT_BE_MADE: _MEANING},
        aliases=list(case.aliases),
        instead_of=case.instead_of,
        from_django=case.from_django,
        sources=list(case.sources),
        claims=list(case.claims),
    )


def probes(case: Declared) -> int:
    """Return how many probes are asked of a case on each way that its constraint comes by."""
    if too_old(case) is not None:
        return 0
    return how_many(case.subject())


def _answer(case: Question, observation: Observation) -> tuple[str | None, str]:
    """Return a question's word, None where it is not known, and one sentence that says why."""
    if (reason := _cannot_be_made(observation)) is not None:
        return _where_refused(case, observation), reason
    if (failed := _failed_guard(observation)) is not None:
        return None, f"Not observed: {failed}."
    word, missing = _word(case, observation)
    if word is None:
        return None, f"Not observed: {missing}."
    errors = [each.error for each in observation.probes if each.expect is None]
    error = errors[0] if errors and None not in errors else None
    told = error.message if error is not None else ""
    if case.tells is not None:
        told = case.tells(observation) or ""
    return word, " ".join(f"{case.answers.get(word, word)} {told}".split())


def _where_refused(case: Question, observation: Observation) -> str:
    """Return the word of a question whose constraint, and not its table, is refused."""
    steps = {step.name: step.outcome for step in observation.steps}
    if case.refused is not None and (steps.get("control"), steps.get("create")) == (
        "accepted",
        "refused",
    ):
        return case.refused
    return CANNOT_BE_MADE


def _failed_guard(observation: Observation) -> str | None:
    """Return which act of a known outcome came out otherwise; None where all are as they should be.

    Such an act shows that the question is asked as it is meant: that its constraint is at work.
    """
    wanted = {"accept": Outcome.ACCEPTED, "reject": Outcome.REJECTED}
    for probe in observation.probes:
        if probe.expect is None or probe.way_in != "own":
            continue
        if probe.outcome != wanted[probe.expect] or probe.masked:
            came_to = "masked" if probe.masked else probe.outcome or probe.fault
            return f'"{probe.title}" has to be {wanted[probe.expect]}, and is {came_to}'
    return None


def _cannot_be_made(observation: Observation) -> str | None:
    """Return why the table or its constraint cannot be had; None where it can."""
    if observation.absent is not None:
        return observation.absent
    steps = {step.name: step for step in observation.steps}
    for name in ("prerequisites", "control", "create"):
        step = steps.get(name)
        if step is not None and step.outcome == "refused":
            message = " ".join(step.error.message.split()) if step.error else "no error was given"
            return f"The database refuses the DDL: {message}"
    if (stopped := stopped_by(observation)) is not None:
        return told_stopped(stopped)
    sent = [sorted(steps[name].sql) for name in ("control", "create") if name in steps]
    if len(sent) > 1 and sent[0] == sent[1]:
        return "Never created: Django sends no SQL for the constraint here."
    return None


def _word(case: Question, observation: Observation) -> tuple[str | None, str]:
    """Return the word for what was seen, or None and what is missing."""
    if callable(case.words):
        return case.words(observation), "the case has no word for what was seen"
    own = (each for each in observation.probes if each.way_in == "own")
    asked = next((each for each in own if each.expect is None), None)
    if asked is None:
        return None, "nothing was asked"
    if asked.outcome == Outcome.REJECTED and _by_another(asked):
        hint = "leave `constraint` out, to ask of the column alone"
        return None, f"it is rejected without the constraint, too ({hint})"
    if asked.outcome is None:
        return None, str(asked.fault)
    return case.words.get(asked.outcome), f"the case has no word for {asked.outcome}"


def _by_another(asked: Probe) -> bool:
    """Return whether something else than the constraint rejects the row.

    What Django or the database cannot do at all, with the constraint or without, is an answer.
    """
    error = asked.control.error if asked.control is not None else None
    return error is not None and error.class_ in _OF_ROWS


def _declaration(model: ModelState) -> str:
    """Return a model's class as a Django user writes it; Django's own key is left out."""
    lines = [f"class {model.name}(models.Model):"]
    for name, field in model.fields.items():
        if not getattr(field, "auto_created", False):
            lines.append(f"    {name} = {_python(field)}")
    options = [
        f"        {name} = {_python(value)}"
        for name, value in model.options.items()
        if value and name != "indexes"
    ]
    return "\n".join([*lines, *(["", "    class Meta:", *options] if options else [])])


def _python(value: object) -> str:
    return serializer_factory(value).serialize()[0]
