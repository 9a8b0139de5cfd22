"""How a question reads its answer out of an observation."""

from __future__ import annotations

from collections.abc import Callable, Container

from matrix_project.results.contract import Observation, Probe

__all__ = ["shown", "the_act"]


def the_act(observation: Observation) -> Probe | None:
    """Return the probe of a question's one act; None where it was not answered."""
    asked = [probe for probe in observation.probes if probe.way_in == "own"]
    return asked[0] if asked and asked[0].outcome is not None else None


def shown(answers: Container[str]) -> Callable[[Observation], str | None]:
    """Return how the first fact gives the word: its text begins with it, up to a colon."""

    def word(observation: Observation) -> str | None:
        text = observation.facts[0].shows if observation.facts else ""
        found = text.partition(":")[0]
        return found if found in answers else None

    return word
