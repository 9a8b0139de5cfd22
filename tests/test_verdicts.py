"""The verdicts of a promise against the table of the design, over all combinations of what is seen.

The oracle below is written from the design alone. It knows outcomes as words and shares no code
with `judge`.
"""

from __future__ import annotations

from itertools import product

import msgspec
import pytest

from matrix_project.results.contract import Control, Level, Observation, Outcome, Verdict
from matrix_project.results.verdicts import LEVELS, answered, judge, judged, unobserved
from tests.make import (
    ACCEPTED,
    NOWHERE,
    PRESENT,
    REJECTED,
    enforced,
    error,
    ignored,
    observation,
    partial,
    probe,
    refused,
    step,
    steps,
    unnamed,
    warning,
)

# From best to worst, and what each means for a team.
ORDER = {
    "enforced": "holds",
    "enforced-unnamed": "holds",
    "enforced-other-error": "holds",
    "redundant": "holds",
    "too-strict": "holds-with-a-catch",
    "partial": "does-not-hold",
    "ignored": "does-not-hold",
    "refused": "cannot-be-had",
    "unusable": "cannot-be-had",
    "absent": "cannot-be-had",
}

# A probe in short: its outcome, the class of its error, whether that names the constraint, and the
# outcome of its control.
OUTCOMES = ("accepted", "rejected", "dropped", "changed", "torn", None)
ERRORS = [(class_, names) for class_ in ("IntegrityError", "DataError") for names in (True, False)]
SHORT = [
    (outcome, *raised, control)
    for outcome in OUTCOMES
    for raised in (ERRORS if outcome in {"rejected", "torn"} else [(None, None)])
    for control in OUTCOMES[:-1]
]


def oracle(violating, valid):
    """The verdict on a way by the design: the first line that fits."""
    answers = [each for each in violating if each[0] is not None]
    asked = [each for each in answers if each[3] == "accepted"]
    outcomes = {outcome for outcome, *_ in asked}
    kept = {outcome for outcome, *_, control in valid if outcome and control == "accepted"}
    table = {
        "redundant": not asked and len(answers) == len(violating) > 0,
        "unknown": not asked,
        "ignored": "rejected" not in outcomes,
        "partial": outcomes != {"rejected"},
        "too-strict": kept - {"accepted"},
        "enforced-other-error": {class_ for _, class_, _, _ in asked} != {"IntegrityError"},
        "enforced-unnamed": not all(names for _, _, names, _ in asked),
        "enforced": True,
    }
    return next(verdict for verdict, fits in table.items() if fits)


def made(short, expect, **values):
    outcome, class_, names, control = short
    return probe(
        expect,
        outcome and Outcome(outcome),
        error(class_, names=names) if class_ else None,
        control=Control(outcome=Outcome(control)),
        masked=control != "accepted",
        fault=None if outcome else "boom",
        **values,
    )


REJECT = {short: made(short, "reject") for short in SHORT}
ACCEPT = {short: made(short, "accept") for short in SHORT}


@pytest.mark.parametrize("valid", [None, *SHORT], ids=str)
def test_every_combination_of_two_violating_probes_and_a_valid_one(valid):
    seen = observation()
    beside = [] if valid is None else [ACCEPT[valid]]
    for pair in product(SHORT, repeat=2):
        seen.probes = [*beside, *(REJECT[short] for short in pair)]
        expected = oracle(pair, [] if valid is None else [valid])
        assert judge(seen).verdict == expected, pair


def test_the_oracle_gives_every_verdict_of_answered_probes():
    """Or else the combinations above would prove little."""
    given = {oracle(pair, [valid]) for pair in product(SHORT, repeat=2) for valid in SHORT}
    assert given == {*list(ORDER)[:7], "unknown"}


@pytest.mark.parametrize("control", [each for each in Outcome if each != "accepted"])
def test_a_control_that_is_not_accepted_masks_its_probe_whatever_is_written_beside_it(control):
    masked = msgspec.structs.replace(probe(), control=Control(outcome=control))
    assert judge(observation(probes=[masked])).verdict == "redundant"
    assert judge(observation(probes=[masked, probe(outcome=ACCEPTED)])).verdict == "ignored"


def test_a_probe_without_a_control_can_be_masked_too():
    assert judge(observation(probes=[probe(masked=True, control=None)])).verdict == "redundant"


