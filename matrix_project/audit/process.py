"""The audit's process, in the project's own Python.

`python -m matrix_project.audit.process list ENGINE OPTIONS` tells the constraints;
`… make …` is handed a database on standard input, and a file to write the rows to;
`… observe …` is handed a database and that file, and tells what it observes;
`… migrate …` is handed a database, and tells what the project's migrations come to;
`… against …` tells how the project's own database differs from its models.
"""

from __future__ import annotations

import gc
import json
import os
import pickle
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

import msgspec
from django.apps import apps
from django.db import connection
from django.db.models import Model

from matrix_project.audit import project
from matrix_project.audit.against import AgainstError, compare
from matrix_project.audit.events import Compared, RanMigrations
from matrix_project.audit.found import Found, NotFoundError, constraints, narrowed, passed
from matrix_project.audit.migrations import migrated
from matrix_project.audit.options import Options
from matrix_project.audit.own_ways import acts
from matrix_project.audit.plain import subject_of
from matrix_project.audit.rows import Help, Made, make
from matrix_project.audit.telling import described, record, unmade, untold
from matrix_project.observe import UnreachableError
from matrix_project.observe.session import begin
from matrix_project.observe.subject import Subject
from matrix_project.results.contract import Case, Count
from matrix_project.servers.environ import borrow_drivers, take_out
from matrix_project.suite import events, surroundings
from matrix_project.suite.losing import fault_of, one_line, send_lost, told_gone

__all__ = ["main"]

_USAGE = 4
"""The exit code where the user has to change something; as pytest's."""


@dataclass(frozen=True)
class _Asked:
    """One constraint, and what was made of it."""

    found: Found
    subject: Subject | None = None
    reason: str | None = None
    """Why it cannot be written into a migration."""


def main() -> None:
    """Do what the command line says, and end with a line where the project cannot be loaded."""
    # A library preloaded for this Python's sqlite3 would end any other program.
    os.environ.pop("LD_PRELOAD", None)
    borrow_drivers()
    work, engine, given = sys.argv[1:]
    options = msgspec.json.decode(given, type=Options)
    try:
        project.load(options.settings, engine, options.against)
        found = narrowed(constraints(), options.labels, options.keywords)
        help_ = Help() if options.rows is None else project.read_help(options.rows)
    except (project.ProjectError, NotFoundError) as error:
        print(f"ERROR: {error}")  # noqa: T201 (the run reads it)
        sys.exit(_USAGE)
    if options.against is None:
        take_out()
    gc.freeze()
    _WORK[work](found, options, help_)
    gc.freeze()


def _list(found: Sequence[Found], _: Options, __: Help) -> None:
    for each in passed():
        events.send(events.Phase(text=f"{each.model}: {each.reason}"))
    _collected({each.id: _Asked(each) for each in found}, {})
    events.send(events.Ended())


def _make(found: Sequence[Found], _: Options, help_: Help) -> None:
    """Make rows for each constraint, and write them to the file that is handed over."""
    given = _handed_over()
    made: dict[str, Made] = {}
    for each in found:
        events.send(events.Phase(text=each.id, case=True))
        asked = _asked(each)
        if asked.subject is not None:
            made[each.id] = _made(asked.subject, help_)
    with Path(given["rows"]).open("wb") as file:
        pickle.dump({id_: _pickled(each) for id_, each in made.items()}, file)
    events.send(events.Ended())


def _made(subject: Subject, help_: Help) -> Made:
    try:
        return make(subject, "default", help_)
    except UnreachableError as error:
        _end(str(error))
    except Exception as error:  # noqa: BLE001 (one constraint's trouble is no other's)
        _end_without_server(str(error))
        return unmade(error)


def _pickled(made: Made) -> bytes:
    try:
        return pickle.dumps(made)
    except Exception as error:  # noqa: BLE001 (values of a project's own types)
        return pickle.dumps(unmade(error))


