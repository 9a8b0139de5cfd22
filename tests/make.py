"""Small records for tests that need some."""

from __future__ import annotations

from matrix_project.results import (
    Case,
    Catalog,
    Cell,
    Ddl,
    DdlStep,
    Driver,
    Environment,
    EnvironmentResult,
    Error,
    Outcome,
    Path,
    Probe,
    Project,
    Stage,
    Status,
    SystemCheck,
    Verdict,
    environment_id,
)

PROJECT = Project(version="0", commit=None)
ACCEPTED, REJECTED = Outcome.ACCEPTED, Outcome.REJECTED


def error(class_="IntegrityError", *, message="rule is violated", names=True):
    return Error(
        class_=class_,
        driver_class="driver.IntegrityError",
        code="23514",
        message=message,
        constraint="rule" if names else None,
        names_constraint=names,
    )


def probe(expect, outcome, raised=None):
    if outcome == REJECTED and raised is None:
        raised = error()
    return Probe(
        id=f"{expect}_{outcome}",
        title=f"a probe to {expect}",
        expect=expect,
        paths=[Path.CREATE, Path.ADD],
        outcome=outcome,
        stage=Stage.STATEMENT,
        error=raised,
        setup=[],
        sql=["INSERT"],
    )


def step(outcome="accepted", *, message="no such thing"):
    return DdlStep(
        setup=[],
        sql=["CREATE"],
        outcome=outcome,
        error=error("OperationalError", message=message) if outcome == "refused" else None,
        definition=None,
        left_behind=None,
    )


def ddl(create="accepted", add="accepted"):
    return Ddl(
        create=create and step(create),
        add=add and step(add),
        add_to_violating_rows=None,
        remove=None,
    )


def cell(case="check.q", environment="sqlite+django-6.1", verdict=Verdict.ENFORCED, **values):
    given = {
        "summary": "All is well.",
        "system_checks": [],
        "ddl": ddl(),
        "catalog": Catalog(present=True, definition="CHECK (age >= 18)"),
        "validation": None,
        "feature": None,
        "probes": [],
    } | values
    return Cell(case=case, environment=environment, verdict=verdict, **given)


def case(title="Check", constraint="rule"):
    return Case(
        family="check",
        title=title,
        promise="An age is never less than 18.",
        model="check.Customer",
        constraint=constraint,
        declaration="constraints = []",
        sources=[],
        claims=[],
    )


def environment(backend="sqlite", status=Status.OBSERVED, reason=None, **values):
    given = {
        "server_version": "3.40.1",
        "django": "6.1.3",
        "python": "3.13.0",
        "driver": Driver(name="sqlite3", version="3.13.0"),
        "provider": "in-process",
        "origin": "Python",
        "settings": {"encoding": "UTF-8"},
        "observed_at": "2026-11-21T00:00:00Z",
        "seconds": {"suite": 1.0},
        "selection": None,
        "project": PROJECT,
    } | values
    return Environment(
        backend=backend,
        vendor=backend.partition("-")[0],
        status=status,
        reason=reason,
        **given,
    )


def result(backend="sqlite", cells=None, cases=None, **values):
    id_ = environment_id(backend, values.get("django", "6.1.3"))
    return EnvironmentResult(
        id=id_,
        environment=environment(backend, **values),
        cases={"check.q": case()} if cases is None else cases,
        cells=[cell(environment=id_)] if cells is None else cells,
    )


def warning(id_="models.W036", message="no support"):
    return SystemCheck(id=id_, message=message)
