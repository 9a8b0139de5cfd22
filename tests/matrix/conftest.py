"""The fixtures that put a case into the database along each path, and a probe to it.

The suite is started once a backend by `python -m matrix_project run`; by hand it runs on SQLite:
`python -m pytest -c tests/matrix/pytest.toml tests/matrix`.
"""

from __future__ import annotations

import gc
import inspect
import json
import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager

import pytest
from django.db import Error as DjangoError
from django.db import connection, connections

from matrix_project.observe import events, surroundings
from matrix_project.observe.capture import start_capture
from matrix_project.observe.case import BaseCase
from matrix_project.observe.cell import CellInProgress
from matrix_project.observe.clear import clear
from matrix_project.observe.ddl import constraint_name, family
from matrix_project.observe.errors import Fault
from matrix_project.observe.lifecycle import added, created
from matrix_project.observe.probe import ask
from matrix_project.observe.scrub import scrub_address
from matrix_project.results import Path, environment_id

ENVIRONMENT = environment_id(
    os.environ.get("MATRIX_BACKEND", "sqlite"), surroundings.django_version()
)


class Observations:
    """The cells that are being put together, and the cases that will not become one."""

    def __init__(self) -> None:
        self.cells: dict[str, CellInProgress] = {}
        self.failed: dict[str, str] = {}
        self.blocker: object | None = None
        """What lets us at the database; None until the server has answered."""

    def cell(self, case: type[BaseCase]) -> CellInProgress:
        if case.id not in self.cells:
            self.cells[case.id] = CellInProgress(case)
        return self.cells[case.id]

    def fail(self, case: str, reason: str) -> None:
        """Say that a case cannot be observed, once; the first reason stands."""
        if case not in self.failed:
            self.failed[case] = reason
            events.tell(events.Failed(case=case, reason=reason))


OBSERVATIONS = pytest.StashKey[Observations]()


def pytest_configure(config: pytest.Config) -> None:
    # A library preloaded for this Python's sqlite3 would end any other program.
    os.environ.pop("LD_PRELOAD", None)
    config.stash[OBSERVATIONS] = Observations()
    # The process ends before there is garbage worth collecting.
    gc.disable()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--case", action="append", default=[], help="run this case alone; repeatable")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        item.extra_keyword_matches.add(_case(item).id)
    wanted = set(config.getoption("--case"))
    if wanted:
        dropped = [item for item in items if _case(item).id not in wanted]
        items[:] = [item for item in items if _case(item).id in wanted]
        config.hook.pytest_deselected(items=dropped)


