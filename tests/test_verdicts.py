"""The verdict on every kind of observation."""

from __future__ import annotations

import pytest

from matrix_project.results import Catalog, Verdict
from matrix_project.verdicts import judge, unobserved
from tests.make import ACCEPTED, REJECTED, ddl, error, probe

KEPT = [probe("reject", REJECTED), probe("accept", ACCEPTED)]
LET_IN = [probe("reject", ACCEPTED), probe("accept", ACCEPTED)]
UNNAMED = error(message="UNIQUE constraint failed: a.b", names=False)
OTHER = error("OperationalError")

ROWS = {
    "all kept": (Verdict.ENFORCED, ddl(), True, KEPT),
    "an error without the name": (
        Verdict.ENFORCED_OTHER_ERROR, ddl(), True, [*KEPT, probe("reject", REJECTED, UNNAMED)],
    ),
    "an error of another class": (
        Verdict.ENFORCED_OTHER_ERROR, ddl(), True, [*KEPT, probe("reject", REJECTED, OTHER)],
    ),
    "nothing kept, nothing there": (Verdict.IGNORED, ddl(), False, LET_IN),
    "nothing kept, and yet there": (Verdict.PARTIAL, ddl(), True, LET_IN),
    "some let in": (Verdict.PARTIAL, ddl(), True, [*KEPT, probe("reject", ACCEPTED)]),
    "some let in, nothing there": (
        Verdict.PARTIAL, ddl(), False, [*KEPT, probe("reject", ACCEPTED)],
    ),
    "a valid one held up": (Verdict.PARTIAL, ddl(), True, [*KEPT, probe("accept", REJECTED)]),
    "a valid one held up, all let in": (
        Verdict.PARTIAL, ddl(), False, [*LET_IN, probe("accept", REJECTED)],
    ),
    "rejected without the name, nothing there": (
        Verdict.PARTIAL, ddl(), False, [*KEPT, probe("reject", REJECTED, UNNAMED)],
    ),
    "refused on both paths": (Verdict.REFUSED, ddl("refused", "refused"), False, []),
    "refused with the table alone": (Verdict.PARTIAL, ddl("refused", "accepted"), True, KEPT),
    "refused to the table alone": (Verdict.PARTIAL, ddl("accepted", "refused"), True, KEPT),
    "nothing was asked": (Verdict.UNKNOWN, ddl(), True, []),
    "no violation was asked": (Verdict.UNKNOWN, ddl(), True, [probe("accept", ACCEPTED)]),
    "nothing was declared": (Verdict.UNKNOWN, ddl(None, None), None, KEPT),
}  # fmt: skip


@pytest.mark.parametrize(("verdict", "steps", "present", "probes"), ROWS.values(), ids=ROWS)
def test_judge(verdict, steps, present, probes):
    catalog = Catalog(present=present, definition=None)
    assert judge(constraint="rule", ddl=steps, catalog=catalog, probes=probes)[0] == verdict


@pytest.mark.parametrize(
    ("verdict", "probes"),
    [
        (Verdict.ENFORCED, [probe("accept", ACCEPTED)]),
        (Verdict.PARTIAL, [probe("accept", REJECTED)]),
        (Verdict.UNKNOWN, []),
    ],
)
def test_judge_of_a_control_without_a_constraint(verdict, probes):
    catalog = Catalog(present=None, definition=None)
    steps = ddl("accepted", None)
    assert judge(constraint=None, ddl=steps, catalog=catalog, probes=probes)[0] == verdict


def test_the_summary_gives_the_databases_own_words():
    catalog = Catalog(present=False, definition=None)
    steps = ddl("refused", "refused")
    _, summary = judge(constraint="rule", ddl=steps, catalog=catalog, probes=[])
    assert "no such thing" in summary


def test_what_was_not_observed_is_unknown_with_its_reason():
    cell = unobserved("check.q", "mysql-9.7+django-6.1", "the server is gone")
    assert cell.verdict == Verdict.UNKNOWN
    assert "the server is gone" in cell.summary
    assert cell.catalog.present is None
