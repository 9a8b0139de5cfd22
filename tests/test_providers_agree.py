"""What one backend answers is the same whichever way its server came."""

from __future__ import annotations

import os

import pytest
from msgspec.structs import replace

from matrix_project.backends import catalogue
from matrix_project.interpreters import own
from matrix_project.results.contract import Status
from matrix_project.servers import container, packages
from tests.conftest import run_matrix

DEFAULTS = {"postgresql-18", "mysql-9.7", "mariadb-11.8"}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """What each provider gives of every backend that both can bring up, by environment."""
    interpreter = own()
    both = [
        backend.id
        for backend in catalogue().values()
        if interpreter.refuses(backend) is None
        and packages.provider.lacks(backend) is None
        and container.provider.lacks(backend) is None
        and backend.default
    ]
    if not both and "CI" not in os.environ:
        pytest.skip("no backend can be had both ways here")
    chosen = [word for id_ in both for word in ("--backend", id_)]
    one, other = (
        run_matrix(tmp_path_factory.mktemp(name), "--provider", name, *chosen).results
        for name in (container.provider.name, packages.provider.name)
    )
    # What there is no image of here could not be asked both ways.
    seen = [
        id_
        for id_ in one
        if one[id_].environment.status == other[id_].environment.status == Status.OBSERVED
    ]
    if not seen and "CI" not in os.environ:
        pytest.skip("no image is here, and none can be pulled")
    assert {one[id_].environment.backend for id_ in seen} >= DEFAULTS
    return {id_: (one[id_], other[id_]) for id_ in seen}


def without_provenance(environment):
    return replace(environment, provider=None, origin=None, observed_at=None, seconds={})


def test_the_environments_differ_in_provenance_alone(results):
    for one, other in results.values():
        assert one.environment.provider != other.environment.provider
        assert without_provenance(one.environment) == without_provenance(other.environment)


def test_every_record_is_the_same(results):
    for one, other in results.values():
        assert len(one.records) >= 15
        assert one.cases == other.cases
        for case, record in one.records.items():
            assert record == other.records[case], case
