"""What differs between two records of one cell: what a user meets, and the evidence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from matrix_project.results.contract import Error, Probe, Record, Step

__all__ = ["ASKED", "OUTCOME", "Difference", "compared"]


class Difference(msgspec.Struct, kw_only=True, frozen=True):
    """One thing that differs; of evidence only the name is given, both documents hold the rest."""

    what: str
    """`outcome`, `stage`, `message`, ...: a key of the contract."""
    of: tuple[str, ...] = ()
    """The probes (`save`; `save (add)` where it is so on that way alone), or what else."""
    old: str | None = None
    new: str | None = None


_RECORD = ""
OUTCOME = "outcome"
ASKED = "asked"
_SYSTEM_CHECKS = "system_checks"
_READ = {
    *(OUTCOME, "stage", "class", "driver_class", "code", "message"),
    *("constraint", "columns", "names_constraint", "shows", _SYSTEM_CHECKS),
}
"""What a user meets; all else is evidence."""

_Facts = dict[str, str | None]


def compared(was: Record, now: Record) -> tuple[tuple[Difference, ...], tuple[Difference, ...]]:
    """Return what a user meets otherwise, and the names of the evidence that differs."""
    before, after = dict(_facts(was)), dict(_facts(now))
    found: dict[tuple[str, str | None, str | None], list[str]] = {}
    evidence: dict[str, None] = {}
    for of in before | after:
        one, other = before.get(of), after.get(of)
        if one is None or other is None:
            evidence[ASKED] = None
            continue
        differing = [what for what in one | other if one.get(what) != other.get(what)]
        for what in [OUTCOME] if OUTCOME in differing else differing:
            if what in _READ:
                found.setdefault((what, one.get(what), other.get(what)), []).append(of)
            else:
                evidence[what] = None
    ranked = sorted(found.items(), key=lambda each: each[0][0] != OUTCOME)
    return (
        tuple(
            Difference(what=what, of=_ways_joined(of), old=one, new=other)
            for (what, one, other), of in ranked
        ),
        tuple(Difference(what=what) for what in evidence),
    )


def _ways_joined(of: Sequence[str]) -> tuple[str, ...]:
    """Leave out the record itself, and a probe's other way where it is so on the first as well."""
    return tuple(
        each
        for each in of
        if each and ((bare := each.partition(" (")[0]) == each or bare not in of)
    )


def _facts(record: Record) -> Iterator[tuple[str, _Facts]]:
    """Yield all that a record holds, by what it is of; what was not answered is left out."""
    yield (
        _RECORD,
        {
            _SYSTEM_CHECKS: "; ".join(f"{each.id}: {each.message}" for each in record.checks)
            or None,
            "definition": record.catalog.definition,
            "catalog": _json((record.catalog.present, record.catalog.names)),
            "feature": _json(record.feature),
            "controlled": _json((record.controlled, record.uncontrolled_because)),
            "left_out": _json(record.left_out),
            "summary": record.summary,
        },
    )
    yield from _other_facts(record)
    for step in record.steps:
        if step.outcome is not None:
            yield f"ddl.{step.name}", _step_facts(step)
    for probe in record.probes:
        if probe.outcome is not None:
            facts = _probe_facts(probe)
            if probe.way in {"create", "both"}:
                yield probe.id, facts
            if probe.way != "create":
                way = "add" if probe.way == "both" else probe.way
                yield f"{probe.id} ({way})", facts


def _other_facts(record: Record) -> Iterator[tuple[str, _Facts]]:
    for each in record.validation:
        facts = {OUTCOME: each.outcome, "code": each.code, "message": each.message}
        yield f"full_clean() of {each.row}", {**facts, "compared": each.compared}
    for fact in record.facts:
        yield fact.title, {"shows": fact.shows}


def _step_facts(step: Step) -> _Facts:
    return {
        OUTCOME: step.outcome,
        **_error_facts(step.error),
        "ddl": _json((step.setup, step.sql)),
        "definition": step.definition,
        "left_behind": _json(step.left_behind),
        "in_the_way": _json(step.in_the_way),
    }


def _probe_facts(probe: Probe) -> _Facts:
    return {
        OUTCOME: probe.outcome,
        **_error_facts(probe.error),
        "stage" if probe.error else "accepted at": probe.stage,
        "rows": _json(probe.rows),
        "control": _json((probe.control, probe.masked)),
        "sql": _json((probe.setup, probe.sql)),
        "probe": _json((probe.title, probe.way_in, probe.expect)),
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
        "columns": ", ".join(error.columns) or None,
        "names_constraint": "yes" if error.names_constraint else "no",
    }


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
