"""A document small enough to read, with a bit of everything that the page tells."""

from __future__ import annotations

import msgspec

from matrix_project.results import (
    Attempt,
    Claim,
    Feature,
    LeftBehind,
    Source,
    Status,
    Validation,
    Verdict,
    environment_id,
)
from matrix_project.store import union
from tests.make import ACCEPTED, PROJECT, REJECTED, case, cell, error, probe, result, step, warning

DOCS = "https://docs.djangoproject.com/en/stable/ref/models/constraints/"


def described(id_, title, constraint="rule", claims=()):
    return msgspec.structs.replace(
        case(title, constraint),
        family=id_.partition(".")[0],
        promise=f"Promise of {id_}.",
        sources=[Source(title="Django reference", url=DOCS)],
        claims=[Claim(vendor=vendor, says=says, source=DOCS) for vendor, says in claims],
    )


CASES = {
    "check.q": described("check.q", "Check on a Q object", claims=[("mariadb", "enforced")]),
    "condition.unique": described("condition.unique", "Unique under a condition"),
    "include.covering": described(
        "include.covering",
        "Covering unique",
        claims=[("mysql", "ignored"), ("oracle", "ignored"), ("postgresql", "enforced")],
    ),
    "singleton.key": described("singleton.key", "Singleton", claims=[("mysql", "enforced")]),
    "singleton.none": described("singleton.none", "No constraint", constraint=None),
}


def enforced(message):
    raised = error(message=message)
    return {
        "probes": [probe("accept", ACCEPTED), probe("reject", REJECTED, raised)],
        "validation": Validation(outcome=REJECTED, code="unique", message="It exists."),
        "feature": Feature(flag="supports_it", declares=True),
    }


def ignored(*checks):
    return {
        "verdict": Verdict.IGNORED,
        "summary": "All violating probes are accepted.",
        "system_checks": list(checks),
        "probes": [probe("reject", ACCEPTED)],
    }


def refused():
    add = step("refused", message="no such check")
    left = LeftBehind(tables=["singleton_key"], rows=0, constraint=False, recorded=False)
    add = msgspec.structs.replace(add, left_behind=left)
    given = cell().ddl
    return {
        "verdict": Verdict.REFUSED,
        "summary": "The database refuses the DDL.",
        "ddl": msgspec.structs.replace(given, create=step("refused"), add=add),
    }


def other_error():
    return {
        "verdict": Verdict.ENFORCED_OTHER_ERROR,
        "summary": "The error does not name the constraint.",
        "probes": [probe("reject", REJECTED, error(message="UNIQUE failed: a.b", names=False))],
    }


ANSWERS = {
    "postgresql": {"include.covering": enforced("duplicate key"), "singleton.key": enforced("no")},
    "mysql": {
        "condition.unique": ignored(warning()),
        "include.covering": ignored(warning("models.W039")),
        "singleton.key": refused(),
    },
    "mariadb": {"condition.unique": ignored(), "include.covering": ignored(warning())},
    "sqlite": {"condition.unique": other_error(), "include.covering": ignored(warning())},
}


def observed(backend, django="6.1.3", answers=None, **values):
    vendor = backend.partition("-")[0]
    id_ = environment_id(backend, django)
    plain = {case: enforced(f"{vendor}: rule") for case in CASES}
    control = {"singleton.none": {"probes": [probe("accept", ACCEPTED)]}}
    given = plain | control | ANSWERS[vendor] | (answers or {})
    cells = [cell(case, id_, **each) for case, each in given.items()]
    version = values.pop("server_version", backend.partition("-")[2] or "3.40.1")
    return result(backend, cells, CASES, django=django, server_version=version, **values)


def missing(backend, **values):
    given = {"status": Status.NOT_RUN, "reason": "no Docker", "server_version": None} | values
    return result(backend, [], {}, observed_at=None, driver=None, **given)


def document():
    attempt = Attempt(status=Status.LOST, reason="the disk is full", at="2026-11-22T00:00:00Z")
    results = [
        *(observed(f"postgresql-{n}", django) for n in (16, 17, 18) for django in ("5.2.9", "6.1")),
        observed("mysql-9.7", "5.2.9"),
        observed("mysql-9.7", settings={"sql_mode": "STRICT_ALL_TABLES"}),
        observed("mariadb-10.11", answers={"check.q": {"verdict": Verdict.PARTIAL}}),
        observed("mariadb-11.8", last_attempt=attempt),
        observed("sqlite"),
        missing("mysql-8.4"),
        missing("mariadb-12.3", status=Status.LOST, reason="the server is gone"),
    ]
    return union({each.id: each for each in results}, PROJECT)