def _observe(found: Sequence[Found], options: Options, help_: Help) -> None:
    """Observe each constraint with the rows that were made for it."""
    given = _handed_over()
    # The file is of this run's own making, in its private folder.
    pickled = pickle.loads(Path(given["rows"]).read_bytes())  # noqa: S301
    rows = {id_: pickle.loads(each) for id_, each in pickled.items()}  # noqa: S301
    for one in found:
        # A model that a project only has with this vendor's engine got none elsewhere.
        if one.id not in rows and (subject := _asked(one).subject) is not None:
            rows[one.id] = _made(subject, help_)
    asked = {each.id: _asked(each, rows.get(each.id), options.ways_in) for each in found}
    cases = _collected(asked, rows)
    known = _known(given)
    for id_, each in asked.items():
        key = cases[id_].key
        if key is not None and known.get(id_) == key:
            events.send(events.Kept(case=id_))
            continue
        events.send(events.Phase(text=id_, case=True))
        try:
            seen = record(id_, each.subject, each.reason, rows.get(id_), ["default", "second"])
        except UnreachableError as error:
            _end(str(error))
        except Exception as error:  # noqa: BLE001 (one constraint's trouble is no other's)
            words = one_line(f"{type(error).__name__}: {error}", connection)
            _end_without_server(words)
            seen = untold(id_, words)
            events.send(events.Observed(record=seen))
            continue
        fault = None if each.subject is None else fault_of(seen)
        if fault is not None:
            _end_without_server(fault)
        events.send(events.Observed(record=seen))
        if fault is not None:
            events.send(events.Unanswered(case=id_, reason=fault))
    events.send(events.Ended())


def _known(given: Mapping[str, Any]) -> Mapping[str, str]:
    """Return by id the keys of what an earlier audit knows, if it asked in these surroundings."""
    known: Mapping[str, str] = given.get("known", {})
    started = msgspec.to_builtins(given["started"])
    then: Mapping[str, Any] = given.get("surroundings", {})
    return known if all(started[name] == value for name, value in then.items()) else {}


def _asked(found: Found, made: Made | None = None, ways_in: Sequence[str] = ()) -> _Asked:
    try:
        subject = subject_of(found.target)
    except Exception as error:  # noqa: BLE001 (whatever a project's own fields raise)
        words = " ".join(f"{type(error).__name__}: {error}".split())
        return _Asked(found, None, f"Its model cannot be written into a migration: {words}")
    if made is not None:
        subject = replace(subject, rows=made.rows, valid=made.valid, violating=made.violating)
        if ways_in:
            # What the project's own code does may change any row.
            subject = replace(subject, acts=acts(subject, ways_in), base=())
    return _Asked(found, subject)


def _collected(asked: Mapping[str, _Asked], rows: Mapping[str, Made]) -> Mapping[str, Case]:
    """Tell which constraints there are, and return them as the results tell them."""
    cases = {id_: described(each.found, each.subject, rows.get(id_)) for id_, each in asked.items()}
    every = Count(cases=len(cases), probes=sum(each.probes for each in cases.values()))
    events.send(events.Collected(cases=cases, declared=every))
    return cases


def _handed_over() -> dict[str, Any]:
    """Take over the database and what else is given, and see that it answers."""
    given: dict[str, Any] = json.loads(sys.stdin.readline())
    database = given.pop("database")
    project.use({"default": database, "second": database})
    try:
        begin(connection)
        given["started"] = surroundings.started(connection)
        events.send(given["started"])
        other = surroundings.other_library(connection)
    except Exception as error:  # noqa: BLE001 (whatever it is, nothing can be asked)
        _end(f"{type(error).__name__}: {error}")
    if other is not None:
        _end(other)
    return given


def _end_without_server(reason: str) -> None:
    """End where the server no longer answers: what kept an answer away was that."""
    if (gone := told_gone(reason, connection)) is not None:
        _end(gone)


def _end(reason: str) -> NoReturn:
    send_lost(reason, connection)
    sys.exit(events.LOST_CODE)


def _whole(options: Options) -> Iterable[type[Model]]:
    """Return the models that are looked at whole: all of them, where nothing narrows the audit."""
    return () if options.narrowing else apps.get_models(include_auto_created=True)


def _against(found: Sequence[Found], options: Options, _: Help) -> None:
    """Compare the project's own database with its models."""
    try:
        compared = compare(str(options.against), found, _whole(options))
    except AgainstError as error:
        print(f"ERROR: {error}")  # noqa: T201 (the run reads it)
        sys.exit(_USAGE)
    events.send(Compared(against=compared))
    events.send(events.Ended())


def _migrate(found: Sequence[Found], options: Options, _: Help) -> None:
    """Run the project's own migrations, and tell what they came to."""
    _handed_over()
    try:
        ran = migrated(found, "default", _whole(options))
        events.send(RanMigrations(migrated=ran))
    except UnreachableError as error:
        _end(str(error))
    events.send(events.Ended())


_WORK = {
    "list": _list,
    "make": _make,
    "observe": _observe,
    "migrate": _migrate,
    "against": _against,
}

if __name__ == "__main__":
    main()
