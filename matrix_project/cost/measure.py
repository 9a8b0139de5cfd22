"""The process that measures: it is handed a database on standard input, and sends each cost.

`python -m matrix_project.cost.measure ROUNDS`
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from collections.abc import Sequence
from typing import Any

import django
import msgspec
from django.db import Error as DjangoError
from django.db import connections
from django.db.migrations.serializer import serializer_factory

from matrix_project import vendors
from matrix_project.cost import events, statistics, tables
from matrix_project.cost.cases import CASES, Inserts, Query
from matrix_project.cost.document import Cost, CostCase, Plan
from matrix_project.suite import surroundings
from matrix_project.suite.events import Ended, send

__all__ = ["cost"]

_NAME = "Measured"
_NEVER = "Never created: Django sends no SQL for it here"


def main() -> None:
    """Measure every case on the database that is handed over, and tell each."""
    rounds = int(sys.argv[1])
    os.environ["DJANGO_SETTINGS_MODULE"] = "matrix_project.suite.settings"
    django.setup()
    given = {"default": json.loads(sys.stdin.readline())}
    connections.settings = connections.configure_settings(given)
    connection = connections["default"]
    if (other := surroundings.other_library(connection)) is not None:
        sys.exit(other)
    started = surroundings.started(connection)
    durability = vendors.of(connection).planning.durability
    found = {**started.settings, **surroundings.settings(durability, connection)}
    send(msgspec.structs.replace(started, settings=found))
    # What is collected in one round is collected in none.
    gc.disable()
    for id_, case in CASES.items():
        send(events.Measured(id=id_, case=_described(case), cost=cost(connection, case, rounds)))
    send(Ended())
    connections.close_all()


def _described(case: Inserts | Query) -> CostCase:
    declaration, _ = serializer_factory(case.option).serialize()
    return CostCase(title=case.title, promise=case.promise, declaration=declaration, rows=case.rows)


def cost(connection: Any, case: Inserts | Query, rounds: int) -> Cost:
    """Measure a case on a database, and leave no table of it there."""
    try:
        table = tables.make(connection, _NAME, case.fields, case.option)
    except DjangoError as error:
        words = f"The database refuses the DDL: {' '.join(str(error).split())}"
        return Cost(answer="cannot_be_made", summary=words, sql=[], created=False)
    try:
        if isinstance(case, Query):
            return _planned(connection, case, table)
        if not table.created:
            return Cost(answer="cannot_be_made", summary=f"{_NEVER}.", sql=table.sql, created=False)
        return _measure(connection, case, table, rounds)
    finally:
        tables.drop(connection, table.model)


def _measure(connection: Any, case: Inserts, table: tables.Table, rounds: int) -> Cost:
    """Insert the rows into three tables at once, round after round, and return what it comes to.

    The tables are that with the constraint and two without it; each statement goes to all three
    before the next, so that whatever else the machine does meets all of them.
    """
    others = [tables.make(connection, name, case.fields) for name in ("Without", "Again")]
    every = [table, *others]
    rows = [case.row(number) for number in range(case.rows)]
    turns = [*zip(*(tables.inserts(connection, each, rows) for each in every), strict=True)]
    orders = statistics.orders((rounds + 1) * len(turns), len(every), tables.SEED)
    seconds: list[list[list[float]]] = [[] for _ in every]
    with connection.cursor() as cursor:
        for _ in range(rounds + 1):
            tables.empty(connection, every)
            taken = [[0.0] * len(turns) for _ in every]
            for turn, statements in enumerate(turns):
                for at in next(orders):
                    start = time.perf_counter()
                    cursor.execute(statements[at])
                    taken[at][turn] = time.perf_counter() - start
            for times, own in zip(seconds, taken, strict=True):
                times.append(own)
    for other in others:
        tables.drop(connection, other.model)
    # The first round finds cold caches.
    with_it, without, again = (times[1:] for times in seconds)
    ratio, null = statistics.ratio(with_it, without), statistics.ratio(again, without)
    return Cost(
        answer=statistics.answer(ratio, null),
        summary=statistics.summary(ratio, null, rounds),
        sql=table.sql,
        created=True,
        rounds=rounds,
        ratio=ratio,
        null=null,
    )


def _planned(connection: Any, case: Query, table: tables.Table) -> Cost:
    """Return how the query is answered on a table that has the constraint, and on a plain one."""
    plan = _plan(connection, case, table)
    plain = _plan(connection, case, tables.make(connection, _NAME, case.fields, case.plain))
    query, parameters = _sql(connection, case, table)
    words = plan.answer.replace("_", " ")
    fetched = "" if plan.heap_fetches is None else f", heap fetches: {plan.heap_fetches}"
    never = "" if table.created else f"{_NEVER}. "
    return Cost(
        answer=plan.answer,
        summary=f"{never}The query is answered by: {words}{fetched}; by the plain uniqueness:"
        f" {plain.answer.replace('_', ' ')}.",
        sql=table.sql,
        created=table.created,
        query=query % tuple(map(tables.literal, parameters)),
        plan=plan,
        plain=plain,
    )


def _sql(connection: Any, case: Query, table: tables.Table) -> tuple[str, Sequence[object]]:
    sql, parameters = case.query(table.model).query.get_compiler(connection=connection).as_sql()
    return sql, parameters


def _plan(connection: Any, case: Query, table: tables.Table) -> Plan:
    planning = vendors.of(connection).planning
    name = connection.ops.quote_name(table.model._meta.db_table)
    rows = [case.row(number) for number in range(case.rows)]
    query, parameters = _sql(connection, case, table)
    with connection.cursor() as cursor:
        for statement in tables.inserts(connection, table, rows):
            cursor.execute(statement)
        for statement in planning.refresh:
            cursor.execute(statement.format(table=name))
            if cursor.description:
                cursor.fetchall()
        cursor.execute(f"{planning.explain} {query}", parameters)
        columns = [column[0] for column in cursor.description]
        found = planning.read([dict(zip(columns, row, strict=True)) for row in cursor.fetchall()])
    return Plan(answer=found.access, heap_fetches=found.heap_fetches, text=found.text)


if __name__ == "__main__":
    main()
