"""Ask the database one question, in a transaction that is really committed, and read it back."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import islice

from django.db import Error as DjangoError
from django.db import connections, transaction
from django.db.models import Model
from msgspec.structs import replace

from matrix_project.observe.capture import captured
from matrix_project.observe.contents import Contents
from matrix_project.observe.errors import Fault, UnreachableError, read
from matrix_project.observe.snapshot import Snapshot, changes
from matrix_project.observe.subject import Rows, Subject
from matrix_project.observe.tables import Tables
from matrix_project.observe.ways_in import Question
from matrix_project.results.evidence import Change, Control, Error, Outcome, Probe, Stage

__all__ = ["Answer", "Prober", "both_ways", "combined"]

_INSERTS = frozenset(("save", "create", "bulk_create", "raw_sql"))


@dataclass(frozen=True)
class Answer:
    """What happened when a question was asked of some tables."""

    error: Error | None = None
    stage: Stage | None = None
    rows: list[Change] = field(default_factory=list)
    setup: list[str] = field(default_factory=list)
    sql: list[str] = field(default_factory=list)
    fault: str | None = None
    lacking: str | None = None
    """Why a row that it finds is not there: the error that rejected it."""
    base_rejected: bool = False
    """Whether the valid row that it changes is rejected, so that nothing was changed."""


class Prober:
    """Asks questions of a subject's tables as they are now."""

    def __init__(
        self, subject: Subject, aliases: Sequence[str], contents: Contents, names: Collection[str]
    ) -> None:
        """Take the tables; `names` are those that the catalogue has for the constraint."""
        self._subject = subject
        self._aliases = aliases
        self._connection = connections[aliases[0]]
        self._contents = contents
        self._names = names
        # The tables before a probe are the same whenever the same rows were put in.
        self._before: dict[str, Snapshot] = {}
        self._lacking: str | None = None

    def ask(self, question: Question, model: type[Model]) -> Answer:
        """Put a question, on tables that hold the rows that it needs and no others.

        Raises:
            UnreachableError: the server no longer answers.
        """
        try:
            return self._ask(question, model)
        except (Fault, DjangoError) as trouble:
            reason = trouble if isinstance(trouble, Fault) else self._read(trouble)
            self._reach(str(reason))
            return Answer(fault=str(reason))

    def fill(self, rows: Rows, model: type[Model], *, empty: bool = True) -> list[str]:
        """Insert rows, by default into emptied tables, and return the SQL.

        Where some are rejected, those that are not are there.
        """
        if empty:
            self._contents.reset()
        self._lacking = None
        sent, error = self._filled(rows, model)
        if error is None:
            return sent
        sent = []
        for row in rows:
            inserted, error = self._filled([row], model)
            if error is None:
                sent += inserted
            else:
                self._lacking = " ".join(error.message.split())
        return sent

    def _filled(self, rows: Rows, model: type[Model]) -> tuple[list[str], Error | None]:
        """Insert rows, and return the SQL; where one is rejected none is there."""
        error = None
        with captured(self._connection) as sent:
            try:
                self._contents.fill(rows, model)
            except Exception as raised:  # noqa: BLE001 (read tells an answer from a fault)
                error = read(raised, self._connection, self._names)
        return sent, error

    def _ask(self, question: Question, model: type[Model]) -> Answer:
        setup = self.fill(question.rows, model)
        lacking = self._lacking
        if question.base is not None:
            sent, error = self._filled([question.base], model)
            if error is not None:
                stage = _stage(sent)
                answer = Answer(error, stage, setup=setup, sql=sent, base_rejected=True)
                return self._steady(answer)
            setup += sent
        key = "\n".join(setup)
        if key not in self._before:
            self._before[key] = self._contents.snapshot()
        error = None
        tables = Tables(self._subject, self._aliases, model)
        with captured(self._connection) as sent:
            try:
                with transaction.atomic(using=self._aliases[0]):
                    question.do(tables)
            except Exception as raised:  # noqa: BLE001 (read tells an answer from a fault)
                error = read(raised, self._connection, self._names)
        stage = _stage(sent) if error is not None else None
        lost = tables.end_race()
        sql = [*sent.told(error), *tables.others_sql]
        before = self._before[key]
        if error is not None:
            before = tables.meanwhile(before)
        # A statement outside a transaction sees what was committed, and nothing else.
        rows = changes(before, self._contents.snapshot())
        if error is None and lost is not None:
            # What the winner of a race has committed stays by right.
            error, rows = read(lost, self._connection, self._names), []
        return self._steady(Answer(error, stage, rows, setup, sql, lacking=lacking))

    def _steady(self, answer: Answer) -> Answer:
        """Return the answer without what Django makes up anew at each run."""
        said = [answer.error.message] if answer.error is not None else []
        texts = iter(self._contents.steady([*answer.setup, *answer.sql, *said]))
        return dataclasses.replace(
            answer,
            setup=list(islice(texts, len(answer.setup))),
            sql=list(islice(texts, len(answer.sql))),
            error=answer.error and replace(answer.error, message=next(texts)),
        )

    def _read(self, raised: DjangoError) -> str:
        try:
            return " ".join(read(raised, self._connection).message.split())
        except Fault as fault:
            return str(fault)

    def _reach(self, reason: str) -> None:
        """See whether the server still answers.

        Raises:
            UnreachableError: it does not.
        """
        try:
            self._connection.close()
            with self._connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        except DjangoError as error:
            message = f"the server is gone ({reason})"
            raise UnreachableError(message) from error


