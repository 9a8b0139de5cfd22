"""Ask the database one question, in a transaction that is really committed, and read it back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from django.db import Error as DjangoError
from django.db import connections, transaction
from django.db.models import Model
from msgspec.structs import replace

from matrix_project.observe.capture import captured
from matrix_project.observe.contents import Contents, Snapshot, changes
from matrix_project.observe.errors import Fault, UnreachableError, read
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
        sent = self._filled(rows, model)
        if sent is not None:
            return sent
        return [sql for row in rows for sql in self._filled([row], model) or ()]

    def _filled(self, rows: Rows, model: type[Model]) -> list[str] | None:
        """Insert rows, and return the SQL; None where one is rejected, so that none is there."""
        rejected = False
        with captured(self._connection) as sent:
            try:
                self._contents.fill(rows, model)
            except Exception as raised:  # noqa: BLE001 (read tells an answer from a fault)
                read(raised, self._connection)
                rejected = True
        return None if rejected else sent

    def _ask(self, question: Question, model: type[Model]) -> Answer:
        setup = self.fill(question.rows, model)
        if question.base is not None:
            with captured(self._connection) as sent:
                try:
                    self._contents.fill([question.base], model)
                except Exception as raised:
                    refusal = read(raised, self._connection, self._names)
                    message = f"the valid row that it changes is rejected: {refusal.message}"
                    raise Fault(" ".join(message.split())) from raised
            setup += sent
        key = "\n".join(setup)
        if key not in self._before:
            self._before[key] = self._contents.snapshot()
        error: Error | None = None
        tables = Tables(self._subject, self._aliases, model)
        with captured(self._connection) as sql:
            try:
                with transaction.atomic(using=self._aliases[0]):
                    question.do(tables)
            except Exception as raised:  # noqa: BLE001 (read tells an answer from a fault)
                error = read(raised, self._connection, self._names)
        stage = _stage(sql) if error is not None else None
        # A statement outside a transaction sees what was committed, and nothing else.
        rows = changes(self._before[key], self._contents.snapshot())
        return Answer(error, stage, rows, setup, sql)

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
