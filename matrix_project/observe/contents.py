"""The rows in a subject's tables: put in, emptied, read back and compared."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from django.core.management.color import no_style
from django.db import Error as DjangoError
from django.db import connections, models, transaction
from django.db.models import Field, ForeignKey, Model

from matrix_project import vendors
from matrix_project.observe.capture import captured
from matrix_project.observe.scrub import number_made_up, uuids
from matrix_project.observe.snapshot import Reader, Snapshot
from matrix_project.observe.subject import Row, Rows, Subject
from matrix_project.observe.unsteady import unsteady

__all__ = ["Contents", "build", "named"]

_FAR = 1000
"""A key that no database counts up to in a probe."""


class _Filling:
    """Rows that were put in, and the statements that did it."""

    def __init__(self, rows: Rows) -> None:
        # It is found by their identity: they have to live as long.
        self.rows = tuple(rows)
        self.statements: list[tuple[str, Any]] = []
        self.numbers: Counter[type[Model]] = Counter()

    def note(
        self,
        execute: Callable[..., Any],
        sql: str,
        params: Any,
        many: bool,  # noqa: FBT001 (Django's signature)
        context: dict[str, Any],
    ) -> Any:
        """Execute a statement, and remember it."""
        self.statements.append((sql, params))
        return execute(sql, params, many, context)


class Contents:
    """The rows in a subject's tables, by one connection."""

    def __init__(self, subject: Subject, alias: str) -> None:
        """Take the subject; nothing is sent yet."""
        self._subject = subject
        self._alias = alias
        self._connection = connections[alias]
        self._models = _stored(subject, self._connection)
        # Rows of models that are only referred to, by their identity, once they are put in.
        self._standing: dict[int, Row] = {}
        self._fillings: dict[tuple[object, ...], _Filling] = {}
        # By model, the highest key of a row that was put in since the tables were emptied.
        self._numbers: Counter[type[Model]] = Counter()
        given = _given(subject)
        self._counted = {
            model._meta.db_table: str(model._meta.pk.column)
            for model in self._models
            if isinstance(model._meta.pk, models.AutoField)
            and not given & {(model, model._meta.pk.name)}
        }
        shows_keys = vendors.of(self._connection).shows_keys
        self._restarted = [
            {"table": model._meta.db_table, "column": model._meta.pk.column}
            for model in self._models
            if isinstance(model._meta.pk, models.AutoField)
            and model not in subject.base
            and (shows_keys or model._meta.db_table not in self._counted)
            # Django puts the name into the statement as it is.
            and "'" not in model._meta.db_table
        ]
        sql_of = self._connection.ops.sequence_reset_by_name_sql
        self._restarts: list[str] = sql_of(no_style(), self._restarted) if self._restarted else []
        self._linked = any(
            field.is_relation and field.related_model not in subject.base
            for model in self._models
            if model not in subject.base
            for field in model._meta.concrete_fields
        )
        self._circular = any(
            field.related_model in self._models[number:]
            for number, model in enumerate(self._models)
            for field in model._meta.concrete_fields
            if isinstance(field, ForeignKey)
        )
        unsteady_ = {
            (model, name)
            for row, model in _rows(subject)
            for name in unsteady(partial(build, subject, row, model), self._connection)
        }
        self._reader = Reader(self._connection, self._models, given, self._counted, unsteady_)
        self._given_uuids = uuids(repr([subject.rows, subject.valid, subject.violating]))

    def reset(self) -> None:
        """Empty the tables, and let keys begin anew where an error or a row shows them."""
        connection = self._connection
        self._numbers.clear()
        with connection.cursor() as cursor:
            if self._linked or (self._subject.base and not self._standing):
                # Rows that point at each other can only go together.
                with connection.constraint_checks_disabled(), transaction.atomic(using=self._alias):
                    self._delete(cursor)
            else:
                self._delete(cursor)
            for sql in self._restarts:
                cursor.execute(sql)

    def _delete(self, cursor: Any) -> None:
        base = self._subject.base if self._standing else ()
        for model in reversed([each for each in self._models if each not in base]):
            table = self._connection.ops.quote_name(model._meta.db_table)
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608

    def stand(self) -> list[str]:
        """Insert the rows that are only referred to, and return the SQL.

        They stay when the others are deleted. Where they cannot be there alone, they come with the
        others, each time.
        """
        rows = [each for each in self._subject.rows if isinstance(each, Row)]
        if not self._subject.base or not rows:
            return []
        with suppress(DjangoError), captured(self._connection) as sent:
            self.fill(rows, self._models[-1])
            self._standing = {id(each): each for each in rows}
        return self.steady(sent) if self._standing else []

    def fill(self, rows: Rows, model: type[Model]) -> None:
        """Insert rows in one transaction: those without a model's name are the given model's.

        No `save()` and no signal handler runs. Rows that stand are there already.
        """
        rows = [each for each in rows if id(each) not in self._standing]
        if self._circular:
            # Rows that point at each other can only come together.
            with self._connection.constraint_checks_disabled():
                self._fill(rows, model)
        else:
            self._fill(rows, model)

    def _fill(self, rows: Rows, model: type[Model]) -> None:
        if not rows:
            return
        key = (model, *map(id, rows))
        if (known := self._fillings.get(key)) is not None:
            self._refill(known.statements)
            self._numbers |= known.numbers
            return
        instances = [build(self._subject, row, model) for row in rows]
        for each in instances:
            self._number(each)
        # In an order of its own, as a set of classes has none from process to process.
        given = list(dict.fromkeys(type(each) for each in instances if _in_the_way(each)))
        filling = _Filling(rows)
        with (
            transaction.atomic(using=self._alias),
            self._connection.execute_wrapper(filling.note),
        ):
            for type_, group in itertools.groupby(instances, _class):
                # Before Django 6.0, bulk_create() gives a row no place in its order.
                if type_._meta.parents or type_._meta.order_with_respect_to:
                    for each in group:
                        each.save_base(using=self._alias, force_insert=True)
                else:
                    type_._base_manager.using(self._alias).bulk_create(group)
            self._count_on(given)
        # A child's row holds the key that the database counted for its parent.
        if not any(type(each)._meta.parents for each in instances):
            filling.numbers = self._numbers.copy()
            self._fillings[key] = filling

    def _number(self, instance: Model) -> None:
        """Give a row the key that the database would count in a new table.

        MySQL counts on from probe to probe, and a statement of an act may show the key.
        """
        key = instance._meta.pk
        if isinstance(key, models.AutoField):
            number = self._numbers[type(instance)]
            if instance.pk is None:
                instance.pk = number + 1
            if isinstance(instance.pk, int) and instance.pk < _FAR:
                self._numbers[type(instance)] = max(number, instance.pk)

    def _count_on(self, given: Collection[type[Model]]) -> None:
        """Let the database count on from the keys that were given: PostgreSQL does so if told."""
        restarted = {each["table"] for each in self._restarted}
        counting = [each for each in given if each._meta.db_table in restarted]
        with self._connection.cursor() as cursor:
            for sql in self._connection.ops.sequence_reset_sql(no_style(), counting):
                cursor.execute(sql)

    def _refill(self, statements: Sequence[tuple[str, Any]]) -> None:
        """Insert the same rows again, by the statements that Django sent for them."""
        with transaction.atomic(using=self._alias), self._connection.cursor() as cursor:
            for sql, params in statements:
                cursor.execute(sql, params)
                if cursor.description:
                    cursor.fetchall()

    def snapshot(self) -> Snapshot:
        """Read all rows back but those that stand.

        A key that the database counted shows in none of them.
        """
        return self._reader.snapshot(self._subject.base if self._standing else ())

    def steady(self, texts: Sequence[str]) -> list[str]:
        """Return what was sent or answered without values that Django makes up at each run."""
        if not self._reader.leaves_out:
            return list(texts)
        return number_made_up(texts, self._given_uuids)

    def count(self, tables: Sequence[str]) -> int:
        """Return how many rows are in the tables, which exist."""
        with self._connection.cursor() as cursor:
            total = 0
            for table in tables:
                cursor.execute(f"SELECT COUNT(*) FROM {self._connection.ops.quote_name(table)}")  # noqa: S608
                total += cursor.fetchone()[0]
        return total


