"""What is read out of a record, how a document of many environments is folded, and its labels."""

from __future__ import annotations

import itertools
import random
import re

import pytest
from msgspec.structs import replace

from matrix_project.report import markdown
from matrix_project.report.folding import Folding
from matrix_project.report.reading import message, no_error, sentence
from matrix_project.report.words import WORDS
from matrix_project.results.contract import LeftBehind, Status, Validation, Verdict
from matrix_project.results.store import union
from matrix_project.results.versions import version_key
from tests import make
from tests.make import PROJECT, record, result, with_verdict

ALL = ("5.2", "6.0", "6.1")
ENFORCED, IGNORED, PARTIAL = Verdict.ENFORCED, Verdict.IGNORED, Verdict.PARTIAL
SILENT = "not enforced (silent)"


def observed(backend, django="6.1", verdict=ENFORCED, **values):
    version = values.pop("server_version", f"{backend.partition('-')[2]}.4")
    return result(
        backend,
        {"check.q": with_verdict(record(), verdict)},
        django=f"{django}.1" if django[-1].isdigit() else django,
        server_version=version,
        **values,
    )


def missing(backend, django="6.1", **values):
    given = {"status": Status.NOT_RUN, "reason": "no Docker", "server_version": None} | values
    return result(backend, {}, {}, django=django, observed_at=None, **given)


def document(*results):
    return union({each.id: each for each in results}, PROJECT)


def folded(*results):
    return Folding(document(*results))


def column(*results):
    (entries,) = folded(*results).overview("check.q")
    return {str(entry.what): entry.where for entry in entries}


def grid(backends, djangos=ALL, *, ignored=()):
    """Observe all pairings; those in `ignored` as such."""
    return [
        observed(backend, django, IGNORED if (backend, django) in ignored else ENFORCED)
        for backend in backends
        for django in djangos
    ]


def test_versions_sort_by_number_and_a_pre_release_after_what_came_before():
    ordered = ["8.4", "10.5", "10.11", "11.4", "18", "19beta2", "19rc1", "19rc10", "19", "19.1"]
    shuffled = random.Random(1).sample(ordered, len(ordered))
    assert sorted(shuffled, key=version_key) == ordered


def test_a_column_whose_environments_agree_names_no_version():
    assert column(*grid(["mariadb-10.5", "mariadb-11.8"])) == {"enforced": ""}


def test_only_whole_numbers_fold_for_between_others_may_lie_what_nobody_observed():
    rows = grid(["mariadb-10.5", "mariadb-10.11", "mariadb-11.8"], ["6.1"])
    rows[0] = observed("mariadb-10.5", verdict=IGNORED)
    assert column(*rows) == {"enforced": "10.11, 11.8", SILENT: "10.5"}


def test_a_gap_in_the_answer_is_a_gap_in_the_range():
    rows = [
        observed(f"postgresql-{number}", verdict=IGNORED if number == 15 else ENFORCED)
        for number in range(14, 19)
    ]
    assert column(*rows) == {"enforced": "14, 16–18", SILENT: "15"}


def test_a_pre_release_keeps_its_name():
    rows = [*grid(["postgresql-17", "postgresql-18"]), observed("postgresql-19rc1", "6.1", IGNORED)]
    assert column(*rows) == {"enforced": "17–18", SILENT: "19rc1"}
    assert folded(*rows).columns[0].heading == "PostgreSQL 17–18, 19rc1"


def test_what_differs_by_django_alone_is_labelled_by_django():
    backends = ["mariadb-10.11", "mariadb-11.8"]
    rows = grid(backends, ignored=[(backend, "5.2") for backend in backends])
    assert column(*rows) == {"enforced": "Django 6.0–6.1", SILENT: "Django 5.2"}


def test_what_differs_by_both_is_labelled_by_both():
    rows = grid(["mariadb-10.5", "mariadb-10.11"], ignored=[("mariadb-10.5", "5.2")])
    assert column(*rows) == {
        "enforced": "10.11; 10.5 on Django 6.0–6.1",
        SILENT: "10.5 on Django 5.2",
    }


def test_a_pairing_that_does_not_exist_is_not_implied():
    rows = [
        *grid(["mariadb-10.5"], ["5.2"]),
        *grid(["mariadb-10.11", "mariadb-11.8"], ignored=[("mariadb-11.8", "6.1")]),
    ]
    assert column(*rows) == {
        "enforced": "10.5, 10.11; 11.8 on Django 5.2–6.0",
        SILENT: "11.8 on Django 6.1",
    }
    assert folded(*rows).djangos == "Django 5.2, 6.0 and 6.1; MariaDB 10.5 on Django 5.2 alone"


