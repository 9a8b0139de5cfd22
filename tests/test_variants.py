"""Variants: a database of its own on a backend's server, for a choice that changes answers."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager

import pytest

from matrix_project.backends import asked, catalogue, variants
from matrix_project.interpreters import own
from matrix_project.report import csv_table, markdown, page
from matrix_project.report.changes import Kind, compare
from matrix_project.report.labels import Places, place
from matrix_project.results.contract import Status
from matrix_project.results.store import Store, union
from matrix_project.run.jobs import Selection
from matrix_project.run.plan import Plan, plan, run
from matrix_project.servers import Provider, ServerUnavailableError, packages, url
from tests.conftest import run_matrix
from tests.make import PROJECT, answer, question, result

VARIANTS = variants().values()
CASE = "values.text_case"
BIN = "mysql-9.7~utf8mb4_bin"


def seen(backend, word, **settings):
    records = {CASE: answer(CASE, word)}
    version = backend.partition("-")[2].partition("~")[0]
    values = {"server_version": version, "settings": settings}
    return result(backend, records, {CASE: question()}, **values)


PLAIN = seen("mysql-9.7", "duplicate", collation="utf8mb4_0900_ai_ci", sql_mode="STRICT")
OTHER = seen(BIN, "distinct", collation="utf8mb4_bin", sql_mode="STRICT")


def document(*results):
    return union({each.id: each for each in results}, PROJECT)


class Counting(Provider):
    """The provider `packages`, which counts what it starts."""

    name = "packages"

    def __init__(self):
        self.started = []

    def lacks(self, backend):
        return packages.provider.lacks(backend)

    @contextmanager
    def serve(self, backend, room):
        with packages.provider.serve(backend, room) as server:
            self.started.append(backend.id)
            yield server


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda each: each.id)
def test_a_variant_is_observed_on_the_server_of_its_backend(variant, room):
    if (reason := packages.provider.lacks(variant)) and "CI" not in os.environ:
        pytest.skip(reason)
    counting, plain = Counting(), catalogue()[variant.server]
    plans = [Plan(plain, (own(),), providers=(counting,), beside=(variant,))]
    results = run(plans, Selection(cases=[CASE]), room, lambda *_: None, lambda _: None)
    assert counting.started == [plain.id]
    found = {each.environment.backend: each for each in results}
    assert found.keys() == {plain.id, variant.id}
    assert {each.environment.status for each in results} == {Status.OBSERVED}
    with_it, without = (found[id_].environment.settings for id_ in (variant.id, plain.id))
    changed = {name: value for name, value in with_it.items() if value != without[name]}
    assert changed
    for value in changed.values():
        assert re.search(rf"\b{re.escape(value)}\b", variant.variant.database)
    # Where a collation takes "abc" and "ABC" for one, a binary one does not.
    assert found[variant.id].records[CASE].answer == "distinct"


def test_a_variant_that_is_named_has_its_server_to_itself(tmp_path):
    variant = asked(BIN)
    if (reason := packages.provider.lacks(variant)) and "CI" not in os.environ:
        pytest.skip(reason)
    done = run_matrix(tmp_path, "--backend", variant.id, "--case", CASE, "--provider", "packages")
    assert done.code == 0, done.output
    (environment,) = done.document["environments"].values()
    assert (environment["backend"], environment["status"]) == (variant.id, "observed")
    assert environment["settings"]["collation"] == "utf8mb4_bin"
    assert f"{variant.id}.svg" in {each.name for each in (tmp_path / "badges").iterdir()}


def test_a_server_that_does_not_take_the_statement_says_it(room):
    variant = asked("postgresql-18~icu")
    if (reason := packages.provider.lacks(variant)) and "CI" not in os.environ:
        pytest.skip(reason)
    statement = "CREATE DATABASE {name} LOCALE_PROVIDER none"
    with (
        packages.provider.serve(variant, room) as server,
        pytest.raises(ServerUnavailableError, match=re.escape(f"does it take `{statement}`")),
    ):
        server.beside(statement)


def test_a_server_of_ones_own_gets_a_database_for_the_variant(room, monkeypatch):
    variant = asked(BIN)
    if reason := packages.provider.lacks(variant):
        pytest.skip(reason)
    with packages.provider.serve(variant, room) as server:
        given = server.database
        at = f"{given['USER']}:{given['PASSWORD']}@{given['HOST']}:{given['PORT']}"
        monkeypatch.setenv("MATRIX_MYSQL_URL", f"mysql://{at}/")
        every = [*catalogue().values(), *VARIANTS]
        (mine,) = (each for each in plan(every, [own()], None) if each.backend.vendor == "mysql")
        of_it = [each.id for each in VARIANTS if each.server == variant.server]
        assert [each.id for each in mine.backends] == [variant.server, *of_it]
        assert mine.providers == (url.provider,)
        (alone,) = plan([variant], [own()], None, named=True)
        assert alone.backends[0].variant == variant.variant
        (result,) = run([alone], Selection(cases=[CASE]), room, lambda *_: None, lambda _: None)
    assert result.environment.backend == variant.id
    assert result.environment.settings["collation"] == "utf8mb4_bin"


def test_a_backend_and_its_variants_share_a_plan():
    every = [*catalogue().values(), *VARIANTS]
    by_server = {each.backend.id: each for each in plan(every, [own()], "packages")}
    for variant in VARIANTS:
        assert variant.id not in by_server
        assert variant in by_server[variant.server].beside
    (alone,) = plan([asked(BIN)], [own()], "packages")
    assert [each.id for each in alone.backends] == [BIN]
    assert not any(each.default for each in VARIANTS)


def test_results_of_a_variant_are_kept_merged_and_compared_apart(tmp_path):
    store, other = Store(tmp_path / "one"), Store(tmp_path / "other")
    store.keep(PLAIN)
    other.keep(OTHER)
    assert store.merge([other]) == []
    kept = {id_: each.environment for id_, each in store.read().items()}
    assert kept == {PLAIN.id: PLAIN.environment, OTHER.id: OTHER.environment}
    baseline = Store(tmp_path / "reports")
    accepted, _ = baseline.accept(store, PROJECT, lambda _: ())
    assert baseline.read().keys() == {PLAIN.id, OTHER.id}
    (change,) = compare(accepted, document(PLAIN, seen(BIN, "duplicate"))).changes
    assert (change.kind, change.environments) == (Kind.OTHER, (OTHER.id,))


def test_a_variant_comes_after_its_backend_and_is_no_part_of_a_range():
    backends = ("postgresql-19", "postgresql-18~icu", "postgresql-18", "postgresql-17")
    environments = (seen(each, "distinct") for each in backends)
    places = Places(place(each.id, each.environment) for each in environments)
    assert places.every_server("postgresql") == "17\N{EN DASH}18, 18~icu, 19"


def test_the_report_says_by_which_settings_a_variant_differs():
    matrix = document(PLAIN, OTHER)
    words = "with collation utf8mb4_bin in place of utf8mb4_0900_ai_ci"
    shown = page.render(matrix)
    assert f'<span class="quiet">{words}</span>' in shown
    assert "duplicate" in shown
    assert re.sub(r"\\", "", markdown.render(matrix)).count(f"{OTHER.id}: {words}.") == 1
    # Without its backend there is nothing to compare it with.
    assert "with collation" not in page.render(document(OTHER))
    assert f"\n{CASE},question,{OTHER.id},{BIN},mysql," in csv_table.render(matrix)