def combined(question: Question, way: str, answer: Answer, control: Answer | None) -> Probe:
    """Return the probe: what was seen with the constraint beside what was seen without it."""
    fault = answer.fault
    if fault is None and control is not None and control.fault is not None:
        fault = f"its control was not answered: {control.fault}"
    outcome = None if fault else _outcome(answer, control)
    if (lacking := _lacking(question, answer, control, outcome)) is not None:
        outcome, fault = None, f"a row that it finds is not there: {lacking}"
    compared = None
    if control is not None and control.fault is None:
        differs = outcome in {Outcome.CHANGED, Outcome.DROPPED, Outcome.TORN}
        compared = Control(
            outcome=_of_control(question, control),
            error=control.error,
            rows=control.rows if differs else None,
        )
    return Probe(
        id=question.id,
        title=question.title,
        way_in=question.way_in,
        expect=question.expect,
        way=way,  # type: ignore[arg-type]
        outcome=outcome,
        stage=answer.stage,
        error=answer.error,
        rows=answer.rows,
        control=compared,
        masked=compared is not None and compared.outcome != Outcome.ACCEPTED,
        setup=answer.setup,
        sql=answer.sql,
        fault=fault,
    )


def _outcome(answer: Answer, control: Answer | None) -> Outcome:
    if answer.error is not None:
        return Outcome.TORN if answer.rows else Outcome.REJECTED
    if control is None or control.error is not None or answer.rows == control.rows:
        return Outcome.ACCEPTED
    return Outcome.CHANGED if answer.rows else Outcome.DROPPED


def _lacking(
    question: Question, answer: Answer, control: Answer | None, outcome: Outcome | None
) -> str | None:
    """Return why rows that the probe finds are not there, where it says nothing without them."""
    if control is not None and control.error is None and control.lacking is not None:
        return control.lacking
    if question.expect == "reject" and outcome not in {None, Outcome.REJECTED}:
        return answer.lacking
    return None


def _of_control(question: Question, control: Answer) -> Outcome:
    """Return the control's own outcome: there is nothing to compare it with but the question."""
    if control.error is not None:
        return Outcome.TORN if control.rows else Outcome.REJECTED
    if question.way_in in _INSERTS and not any(change.added for change in control.rows):
        return Outcome.DROPPED
    return Outcome.ACCEPTED


def _stage(sql: list[str]) -> Stage | None:
    """Tell from what was sent last, rollbacks aside, where the rejection came."""
    last = next((each for each in reversed(sql) if not each.startswith("ROLLBACK")), None)
    if last is None or last.startswith(("BEGIN", "SAVEPOINT")):
        return None
    if last.startswith("COMMIT"):
        return Stage.COMMIT
    return Stage.SAVEPOINT if last.startswith("RELEASE SAVEPOINT") else Stage.STATEMENT


def both_ways(probes: Sequence[Probe]) -> list[Probe]:
    """Return the probes, those that went the same both ways as one."""
    found: list[Probe] = []
    for probe in probes:
        both = replace(probe, way="both")
        for index, other in enumerate(found):
            if other.id == probe.id and replace(other, way="both") == both:
                found[index] = both
                break
        else:
            found.append(probe)
    return found
