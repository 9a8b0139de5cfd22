"""A document small enough to read, with a bit of everything that the page tells."""

from __future__ import annotations

import msgspec

from matrix_project.results.contract import (
    Attempt,
    Catalog,
    Change,
    Claim,
    Control,
    Fact,
    Feature,
    InTheWay,
    LeftBehind,
    Outcome,
    Source,
    Status,
    SystemCheck,
    Validation,
)
from matrix_project.results.store import union
from matrix_project.results.verdicts import EMPTY_TABLE
from tests.make import (
    ACCEPTED,
    NOWHERE,
    PROJECT,
    REJECTED,
    answer,
    case,
    enforced,
    error,
    ignored,
    observation,
    partial,
    probe,
    question,
    record,
    refused,
    result,
    step,
    steps,
    unnamed,
    warning,
)

DOCS = "https://docs.djangoproject.com/en/stable/ref/models/constraints/"
SINCE = "2026-03-04T00:00:00Z"


def claim(vendor, says, *, explicit=True):
    return Claim(vendor=vendor, says=says, source=DOCS, explicit=explicit)


def described(id_, title, *claims, of=case, **values):
    return of(
        title,
        family=id_.partition(".")[0],
        promise=f"Promise of {id_}.",
        sources=[Source(title="Django reference", url=DOCS)],
        claims=list(claims),
        **values,
    )


CASES = {
    "check.q": described(
        "check.q",
        "Check on a Q object",
        claim("mariadb", "enforced"),
        claim("sqlite", "ignored", explicit=False),
    ),
    "condition.unique": described("condition.unique", "Unique under a condition"),
    "include.covering": described(
        "include.covering",
        "Covering unique",
        claim("mysql", "ignored"),
        claim("oracle", "ignored", explicit=False),
        claim("postgresql", "enforced", explicit=False),
        aliases=["index-only scan"],
    ),
    "singleton.key": described(
        "singleton.key",
        "Singleton",
        claim("mysql", "enforced"),
        instead_of="check.q",
        from_django="5.2",
    ),
    "values.text_case": described("values.text_case", "Upper and lower case", of=question),
}


def whole(message):
    """An observation with all the kinds of evidence that there are."""
    raised = error(message=message)
    row = {"name": "Ann", "age": 9223372036854775807}
    stored = [Change(table="customer", added=[row], removed=[{"name": "Bob", "age": 18}])]
    other = SystemCheck(
        id="models.W042", level="warning", message="Auto-created key", about_constraint=False
    )
    return observation(
        probes=[
            probe("accept", ACCEPTED, title="a valid row", rows=stored),
            probe(raised=raised, setup=["INSERT INTO customer VALUES (1)"]),
            probe(title="a row with no name", masked=True, id="masked"),
            probe("accept", Outcome.ACCEPTED, title="after it is gone", way="remove", id="gone"),
            probe(outcome=None, title="a late row", fault="lock wait time-out", id="late"),
        ],
        steps=[
            *steps(),
            msgspec.structs.replace(
                step("add_to_violating_rows", "refused", message="is violated by some row"),
                in_the_way=[InTheWay(sql="SELECT id FROM customer WHERE NOT (age >= 18)", found=2)],
            ),
            step("remove", sql=["DROP"]),
            step("rename the field", sql=["RENAME"]),
        ],
        validation=[
            Validation(
                row="violating 1",
                outcome="rejected",
                code="unique",
                message="It exists.",
                compared="agree",
            ),
            Validation(
                row="valid 1", outcome="rejected", code=None, message=None, compared="stricter"
            ),
        ],
        checks=[other],
        facts=[Fact(title="The admin", shows="no button to add a second one")],
        feature=Feature(flag="supports_it", declares=True),
    )


def refused_by_database():
    """Refused on both ways; the second leaves its table behind."""
    seen = refused()
    left = LeftBehind(tables=["singleton_key"], rows=0, constraints=[], recorded=False)
    seen.steps[2] = msgspec.structs.replace(seen.steps[2], left_behind=left)
    return seen


def refused_by_django():
    stops = SystemCheck(id="models.E043", level="error", message="cannot be", about_constraint=True)
    return observation(checks=[stops], steps=[], probes=[], catalog=NOWHERE)


