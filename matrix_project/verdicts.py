"""Observations → verdict: a pure function, and the only place where a verdict is decided."""

from __future__ import annotations

from collections.abc import Sequence

from matrix_project.results import (
    Catalog,
    Cell,
    Ddl,
    DdlStep,
    Outcome,
    Path,
    Probe,
    Verdict,
)

__all__ = ["judge", "unobserved"]


def judge(  # noqa: PLR0911 (a decision table: one return a row)
    *, constraint: str | None, ddl: Ddl, catalog: Catalog, probes: Sequence[Probe]
) -> tuple[Verdict, str]:
    """Return the verdict on what was observed of a case, and one sentence that says why.

    `constraint` is the constraint's name; None in a control that declares none.
    """
    declared = [step for step in (ddl.create, ddl.add) if step is not None]
    refusals = [step for step in declared if step.outcome == "refused"]
    violating = [probe for probe in probes if probe.expect == "reject"]
    valid = [probe for probe in probes if probe.expect == "accept"]
    let_through = [probe for probe in violating if probe.outcome == Outcome.ACCEPTED]
    held_up = [probe for probe in valid if probe.outcome == Outcome.REJECTED]

    asked = valid if constraint is None else violating
    if not declared or not (asked or refusals):
        return Verdict.UNKNOWN, "Not observed: no probe was answered."
    if refusals:
        if len(refusals) == len(declared):
            return Verdict.REFUSED, f"The database refuses the DDL: {_words(refusals[0])}"
        way = "with its table" if ddl.create in refusals else "to an existing table"
        return (
            Verdict.PARTIAL,
            f"The database refuses the constraint {way} only: {_words(refusals[0])}",
        )
    if held_up:
        return (
            Verdict.PARTIAL,
            f"{_count(held_up, valid)} valid probes rejected: {_titles(held_up)}"
            + (
                f"; and {_count(let_through, violating)} violating ones accepted."
                if let_through
                else "."
            ),
        )
    if constraint is None:
        return (
            Verdict.ENFORCED,
            f"No constraint is declared, and all {len(valid)} probes are accepted.",
        )
    if let_through:
        if len(let_through) < len(violating):
            count = _count(let_through, violating)
            return Verdict.PARTIAL, f"{count} violating probes accepted: {_titles(let_through)}."
        said = f"all {len(violating)} violating probes are accepted"
        if catalog.present:
            return Verdict.PARTIAL, f"The constraint is in the catalogue, and yet {said}."
        return Verdict.IGNORED, f"The DDL passes, the catalogue has no such constraint, and {said}."
    return _enforced(violating, valid, catalog)


def unobserved(case: str, environment: str, reason: str) -> Cell:
    """Return the cell of a case that was not observed, with the reason for its summary."""
    return Cell(
        case=case,
        environment=environment,
        verdict=Verdict.UNKNOWN,
        summary=f"Not observed: {reason}",
        system_checks=[],
        ddl=Ddl(create=None, add=None, add_to_violating_rows=None, remove=None),
        catalog=Catalog(present=None, definition=None),
        validation=None,
        feature=None,
        probes=[],
    )


def _enforced(
    violating: Sequence[Probe], valid: Sequence[Probe], catalog: Catalog
) -> tuple[Verdict, str]:
    """Tell the two kinds of enforcement apart, all violating probes having been rejected."""
    errors = [probe.error for probe in violating if probe.error is not None]
    other = sorted({error.class_ for error in errors if error.class_ != "IntegrityError"})
    unnamed = [error for error in errors if not error.names_constraint]
    said = f"All {len(violating)} violating probes are rejected"
    if catalog.present is False and unnamed:
        words = f"{said}, and yet the catalogue has no such constraint: {unnamed[0].message}"
        return Verdict.PARTIAL, words
    if other:
        kinds = ", ".join(other)
        return Verdict.ENFORCED_OTHER_ERROR, f"{said}, some by {kinds}, not by IntegrityError."
    if unnamed:
        count = f"{len(unnamed)} of the {len(errors)} errors"
        words = f"{said}; {count} do not name the constraint: {unnamed[0].message}"
        return Verdict.ENFORCED_OTHER_ERROR, words
    words = f"{said} by an IntegrityError that names the constraint"
    standing = [probe for probe in valid if probe.paths != [Path.REMOVE]]
    return Verdict.ENFORCED, f"{words}, and all {len(standing)} valid ones are accepted."


def _count(part: Sequence[Probe], whole: Sequence[Probe]) -> str:
    return f"{len(part)} of {len(whole)}"


def _titles(probes: Sequence[Probe]) -> str:
    return "; ".join(dict.fromkeys(probe.title for probe in probes))


def _words(step: DdlStep) -> str:
    return step.error.message if step.error else "no error was given."