def test_no_violating_probe_is_unknown():
    assert judge(observation(probes=[])).verdict == "unknown"
    assert judge(observation(probes=[probe("accept", ACCEPTED)])).verdict == "unknown"


DDL = ("accepted", "refused", "unanswered", "none")


def ddl(*outcomes):
    """The steps `control`, `create` and `add` with these outcomes."""
    names = ("control", "create", "add")
    return [
        step(name, None if outcome == "unanswered" else outcome, sql=[name])
        for name, outcome in zip(names, outcomes, strict=True)
        if outcome != "none"
    ]


def oracle_of_ddl(control, create, add, probes):
    """The verdict by the design, where the probes come to the verdict `probes` on both ways."""
    if control == "refused":
        return "absent"
    of_step = {
        "accepted": probes,
        "refused": "refused" if control == "accepted" else "unknown",
        "unanswered": "unknown",
        "none": "unknown",
    }
    known = [of_step[each] for each in (create, add) if of_step[each] != "unknown"]
    return max(known, key=list(ORDER).index, default="unknown")


@pytest.mark.parametrize("outcomes", list(product(DDL, repeat=3)), ids="-".join)
@pytest.mark.parametrize(
    ("probes", "seen"),
    [("enforced", enforced()), ("ignored", ignored()), ("unknown", observation(probes=[]))],
    ids=["enforced", "ignored", "unknown"],
)
def test_every_combination_of_ddl(outcomes, probes, seen):
    given = msgspec.structs.replace(seen, steps=ddl(*outcomes))
    assert judge(given).verdict == oracle_of_ddl(*outcomes, probes)


# What a way with its own probes can come to, by probes.
WAYS = {
    "enforced": [REJECT["rejected", "IntegrityError", True, "accepted"]],
    "enforced-unnamed": [REJECT["rejected", "IntegrityError", False, "accepted"]],
    "enforced-other-error": [REJECT["rejected", "DataError", True, "accepted"]],
    "redundant": [REJECT["rejected", "IntegrityError", True, "rejected"]],
    "too-strict": [
        REJECT["rejected", "IntegrityError", True, "accepted"],
        ACCEPT["rejected", "IntegrityError", True, "accepted"],
    ],
    "partial": [
        REJECT["rejected", "IntegrityError", True, "accepted"],
        REJECT["accepted", None, None, "accepted"],
    ],
    "ignored": [REJECT["accepted", None, None, "accepted"]],
    "refused": [],
    "unusable": [
        made(("rejected", "OperationalError", False, "accepted"), "accept", id="empty_table")
    ],
    "unknown": [],
}


@pytest.mark.parametrize(("create", "add"), list(product(WAYS, repeat=2)))
def test_the_worse_of_the_two_ways_is_the_cells(create, add):
    probes = [
        msgspec.structs.replace(each, way=way)
        for way, verdict in (("create", create), ("add", add))
        for each in WAYS[verdict]
    ]
    made_by = steps(*("refused" if each == "refused" else "accepted" for each in (create, add)))
    given = judge(observation(steps=made_by, probes=probes))
    known = [each for each in (create, add) if each != "unknown"]
    assert given.verdict == max(known, key=list(ORDER).index, default="unknown")
    told = {way: each.verdict for way, each in given.ways.items()}
    assert told == ({} if create == add else {"create": create, "add": add})
    if "unknown" in {create, add}:
        assert "Not observed" in given.summary
    elif create != add:
        assert f"(with its table: {create}; by AddConstraint: {add}.)" in given.summary


def test_every_verdict_has_its_level():
    assert {verdict: level and level.value for verdict, level in LEVELS.items()} == {
        **ORDER,
        "unknown": None,
    }
    assert {judged("check.q", seen).level for seen in (enforced(), ignored(), refused())} == {
        Level.HOLDS,
        Level.DOES_NOT_HOLD,
        Level.CANNOT_BE_HAD,
    }


@pytest.mark.parametrize(
    ("create", "add", "by"),
    [
        (["CREATE"], [], "django"),
        # SQLite makes the table anew, and leaves the constraint out of it.
        (["CREATE"], ["CREATE new", "RENAME"], "django"),
        (["CREATE", "CHECK"], ["CHECK"], "database"),
    ],
)
def test_an_ignored_one_is_by_django_where_its_sql_is_that_of_the_control(create, add, by):
    made_by = [step("control", sql=["CREATE"]), step(sql=create), step("add", sql=add)]
    given = judge(msgspec.structs.replace(ignored(), steps=made_by))
    assert (given.verdict, given.by, given.ways) == ("ignored", by, {})
    assert given.summary.startswith("Never created" if by == "django" else "The database takes")


