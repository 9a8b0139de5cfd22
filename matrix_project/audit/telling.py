"""A constraint of a project's as the results tell it, and its record."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db.migrations.serializer import serializer_factory
from django.db.migrations.state import ModelState
from django.db.models import Model
from msgspec.structs import replace

from matrix_project.audit.found import Found
from matrix_project.audit.rows import Disagreement, Made
from matrix_project.observe import observe
from matrix_project.observe.steps import NOTHING, unanswered
from matrix_project.observe.subject import Subject
from matrix_project.observe.targets import Target
from matrix_project.observe.ways_in import how_many
from matrix_project.results import contract
from matrix_project.results.contract import Fact, Observation, Record, Verdict
from matrix_project.results.sentences import UNTRIED
from matrix_project.results.verdicts import judged

__all__ = ["described", "record", "unmade", "untold"]


def described(found: Found, subject: Subject | None, made: Made | None) -> contract.Case:
    """Return what the results say of a constraint."""
    target = found.target
    return contract.Case(
        kind="promise",
        family=target.model._meta.app_label,
        title=f"{target.model._meta.object_name}: {_title(target)}",
        promise=_promise(target),
        model=target.model._meta.label,
        constraint=target.name or target.id,
        declaration=_declaration(target),
        migration="",
        probes=0 if subject is None or made is None else how_many(subject),
        key=None if subject is None or made is None else _key(subject, made),
        file=found.file,
        line=found.line,
    )


def record(
    id_: str,
    subject: Subject | None,
    reason: str | None,
    made: Made | None,
    aliases: Sequence[str],
) -> Record:
    """Observe a constraint with the rows that were made for it.

    Raises:
        matrix_project.observe.UnreachableError: the server no longer answers.
    """
    if subject is None:
        return untold(id_, str(reason))
    found = judged(id_, observe(subject, aliases))
    if made is not None:
        found = replace(found, facts=[*found.facts, *map(_told, made.disagreements)])
    (target,) = subject.targets
    table = subject.stands_for[target.model]._meta.db_table
    if table != target.model._meta.db_table:
        found = replace(found, facts=[*found.facts, _elsewhere(table, target)])
    if found.verdict == Verdict.UNKNOWN and made is not None and made.lacking is not None:
        return replace(found, summary=f"Not observed: {made.lacking}")
    if made is not None and made.lacking is not None and not made.valid:
        untried = f"{UNTRIED}: {made.lacking}"
        return replace(found, summary=f"{found.summary} {untried}")
    return found


def untold(id_: str, reason: str) -> Record:
    """Return what is told of a constraint that could not be asked: nothing, and why."""
    steps = [unanswered("control", reason)]
    found = judged(id_, Observation(catalog=NOTHING, steps=steps))
    return replace(found, summary=f"Not observed: {reason}")


def _told(disagreement: Disagreement) -> Fact:
    """Return as a fact that Django's validation and the condition say different things of a row."""
    return Fact(
        title="A row of which Django's validation and the constraint's condition, asked of the"
        " database that the rows were made on, say different things",
        shows=f"{dict(disagreement.row)!r}: validate() says {disagreement.validation}, the"
        f" condition {disagreement.reference}",
    )


def _elsewhere(table: str, target: Target) -> Fact:
    """Return as a fact that the table is observed under another name."""
    return Fact(
        title="The table of the model is of another schema, which an audit does not make",
        shows=f'"{table}" is observed as {target.model._meta.db_table}',
    )


def unmade(error: Exception) -> Made:
    """Return what is handed on where no rows can be made: the reason."""
    words = " ".join(f"{type(error).__name__}: {error}".split())
    return Made(
        rows=[], valid=[], violating=[], lacking=f"no rows can be made: {words}", disagreements=[]
    )


def _key(subject: Subject, made: Made) -> str:
    """Return a hash of all that decides what is observed, but for the server and this project."""
    (target,) = subject.targets
    acts = [act.title for act in subject.acts]
    parts = [*map(_model, subject.models), target.id, repr(made), repr(acts)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


@cache
def _model(model: type[Model]) -> str:
    """Return a plain model as text."""
    state = ModelState.from_model(model)
    fields = [f"{name} = {serialized(field)}" for name, field in state.fields.items()]
    options = [f"{name} = {serialized(value)}" for name, value in sorted(state.options.items())]
    return "\n".join([f"class {model._meta.label}", *fields, *options])


def _title(target: Target) -> str:
    return target.name or target.id


def _constraint(target: Target) -> Any:
    return next((each for each in target.model._meta.constraints if each.name == target.name), None)


_PROMISES = {
    "unique_together": "No two rows have the same values of {}.",
    "unique": "No two rows have the same value of {}.",
    "primary_key": "No two rows have the same key.",
    "check": "The check that the type of {} brings holds for every row.",
    "many_to_many": "No two objects are related twice by {}.",
}


def _promise(target: Target) -> str:
    if target.kind == "constraint":
        return f"{_declaration(target)} holds for every row."
    return _PROMISES[target.kind].format(" and ".join(target.fields))


def _declaration(target: Target) -> str:
    """Return the constraint as Python, as a migration has it."""
    if (constraint := _constraint(target)) is not None and target.kind == "constraint":
        return serialized(constraint)
    if target.kind == "unique_together":
        return f"unique_together = [{list(target.fields)!r}]".replace("'", '"')
    (name, *others) = target.fields or (target.model._meta.pk.name,)
    field = target.model._meta.get_field(name)
    return f"{name} = {serialized(field)}" if not others else ", ".join(target.fields)


def serialized(value: Any) -> str:
    """Return a value as Python, as a migration has it; what no migration takes by its `repr`."""
    try:
        return str(serializer_factory(value).serialize()[0])
    except Exception:  # noqa: BLE001 (values of a project's own types)
        return repr(value)
