"""How a question reads its answer out of an observation."""

from __future__ import annotations

from matrix_project.results.contract import Observation, Probe

__all__ = ["the_act"]


def the_act(observation: Observation) -> Probe | None:
    """Return the probe of a question's one act; None where it was not answered."""
    asked = [probe for probe in observation.probes if probe.way_in == "own"]
    return asked[0] if asked and asked[0].outcome is not None else None
