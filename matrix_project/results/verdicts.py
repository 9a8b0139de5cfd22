"""Observation → verdict: a pure function, and the only place where a verdict is decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from matrix_project.results.answers import Answers, answers_of
from matrix_project.results.contract import (
    EMPTY_TABLE,
    By,
    Catalog,
    Level,
    Observation,
    Outcome,
    Record,
    Step,
    Verdict,
    Way,
    WayVerdict,
)
from matrix_project.results.sentences import (
    all_violating,
    beside,
    errors_do,
    message,
    not_counted,
    one_line,
    stopped_by,
    titles,
    told_stopped,
)

__all__ = ["LEVELS", "WARNINGS", "Judgement", "answered", "judge", "judged", "unobserved"]

WARNINGS = frozenset(f"models.{code}" for code in ("W027", "W036", "W038", "W039", "W044", "W047"))
"""The system checks by which Django warns that it will not create a constraint.

https://docs.djangoproject.com/en/stable/ref/checks/#models
"""

LEVELS: Mapping[Verdict, Level | None] = {
    Verdict.ENFORCED: Level.HOLDS,
    Verdict.ENFORCED_UNNAMED: Level.HOLDS,
    Verdict.ENFORCED_OTHER_ERROR: Level.HOLDS,
    Verdict.REDUNDANT: Level.HOLDS,
    Verdict.TOO_STRICT: Level.HOLDS_WITH_A_CATCH,
    Verdict.PARTIAL: Level.DOES_NOT_HOLD,
    Verdict.IGNORED: Level.DOES_NOT_HOLD,
    Verdict.REFUSED: Level.CANNOT_BE_HAD,
    Verdict.UNUSABLE: Level.CANNOT_BE_HAD,
    Verdict.ABSENT: Level.CANNOT_BE_HAD,
    Verdict.UNKNOWN: None,
}
"""The level of each verdict, from best to worst."""

_ORDER = list(LEVELS)
_WAYS: Sequence[Way] = ("create", "add")
_WORDS: Mapping[Way, str] = {"create": "with its table", "add": "by AddConstraint"}
_WHO: Mapping[By, str] = {"database": "the database", "django": "Django"}
_NOT_THERE = " The catalogue has no such constraint."


@dataclass(frozen=True)
class Judgement:
    """A verdict, who is behind it, and one sentence that says why."""

    verdict: Verdict
    summary: str
    by: By | None = None
    ways: Mapping[Way, WayVerdict] = field(default_factory=dict)
    """Where the two ways differ."""


def judge(observation: Observation) -> Judgement:
    """Return the verdict on a promise: the worse of the two ways in which its constraint comes.

    A way that is unknown leaves the verdict to the other, and the summary says so. One that was not
    asked is left out: a primary key does not come by `AddConstraint`.
    """
    control = _step(observation, "control")
    if observation.absent is not None:
        return Judgement(Verdict.ABSENT, observation.absent)
    if control is not None and control.outcome == "refused":
        why = f"The table cannot be made even without the constraint: {message(control)}"
        return Judgement(Verdict.ABSENT, why)
    if (stopped := stopped_by(observation)) is not None:
        why = told_stopped(stopped)
        if stopped.about_constraint:
            return Judgement(Verdict.REFUSED, why, "django")
        return Judgement(Verdict.ABSENT, why)
    asked = [way for way in _WAYS if _step(observation, way) is not None]
    if (error := _takes_no_row(observation)) is not None:
        return Judgement(
            Verdict.ABSENT, f"The table takes no row even without the constraint: {error}"
        )
    return _worse({way: _judge_way(observation, way) for way in asked or _WAYS})


def _takes_no_row(observation: Observation) -> str | None:
    """Return the error of a valid row, where without the constraint every row is rejected too."""
    asked = [probe for probe in observation.probes if probe.expect and probe.control]
    valid = [probe for probe in asked if probe.expect == "accept"]
    if not valid or not all(probe.masked for probe in asked):
        return None
    errors = [probe.control.error for probe in valid if probe.control and probe.control.error]
    return one_line(errors[0].message) if errors else None


def _worse(judgements: Mapping[Way, Judgement]) -> Judgement:
    """Return the worse of the ways' judgements, with both where they differ."""
    both = list(judgements.values())
    known = [each for each in both if each.verdict != Verdict.UNKNOWN]
    # Of two that are equally bad the first is told: with its table.
    worst = max(known or both, key=lambda each: _ORDER.index(each.verdict))
    if len({(each.verdict, each.by) for each in both}) == 1:
        return worst
    ways = {way: WayVerdict(verdict=each.verdict, by=each.by) for way, each in judgements.items()}
    if len(known) < len(both):
        unknown = next(each for each in both if each.verdict == Verdict.UNKNOWN)
        return Judgement(worst.verdict, f"{worst.summary} {unknown.summary}", worst.by, ways)
    same = len({each.verdict for each in both}) == 1
    told = "; ".join(
        f"{_WORDS[way]}: {each.verdict}{f' by {_WHO[each.by]}' if same and each.by else ''}"
        for way, each in ways.items()
    )
    return Judgement(worst.verdict, f"{worst.summary} ({told}.)", worst.by, ways)


