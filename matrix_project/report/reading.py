"""What every report reads out of a record: its mark, its words, its sentence, its error."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from matrix_project.report import words
from matrix_project.report.ranking import BEST_FIRST, HOLDS, LETS_IN
from matrix_project.results.contract import (
    By,
    Case,
    Error,
    LeftBehind,
    Level,
    Outcome,
    Probe,
    Record,
    Verdict,
)
from matrix_project.results.verdicts import LEVELS

__all__ = [
    "MARKS",
    "NEVER_CREATED",
    "ORDER",
    "QUESTION",
    "UNKNOWN",
    "Answer",
    "Mark",
    "also_seen",
    "answer",
    "declared_at",
    "full_clean",
    "message",
    "named",
    "no_error",
    "sentence",
]

_COLOURS = {
    Level.HOLDS: "green",
    Level.HOLDS_WITH_A_CATCH: "yellow",
    Level.DOES_NOT_HOLD: "red",
    Level.CANNOT_BE_HAD: "magenta",
    None: "bright_black",
}
"""The colour of each level; without a level nothing is known."""


@dataclass(frozen=True)
class Mark:
    """How an answer is drawn: never by colour alone."""

    icon: str
    colour: str
    meaning: str
    level: Level | None = None


_DRAWN = {
    Verdict.ENFORCED: (
        "✅",
        "violations are rejected by an `IntegrityError` that names it, valid rows are accepted",
    ),
    Verdict.ENFORCED_UNNAMED: (
        "☑️",
        "violations are rejected by an `IntegrityError` that does not name the constraint",
    ),
    Verdict.ENFORCED_OTHER_ERROR: (
        "✔️",
        "violations are rejected, some by another error than `IntegrityError`",
    ),
    Verdict.REDUNDANT: ("🔁", "something else rejects every violation already"),
    Verdict.TOO_STRICT: ("🔒", "violations are rejected, and valid rows too"),
    Verdict.PARTIAL: ("⚠️", "some violations get in, some are rejected"),
    Verdict.IGNORED: ("❌", "the database takes the DDL, and violations get in"),
    Verdict.REFUSED: ("⛔", "the migration fails: the database or Django refuses the constraint"),
    Verdict.UNUSABLE: ("🚫", "every insert fails, even that of a valid row"),
    Verdict.ABSENT: ("🕳️", "the table does not exist there, or takes no row even without it"),
    Verdict.UNKNOWN: ("❔", "not observed; no answer is implied"),
}

MARKS = {
    verdict: Mark(icon, _COLOURS[LEVELS[verdict]], meaning, LEVELS[verdict])
    for verdict, (icon, meaning) in _DRAWN.items()
}
"""How each verdict is drawn."""

NEVER_CREATED = Mark(
    "✖️",
    _COLOURS[Level.DOES_NOT_HOLD],
    "Django sends no SQL here, and violations get in",
    Level.DOES_NOT_HOLD,
)
"""How an `ignored` is drawn that Django never sent to the database."""

QUESTION = Mark("🔹", "blue", "the answer to a question, neither good nor bad")
"""How a question's answer is drawn, whichever it is."""

ORDER = [*(MARKS[verdict] for verdict in BEST_FIRST), QUESTION, MARKS[Verdict.UNKNOWN]]
ORDER.insert(ORDER.index(MARKS[Verdict.IGNORED]), NEVER_CREATED)
"""The marks in the order in which a report lists them."""


@dataclass(frozen=True)
class Answer:
    """What one line can tell of a cell."""

    word: str
    """The verdict, or a question's answer, or `unknown`."""
    level: Level | None = None
    """What the verdict means; None for a question, or where nothing is known."""
    by: By | None = None
    """Who refused the constraint, or left it out."""
    warned: bool = False
    """Whether Django's system checks warn of the constraint."""

    @property
    def mark(self) -> Mark:
        """How it is drawn."""
        if self.level is None:
            return MARKS[Verdict.UNKNOWN] if self.word == Verdict.UNKNOWN else QUESTION
        never = self.word == Verdict.IGNORED and self.by == "django"
        return NEVER_CREATED if never else MARKS[Verdict(self.word)]

    @property
    def plain(self) -> bool:
        """Whether there is no more to say: it is enforced, and Django warns of nothing."""
        return self.mark == MARKS[Verdict.ENFORCED] and not self.warned

    @property
    def silent(self) -> bool:
        """Whether violations get in and Django warns of nothing."""
        return self.level == Level.DOES_NOT_HOLD and not self.warned

    @property
    def words(self) -> str:
        """The reader's words; `never created` where Django sends no SQL for the constraint."""
        if self.mark == NEVER_CREATED:
            return words.NEVER_CREATED
        if self.mark == QUESTION:
            return self.word.replace("_", " ")
        return words.WORDS[Verdict(self.word)]

    @property
    def name(self) -> str:
        """The name by which links and rules know it: `never-created`, `enforced-unnamed`."""
        return "never-created" if self.mark == NEVER_CREATED else self.word

    def __str__(self) -> str:
        """Return its words, who refuses, and whether Django warns: `never created (warned)`."""
        tags = {
            "by Django": self.by == "django" and self.mark != NEVER_CREATED,
            "warned": self.warned,
            "silent": self.silent,
        }
        told = ", ".join(tag for tag, holds in tags.items() if holds)
        return f"{self.words} ({told})" if told else self.words


