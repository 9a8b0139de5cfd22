"""The probes of one way in which a constraint comes, sorted by what they are good for."""

from __future__ import annotations

from dataclasses import dataclass

from matrix_project.results.contract import Observation, Outcome, Probe, Way

__all__ = ["Answers", "answers_of"]


@dataclass(frozen=True)
class Answers:
    """The probes of one way, by what they are good for."""

    violating: list[Probe]
    valid: list[Probe]
    masked: list[Probe]
    """Violating ones that fail without the constraint too."""
    unproven: list[Probe]
    """Rejected, and there is neither a control nor an error and a catalogue that agree."""
    missing: list[Probe]
    """Those that a fault kept from being answered."""


def answers_of(observation: Observation, way: Way) -> Answers:
    """Return the probes of a promise that were asked on one way.

    A probe without an expectation is a question, and counts for no verdict.
    """
    asked = [
        probe
        for probe in observation.probes
        if probe.expect is not None and probe.way in {way, "both"}
    ]
    missing = [probe for probe in asked if probe.outcome is None]
    answered = [probe for probe in asked if probe.outcome is not None]
    open_ = [probe for probe in answered if not _masked(probe)]
    unproven = [probe for probe in open_ if not _proven(observation, probe)]
    counted = [probe for probe in open_ if _proven(observation, probe)]
    return Answers(
        violating=[probe for probe in counted if probe.expect == "reject"],
        valid=[probe for probe in counted if probe.expect == "accept"],
        masked=[probe for probe in answered if _masked(probe) and probe.expect == "reject"],
        unproven=unproven,
        missing=missing,
    )


def _masked(probe: Probe) -> bool:
    """Return whether the probe has asked nothing: its control is not accepted either."""
    control = probe.control
    return probe.masked or (control is not None and control.outcome != Outcome.ACCEPTED)


def _proven(observation: Observation, probe: Probe) -> bool:
    """Return whether an answer speaks of the constraint.

    Without a control, a rejection does only where its error names the constraint and the catalogue
    has it.
    """
    controlled = observation.controlled and probe.control is not None
    if controlled or probe.outcome not in {Outcome.REJECTED, Outcome.TORN}:
        return True
    named = probe.error is not None and probe.error.names_constraint
    return named and bool(observation.catalog.present)
