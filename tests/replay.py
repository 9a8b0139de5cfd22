"""Send again what a record says was sent, through the bare drivers, on fresh tables."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import closing, contextmanager

from matrix_project.results.contract import Outcome
from matrix_project.vendors import VENDORS

TABLE = re.compile(r'CREATE TABLE (?:IF NOT EXISTS )?("[^"]+"|`[^`]+`)')
RENAMED = re.compile(r'RENAME TO ("[^"]+")|RENAME TABLE \S+ TO (`[^`]+`)')
# Tables that refer to each other can be dropped in any order.
FREELY = {
    "postgresql": ("DROP TABLE IF EXISTS {} CASCADE", []),
    "mysql": ("DROP TABLE IF EXISTS {}", ["SET foreign_key_checks = 0"]),
    "mariadb": ("DROP TABLE IF EXISTS {}", ["SET foreign_key_checks = 0"]),
    "sqlite": ("DROP TABLE IF EXISTS {}", ["PRAGMA foreign_keys = OFF"]),
}
CHECKED = {
    "mysql": ["SET foreign_key_checks = 1"],
    "mariadb": ["SET foreign_key_checks = 1"],
    # As Django has it on each of its connections.
    "sqlite": ["PRAGMA foreign_keys = ON"],
}
SECOND = "-- on the second connection: "
CAUGHT = "-- its error is caught"
ACCEPTED = {Outcome.ACCEPTED, Outcome.CHANGED, Outcome.DROPPED}


class Replay:
    """A bare driver's connection to a database of one vendor."""

    def __init__(self, connection, vendor, connect=None):
        """Take the connection; `connect` makes further ones, for acts that race."""
        self._connection = connection
        self._vendor = vendor
        self._connect = connect

    def record(self, record):
        """Replay the steps and the probes of a record; return how many were replayed."""
        steps = {step.name: step for step in record.steps}
        prepared = steps.pop("prerequisites", None)
        assert prepared is None or self._send(prepared.sql) is None
        return sum(self._step(record.case, each) for each in steps.values()) + sum(
            self._probe(record.case, each, steps) for each in record.probes
        )

    def _step(self, case, step):
        if step.error is not None and step.error.driver_class.startswith("django."):
            return 0  # what Django finds by itself after it has sent all of it
        with self._fresh([*step.setup, *step.sql]):
            assert self._send(step.setup) is None, (case, step)
            for asked in step.in_the_way:
                assert self._returned(asked.sql) == asked.found, (case, asked)
            error = self._send(step.sql)
            assert (error is None) == (step.outcome == "accepted"), (case, step, error)
            self._same_code(case, step, error)
        return 1

    def _probe(self, case, probe, steps):
        tables = made(probe.way, steps)
        with self._fresh(tables):
            assert self._send(tables) is None, (case, probe.way)
            assert self._send(probe.setup) is None, (case, probe)
            before = self._rows(tables)
            error = self._race(probe.sql)
            # What Django itself rejects, as a form does, no client of the database can see fail.
            by_django = error is None and probe.error is not None and probe.error.code is None
            assert by_django or (error is None) == (probe.outcome in ACCEPTED), (case, probe, error)
            self._same_code(case, probe, error)
            if error is None or not others(probe.sql):
                # The row of who wins a race stays by right, and is not told.
                assert how_many(before, self._rows(tables)) == told(probe), (case, probe)
        return 1

    def _rows(self, statements):
        """Return the rows of the tables that the statements make, without the databases' keys."""
        found = {}
        with closing(self._connection.cursor()) as cursor:
            for table in made_by(statements):
                cursor.execute(f"SELECT * FROM {table}")
                names = [column[0] for column in cursor.description]
                found[table[1:-1]] = Counter(
                    repr([each for name, each in zip(names, row, strict=True) if name != "id"])
                    for row in cursor.fetchall()
                )
        return found

    def _returned(self, query):
        """Return how many rows a query returns."""
        with closing(self._connection.cursor()) as cursor:
            cursor.execute(query)
            return len(cursor.fetchall())

    def _same_code(self, case, seen, error):
        if error is not None and seen.error is not None and seen.error.code is not None:
            assert VENDORS[self._vendor].read_error(error).code == seen.error.code, (case, seen)

    @contextmanager
    def _fresh(self, statements):
        """Begin without the tables that the statements make, and leave none of them."""
        tables = made_by(statements)
        drop, before = FREELY[self._vendor]
        assert self._send(CHECKED.get(self._vendor, [])) is None
        yield
        assert self._send([*before, *(drop.format(table) for table in tables)]) is None

    def _race(self, statements):
        """Send statements, then those of a second connection; return the first error."""
        error = self._send([sql for sql in statements if not sql.startswith(SECOND)])
        if error is None and (second := others(statements)):
            with closing(self._connect()) as connection:
                assert Replay(connection, self._vendor)._send(CHECKED.get(self._vendor, [])) is None
                error = Replay(connection, self._vendor)._send(second)
        return error

    def _send(self, statements):
        """Send statements up to the first that fails; return the driver's error."""
        with closing(self._connection.cursor()) as cursor:
            for sql in statements:
                try:
                    cursor.execute(sql)
                    if cursor.description:
                        cursor.fetchall()
                except Exception as error:  # noqa: BLE001 (whatever the driver raises is the answer)
                    if sql.endswith(CAUGHT):
                        continue
                    if getattr(self._connection, "in_transaction", True):
                        cursor.execute("ROLLBACK")
                    return error
        return None


def others(statements):
    """Return what the second connection sends."""
    return [sql.removeprefix(SECOND) for sql in statements if sql.startswith(SECOND)]


def made_by(statements):
    """Return the tables that statements make; SQLite's new ones take the place of old ones."""
    names = [name for sql in statements for name in TABLE.findall(sql)]
    names += [
        name for sql in statements for names in RENAMED.findall(sql) for name in names if name
    ]
    return [name for name in dict.fromkeys(names) if not name.startswith('"new__')]


def how_many(before, after):
    """Return by table how many rows are there that were not, and how many are not any more."""
    found = {
        table: ((rows - before[table]).total(), (before[table] - rows).total())
        for table, rows in after.items()
    }
    return {table: counts for table, counts in found.items() if any(counts)}


def told(probe):
    return {each.table: (len(each.added), len(each.removed)) for each in probe.rows}


def made(way, steps):
    """Return the statements that make the tables of a probe, by the way its constraint came."""
    if way in {"create", "both"} and "create" in steps:
        return steps["create"].sql
    if way == "remove":
        return [*steps["control"].sql, *steps["add"].sql, *steps["remove"].sql]
    return [*steps["control"].sql, *steps["add"].sql]
