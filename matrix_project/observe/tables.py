"""What an act is handed: the subject's models on one connection, and how to reach the second."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from django.db import connections, models, transaction
from django.db.models import Model

from matrix_project.observe.capture import Sent, captured
from matrix_project.observe.contents import Contents, build, named
from matrix_project.observe.errors import Fault
from matrix_project.observe.inserting import insert_sql
from matrix_project.observe.races import (
    SECONDS_TO_END,
    OtherAct,
    begin,
    note_error,
    number_of,
    waits,
)
from matrix_project.observe.snapshot import Snapshot
from matrix_project.observe.subject import Row, Subject

__all__ = ["Tables"]


class Tables:
    """A subject's tables on one connection.

    An act is a function of it: `lambda t: t.objects.update(position=F("position") + 1)`.
    """

    def __init__(
        self, subject: Subject, aliases: Sequence[str], model: type[Model] | None = None
    ) -> None:
        """Take the subject's tables on the first alias; the second is for races.

        `model` is the observed one that is asked of; by default the first.
        """
        self.using, *self._others = aliases
        self.subject = subject
        self.model = model or subject.observed[0]
        self._started: list[OtherAct] = []

    @property
    def connection(self) -> Any:
        """Django's connection, the running thread's own."""
        return connections[self.using]

    @property
    def objects(self) -> models.QuerySet[Any]:
        """All rows of the observed model."""
        return self.model._base_manager.using(self.using).all()

    def all(self, name: str) -> models.QuerySet[Any]:
        """Return all rows of another of the subject's models."""
        return named(self.subject, name)._base_manager.using(self.using).all()

    def atomic(self) -> AbstractContextManager[None]:
        """Return a transaction, or a savepoint inside one."""
        return transaction.atomic(using=self.using)

    def build(self, row: Row | Mapping[str, Any]) -> Model:
        """Return an unsaved instance with a row's values."""
        return build(self.subject, row, self.model)

    def save(self, row: Row | Mapping[str, Any]) -> Model:
        """Insert a row by `save()`, and return its instance.

        Where the key itself is observed Django is told that the row is new: it would otherwise
        look for a row of that key, and change it.
        """
        instance = self.build(row)
        new = any(
            target.kind == "primary_key" and isinstance(instance, target.model)
            for target in self.subject.targets
        )
        instance.save(using=self.using, force_insert=new)
        return instance

    def insert(self, row: Row | Mapping[str, Any]) -> None:
        """Insert a row in SQL, around the ORM."""
        self.sql(*insert_sql(self.build(row), self.connection))

    def sql(self, statement: str, params: Iterable[Any] = ()) -> None:
        """Send a statement; its values are given apart from it, a literal `%` is `%%`."""
        with self.connection.cursor() as cursor:
            cursor.execute(statement, list(params))

    def on_other(self, act: Callable[[Tables], object]) -> OtherAct:
        """Run an act on the second connection, in a thread of its own.

        It may wait there for the transaction of the first, 20 seconds at most: who does not ask
        for its result is told of its error by the probe.

        Raises:
            LookupError: the engine was given one connection only.
        """
        if not self._others:
            message = "this act needs a second connection: give observe() two aliases"
            raise LookupError(message)
        future = OtherAct()
        self._started.append(future)
        threading.Thread(target=self._run, args=[future, act], daemon=True).start()
        return future

    def _run(self, future: OtherAct, act: Callable[[Tables], object]) -> None:
        other = Tables(self.subject, self._others, self.model)
        error: Exception | None = None
        result: object = None
        sent = Sent()
        try:
            begin(other.connection)
            future.session = number_of(other.connection)
            contents = Contents(self.subject, other.using)
            try:
                with captured(other.connection) as sent:
                    result = act(other)
            finally:
                future.after = contents.snapshot()
        except Exception as raised:  # noqa: BLE001 (the act's answer, told by its future)
            error = raised
            note_error(future, other.connection, raised)
        finally:
            other.connection.close()
        future.sql = sent.told(error)
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)

    def waits(self, other: OtherAct) -> bool:
        """Return whether an act on the second connection waits for a lock, or has ended.

        Raises:
            Fault: it does neither.
        """
        return waits(self.connection, other)

    @property
    def others_sql(self) -> list[str]:
        """What the acts on the second connection sent, one after the other, as comments."""
        sent = [sql for each in self._started for sql in each.sql]
        return [f"-- on the second connection: {sql}" for sql in sent]

    def end_race(self) -> Exception | None:
        """Wait for the acts on the second connection; return the error that nobody asked for.

        Raises:
            Fault: one does not end.
        """
        found = None
        for future in self._started:
            asked = future.asked
            try:
                error = future.exception(SECONDS_TO_END)
            except TimeoutError as late:
                message = f"the second connection did not answer within {SECONDS_TO_END} s"
                raise Fault(message) from late
            if not asked and isinstance(error, Exception):
                found = found or error
        return found

    def meanwhile(self, before: Snapshot) -> Snapshot:
        """Return the rows that are there by right where the act on the first connection fails.

        These are what the acts on the second have committed, or else those before.
        """
        ended = [each.after for each in self._started if each.after is not None]
        return ended[-1] if ended else before
