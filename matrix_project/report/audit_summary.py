"""An audit in the terminal: a sentence that says the essence, and what does not hold, and why."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial

from rich.console import Console

from matrix_project.report import terminal
from matrix_project.report.disagreements import disagreements
from matrix_project.report.findings import Finding
from matrix_project.report.folding import Folding
from matrix_project.report.ranking import HOLDS
from matrix_project.report.reading import NEVER_CREATED, ORDER, UNKNOWN, Answer, answer
from matrix_project.report.words import reads
from matrix_project.results.contract import Case, Level, Matrix, Record, Verdict
from matrix_project.results.sentences import UNTRIED

__all__ = ["headline", "show"]

_NAMED = 3
"""How many constraints a sentence names; the table has them all."""
_Clause = tuple[tuple[str, tuple[tuple[str, bool], ...]], ...]
"""What does not hold in an environment: a word, and the cases of it; of each, whether silently."""


def headline(matrix: Matrix) -> str:
    """Return the essence of an audit in a line.

    "41 constraints: 38 hold everywhere. MySQL 9.7: 2 never created (`one_email`, `one_draft`), 1 of
    them silently; 1 refused (`no_overlap`)."
    """
    return " ".join(_essence(matrix))


def _essence(matrix: Matrix) -> list[str]:
    """Return a sentence that counts, and one for each set of backends with what does not hold."""
    folding = Folding(matrix)
    promises = _promises(matrix)
    if not promises:
        return ["No constraint was observed."]
    start = f"{len(promises)} {'constraint' if len(promises) == 1 else 'constraints'}"
    if not folding.observed:
        return [f"{start}: no backend was observed."]
    holding = sum(
        all(folding.record(case, id_).verdict in HOLDS for id_ in folding.observed)
        for case in promises
    )
    told = [f"{start}: {_hold(holding, len(promises))} {_everywhere(folding)}."]
    groups: dict[_Clause, list[str]] = defaultdict(list)
    for id_ in folding.observed:
        if clause := _not_holding(promises, folding, id_):
            groups[clause].append(id_)
    short = _short(promises)
    for clause, ids in groups.items():
        everywhere = len(ids) == len(folding.observed) > 1 and not folding.gaps()
        where = "Everywhere" if everywhere else folding.across(ids)
        told.append(f"{where}: {'; '.join(_words(*each, short) for each in clause)}.")
    return told


def show(matrix: Matrix, console: Console, found: Sequence[Finding] = ()) -> None:
    """Print the essence, a table of what does not hold everywhere, and what needs a word.

    Args:
        matrix: the document of the audit.
        console: where it is printed.
        found: what `findings` returns, so that what is accepted is told as such.
    """
    folding = Folding(matrix)
    for line in _essence(matrix):
        terminal.say(console, line)
    cases = [
        case
        for case in _promises(matrix)
        if any(_is_worse(answer(matrix.cases[case], each)) for each in _records(folding, case))
    ]
    if cases:
        console.print(terminal.table(matrix, folding, cases, "constraint"))
    terminal.tell_around(console, folding, cases)
    for line in (*_reasons(matrix, folding), *_accepted(found), *disagreements(matrix, folding)):
        terminal.say(console, line)


def _promises(matrix: Matrix) -> dict[str, Case]:
    return {id_: case for id_, case in matrix.cases.items() if case.kind == "promise"}


def _records(folding: Folding, case: str) -> list[Record]:
    return [folding.record(case, id_) for id_ in folding.observed]


def _is_worse(given: Answer) -> bool:
    return given.level not in {None, Level.HOLDS}


def _not_holding(promises: Mapping[str, Case], folding: Folding, id_: str) -> _Clause:
    found: dict[Answer, list[tuple[str, bool]]] = defaultdict(list)
    for case, described in promises.items():
        given = answer(described, folding.record(case, id_))
        if given == UNKNOWN or _is_worse(given):
            key = Answer(given.word, given.level, by=given.by)
            found[key].append((case, given.silent))
    ordered = sorted(found.items(), key=lambda each: ORDER.index(each[0].mark))
    return tuple((each.words, tuple(cases)) for each, cases in ordered)


def _hold(some: int, count: int) -> str:
    if some == count:
        return "it holds" if count == 1 else "all hold"
    return {0: "none holds", 1: "1 holds"}.get(some, f"{some} hold")


def _everywhere(folding: Folding) -> str:
    all_of_them = folding.across(list(folding.observed))
    return f"on {all_of_them}" if folding.gaps() or len(folding.observed) == 1 else "everywhere"


def _words(word: str, cases: Sequence[tuple[str, bool]], short: Mapping[str, str]) -> str:
    """Return a part of the sentence: ``2 never created (`a`, `b`), 1 of them silently``."""
    named = [f"`{short[case]}`" for case, _ in cases[:_NAMED]]
    if more := len(cases) - _NAMED if len(cases) > _NAMED else 0:
        named.append(f"and {more} more")
    silent = sum(silently for _, silently in cases)
    told = f"{len(cases)} {word} ({', '.join(named)})"
    if not silent:
        return told
    return f"{told}, {'' if silent == len(cases) else f'{silent} of them '}silently"


def _short(cases: Iterable[str]) -> dict[str, str]:
    """Return for each case its constraint's name, or its id where that says too little."""
    ends = {case: case.partition("/")[2] or case for case in cases}
    unnamed = {case for case, end in ends.items() if "(" in end or end == "primary_key"}
    count = Counter(ends.values())
    whole = {case for case, end in ends.items() if count[end] > 1} | unnamed
    return {case: case if case in whole else end for case, end in ends.items()}


def _reasons(matrix: Matrix, folding: Folding) -> Iterator[str]:
    """Yield why what does not hold is so; what is unknown comes last.

    What is never created has no other reason than that.
    """
    groups: dict[tuple[bool, str, str], list[str]] = defaultdict(list)
    for case, described in _promises(matrix).items():
        for each in folding.remarks(case, partial(_reason, described)):
            unknown = each.what.startswith(f"{Verdict.UNKNOWN}: ")
            groups[unknown, each.where, each.what].append(case)
    for (_, where, what), cases in sorted(groups.items(), key=lambda each: each[0][0]):
        yield f"{', '.join(cases)} on {where}: {what}"


def _reason(case: Case, record: Record) -> str | None:
    given = answer(case, record)
    told = given == UNKNOWN or (_is_worse(given) and given.mark != NEVER_CREATED)
    told = told or (record.verdict in HOLDS and UNTRIED in record.summary)
    return f"{given.words}: {reads(record.summary)}" if told else None


def _accepted(found: Sequence[Finding]) -> Iterator[str]:
    for each in found:
        if each.accepted is not None:
            yield f"{each.case} on {each.environment}: {each.verdict} is accepted: {each.accepted}"