def judged(case: str, observation: Observation) -> Record:
    """Return the record of a promise that was observed."""
    judgement = judge(observation)
    return Record(
        **_fields(observation),
        case=case,
        verdict=judgement.verdict,
        by=judgement.by,
        level=LEVELS[judgement.verdict],
        ways=dict(judgement.ways),
        warned=_warned(observation),
        summary=judgement.summary,
    )


def answered(case: str, observation: Observation, answer: str | None, summary: str) -> Record:
    """Return the record of a question that was asked."""
    return Record(
        **_fields(observation),
        case=case,
        verdict=None,
        answer=answer,
        warned=_warned(observation),
        summary=summary,
    )


def _judge_way(observation: Observation, way: Way) -> Judgement:
    """Return the verdict on one way: the first line of the table that fits."""
    step, control = _step(observation, way), _step(observation, "control")
    if step is None or step.outcome is None:
        return _unknown(way, (step.fault if step else None) or "the DDL was not asked")
    if step.outcome == "refused":
        if observation.controlled and (control is None or control.outcome is None):
            fault = (control.fault if control else None) or "it was not asked"
            return _unknown(way, f"the DDL is refused, and the DDL without the constraint: {fault}")
        by: By = "django" if step.error and step.error.code is None else "database"
        who = _WHO[by][0].upper() + _WHO[by][1:]
        return Judgement(Verdict.REFUSED, f"{who} refuses the DDL: {message(step)}", by)
    answers = answers_of(observation, way)
    judgement = _judge_answers(observation, way, answers)
    if judgement.verdict == Verdict.UNKNOWN:
        return judgement
    return replace(judgement, summary=judgement.summary + not_counted(answers))


def _judge_answers(observation: Observation, way: Way, answers: Answers) -> Judgement:
    """Return the verdict on the answers of a way whose DDL was accepted."""
    unproven = any(probe.expect == "reject" for probe in answers.unproven)
    unanswered = any(probe.expect == "reject" for probe in answers.missing)
    if not answers.violating and answers.masked and not unproven and not unanswered:
        fails = all_violating(answers.masked, "fails", "fail")
        why = f"{fails} without the constraint too: something else forbids such rows."
        never = " Django sends no SQL for it here." if _no_sql(observation, way) else ""
        return Judgement(Verdict.REDUNDANT, why + never + beside(answers))
    if (error := _unusable(answers)) is not None:
        why = f"Every insert fails, even that of a valid row into the empty table: {error}"
        return Judgement(Verdict.UNUSABLE, why)
    if not answers.violating:
        fault = next((probe.fault for probe in answers.missing), None)
        if unproven:
            because = observation.uncontrolled_because or "it was not asked"
            fault = f"no rejection can be told to be the constraint's without a control ({because})"
        return _unknown(way, fault or "no violating probe was answered")
    if all(probe.outcome == Outcome.REJECTED for probe in answers.violating):
        return _judge_rejected(observation, answers)
    return _judge_let_in(observation, way, answers)


def _unusable(answers: Answers) -> str | None:
    """Return the error of the valid row that the empty table does not take, if none takes any."""
    probes = [*answers.valid, *answers.violating]
    if any(probe.outcome in {Outcome.ACCEPTED, Outcome.CHANGED} for probe in probes):
        return None
    for probe in answers.valid:
        # Where rows go to several models, the model's name stands behind it.
        if probe.id.partition(".")[0] == EMPTY_TABLE and probe.outcome == Outcome.REJECTED:
            return one_line(probe.error.message) if probe.error else "no error was given."
    return None


