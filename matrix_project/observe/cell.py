"""Put together, piece by piece, what is observed of one case."""

from __future__ import annotations

from typing import Any

import msgspec
from django.core.exceptions import ValidationError
from django.db import connection, models

from matrix_project.observe.case import BaseCase
from matrix_project.observe.ddl import Schema, constraint_name
from matrix_project.results import (
    Catalog,
    Cell,
    Ddl,
    DdlStep,
    Feature,
    Outcome,
    Probe,
    SystemCheck,
    Validation,
)
from matrix_project.verdicts import judge

__all__ = ["CellInProgress"]


class CellInProgress:
    """The observations of one case, until they are complete."""

    def __init__(self, case: type[BaseCase]) -> None:
        """Begin with nothing observed."""
        self.case = case
        self.schema = Schema(case.models)
        self.steps: dict[str, DdlStep | None] = dict.fromkeys(Ddl.__struct_fields__)
        self.validation: Validation | None = None
        self.latest: Probe | None = None
        """The probe that was recorded last."""
        self._probes: list[Probe] = []

    def probe_id(self, name: str, model: type[models.Model]) -> str:
        """Return a probe's id: its name, and the model's where the case has several."""
        return f"{name}.{model._meta.model_name}" if len(self.case.models) > 1 else name

    @property
    def alike(self) -> bool:
        """Whether the catalogue shows the same after both paths, word for word, or nothing."""
        create, add = self.steps["create"], self.steps["add"]
        return create is not None and add is not None and create.definition == add.definition

    def record(self, probe: Probe) -> None:
        """Take a probe; one that went the same way on another path becomes one with it."""
        self.latest = probe
        for index, other in enumerate(self._probes):
            same = msgspec.structs.replace(probe, paths=other.paths)
            if same == other:
                self._probes[index] = msgspec.structs.replace(same, paths=other.paths + probe.paths)
                return
        self._probes.append(probe)

    def validate(self, instance: models.Model) -> None:
        """Record what `full_clean()` says of an instance that violates the constraint."""
        try:
            instance.full_clean()
        except ValidationError as invalid:
            errors = [
                (error.code, message)
                for each in invalid.error_dict.values()
                for error in each
                for message in error.messages
            ]
            code, message = errors[0]
            self.validation = Validation(outcome=Outcome.REJECTED, code=code, message=str(message))
        else:
            self.validation = Validation(outcome=Outcome.ACCEPTED, code=None, message=None)

    def finish(self, environment: str) -> Cell:
        """Return the cell, its verdict included."""
        ddl = Ddl(**self.steps)
        constraint = constraint_name(self.case.models[0])
        catalog = _catalog(ddl, constraint)
        verdict, summary = judge(
            constraint=constraint, ddl=ddl, catalog=catalog, probes=self._probes
        )
        return Cell(
            case=self.case.id,
            environment=environment,
            verdict=verdict,
            summary=summary,
            system_checks=_system_checks(self.case),
            ddl=ddl,
            catalog=catalog,
            validation=self.validation,
            feature=_feature(self.case.feature),
            probes=self._probes,
        )


def _catalog(ddl: Ddl, constraint: str | None) -> Catalog:
    """Say what the catalogue showed once the constraint was declared, on whichever path."""
    if constraint is None:
        return Catalog(present=None, definition=None)
    declared = [step.definition for step in (ddl.add, ddl.create) if step is not None]
    definition = next((each for each in declared if each is not None), None)
    return Catalog(present=definition is not None, definition=definition)


def _system_checks(case: type[BaseCase]) -> list[SystemCheck]:
    """Run Django's checks of the case's models as `check --database default` does."""
    return [
        SystemCheck(id=str(message.id), message=str(message.msg))
        for model in case.models
        for message in model.check(databases=["default"])
    ]


def _feature(flag: str | None) -> Feature | None:
    if flag is None:
        return None
    declared: Any = getattr(connection.features, flag)
    return Feature(flag=flag, declares=bool(declared))
