"""pytest's side of the suite: collect the cases, get at the database, hand each case to the engine.

By hand, on SQLite: `python -m pytest -c matrix_project/suite/pytest.toml matrix_project/suite`.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import NoReturn

import pytest
from django.db import connection, connections
from pytest_django.plugin import blocking_manager_key

from matrix_project.cases import load
from matrix_project.cases.case import CaseError, Declared
from matrix_project.observe import UnreachableError
from matrix_project.results.contract import Count
from matrix_project.suite import events, surroundings
from matrix_project.suite.declarations import verify
from matrix_project.suite.losing import fault_of, one_line, send_lost, told_gone
from matrix_project.suite.observing import describe, probes, record

__all__ = ["Observer"]

_CASES = pytest.StashKey[dict[str, Declared]]()
SECOND = "second"
"""The alias of the second connection to the database, for acts that race."""


class Observer:
    """Observes cases on the database of this session."""

    def observe(self, case: Declared) -> None:
        """Observe one case, and tell the run; a server that is gone ends the session."""
        events.send(events.Phase(text=case.id, case=True))
        try:
            found = record(case, ["default", SECOND])
        except UnreachableError as error:
            _end(str(error))
        except Exception as error:
            words = one_line(f"{type(error).__name__}: {error}", connection)
            _end_without_server(words)
            events.send(events.Failed(case=case.id, reason=words))
            raise
        if (fault := fault_of(found)) is not None:
            _end_without_server(fault)
        events.send(events.Observed(record=found))
        if fault is not None:
            events.send(events.Unanswered(case=case.id, reason=fault))


def _end_without_server(reason: str) -> None:
    """End the session where the server no longer answers: what kept an answer away was that."""
    if (gone := told_gone(reason, connection)) is not None:
        _end(gone)


def _end(reason: str) -> NoReturn:
    pytest.exit(send_lost(reason, connection), returncode=events.LOST_CODE)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the options of the suite."""
    parser.addoption("--case", action="append", default=[], help="observe this case; repeatable")
    parser.addoption("--cases", action="append", default=[], help="a file of further cases")


def pytest_configure() -> None:
    """Prepare a process that ends before there is garbage worth collecting."""
    # A library preloaded for this Python's sqlite3 would end any other program.
    os.environ.pop("LD_PRELOAD", None)
    gc.disable()


def pytest_sessionstart(session: pytest.Session) -> None:
    """Read the cases; a mistake in one ends the session before anything is asked."""
    config = session.config
    try:
        cases = load(map(Path, config.getoption("--cases")))
        if config.option.collectonly:
            with config.stash[blocking_manager_key].unblock():
                verify(cases.values())
    except CaseError as error:
        raise pytest.UsageError(str(error)) from error
    if unknown := sorted(set(config.getoption("--case")) - set(cases)):
        nearest = [near for each in unknown for near in get_close_matches(each, cases, 5, 0.4)]
        named = f"; the nearest are {', '.join(dict.fromkeys(nearest))}" if nearest else ""
        message = f"unknown case {', '.join(unknown)}{named}; the report lists all {len(cases)}"
        raise pytest.UsageError(message)
    config.stash[_CASES] = cases


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make an item of each case that is wanted."""
    cases = metafunc.config.stash[_CASES]
    wanted = metafunc.config.getoption("--case") or list(cases)
    chosen = {id_: case for id_, case in cases.items() if id_ in wanted}
    metafunc.parametrize("case", chosen.values(), ids=chosen.keys())


def pytest_collection_finish(session: pytest.Session) -> None:
    """Tell the run which cases will be observed."""
    chosen = [item.callspec.params["case"] for item in session.items]  # type: ignore[attr-defined]
    every = [probes(case) for case in session.config.stash[_CASES].values()]
    events.send(
        events.Collected(
            cases={case.id: describe(case) for case in chosen},
            declared=Count(cases=len(every), probes=sum(every)),
        )
    )


def pytest_sessionfinish(exitstatus: int) -> None:
    """Tell the run that all cases were asked."""
    if exitstatus in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
        events.send(events.Ended())


def pytest_unconfigure() -> None:
    """Let the process end without a search for garbage in all that goes with it."""
    gc.freeze()


@pytest.fixture(scope="session")
def observer(django_db_blocker: object) -> Iterator[Observer]:
    """Use the database that is handed over on standard input; by hand, SQLite in a file."""
    if events.has_reader():
        database = json.loads(sys.stdin.readline())
        given = {"default": database, SECOND: {**database}}
        connections.settings = connections.configure_settings(given)
        del connections["default"]
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        try:
            started = surroundings.started(connection)
            other = surroundings.other_library(connection)
        except Exception as error:  # noqa: BLE001 (whatever it is, no case can be asked)
            _end(f"{type(error).__name__}: {error}")
        if other is not None:
            _end(other)
        events.send(started)
        yield Observer()
        connections.close_all()