UNKNOWN = Answer(str(Verdict.UNKNOWN))


def answer(case: Case, record: Record) -> Answer:
    """Return the answer that a record gives to its case."""
    if case.kind == "question":
        return UNKNOWN if record.answer is None else Answer(record.answer)
    verdict = record.verdict or Verdict.UNKNOWN
    if verdict == Verdict.UNKNOWN:
        return UNKNOWN
    return Answer(str(verdict), LEVELS[verdict], record.by, warned=bool(record.warned))


def _violating(record: Record) -> list[Probe]:
    """Return the probes that ask whether the constraint rejects a violation.

    Neither those that something else rejects already, nor those without the constraint.
    """
    return [
        probe
        for probe in record.probes
        if probe.expect == "reject" and probe.way != "remove" and not probe.masked
    ]


def named(record: Record) -> bool | None:
    """Return whether every error of a violating probe names the constraint; None without one."""
    errors = [probe.error for probe in _violating(record) if probe.error]
    return all(error.names_constraint for error in errors) if errors else None


def _warnings(record: Record) -> str:
    """Tell whether Django's system checks warn of the constraint."""
    told = "; ".join(
        f"{check.id}: {check.message}"
        for check in record.checks
        if check.about_constraint and check.id in record.warned
    )
    return f"Django warns: {told}" if told else "Django warns of nothing."


def declared_at(case: Case) -> str:
    """Return where the constraint is declared: `shop/models.py:31`; empty where nobody said."""
    if not case.file:
        return ""
    return f"{case.file}:{case.line}" if case.line else case.file


def full_clean(record: Record) -> str | None:
    """Return what `full_clean()` does with the violating rows; None where it was not asked.

    `rejected`, `accepted`, or `some rejected`.
    """
    outcomes = {each.outcome for each in record.validation if each.row.startswith("violating")}
    if not outcomes:
        return None
    return "some rejected" if len(outcomes) > 1 else outcomes.pop()


_VALIDATED = {
    "accepted": "accepts such a row",
    "rejected": "rejects such a row",
    "some rejected": "rejects some of these rows",
}


def sentence(case: Case, record: Record) -> str:
    """Tell in a line why a record is not plainly enforced, and whether Django warns."""
    told = _ended(words.reads(record.summary))
    if case.kind == "question" or record.verdict in {None, Verdict.UNKNOWN}:
        return told
    if record.verdict == Verdict.REFUSED:
        ways = {"create": "with its table", "add": "by AddConstraint"}
        told += "".join(
            _left(case, ways[step.name], step.left_behind)
            for step in record.steps
            if step.name in ways and step.left_behind is not None
        )
    validated = full_clean(record)
    if validated is not None and record.verdict not in HOLDS:
        told += f" `full_clean()` {_VALIDATED[validated]}."
    return f"{told} {_warnings(record)}"


def message(record: Record) -> Error | None:
    """Return the error of the first violating probe that was rejected, or of the refused DDL."""
    steps = (step.error for step in record.steps if step.name in {"create", "add"})
    probes = (probe.error for probe in _violating(record) if probe.outcome == Outcome.REJECTED)
    both: tuple[Iterable[Error | None], ...] = (probes, steps)
    first_of = reversed(both) if record.verdict == Verdict.REFUSED else both
    return next((error for errors in first_of for error in errors if error is not None), None)


def also_seen(record: Record) -> str | None:
    """Return the facts beside the verdict in a line, `title: shows`; None where there are none."""
    return "; ".join(f"{each.title}: {each.shows}" for each in record.facts) or None


def no_error(record: Record) -> str:
    """Return why a record has no error that `message` could return."""
    if record.verdict in LETS_IN:
        return "no error: the row is accepted"
    reasons = {
        Verdict.REDUNDANT: "no error of its own: something else rejects the row",
        Verdict.REFUSED: "no error of the database: a system check stops `migrate`",
        Verdict.ABSENT: "no error: the model does not exist there",
    }
    return reasons.get(record.verdict or Verdict.UNKNOWN, "not observed")


def _left(case: Case, way: str, left: LeftBehind) -> str:
    """Tell what the failed migration leaves where the constraint came that way."""
    applied = "counts" if left.recorded else "does not count"
    if not left.tables:
        return f" Declared {way}, no table is left, and the migration {applied} as applied."
    there = "with" if case.constraint in left.constraints else "without"
    return (
        f" Declared {way}, it leaves {', '.join(left.tables)} {there} the constraint, and the"
        f" migration {applied} as applied."
    )


def _ended(text: str) -> str:
    """Return the text as one line that ends like a sentence."""
    line = " ".join(text.split())
    return line if line.endswith((".", "!", "?", ".)")) else f"{line}."