def test_ways_are_told_where_not_both_are_ignored_by_the_same():
    made_by = [step("control", sql=["CREATE"]), step(sql=["CREATE", "CHECK"]), step("add", sql=[])]
    given = judge(msgspec.structs.replace(ignored(), steps=made_by))
    assert {way: each.by for way, each in given.ways.items()} == {
        "create": "database",
        "add": "django",
    }
    assert "by AddConstraint: ignored by Django." in given.summary


def test_a_refusal_is_by_django_where_no_driver_raised_it():
    assert judge(refused()).by == "database"
    made_by = [
        msgspec.structs.replace(each, error=error("NotSupportedError", code=None))
        if each.error
        else each
        for each in steps("refused", "refused")
    ]
    given = judge(observation(steps=made_by, probes=[]))
    assert (given.verdict, given.by) == ("refused", "django")


@pytest.mark.parametrize(
    ("level", "about", "expected"),
    [
        ("error", True, ("refused", "django")),
        ("critical", True, ("refused", "django")),
        ("error", False, ("absent", None)),
        ("warning", True, ("enforced", None)),
        ("warning", False, ("enforced", None)),
    ],
)
def test_an_error_of_a_system_check_stops_migrate(level, about, expected):
    found = msgspec.structs.replace(warning("models.E1"), level=level, about_constraint=about)
    given = judge(enforced(checks=[found]))
    assert (given.verdict, given.by) == expected


def test_an_error_that_is_there_without_the_constraint_says_nothing_of_the_constraint():
    about, other = (
        msgspec.structs.replace(warning(id_), level="error", about_constraint=about, message="no.")
        for id_, about in (("models.E1", True), ("fields.E2", False))
    )
    given = judge(observation(checks=[about, other], steps=steps("refused", "refused")))
    assert (given.verdict, given.by, given.summary) == (
        "absent",
        None,
        "A system check stops `migrate`, with the constraint or without it: fields.E2: no.",
    )


def test_a_model_that_does_not_exist_is_absent_with_the_reason():
    given = judge(observation(absent="Django 5.2 cannot declare it.", steps=[], probes=[]))
    assert (given.verdict, given.summary) == ("absent", "Django 5.2 cannot declare it.")
    made_by = [step("control", "refused", message="no such type")]
    given = judge(observation(steps=made_by, probes=[]))
    assert given.verdict == "absent"
    assert "no such type" in given.summary


def test_a_way_that_was_not_asked_is_not_told():
    given = judge(enforced(steps=steps()[:2]))
    assert (given.verdict, given.ways) == ("enforced", {})
    assert "AddConstraint" not in given.summary


def test_an_unknown_way_tells_its_reason():
    made_by = [*steps()[:2], msgspec.structs.replace(step("add", None), fault="the disk is full.")]
    given = judge(enforced(steps=made_by))
    assert given.verdict == "enforced"
    assert given.summary.endswith(" Not observed by AddConstraint: the disk is full.")


def test_a_refusal_without_its_control_is_unknown():
    control = msgspec.structs.replace(step("control", None), fault="the server is gone")
    given = judge(observation(steps=[control, *steps("refused", "refused")[1:]], probes=[]))
    assert given.verdict == "unknown"
    assert "the server is gone" in given.summary


EMPTY = ("empty_table", "empty_table.customer")


@pytest.mark.parametrize("id_", EMPTY)
def test_a_table_that_takes_no_row_at_all_is_unusable(id_):
    lone = probe("accept", REJECTED, error("OperationalError", message="no such function"), id=id_)
    given = judge(observation(probes=[lone, probe()]))
    assert given.verdict == "unusable"
    assert "no such function" in given.summary
    # The control rejects the violating rows as well: the first line that fits is another.
    assert judge(observation(probes=[lone, probe(masked=True)])).verdict == "redundant"
    # Some row is taken.
    assert judge(observation(probes=[lone, probe(), probe("accept", ACCEPTED)])).verdict == (
        "too-strict"
    )
    assert judge(observation(probes=[lone, probe(outcome=ACCEPTED)])).verdict == "ignored"
    changed = probe("accept", Outcome.CHANGED)
    assert judge(observation(probes=[lone, probe(), changed])).verdict == "too-strict"


