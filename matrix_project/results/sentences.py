"""The sentences of a summary: what the probes of a way came to, in words."""

from __future__ import annotations

from collections.abc import Sequence

from matrix_project.results.answers import Answers
from matrix_project.results.contract import Observation, Outcome, Probe, Step, SystemCheck

__all__ = [
    "UNTRIED",
    "all_violating",
    "beside",
    "errors_do",
    "message",
    "not_counted",
    "one_line",
    "stopped_by",
    "titles",
    "told_stopped",
]

UNTRIED = "Whether a valid row is accepted is not observed"
"""What stands beside a verdict where no valid row was found."""
_ALL = {2: "Both"}


def all_violating(probes: Sequence[Probe], one: str, many: str) -> str:
    """Return all violating probes as the subject of a sentence, with its verb."""
    if len(probes) == 1:
        return f"The one violating probe {one}"
    return f"{_ALL.get(len(probes), f'All {len(probes)}')} violating probes {many}"


def errors_do(some: int, count: int) -> str:
    """Return some of the errors as the subject of a negated sentence."""
    if some < count:
        return f"{some} of {count} errors {'does' if some == 1 else 'do'}"
    return "the error does" if count == 1 else "the errors do"


def beside(answers: Answers, catalogue: str = "") -> str:
    """Tell what stands beside a verdict: valid rows kept out, and what was torn or changed."""
    kept_out = [
        probe for probe in answers.valid if probe.outcome not in {Outcome.ACCEPTED, Outcome.CHANGED}
    ]
    told = ""
    if kept_out:
        subject = "A valid row is" if len(kept_out) == 1 else "Valid rows are"
        told = f" {subject} kept out: {titles(kept_out)}."
    for outcome in (Outcome.DROPPED, Outcome.CHANGED, Outcome.TORN):
        probes = [*answers.violating, *answers.valid]
        if found := [probe for probe in probes if probe.outcome == outcome]:
            told += f" {str(outcome).capitalize()}: {titles(found)}."
    return told + catalogue


def not_counted(answers: Answers) -> str:
    """Tell how many probes the verdict rests without."""
    told = ""
    if count := len(answers.unproven):
        told += (
            f" {count} {'rejection does' if count == 1 else 'rejections do'} not count: without a"
            " control, the error has to name the constraint, and the catalogue to have it."
        )
    if count := len(answers.missing):
        probes = "1 probe was" if count == 1 else f"{count} probes were"
        told += f" {probes} not answered: {str(answers.missing[0].fault).rstrip('.')}."
    return told


def titles(probes: Sequence[Probe]) -> str:
    """Return what the probes are called, each name once."""
    return "; ".join(dict.fromkeys(probe.title for probe in probes))


def message(step: Step) -> str:
    """Return the error of a refused step."""
    return one_line(step.error.message) if step.error else "no error was given."


def one_line(text: str) -> str:
    """Return a message of several lines as one that ends like a sentence."""
    line = " ".join(text.split())
    return line if line.endswith((".", "!", "?")) else f"{line}."


def stopped_by(observation: Observation) -> SystemCheck | None:
    """Return the system check that stops `migrate`, if one does.

    One that stops it without the constraint, too, says nothing of the constraint: it comes first.
    """
    stops = [each for each in observation.checks if each.level in {"error", "critical"}]
    return min(stops, key=lambda each: each.about_constraint, default=None)


def told_stopped(check: SystemCheck) -> str:
    """Return the sentence that a system check stops `migrate`."""
    anyway = "" if check.about_constraint else ", with the constraint or without it"
    return f"A system check stops `migrate`{anyway}: {check.id}: {check.message}"