def test_a_django_that_a_vendor_was_not_observed_on_breaks_the_range():
    rows = [
        observed("sqlite", "6.0", server_version="3.40.1"),
        *grid(["mysql-9.7"], ["5.2", "6.1"]),
    ]
    assert folded(*rows).djangos.endswith(
        "; MySQL 9.7 on Django 5.2, 6.1 alone; SQLite 3.40.1 on Django 6.0 alone"
    )


def test_what_an_observed_environment_does_not_know_is_an_entry_of_its_own():
    unknown = observed("mysql-8.4", verdict=Verdict.UNKNOWN)
    assert column(unknown, observed("mysql-9.7")) == {"enforced": "9.7", "not observed": "8.4"}


@pytest.mark.parametrize(
    "absent",
    [
        missing("mysql-8.4"),
        observed("mysql-8.4", verdict=Verdict.UNKNOWN, status=Status.LOST, reason="gone"),
    ],
    ids=["not-run", "lost"],
)
def test_what_was_never_observed_is_no_part_of_the_overview(absent):
    assert column(absent, observed("mysql-9.7")) == {"enforced": ""}
    alone = folded(absent, observed("sqlite", server_version="3.40.1"))
    assert [each.heading for each in alone.columns] == ["MySQL", "SQLite 3.40.1"]
    (unknown,), _ = alone.overview("check.q")
    assert (str(unknown.what), unknown.where, unknown.environments) == ("not observed", "", ())


def test_a_lost_environment_counts_for_what_it_answered():
    lost = observed("mysql-8.4", verdict=IGNORED, status=Status.LOST, reason="gone")
    assert column(lost, observed("mysql-9.7")) == {"enforced": "9.7", SILENT: "8.4"}
    (gap,) = folded(lost).gaps()
    assert (gap.where, gap.what.status, gap.what.reason) == (
        "mysql-8.4 on Django 6.1",
        "lost",
        "gone",
    )


def test_headings_tell_each_server_and_join_whole_numbers_alone():
    rows = [
        *(observed(f"postgresql-{number}") for number in (14, 16, 17, 18)),
        *(observed(f"mariadb-{number}") for number in ("11.8", "10.5", "10.11")),
        observed("sqlite", server_version="3.40.1"),
        observed("sqlite-3.53", server_version="3.53.4"),
        missing("mysql-8.4"),
        missing("mariadb-11.4"),
    ]
    assert [each.heading for each in folded(*rows).columns] == [
        "PostgreSQL 14, 16–18",
        "MySQL",
        "MariaDB 10.5, 10.11, 11.8",
        "SQLite 3.40.1, 3.53.4",
    ]


def test_the_library_of_each_interpreter_is_a_server_of_its_own():
    rows = [
        observed("sqlite", "5.2", IGNORED, server_version="3.40.1"),
        observed("sqlite", "6.1", server_version="3.45.0"),
    ]
    assert column(*rows) == {"enforced": "3.45.0", SILENT: "3.40.1"}


def test_two_backends_of_one_version_are_told_apart():
    rows = [
        observed("sqlite", verdict=IGNORED, server_version="3.53.4"),
        observed("sqlite-3.53", server_version="3.53.4"),
    ]
    assert column(*rows) == {"enforced": "3.53.4 (sqlite-3.53)", SILENT: "3.53.4 (sqlite)"}


def test_an_unknown_vendor_stands_last_under_its_own_name():
    rows = [observed("oracle-23"), observed("sqlite", server_version="3.40.1")]
    assert [each.heading for each in folded(*rows).columns] == ["SQLite 3.40.1", "oracle 23"]


def test_gaps_fold_by_backend_status_and_reason():
    rows = [
        *(missing("mariadb-11.4", django) for django in ALL),
        missing("mysql-8.4", "5.2", reason="no image"),
        missing("mysql-8.4", "6.1", reason="no image"),
        missing("mysql-8.4", "6.0"),
    ]
    assert [(each.where, each.what.reason) for each in folded(*rows).gaps()] == [
        ("mysql-8.4 on Django 5.2, 6.1", "no image"),
        ("mysql-8.4 on Django 6.0", "no Docker"),
        ("mariadb-11.4 on Django 5.2–6.1", "no Docker"),
    ]