def pytest_collection_finish(session: pytest.Session) -> None:
    cases = {_case(item).id: _case(item) for item in session.items}
    events.tell(
        events.Collected(
            cases={id_: case.describe() for id_, case in cases.items()}, probes=len(session.items)
        )
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "model" in metafunc.fixturenames:
        models = metafunc.cls.models
        names = [model._meta.model_name for model in models]
        metafunc.parametrize("model", models, ids=names if len(models) > 1 else [""])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report = yield
    if call.excinfo is not None and not report.skipped:
        _note_failure(item, call.excinfo.value)
    elif report.skipped:
        events.tell(events.Spared())
    elif call.when == "call":
        events.tell(events.Probed(case=_case(item).id, probe=item.name))
    return report


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """Write no dot a probe: the run that listens counts them."""
    if report.skipped or (report.when == "call" and report.passed):
        return report.outcome, "", ""
    return None


def _note_failure(item: pytest.Item, raised: BaseException) -> None:
    """A test that fails has observed nothing; a server that is gone will answer no other."""
    observations = item.config.stash[OBSERVATIONS]
    if observations.blocker is None:
        return  # the server was never reached: pytest's own words say why
    text = " ".join(scrub_address(str(raised), connection).split()) or type(raised).__name__
    reason = text if isinstance(raised, Fault) else f"{type(raised).__name__}: {text}"
    try:
        with observations.blocker.unblock():
            connection.close()
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
    except DjangoError:
        events.tell(events.Lost(reason=f"the server is gone, at {_case(item).id} ({reason})"))
        pytest.exit(f"the server is gone: {reason}", returncode=events.LOST_CODE)
    observations.fail(_case(item).id, f"the harness failed at {item.name}: {reason}")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if exitstatus in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
        events.tell(events.Ended())


def _case(item: pytest.Item) -> type[BaseCase]:
    return item.getparent(pytest.Class).obj


@pytest.fixture(scope="session")
def django_db_setup(request: pytest.FixtureRequest, django_db_blocker: object) -> Iterator[None]:
    """Use the database that is handed over: the suite makes its tables itself, and commits.

    The run that listens hands it over on standard input, once the server is up.
    """
    if events.heard():
        database = json.loads(sys.stdin.readline())
        connections.settings = connections.configure_settings({"default": database})
        del connections["default"]
    with django_db_blocker.unblock():
        connection.ensure_connection()
        request.config.stash[OBSERVATIONS].blocker = django_db_blocker
        library = os.environ.get("MATRIX_SQLITE_LIBRARY")
        if library and (reason := surroundings.lacks_library(connection, library)):
            events.tell(events.Lost(reason=reason))
            pytest.exit(reason, returncode=events.LOST_CODE)
        events.tell(
            events.Started(
                server_version=surroundings.server_version(connection),
                django=surroundings.django_version(),
                python=surroundings.python_version(),
                driver=surroundings.driver(connection),
                settings=surroundings.settings(connection),
            )
        )
        yield
        connection.close()


@pytest.fixture(scope="module", params=list(Path)[:2], ids=str)
def path(request: pytest.FixtureRequest, django_db_setup: None) -> Iterator[Path]:
    """The way the constraints come into the database: all cases along one, then the other."""
    app_label = next(_cases(request.module)).models[0]._meta.app_label
    events.tell(events.Phase(text=f"migrating {app_label}"))
    if request.param == Path.ADD:
        family(app_label).create_tables()
    yield request.param
    if request.param == Path.ADD:
        family(app_label).drop_tables()


@pytest.fixture(scope="class")
def declared(request: pytest.FixtureRequest, path: Path) -> Iterator[CellInProgress | None]:
    """The case's constraint, in the database; None where the database refuses it."""
    observations = request.config.stash[OBSERVATIONS]
    cell = observations.cell(request.cls)
    with (created if path == Path.CREATE else added)(cell) as accepted:
        yield cell if accepted else None
    if path == Path.ADD and cell.case.id not in observations.failed:
        events.tell(events.Finished(cell=cell.finish(ENVIRONMENT)))


def _asking(
    expect: str,
    request: pytest.FixtureRequest,
    cell: CellInProgress | None,
    path: Path,
    model: type,
) -> AbstractContextManager[None]:
    """Return the probe's context, on clean tables with the seed in them."""
    if cell is None:
        pytest.skip("the database refuses the constraint")
    if path == Path.ADD and cell.alike and request.function.__name__ not in cell.case.sample:
        pytest.skip("the catalogue shows just what it showed on the path that was probed in full")
    clear(cell.case.models)
    listen = start_capture(connection)
    request.instance.seed(model)
    return ask(
        connection,
        id_=cell.probe_id(request.function.__name__.removeprefix("test_"), model),
        title=inspect.getdoc(request.function),
        expect=expect,
        path=path,
        constraint=constraint_name(model),
        setup=listen,
        record=cell.record,
    )


@pytest.fixture
def accepts(
    request: pytest.FixtureRequest, declared: CellInProgress | None, path: Path, model: type
) -> AbstractContextManager[None]:
    """A context whose block is a probe that keeps the promise."""
    return _asking("accept", request, declared, path, model)


@pytest.fixture
def rejects(
    request: pytest.FixtureRequest, declared: CellInProgress | None, path: Path, model: type
) -> AbstractContextManager[None]:
    """A context whose block is a probe that breaks the promise."""
    return _asking("reject", request, declared, path, model)


def _unused(name: str) -> object:
    """Return a fixture that stands in for one of pytest-django's and does nothing, once."""
    return pytest.fixture(autouse=True, scope="session", name=name)(lambda: None)


# Mail, URLs, templates and sites are none of this suite's concern; looking after them at each
# probe would take longer than the probe.
_marker = _unused("_django_db_marker")
_mailbox = _unused("_dj_autoclear_mailbox")
_urlconf = _unused("_django_set_urlconf")
_isolated = _unused("_django_isolate_apps")
_template = _unused("_template_string_if_invalid_marker")
_sites = _unused("_django_clear_site_cache")


def _cases(module: object) -> Iterator[type[BaseCase]]:
    """Return the cases that a family's file has."""
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, BaseCase) and hasattr(value, "id"):
            yield value
