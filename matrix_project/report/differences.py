"""What differs between two observations of one cell: what a user meets, and the evidence."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from matrix_project.results import Cell, DdlStep, Error, Path, Probe

__all__ = ["ASKED", "OUTCOME", "Difference", "compared"]


class Difference(msgspec.Struct, kw_only=True, frozen=True):
    """One thing that differs; of evidence only the name is told, both documents hold the rest."""

    what: str
    """`outcome`, `stage`, `message`, ...: a key of the contract."""
    of: tuple[str, ...] = ()
    """The probes (`save`; `save (add)` where it is so on that path alone), or what else."""
    old: str | None = None
    new: str | None = None


_CELL = ""
OUTCOME = "outcome"
ASKED = "asked"
_SYSTEM_CHECKS = "system_checks"
_READ = {
    *(OUTCOME, "stage", "class", "driver_class", "code", "message"),
    *("constraint", "names_constraint", _SYSTEM_CHECKS),
}
"""What a user meets; all else is evidence."""


def compared(was: Cell, now: Cell) -> tuple[tuple[Difference, ...], tuple[Difference, ...]]:
    """Return what a user meets otherwise, and the names of the evidence that differs."""
    before, after = _facts(was), _facts(now)
    told: dict[tuple[str, str | None, str | None], list[str]] = {}
    evidence: dict[str, None] = {}
    for of in before | after:
        one, other = before.get(of), after.get(of)
        if one is None or other is None:
            evidence[ASKED] = None
            continue
        differing = [what for what in one | other if one.get(what) != other.get(what)]
        for what in [OUTCOME] if OUTCOME in differing else differing:
            if what in _READ:
                told.setdefault((what, one.get(what), other.get(what)), []).append(of)
            else:
                evidence[what] = None
    ranked = sorted(told.items(), key=lambda each: each[0][0] != OUTCOME)
    return (
        tuple(
            Difference(what=what, of=_paths_joined(of), old=one, new=other)
            for (what, one, other), of in ranked
        ),
        tuple(Difference(what=what) for what in evidence),
    )


def _paths_joined(of: Sequence[str]) -> tuple[str, ...]:
    """Leave out the cell itself, and a probe's other paths where it is so on the first as well."""
    return tuple(
        each
        for each in of
        if each and ((bare := each.partition(" (")[0]) == each or bare not in of)
    )


_Facts = dict[str, str | None]


def _facts(cell: Cell) -> dict[str, _Facts]:
    """Return all that a cell tells, by what it is of."""
    facts: dict[str, _Facts] = {
        _CELL: {
            _SYSTEM_CHECKS: "; ".join(f"{each.id}: {each.message}" for each in cell.system_checks)
            or None,
            "definition": cell.catalog.definition,
            "catalog": _json(cell.catalog.present),
            "feature": _json(cell.feature),
            "summary": cell.summary,
        }
    }
    if (said := cell.validation) is not None:
        facts["full_clean()"] = {
            OUTCOME: said.outcome,
            "code": said.code,
            "message": said.message,
        }
    for name in cell.ddl.__struct_fields__:
        step: DdlStep | None = getattr(cell.ddl, name)
        if step is not None:
            facts[f"ddl.{name}"] = _step_facts(step)
    for probe in cell.probes:
        for path in probe.paths:
            of = probe.id if path == Path.CREATE else f"{probe.id} ({path})"
            facts[of] = _probe_facts(probe)
    return facts


def _step_facts(step: DdlStep) -> _Facts:
    return {
        OUTCOME: step.outcome,
        **_error_facts(step.error),
        "ddl": _json((step.setup, step.sql)),
        "definition": step.definition,
        "left_behind": _json(step.left_behind),
    }


def _probe_facts(probe: Probe) -> _Facts:
    return {
        OUTCOME: probe.outcome,
        **_error_facts(probe.error),
        "stage" if probe.error else "accepted at": probe.stage,
        "sql": _json((probe.setup, probe.sql)),
        "probe": _json((probe.title, probe.expect)),
    }


def _error_facts(error: Error | None) -> _Facts:
    if error is None:
        return {}
    return {
        "class": error.class_,
        "driver_class": error.driver_class,
        "code": error.code,
        "message": error.message,
        "constraint": error.constraint,
        "names_constraint": "yes" if error.names_constraint else "no",
    }


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
