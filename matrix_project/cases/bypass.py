"""Ways past a constraint that is in the database: settings of a session, constraints not enforced.

Each statement is tried on every database, in its own form: one that does not know it says so.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db import Error as DjangoError
from django.db.migrations import AddConstraint, RunSQL
from django.db.models import (
    CASCADE,
    CharField,
    CheckConstraint,
    ForeignKey,
    IntegerField,
    PositiveIntegerField,
    Q,
    UniqueConstraint,
)

from matrix_project import vendors
from matrix_project.cases.case import Question, asks, row
from matrix_project.cases.question_words import insertion
from matrix_project.observe import Act, OwnStep, Tables
from matrix_project.observe.errors import driver_error
from matrix_project.results.contract import Observation, Outcome

_SECONDS = 60
_FIELDS = {"name": CharField(max_length=30), "age": IntegerField()}
_OF_AGE = CheckConstraint(condition=Q(age__gte=18), name="of_age")
_ANSWERS = {
    "possible": "A row that breaks the constraint gets in.",
    "none_of_tried": "Nothing that was tried lets in a row that breaks the constraint.",
}
_NOT_PERMITTED = {
    "not_permitted": "The account may not make one of the settings, and no other lets it in."
}
# https://www.postgresql.org/docs/current/runtime-config-client.html
# https://dev.mysql.com/doc/refman/en/server-system-variables.html
# https://mariadb.com/docs/server/reference/sql-statements/data-definition/constraint
# https://www.sqlite.org/pragma.html
_SETTINGS = (
    "SET session_replication_role = 'replica'",
    "SET check_constraint_checks = 0",
    "SET unique_checks = 0",
    "SET foreign_key_checks = 0",
    "PRAGMA ignore_check_constraints = ON",
    "PRAGMA foreign_keys = OFF",
)


def _tried(what: str, write: Callable[[Tables], object]) -> list[Act]:
    """Return an act for each setting: it is made in a session of its own, then a row is written."""

    def act(setting: str) -> Callable[[Tables], object]:
        def write_then(tables: Tables) -> None:
            try:
                tables.sql(setting)
            except DjangoError as error:
                if _is_denied(error, tables):
                    # The database would have to be asked by another account.
                    raise NotImplementedError(*error.args) from error
                raise
            write(tables)

        return lambda tables: tables.on_other(write_then).result(_SECONDS)

    return [asks(f"{setting}, then INSERT of {what}", act(setting)) for setting in _SETTINGS]


def _is_denied(error: DjangoError, tables: Tables) -> bool:
    vendor = vendors.of(tables.connection)
    denied = vendor.access.denied if vendor.access is not None else frozenset()
    return vendor.read_error(driver_error(error)).code in denied


def _of_acts(observation: Observation) -> list[tuple[str, Outcome]] | None:
    acts = [each for each in observation.probes if each.way_in == "own"]
    found = [(each.title, each.outcome) for each in acts if each.outcome is not None]
    return found if len(found) == len(acts) else None


def _any_let_in(observation: Observation) -> str | None:
    acts = _of_acts(observation)
    if acts is None:
        return None
    if any(each == Outcome.ACCEPTED for _, each in acts):
        return "possible"
    errors = [each.error for each in observation.probes if each.error is not None]
    denied = any(each.class_ == NotImplementedError.__name__ for each in errors)
    return "not_permitted" if denied else "none_of_tried"


def _what_lets_in(observation: Observation) -> str:
    acts = _of_acts(observation) or []
    return "; ".join(title for title, outcome in acts if outcome == Outcome.ACCEPTED)


session_setting = Question(
    "bypass.session_setting",
    "Does a setting of the session let in a row that breaks a check or a uniqueness? Tried: "
    + ", ".join(_SETTINGS)
    + ".",
    title="A session's setting, and a check or a uniqueness",
    fields=_FIELDS,
    meta={"constraints": [_OF_AGE, UniqueConstraint(fields=["name"], name="one_name")]},
    rows=[{"name": "Ann", "age": 18}],
    acts=[
        *_tried("a row that breaks the check", lambda t: t.insert({"name": "Bob", "age": 17})),
        *_tried("a duplicate", lambda t: t.insert({"name": "Ann", "age": 18})),
    ],
    answers=_ANSWERS | _NOT_PERMITTED,
    words=_any_let_in,
    tells=_what_lets_in,
    aliases=["disable constraints", "check_constraint_checks", "ignore_check_constraints"],
)

session_setting_foreign_key = Question(
    "bypass.session_setting_foreign_key",
    "Does a setting of the session let in a row that refers to no other? Tried: "
    + ", ".join(_SETTINGS)
    + ".",
    title="A session's setting, and a foreign key",
    others={"Author": {"name": CharField(max_length=30)}},
    fields={"author": ForeignKey("Author", CASCADE)},
    rows=[row("Author", id=1, name="Ann")],
    acts=_tried("a row that refers to no other", lambda t: t.insert({"author": 2})),
    answers=_ANSWERS | _NOT_PERMITTED,
    words=_any_let_in,
    tells=_what_lets_in,
    aliases=["foreign_key_checks", "session_replication_role", "PRAGMA foreign_keys"],
)


# ------------------------------------------------------------------ constraints not enforced
_AGE = {"age": IntegerField()}
_YOUNG = {"age": 17}
_NOT_VALID = "ALTER TABLE bypass_notvalid ADD CONSTRAINT one CHECK (age >= 18) NOT VALID"
_NOT_ENFORCED = "ALTER TABLE bypass_notenforced ADD CONSTRAINT two CHECK (age >= 18) NOT ENFORCED"
_ALTERED = "ALTER TABLE bypass_altered ALTER CONSTRAINT three NOT ENFORCED"
_WHAT = {
    "not_valid": "ADD CONSTRAINT … NOT VALID leaves a row there that breaks it",
    "not_enforced": "ADD CONSTRAINT … NOT ENFORCED lets in a row that breaks it",
    "altered": "ALTER CONSTRAINT … NOT ENFORCED lets in a row that breaks it",
}


def _accepted(observation: Observation) -> list[str]:
    steps = {step.name: step.outcome for step in observation.steps}
    return [what for name, what in _WHAT.items() if steps.get(name) == "accepted"]


def _any_accepted(observation: Observation) -> str | None:
    outcomes = [step.outcome for step in observation.steps if step.name in _WHAT]
    if None in outcomes or len(outcomes) < len(_WHAT):
        return None
    return "possible" if _accepted(observation) else "none_of_tried"


not_enforced = Question(
    "bypass.not_enforced",
    "Can a check be in the database together with a row that breaks it? Tried: ADD CONSTRAINT of a"
    " check NOT VALID beside such a row, ADD CONSTRAINT of a check NOT ENFORCED and then such a"
    " row, ALTER CONSTRAINT of a check NOT ENFORCED and then such a row.",
    title="A check that is not valid, or not enforced",
    others={"NotValid": _AGE, "Altered": _AGE},
    fields=_AGE,
    steps=[
        OwnStep(
            name="not_valid", operations=[RunSQL(_NOT_VALID)], rows=[row("NotValid", **_YOUNG)]
        ),
        OwnStep(
            name="not_enforced",
            operations=[RunSQL(_NOT_ENFORCED), insertion("bypass.NotEnforced", _YOUNG)],
            anyway=True,
        ),
        OwnStep(
            name="altered",
            operations=[
                AddConstraint("Altered", CheckConstraint(condition=Q(age__gte=18), name="three")),
                RunSQL(_ALTERED),
                insertion("bypass.Altered", _YOUNG),
            ],
            anyway=True,
        ),
    ],
    answers={
        "possible": "It can.",
        "none_of_tried": "Nothing that was tried makes it so.",
    },
    words=_any_accepted,
    tells=lambda observation: "; ".join(_accepted(observation)),
    aliases=["NOT VALID", "NOT ENFORCED", "AddConstraintNotValid", "disable check"],
)


# ------------------------------------------------------------------ the unstrict mode
_UNSTRICT = "SET sql_mode = ''"
_INSERT = "INSERT INTO bypass_unstrictmode (name, age) VALUES "
_LOOSE = {
    "a text that is too long": f"{_INSERT}('Alexandra', 18)",
    "a negative number in a PositiveIntegerField": f"{_INSERT}('Ann', -1)",
    "a NULL, in the second row of one INSERT": f"{_INSERT}('Ann', 18), ('Bob', NULL)",
    "a row that breaks a check": f"{_INSERT}('', 18)",
}


def _sends(*statements: str) -> Callable[[Tables], object]:
    def send(tables: Tables) -> None:
        for statement in statements:
            tables.sql(statement)

    return lambda tables: tables.on_other(send).result(_SECONDS)


def _let_in(observation: Observation) -> list[str] | None:
    """Return what is rejected in the mode that the server has, and not in the unstrict one."""
    acts = _of_acts(observation)
    if acts is None:
        return None
    pairs = zip(_LOOSE, acts[::2], acts[1::2], strict=True)
    return [
        what
        for what, (_, strict), (_, unstrict) in pairs
        if strict == Outcome.REJECTED and unstrict != Outcome.REJECTED
    ]


def _any_unstrict(observation: Observation) -> str | None:
    found = _let_in(observation)
    return found if found is None else "possible" if found else "none_of_tried"


unstrict_mode = Question(
    "bypass.unstrict_mode",
    "Does an unstrict SQL mode of the session let in what the database rejects by its default?"
    f" Tried: {_UNSTRICT}, and an INSERT of {', of '.join(_LOOSE)}.",
    title="A session in an unstrict mode",
    fields={"name": CharField(max_length=5), "age": PositiveIntegerField()},
    beside=[CheckConstraint(condition=~Q(name=""), name="named")],
    acts=[
        asks(f"{mode}INSERT of {what}", _sends(*before, insert))
        for what, insert in _LOOSE.items()
        for mode, before in (("", ()), (f"{_UNSTRICT}, then ", (_UNSTRICT,)))
    ],
    answers={
        "possible": "It lets in, and changes to a value that fits:",
        "none_of_tried": "Nothing that the default rejects gets in.",
    },
    words=_any_unstrict,
    tells=lambda observation: ", ".join(_let_in(observation) or []),
    aliases=["sql_mode", "STRICT_TRANS_TABLES", "mysql.W002", "strict mode", "truncation"],
)