def test_one_sentence_is_said_once_for_all_that_it_holds_for():
    rows = [*grid(["mariadb-10.5", "mariadb-11.8", "mysql-9.7"], ignored=[("mysql-9.7", "5.2")])]
    assert [(each.what.answer.word, each.where) for each in folded(*rows).findings("check.q")] == [
        ("ignored", "MySQL 9.7 on Django 5.2"),
        ("enforced", "MySQL 9.7 on Django 6.0–6.1, MariaDB 10.5, 11.8"),
    ]


def test_a_label_across_vendors_names_the_servers_where_they_are_the_same_on_each_django():
    backends = ["mariadb-10.11", "mariadb-11.8"]
    newer = [(backend, django) for backend in backends for django in ("6.0", "6.1")]
    rows = grid(backends, ignored=newer)
    (ignored, _) = folded(*rows).findings("check.q")
    assert ignored.where == "MariaDB 10.11, 11.8 on Django 6.0–6.1"
    (ignored, _) = folded(*rows[:-1]).findings("check.q")
    assert ignored.where == "MariaDB on Django 6.0–6.1"


def test_one_error_is_said_once_for_all_that_give_it():
    rows = []
    for backend, words in (("mysql-8.4", "no"), ("mysql-9.7", "no"), ("mariadb-11.8", "never")):
        rows.append(result(backend, {"check.q": record(seen=make.enforced(words))}))
    assert [(each.what.message, each.where) for each in folded(*rows).errors("check.q")] == [
        ("no", "MySQL 8.4, 9.7"),
        ("never", "MariaDB 11.8"),
    ]


def clean(outcome, row="violating 1"):
    return Validation(row=row, outcome=outcome, code=None, message=None, compared=None)


def left(tables, constraints=(), *, recorded=False):
    return LeftBehind(tables=tables, rows=0, constraints=list(constraints), recorded=recorded)


def test_what_a_refusal_leaves_is_told_on_each_way():
    seen = make.refused()
    seen.steps[1].left_behind = left([], recorded=True)
    seen.steps[2].left_behind = left(["customer"], ["primary"])
    told = sentence(make.case(), record(seen=seen))
    assert (
        "Declared with its table, no table is left, and the migration counts as applied. Declared"
        " by AddConstraint, it leaves customer without the constraint, and the migration does not"
        " count as applied." in told
    )
    seen.steps[2].left_behind = left(["customer"], ["rule"])
    assert "leaves customer with the constraint" in sentence(make.case(), record(seen=seen))


@pytest.mark.parametrize(
    ("outcomes", "told"),
    [
        (["accepted"], "`full_clean()` accepts such a row."),
        (["rejected", "rejected"], "`full_clean()` rejects such a row."),
        (["accepted", "rejected"], "`full_clean()` rejects some of these rows."),
    ],
)
def test_what_full_clean_does_is_told_where_the_database_does_not_help(outcomes, told):
    validation = [clean(each) for each in outcomes]
    seen = make.ignored()
    seen.validation = [*validation, clean("accepted", "valid 1")]
    assert told in sentence(make.case(), record(seen=seen))
    seen = make.enforced(validation=validation)
    assert "full_clean" not in sentence(make.case(), record(seen=seen))


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        (make.ignored(), "no error: the row is accepted"),
        (
            make.observation(probes=[make.probe(masked=True)]),
            "no error of its own: something else rejects the row",
        ),
        (
            make.observation(absent="No model.", probes=[]),
            "no error: the model does not exist there",
        ),
        (
            make.observation(checks=[replace(make.warning(), level="error")], probes=[]),
            "no error of the database: a system check stops `migrate`",
        ),
        (make.observation(probes=[]), "not observed"),
    ],
)
def test_where_there_is_no_error_it_is_told_why(seen, told):
    given = record(seen=seen)
    assert message(given) is None
    assert no_error(given) == told


SERVERS = {
    "PostgreSQL": ["14", "15", "16", "17", "18", "19rc1"],
    "MySQL": ["8.4", "9.7"],
    "MariaDB": ["10.5", "10.6", "10.11", "11.4", "11.8", "12.3"],
    "SQLite": ["3.40.1", "3.53.4"],
}


