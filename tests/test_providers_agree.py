"""One backend's cells are the same whichever way its server came."""

from __future__ import annotations

import os

import pytest

from matrix_project.backends import catalogue
from matrix_project.interpreters import own
from matrix_project.servers import container, packages
from tests.conftest import run_matrix

PROVENANCE = ("provider", "origin", "observed_at", "seconds")
DEFAULTS = {"postgresql-18", "mysql-9.7", "mariadb-11.8"}


@pytest.fixture(scope="module")
def documents(tmp_path_factory):
    """What each provider gives of every backend that both can bring up."""
    interpreter = own()
    both = [
        backend.id
        for backend in catalogue().values()
        if interpreter.refuses(backend) is None
        and packages.provider.lacks(backend) is None
        and container.provider.lacks(backend) is None
        and (backend.default or "CI" in os.environ)
    ]
    if not both and "CI" not in os.environ:
        pytest.skip("no backend can be had both ways here")
    chosen = [word for id_ in both for word in ("--backend", id_)]
    runs = {}
    for provider in (container.provider.name, packages.provider.name):
        folder = tmp_path_factory.mktemp(provider)
        runs[provider] = run_matrix(folder, "--provider", provider, *chosen)
    one, other = (run.document for run in runs.values())
    # What there is no image of here could not be asked both ways.
    seen = [
        id_
        for id_, environment in one["environments"].items()
        if environment["status"] == other["environments"][id_]["status"] == "observed"
    ]
    if not seen and "CI" not in os.environ:
        pytest.skip("no image is here, and none can be pulled")
    assert {f"{id_.partition('+')[0]}" for id_ in seen} >= DEFAULTS
    return [
        {
            "environments": {id_: each["environments"][id_] for id_ in seen},
            "cells": [cell for cell in each["cells"] if cell["environment"] in seen],
        }
        for each in (one, other)
    ]


def without_provenance(environment):
    return {key: value for key, value in environment.items() if key not in PROVENANCE}


def test_the_environments_differ_in_provenance_alone(documents):
    one, other = ({**each["environments"]} for each in documents)
    assert one.keys() == other.keys()
    for id_, environment in one.items():
        assert environment["provider"] != other[id_]["provider"]
        assert without_provenance(environment) == without_provenance(other[id_])


def test_every_cell_is_the_same(documents):
    one, other = (each["cells"] for each in documents)
    assert len(one) > 40
    for mine, theirs in zip(one, other, strict=True):
        assert mine | {"since": None} == theirs | {"since": None}