def build(subject: Subject, row: Row | Mapping[str, Any], model: type[Model]) -> Model:
    """Return an instance with a row's values; a foreign key is given by key or by instance."""
    if isinstance(row, Row):
        model = named(subject, row.model)
        row = row.values
    fields = model._meta
    values = {}
    for name, value in row.items():
        field = fields.get_field(name)
        by_key = isinstance(field, ForeignKey) and not isinstance(value, Model)
        values[field.attname if by_key else name] = value  # type: ignore[union-attr]
    return model(**values)


def named(subject: Subject, name: str) -> type[Model]:
    """Return one of the subject's models by its name or its label."""
    return next(
        each for each in subject.models if name in {each._meta.object_name, each._meta.label}
    )


def _in_the_way(instance: Model) -> bool:
    """Return whether the row has a key that the database would come to by counting."""
    key = instance.pk
    return isinstance(instance._meta.pk, models.AutoField) and isinstance(key, int) and key < _FAR


def _class(instance: Model) -> type[Model]:
    return type(instance)


def _stored(subject: Subject, connection: Any) -> list[type[Model]]:
    """Return the models with a table there, automatic many-to-many ones last."""
    own: list[Any] = [each for each in subject.models if each._meta.can_migrate(connection)]
    through = [
        relation.remote_field.through
        for model in own
        for relation in model._meta.local_many_to_many
        if relation.remote_field.through._meta.auto_created
    ]
    return list({each._meta.db_table: each for each in [*own, *through]}.values())


def _given(subject: Subject) -> set[tuple[type[Model], str]]:
    """Return the fields that some row gives a value for."""
    found = set()
    for row, model in _rows(subject):
        values = row.values if isinstance(row, Row) else row
        found |= {(model, str(_field(model, name).name)) for name in values}
    return found


def _rows(subject: Subject) -> Iterator[tuple[Row | Mapping[str, Any], type[Model]]]:
    """Yield all rows that a subject has, each with the models that it is put in for."""
    rows = [*subject.rows, *subject.valid, *subject.violating]
    rows += [row for act in subject.acts for row in act.rows]
    for row in rows:
        owners = [named(subject, row.model)] if isinstance(row, Row) else subject.observed
        for model in owners:
            yield row, model


def _field(model: type[Model], name: str) -> Field[Any, Any]:
    return model._meta.pk if name == "pk" else model._meta.get_field(name)  # type: ignore[return-value]