def _judge_let_in(observation: Observation, way: Way, answers: Answers) -> Judgement:
    """Return the verdict where some violating probe is not rejected."""
    passed = [probe for probe in answers.violating if probe.outcome != Outcome.REJECTED]
    plain = all(probe.outcome == Outcome.ACCEPTED for probe in passed)
    present = observation.catalog.present
    if len(passed) < len(answers.violating):
        verb = "is" if len(passed) == 1 else "are"
        count = f"{len(passed)} of {len(answers.violating)} violating probes {verb}"
        facts = beside(answers, _NOT_THERE if present is False else "")
        done = "let in" if plain else "not rejected"
        return Judgement(Verdict.PARTIAL, f"{count} {done}: {titles(passed)}.{facts}")
    by: By = "django" if _no_sql(observation, way) else "database"
    start = {
        "django": "Never created: Django sends no SQL for it here, and",
        "database": "The database takes the DDL, and",
    }[by]
    are = all_violating(passed, "is", "are")
    told = f"{are[0].lower()}{are[1:]} let in" if plain else "no violating probe is rejected"
    facts = beside(answers, " The catalogue has it nevertheless." if present else "")
    return Judgement(Verdict.IGNORED, f"{start} {told}.{facts}", by)


def _judge_rejected(observation: Observation, answers: Answers) -> Judgement:
    """Return the verdict where every violating probe is rejected."""
    rejected = f"{all_violating(answers.violating, 'is', 'are')} rejected"
    facts = beside(answers, _NOT_THERE if observation.catalog.present is False else "")
    if any(probe.outcome != Outcome.ACCEPTED for probe in answers.valid):
        return Judgement(
            Verdict.TOO_STRICT, f"{rejected}, and not every valid one is accepted.{facts}"
        )
    errors = [probe.error for probe in answers.violating if probe.error is not None]
    others = [error for error in errors if error.class_ != "IntegrityError"]
    if others:
        some = "some of them " if len(others) < len(errors) else ""
        classes = ", ".join(sorted({error.class_ for error in others}))
        why = f"{rejected}, {some}by {classes}, not by IntegrityError."
        return Judgement(Verdict.ENFORCED_OTHER_ERROR, why + facts)
    unnamed = [error for error in errors if not error.names_constraint]
    if unnamed:
        why = (
            f"{rejected} by IntegrityError; {errors_do(len(unnamed), len(errors))} not name the"
            f" constraint: {one_line(unnamed[0].message)}"
        )
        return Judgement(Verdict.ENFORCED_UNNAMED, why + facts)
    return Judgement(Verdict.ENFORCED, f"{rejected} by an IntegrityError that names it.{facts}")


def _unknown(way: Way, why: str) -> Judgement:
    return Judgement(Verdict.UNKNOWN, f"Not observed {_WORDS[way]}: {why.rstrip('.')}.")


def _no_sql(observation: Observation, way: Way) -> bool:
    """Return whether Django sends nothing for the constraint: the SQL is that of the control.

    SQLite's `AddConstraint` makes the table anew, constraint or not: where Django leaves it out of
    the table's SQL, it leaves it out of that one too.
    """
    control, create = _step(observation, "control"), _step(observation, "create")
    # Of several models Django may make those with a constraint in another order.
    if control is not None and create is not None and sorted(control.sql) == sorted(create.sql):
        return True
    add = _step(observation, "add")
    return way == "add" and add is not None and not add.sql


def _step(observation: Observation, name: str) -> Step | None:
    return next((step for step in observation.steps if step.name == name), None)


def _warned(observation: Observation) -> list[str]:
    found = {each.id for each in observation.checks if each.about_constraint}
    return sorted(found & WARNINGS)


def _fields(observation: Observation) -> dict[str, Any]:
    return {name: getattr(observation, name) for name in Observation.__struct_fields__}


def unobserved(case: str, reason: str, *, question: bool = False) -> Record:
    """Return the record of a case that was not observed, with the reason for its summary."""
    return Record(
        case=case,
        verdict=None if question else Verdict.UNKNOWN,
        catalog=Catalog(present=None, names=[], definition=None),
        summary=f"Not observed: {reason}",
    )