def too_strict():
    kept_out = probe(
        "accept", REJECTED, title="a row in capitals", control=Control(outcome=ACCEPTED)
    )
    return observation(probes=[kept_out, probe()])


def created_with_its_table_alone():
    """Enforced with its table; by AddConstraint everything gets in."""
    return observation(
        probes=[probe(way="create"), probe(outcome=ACCEPTED, way="add", id="let_in")]
    )


def changed():
    """What is stored is not what was sent, and an error left a row behind."""
    kept = [Change(table="customer", added=[{"name": "A", "age": 17}], removed=[])]
    return observation(
        probes=[
            probe(outcome=Outcome.CHANGED, title="a cut name", rows=kept, id="cut"),
            probe(outcome=Outcome.TORN, title="half a batch", rows=kept, id="half"),
            probe(outcome=Outcome.DROPPED, title="a lost row", id="lost"),
        ]
    )


def absent():
    return observation(absent="Django 5.2 cannot declare it.", steps=[], probes=[], catalog=NOWHERE)


ANSWERS = {
    "postgresql": {
        "include.covering": whole("duplicate key"),
        "singleton.key": enforced("no"),
    },
    "mysql": {
        "condition.unique": ignored(warning()),
        "include.covering": ignored(warning("models.W039")),
        "singleton.key": refused_by_database(),
    },
    "mariadb": {
        "condition.unique": ignored(sql=True),
        "include.covering": ignored(warning()),
    },
    "sqlite": {"condition.unique": unnamed(), "include.covering": ignored(warning())},
}
TEXTS = {"mysql": "duplicate", "mariadb": "duplicate"}


def observed(backend, django="6.1.3", answers=None, **values):
    vendor = backend.partition("-")[0]
    promises = [id_ for id_, each in CASES.items() if each.kind == "promise"]
    plain = {id_: enforced(f"{vendor}: rule") for id_ in promises}
    seen = plain | ANSWERS[vendor] | (answers or {})
    records = {id_: record(id_, each) for id_, each in seen.items()}
    records["values.text_case"] = answer(word=TEXTS.get(vendor, "distinct"))
    version = values.pop("server_version", backend.partition("-")[2] or "3.40.1")
    since = dict.fromkeys(records, SINCE)
    return result(backend, records, CASES, since, django=django, server_version=version, **values)


def missing(backend, **values):
    given = {"status": Status.NOT_RUN, "reason": "no Docker", "server_version": None} | values
    return result(backend, {}, {}, observed_at=None, driver=None, **given)


def document():
    attempt = Attempt(status=Status.LOST, reason="the disk is full", at="2026-11-22T00:00:00Z")
    results = [
        *(observed(f"postgresql-{n}", django) for n in (16, 17, 18) for django in ("5.2.9", "6.1")),
        observed("mysql-9.7", "5.2.9"),
        observed("mysql-9.7", settings={"sql_mode": "STRICT_ALL_TABLES"}),
        observed("mariadb-10.11", answers={"check.q": partial()}),
        observed("mariadb-11.8", last_attempt=attempt),
        observed("sqlite"),
        missing("mysql-8.4"),
        missing("mariadb-12.3", status=Status.LOST, reason="the server is gone"),
    ]
    return union({each.id: each for each in results}, PROJECT)


RARE = {
    "too-strict": too_strict(),
    "ways": created_with_its_table_alone(),
    "changed": changed(),
    "absent": absent(),
    "unusable": observation(probes=[probe("accept", REJECTED, id=EMPTY_TABLE), probe()]),
    "redundant": observation(probes=[probe("accept", ACCEPTED), probe(masked=True)]),
    "refused by Django": refused_by_django(),
    "uncontrolled": observation(controlled=False, uncontrolled_because="others refer to it"),
    "left out": observation(
        left_out=["another"], catalog=Catalog(present=None, names=[], definition=None)
    ),
}
"""What is rarely seen: a case each, observed on SQLite."""


def rare():
    """A document of what is rarely seen."""
    cases = {f"rare.{name.replace(' ', '_')}": case(name, family="rare") for name in RARE}
    records = {id_: record(id_, seen) for id_, seen in zip(cases, RARE.values(), strict=True)}
    return union({"sqlite": result("sqlite", records, cases)}, PROJECT)