def test_the_empty_table_has_to_reject_a_valid_row_to_be_unusable():
    (other,) = WAYS["unusable"]
    other = msgspec.structs.replace(other, id="valid_save")
    assert judge(observation(probes=[other, probe()])).verdict == "too-strict"


@pytest.mark.parametrize("names", [True, False])
@pytest.mark.parametrize("catalog", [PRESENT, NOWHERE], ids=["present", "nowhere"])
@pytest.mark.parametrize("controlled", [True, False])
@pytest.mark.parametrize("control", [Control(outcome=ACCEPTED), None], ids=["control", "none"])
def test_without_a_control_the_error_and_the_catalogue_have_to_agree(
    names, catalog, controlled, control
):
    rejected = probe(raised=error(names=names), control=control)
    given = judge(
        observation(
            catalog=catalog,
            controlled=controlled,
            uncontrolled_because=None if controlled else "others refer to it",
            probes=[rejected],
        )
    )
    if controlled and control:
        assert given.verdict == ("enforced" if names else "enforced-unnamed")
    elif names and catalog is PRESENT:
        assert given.verdict == "enforced"
    else:
        assert given.verdict == "unknown"
        assert controlled or "(others refer to it)" in given.summary


def test_a_rejection_that_does_not_count_is_not_taken_for_a_masked_one():
    probes = [probe(masked=True), probe(raised=error(names=False), control=None)]
    assert judge(observation(probes=probes)).verdict == "unknown"


def test_a_rejection_that_does_not_count_is_told():
    probes = [
        probe(outcome=ACCEPTED, control=None),
        probe(raised=error(names=False), control=None),
    ]
    given = judge(observation(controlled=False, probes=probes))
    assert given.verdict == "ignored"
    assert " 1 rejection does not count: without a control, " in given.summary


def test_what_is_no_part_of_the_promise_makes_no_verdict():
    """A question, and what was seen once the constraint was removed."""
    probes = [
        probe(None, REJECTED),
        probe(None, None, fault="boom"),
        probe(outcome=ACCEPTED, way="remove"),
    ]
    assert judge(observation(probes=probes)).verdict == "unknown"
    given = judge(observation(probes=[*probes, probe()]))
    assert (given.verdict, given.summary) == ("enforced", judge(enforced()).summary)


def some(count, *values, **named):
    return [probe(*values, title=f"no. {number}", **named) for number in range(1, count + 1)]


REJECTION = error(names=False, message="UNIQUE\nfailed")
MISSING = {"outcome": None, "fault": "boom."}


