"""What every report reads out of a cell: its mark, its sentence, its error."""

from __future__ import annotations

from dataclasses import dataclass

from matrix_project.results import Case, Cell, Error, LeftBehind, Outcome, Verdict

__all__ = [
    "MARKS",
    "NO_CONSTRAINT",
    "UNKNOWN",
    "Answer",
    "Mark",
    "answer",
    "message",
    "named",
    "sentence",
    "warnings",
]


@dataclass(frozen=True)
class Mark:
    """How a verdict is drawn: never by colour alone."""

    icon: str
    colour: str
    meaning: str


MARKS = {
    Verdict.ENFORCED: Mark(
        "✅",
        "green",
        "violations are rejected by an `IntegrityError` that names the constraint, valid rows are"
        " accepted",
    ),
    Verdict.ENFORCED_OTHER_ERROR: Mark(
        "☑️",
        "cyan",
        "violations are rejected, but by another error or without the constraint's name",
    ),
    Verdict.PARTIAL: Mark("⚠️", "yellow", "some violations get in, or a valid row is kept out"),
    Verdict.REFUSED: Mark("⛔", "magenta", "the database refuses the DDL: the migration fails"),
    Verdict.IGNORED: Mark(
        "❌", "red", "the migration passes, the constraint does not exist, violations get in"
    ),
    Verdict.UNKNOWN: Mark("❔", "bright_black", "not observed; no answer is implied"),
}


NO_CONSTRAINT = Mark("▫️", "bright_black", "a control that declares none: every row is accepted")
"""How a control is drawn that declares no constraint, and where all its rows were accepted."""

_LETS_IN = (Verdict.IGNORED, Verdict.PARTIAL, Verdict.REFUSED)


@dataclass(frozen=True)
class Answer:
    """What one line can tell of a cell."""

    mark: Mark
    word: str
    warned: bool
    """Whether Django's system checks announced it."""

    @property
    def plain(self) -> bool:
        """Whether there is no more to say: it is enforced, and nothing was announced."""
        return self.word == Verdict.ENFORCED and not self.warned

    @property
    def silent(self) -> bool:
        """Whether violations get in and nothing announced it."""
        return self.word in {Verdict.IGNORED, Verdict.PARTIAL} and not self.warned

    def __str__(self) -> str:
        """Return its words: `ignored (warned)`."""
        return f"{self.word} (warned)" if self.warned else self.word


UNKNOWN = Answer(MARKS[Verdict.UNKNOWN], str(Verdict.UNKNOWN), warned=False)


def answer(case: Case, cell: Cell) -> Answer:
    """Return the answer that a cell gives."""
    warned = bool(cell.system_checks)
    if case.constraint is None and cell.verdict == Verdict.ENFORCED:
        return Answer(NO_CONSTRAINT, "no constraint", warned)
    return Answer(MARKS[cell.verdict], str(cell.verdict), warned)


def named(cell: Cell) -> bool:
    """Return whether every error of a violating probe names the constraint."""
    errors = [probe.error for probe in cell.probes if probe.expect == "reject" and probe.error]
    return bool(errors) and all(error.names_constraint for error in errors)


def warnings(cell: Cell) -> str:
    """Say whether Django's system checks announced it."""
    if not cell.system_checks:
        return "Django warns of nothing."
    told = "; ".join(f"{check.id}: {check.message}" for check in cell.system_checks)
    return f"Django warns: {told}"


def sentence(cell: Cell) -> str:
    """Say in a line why a cell is not plainly enforced, and whether Django warned."""
    said = " ".join(cell.summary.split())
    if cell.verdict == Verdict.UNKNOWN:
        return said
    if not said.endswith((".", "!", "?")):
        said += "."
    if cell.verdict == Verdict.REFUSED:
        ways = {"with its table": cell.ddl.create, "by AddConstraint": cell.ddl.add}
        said += "".join(_left(way, step.left_behind) for way, step in ways.items() if step)
    if cell.validation is not None and cell.verdict in _LETS_IN:
        verb = {Outcome.ACCEPTED: "accepts", Outcome.REJECTED: "rejects"}[cell.validation.outcome]
        said += f" `full_clean()` {verb} such a row."
    return f"{said} {warnings(cell)}"


def _left(way: str, left: LeftBehind | None) -> str:
    """Say what the failed migration leaves where the constraint came that way."""
    if left is None:
        return ""
    applied = "counts" if left.recorded else "does not count"
    if not left.tables:
        return f" Declared {way}, no table is left, and the migration {applied} as applied."
    there = "with" if left.constraint else "without"
    return (
        f" Declared {way}, it leaves {', '.join(left.tables)} {there} the constraint, and the"
        f" migration {applied} as applied."
    )


def message(cell: Cell) -> Error | None:
    """Return the error of the first violating probe that was rejected, or of the refused DDL."""
    for probe in cell.probes:
        if probe.expect == "reject" and probe.outcome == Outcome.REJECTED:
            return probe.error
    refused = (step for step in (cell.ddl.add, cell.ddl.create) if step and step.error)
    return next((step.error for step in refused), None)
