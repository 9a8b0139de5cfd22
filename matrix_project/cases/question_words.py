"""How a question reads its answer out of an observation."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from typing import Any

from django.db.migrations import RunPython

from matrix_project.observe import OwnStep
from matrix_project.observe.inserting import insert_sql
from matrix_project.results.contract import Observation, Probe, Step

__all__ = ["insertion", "put_in", "shown", "shown_more", "step_of", "still_holds", "the_act"]


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


def shown_more(observation: Observation) -> str | None:
    """Return what the first fact tells beside the word, for the summary."""
    return observation.facts[0].shows.partition(": ")[2] if observation.facts else None


def step_of(observation: Observation, name: str) -> Step | None:
    """Return a step that was answered; None where it was not taken or not answered."""
    found = (step for step in observation.steps if step.name == name)
    return next((step for step in found if step.outcome is not None), None)


def insertion(label: str, values: Mapping[str, object]) -> RunPython:
    """Return the operation that inserts a row of a model, `application.Model`.

    It is sent in SQL: after an error of the ORM's, Django's schema editor for SQLite raises another
    one in its place, for it asks for broken foreign keys on its way out.
    """

    def insert(apps: Any, editor: Any) -> None:
        row = apps.get_model(label)(**values)
        with editor.connection.cursor() as cursor:
            cursor.execute(*insert_sql(row, editor.connection))

    return RunPython(insert)


def put_in(model: str, values: Mapping[str, object], number: int = 1) -> OwnStep:
    """Return the step that inserts a row which breaks a constraint of the family `migrations`."""
    return OwnStep(
        name=f"insert_violating_row_{number}",
        operations=[insertion(f"migrations.{model}", values)],
        rows="kept",
        anyway=number > 1,
    )


def still_holds(change: str, words: tuple[str, str, str]) -> Callable[[Observation], str | None]:
    """Return how a change, and the insertion of violating rows after it, give the word.

    `words` are for: the rows are rejected, one is stored, the change is refused.
    """
    rejected, stored, refused = words

    def word(observation: Observation) -> str | None:
        changed = step_of(observation, change)
        if changed is None:
            return None
        if changed.outcome == "refused":
            return refused
        put = [step for step in observation.steps if step.name.startswith("insert_violating")]
        if not put or any(step.outcome is None for step in put):
            return None
        if any(step.outcome == "accepted" for step in put):
            return stored
        errors = {step.error.class_ for step in put if step.error is not None}
        return rejected if errors == {"IntegrityError"} else None

    return word
