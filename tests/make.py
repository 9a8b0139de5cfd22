"""Small records for tests that need some."""

from __future__ import annotations

import msgspec

from matrix_project.results import counts
from matrix_project.results.contract import (
    Case,
    Catalog,
    Change,
    Control,
    Driver,
    Environment,
    EnvironmentResult,
    Error,
    Observation,
    Outcome,
    Probe,
    Project,
    Stage,
    Status,
    Step,
    SystemCheck,
    Verdict,
    environment_id,
)
from matrix_project.results.verdicts import LEVELS, answered, judged

PROJECT = Project(version="0", commit=None)
ACCEPTED, REJECTED = Outcome.ACCEPTED, Outcome.REJECTED
PRESENT = Catalog(present=True, names=["rule"], definition="CHECK (age >= 18)")
NOWHERE = Catalog(present=False, names=[], definition=None)


def error(class_="IntegrityError", *, message="rule is violated", names=True, code="23514"):
    return Error(
        class_=class_,
        driver_class="driver.IntegrityError",
        code=code,
        message=message,
        constraint="rule" if names else None,
        names_constraint=names,
    )


def probe(expect="reject", outcome=REJECTED, raised=None, *, way="both", masked=False, **values):
    if outcome in {REJECTED, Outcome.TORN} and raised is None:
        raised = error()
    row = {"name": "Ann", "age": 17 if expect == "reject" else 18}
    stored = outcome not in {REJECTED, Outcome.DROPPED, None}
    given = {
        "id": f"{expect}_{outcome}",
        "title": f"a probe to {expect}",
        "way_in": "save",
        "stage": Stage.STATEMENT,
        "rows": [Change(table="customer", added=[row], removed=[])] if stored else [],
        "control": Control(outcome=REJECTED if masked else ACCEPTED),
        "setup": [],
        "sql": ["INSERT"],
    } | values
    return Probe(expect=expect, way=way, outcome=outcome, error=raised, masked=masked, **given)


def step(name="create", outcome="accepted", *, message="no such thing", sql=("CREATE", "CHECK")):
    return Step(
        name=name,
        setup=[],
        sql=list(sql),
        outcome=outcome,
        error=error("OperationalError", message=message) if outcome == "refused" else None,
        definition=None,
        left_behind=None,
    )


def steps(create="accepted", add="accepted", *, sql=True):
    """The steps of a subject; without `sql`, Django sends nothing for the constraint."""
    own = ["CHECK"] if sql else []
    return [
        step("control", sql=["CREATE"]),
        step("create", create, sql=["CREATE", *own]),
        step("add", add, sql=own),
    ]


def observation(**values):
    given = {
        "catalog": PRESENT,
        "steps": steps(),
        "probes": [probe("accept", ACCEPTED), probe()],
    }
    return Observation(**(given | values))


def enforced(message="rule is violated", **values):
    raised = error(message=message)
    return observation(probes=[probe("accept", ACCEPTED), probe(raised=raised)], **values)


def unnamed(message="UNIQUE failed: a.b"):
    return observation(
        probes=[probe("accept", ACCEPTED), probe(raised=error(message=message, names=False))]
    )


def ignored(*checks, sql=False):
    return observation(
        catalog=NOWHERE,
        checks=list(checks),
        steps=steps(sql=sql),
        probes=[probe("accept", ACCEPTED), probe(outcome=ACCEPTED)],
    )


def partial():
    return observation(
        probes=[probe("accept", ACCEPTED), probe(), probe(outcome=ACCEPTED, id="let_in")]
    )


def refused(message="no such check"):
    made = steps("refused", "refused")
    made[1:] = [step(each.name, "refused", message=message) for each in made[1:]]
    return observation(catalog=NOWHERE, steps=made, probes=[])


def record(case="check.q", seen=None):
    """The record of a promise; `seen` is its observation, by default one of an enforced one."""
    return judged(case, observation() if seen is None else seen)


def answer(case="values.text_case", word="distinct", seen=None):
    """The record of a question."""
    seen = observation(probes=[probe(None, ACCEPTED)]) if seen is None else seen
    return answered(case, seen, word, f"The answer is {word}.")


def case(title="Check", constraint="rule", **values):
    given = {
        "probes": 2,
        "kind": "promise",
        "family": "check",
        "promise": "An age is never less than 18.",
        "model": "check.Customer",
        "declaration": "class Customer(models.Model): ...",
        "migration": "class Migration(migrations.Migration): ...",
    } | values
    return Case(title=title, constraint=constraint, **given)


def question(title="Upper and lower case", **values):
    given = {
        "kind": "question",
        "family": "values",
        "promise": 'A unique text holds "abc": is "ABC" another value?',
        "answers": {"distinct": "It is another value.", "duplicate": "It is the same value."},
    } | values
    return case(title, **given)


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


def result(backend="sqlite", records=None, cases=None, first_seen=None, **values):
    """The results of an environment; by default of one case, `check.q`, that is enforced.

    Its cases have as many probes as their records, and all that they declare is there.
    """
    records = {"check.q": record()} if records is None else records
    cases = {"check.q": case()} if cases is None else cases
    cases = {id_: _counted(each, records.get(id_)) for id_, each in cases.items()}
    if values.get("status") != Status.NOT_RUN:
        counted = {"declared": counts.declared(cases.values()), "held": counts.held(cases, records)}
        values = counted | values
    return EnvironmentResult(
        id=environment_id(backend, values.get("django", "6.1.3")),
        environment=environment(backend, **values),
        cases=cases,
        records=records,
        first_seen=first_seen or {},
    )


def _counted(given, seen):
    probes = {probe.id for probe in seen.probes} if seen else ()
    return msgspec.structs.replace(given, probes=len(probes)) if probes else given


def with_verdict(given, verdict, **values):
    """A record with a verdict put into it, where a test needs no evidence for it."""
    verdict = Verdict(verdict)
    by = "database" if verdict in {Verdict.IGNORED, Verdict.REFUSED} else None
    fitting = {"level": LEVELS[verdict], "by": by} | values
    return msgspec.structs.replace(given, verdict=verdict, **fitting)


def warning(id_="models.W036", message="no support"):
    return SystemCheck(id=id_, level="warning", message=message, about_constraint=True)
