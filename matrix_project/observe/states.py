"""States of a project that has a subject's models, and the migrations from one to another.

https://docs.djangoproject.com/en/stable/topics/migrations/
"""

from __future__ import annotations

from collections.abc import Iterable
from graphlib import TopologicalSorter
from typing import Any

from django.db.migrations import Migration
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.graph import MigrationGraph
from django.db.migrations.operations.base import Operation
from django.db.migrations.questioner import MigrationQuestioner
from django.db.migrations.state import ModelState, ProjectState
from django.db.migrations.writer import MigrationWriter
from django.db.models import Model

from matrix_project.observe.targets import Target

__all__ = ["CreateModels", "migrations_between", "state_of", "tables_of", "written"]


class CreateModels(Operation):
    """Make the tables of several models at once: their state is rendered once, and not for each.

    It is for tables that nobody asks of: no migration of Django's has it.
    """

    def __init__(self, models: Iterable[ModelState]) -> None:
        """Take the models, those that others refer to before them."""
        self._models = list(models)

    def state_forwards(self, app_label: str, state: ProjectState) -> None:  # noqa: ARG002
        """Add the models."""
        for each in self._models:
            state.add_model(each)

    def database_forwards(
        self,
        app_label: str,  # noqa: ARG002
        schema_editor: Any,
        from_state: ProjectState,  # noqa: ARG002
        to_state: ProjectState,
    ) -> None:
        """Create the tables."""
        for each in self._models:
            model = to_state.apps.get_model(each.app_label, each.name)
            if self.allow_migrate_model(schema_editor.connection.alias, model):
                schema_editor.create_model(model)


def state_of(models: Iterable[type[Model]], without: Iterable[Target] = ()) -> ProjectState:
    """Return the state of a project that has these models, without some of their constraints."""
    state = ProjectState()
    for model in models:
        state.add_model(ModelState.from_model(model))
    for target in without:
        target.leave_out(state)
    return state


def migrations_between(before: ProjectState, after: ProjectState) -> list[Migration]:
    """Return the migrations that `makemigrations` would write from one state to another."""
    labels = {label for label, _ in [*before.models, *after.models]}
    questioner = MigrationQuestioner(specified_apps=labels, defaults={"ask_initial": True})
    detector = MigrationAutodetector(before.clone(), after.clone(), questioner)
    found = detector.changes(graph=MigrationGraph())
    written = {
        (label, migration.name): migration for label in sorted(found) for migration in found[label]
    }
    # An app that a setting names is only known by its first migration.
    first = {(label, "__first__"): (label, each[0].name) for label, each in found.items()}
    before_it = {
        key: [first.get(each, each) for each in sorted(migration.dependencies)]
        for key, migration in written.items()
    }
    return [written[key] for key in TopologicalSorter(before_it).static_order() if key in written]


def written(migrations: Iterable[Migration]) -> str:
    """Return migrations as Python, as `makemigrations` writes them."""
    texts = [MigrationWriter(each, include_header=False).as_string() for each in migrations]
    return "\n\n".join(text.strip() for text in texts)


def tables_of(models: Iterable[type[Model]]) -> set[str]:
    """Return the names of the tables of models, the automatic many-to-many ones included."""
    own = [each for each in models if each._meta.managed and not each._meta.proxy]
    relations: list[Any] = [field for each in own for field in each._meta.local_many_to_many]
    through = [each.remote_field.through for each in relations]
    automatic = [each for each in through if each._meta.auto_created]
    return {each._meta.db_table for each in [*own, *automatic]}