class Draw:
    """A random document, and where each answer to its one case was given."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.djangos = sorted(self.random.sample(ALL, self.random.randint(1, 3)))
        self.truth = {}
        rows = []
        chaos = self.random.choice([0, 0.1, 0.5])
        for vendor, servers in SERVERS.items():
            for server, django in itertools.product(servers, self.djangos):
                if self.random.random() < 0.2:
                    continue
                backend = f"{vendor.lower()}-{server}"
                if self.random.random() < 0.2:
                    rows.append(missing(backend, django))
                    continue
                rows.append(self.row(vendor, backend, server, django, chaos))
        self.page = markdown.render(document(*rows, missing("oracle-1", self.djangos[0])))

    def row(self, vendor, backend, server, django, chaos):
        by_server, by_django = server in {"10.5", "10.11", "15", "9.7"}, django == "5.2"
        answers = [ENFORCED, IGNORED, PARTIAL, Verdict.UNKNOWN]
        verdict = answers[(by_server and vendor != "MySQL") + (by_django and vendor != "SQLite")]
        if self.random.random() < chaos:
            verdict = self.random.choice(answers)
        warns = verdict == IGNORED and self.random.random() < chaos
        silent = verdict in {IGNORED, PARTIAL} and not warns
        word = f"{WORDS[verdict]}{' (warned)' * warns}{' (silent)' * silent}"
        self.truth.setdefault(vendor, {}).setdefault(word, set()).add((server, django))
        warning = {"checks": [make.warning()], "warned": ["models.W036"]} if warns else {}
        return result(
            backend,
            {"check.q": with_verdict(record(), verdict, **warning)},
            django=django,
            server_version=server,
        )

    def pairings(self, vendor):
        return set().union(*self.truth.get(vendor, {}).values())

    def expand(self, vendor, label):
        """Return all pairings that a label stands for, each once."""
        everything = self.pairings(vendor)
        servers = [each for each in SERVERS[vendor] if each in {one for one, _ in everything}]
        found = []
        for term in label.split("; "):
            named, _, on = term.rpartition("Django ")
            if not _:
                named, on = term, ""
            named = named.removesuffix(" on ")
            rows, columns = _expand(named, servers), _expand(on, self.djangos)
            if rows and columns:
                assert set(itertools.product(rows, columns)) <= everything
            found += [
                (server, django)
                for server, django in everything
                if (not rows or server in rows) and (not columns or django in columns)
            ]
        assert len(found) == len(set(found))
        return set(found)


def _expand(text, versions):
    found = []
    for part in filter(None, text.split(", ")):
        first, _, last = part.partition("–")
        found += versions[versions.index(first) : versions.index(last or first) + 1]
    return found


@pytest.mark.parametrize("seed", range(100))
def test_labels_say_what_was_observed_no_more_and_no_less(seed):
    draw = Draw(seed)
    head, row = re.findall(
        r"^\| (?:case|\[`check\.q`\]\(#checkq\)) \|(.*) \|$", draw.page, re.MULTILINE
    )
    for heading, said in zip(head.split("|"), row.split("|"), strict=True):
        vendor = heading.split()[0]
        if not draw.pairings(vendor):
            assert said.strip() == "❔ not observed"
            continue
        entries = [entry.strip().partition(" ")[2] for entry in said.split("<br>")]
        if len(entries) == 1:
            assert draw.truth[vendor] == {entries[0]: draw.pairings(vendor)}
            continue
        labels = dict(entry.split(": ") for entry in entries)
        assert {word: draw.expand(vendor, label) for word, label in labels.items()} == (
            draw.truth[vendor]
        )


@pytest.mark.parametrize("seed", range(100))
def test_labels_across_vendors_say_what_was_observed_no_more_and_no_less(seed):
    draw = Draw(seed)
    found = {}
    for label, word, rest in re.findall(
        r"^- \S+ \*\*(.*?)\*\* ([\w ,]+)\.(.*)$", draw.page, re.MULTILINE
    ):
        tag = " (warned)" if "models.W036" in rest else " (silent)"
        said = f"{word}{tag}" if word in {WORDS[IGNORED], WORDS[PARTIAL]} else word
        for term in re.split(r", (?=PostgreSQL|MySQL|MariaDB|SQLite)", label):
            vendor, _, rest_of_term = term.partition(" ")
            pairings = draw.expand(vendor, rest_of_term.removeprefix("on "))
            held = found.setdefault(vendor, {}).setdefault(said, set())
            assert not held & pairings
            held |= pairings
    assert found == draw.truth