@pytest.mark.parametrize(
    ("probes", "summary"),
    [
        (some(1), "The one violating probe is rejected by an IntegrityError that names it."),
        (some(2), "Both violating probes are rejected by an IntegrityError that names it."),
        (some(3), "All 3 violating probes are rejected by an IntegrityError that names it."),
        (
            some(1, raised=REJECTION),
            (
                "The one violating probe is rejected by IntegrityError; the error does not name the"
                " constraint: UNIQUE failed."
            ),
        ),
        (
            some(2, raised=REJECTION),
            (
                "Both violating probes are rejected by IntegrityError; the errors do not name the"
                " constraint: UNIQUE failed."
            ),
        ),
        (
            [*some(1, raised=REJECTION), *some(1)],
            (
                "Both violating probes are rejected by IntegrityError; 1 of 2 errors does not"
                " name the constraint: UNIQUE failed."
            ),
        ),
        (
            [*some(2, raised=REJECTION), *some(1)],
            (
                "All 3 violating probes are rejected by IntegrityError; 2 of 3 errors do not"
                " name the constraint: UNIQUE failed."
            ),
        ),
        (
            some(1, raised=error("DataError")),
            "The one violating probe is rejected, by DataError, not by IntegrityError.",
        ),
        (
            [*some(1, raised=error("DataError")), *some(1)],
            "Both violating probes are rejected, some of them by DataError, not by IntegrityError.",
        ),
        (
            [*some(1), *some(1, outcome=ACCEPTED)],
            "1 of 2 violating probes is let in: no. 1.",
        ),
        (
            [*some(1), *some(2, outcome=ACCEPTED)],
            "2 of 3 violating probes are let in: no. 1; no. 2.",
        ),
        (
            [*some(1), *some(1, outcome=Outcome.DROPPED)],
            "1 of 2 violating probes is not rejected: no. 1. Dropped: no. 1.",
        ),
        (
            some(1, outcome=ACCEPTED),
            (
                "The database takes the DDL, and the one violating probe is let in."
                " The catalogue has it nevertheless."
            ),
        ),
        (
            some(2, outcome=Outcome.TORN),
            (
                "The database takes the DDL, and no violating probe is rejected."
                " Torn: no. 1; no. 2. The catalogue has it nevertheless."
            ),
        ),
        (
            [*some(1, outcome=ACCEPTED), *some(1, "accept", REJECTED)],
            (
                "The database takes the DDL, and the one violating probe is let in."
                " A valid row is kept out: no. 1. The catalogue has it nevertheless."
            ),
        ),
        (
            some(1, masked=True),
            (
                "The one violating probe fails without the constraint too: something else forbids"
                " such rows."
            ),
        ),
        (
            some(4, masked=True),
            (
                "All 4 violating probes fail without the constraint too: something else forbids"
                " such rows."
            ),
        ),
        (
            [*some(1), *some(2, "accept", REJECTED)],
            (
                "The one violating probe is rejected, and not every valid one is accepted."
                " Valid rows are kept out: no. 1; no. 2."
            ),
        ),
        (
            [*some(1), *some(1, "accept", Outcome.CHANGED)],
            (
                "The one violating probe is rejected, and not every valid one is accepted."
                " Changed: no. 1."
            ),
        ),
        (
            [*some(1), *some(1, **MISSING)],
            (
                "The one violating probe is rejected by an IntegrityError that names it."
                " 1 probe was not answered: boom."
            ),
        ),
        (
            [*some(1, masked=True), *some(2, "accept", **MISSING)],
            (
                "The one violating probe fails without the constraint too: something else forbids"
                " such rows. 2 probes were not answered: boom."
            ),
        ),
        (some(2, **MISSING), "Not observed with its table: boom."),
        ([], "Not observed with its table: no violating probe was answered."),
    ],
)
def test_the_summary_is_english(probes, summary):
    assert judge(observation(probes=probes)).summary == summary


@pytest.mark.parametrize(
    ("seen", "told"),
    [(enforced(), True), (unnamed(), True), (partial(), True), (ignored(), False)],
    ids=["enforced", "unnamed", "partial", "ignored"],
)
def test_a_catalogue_that_lacks_what_rejects_is_told(seen, told):
    nowhere = judge(msgspec.structs.replace(seen, catalog=NOWHERE)).summary
    assert (" The catalogue has no such constraint." in nowhere) == told
    assert (
        "The catalogue has no" not in judge(msgspec.structs.replace(seen, catalog=PRESENT)).summary
    )


def test_the_record_holds_the_observation_and_what_it_comes_to():
    seen = partial()
    record = judged("check.q", seen)
    assert (record.case, record.verdict, record.answer) == ("check.q", Verdict.PARTIAL, None)
    assert record.summary == judge(seen).summary
    for name in Observation.__struct_fields__:
        assert getattr(record, name) == getattr(seen, name)


@pytest.mark.parametrize(
    ("checks", "warned"),
    [
        ([], []),
        ([warning("models.W044"), warning("models.W036")], ["models.W036", "models.W044"]),
        ([warning("fields.W122")], []),
        ([msgspec.structs.replace(warning("models.W036"), about_constraint=False)], []),
    ],
)
def test_django_warns_by_six_checks_about_this_constraint(checks, warned):
    assert judged("check.q", ignored(*checks)).warned == warned
    assert answered("values.q", observation(checks=checks), "distinct", "It is.").warned == warned


def test_a_question_has_an_answer_and_no_verdict():
    record = answered("values.q", observation(), "distinct", "It is another value.")
    assert (record.verdict, record.answer, record.level) == (None, "distinct", None)
    assert record.summary == "It is another value."


@pytest.mark.parametrize(("question", "verdict"), [(False, Verdict.UNKNOWN), (True, None)])
def test_what_was_not_observed_is_unknown_with_its_reason(question, verdict):
    record = unobserved("check.q", "the server is gone", question=question)
    assert (record.verdict, record.answer, record.level) == (verdict, None, None)
    assert record.summary == "Not observed: the server is gone"
    assert record.catalog.present is None
