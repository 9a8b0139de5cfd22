"""The same audit twice is the same document, and a second one asks what has changed alone."""

from __future__ import annotations

import json
import shutil

import pytest

from tests.audit.auditing import audit, write_project
from tests.conftest import ROOT

MODELS = """
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint


class Customer(models.Model):
    email = models.EmailField(unique=True, max_length={length})


class Order(models.Model):
    customer = models.ForeignKey(Customer, models.CASCADE)
    number = models.IntegerField()

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(number__gt={least}), name="positive_number"),
            UniqueConstraint(fields=["customer", "number"], name="one_number"),
        ]


class Tag(models.Model):
    name = models.CharField(max_length=10, unique=True)
"""
ALL = {"shop.Customer/unique(email)", "shop.Order/one_number", "shop.Order/positive_number"} | {
    "shop.Tag/unique(name)"
}


@pytest.fixture(scope="session")
def package(tmp_path_factory):
    """This project's package by itself: a checkout with changes in it keeps nothing."""
    folder = tmp_path_factory.mktemp("package")
    left_out = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "matrix_project", folder / "matrix_project", ignore=left_out)
    return folder


@pytest.fixture(scope="session")
def first(tmp_path_factory, package):
    """A project and its first audit."""
    project = write_project(tmp_path_factory.mktemp("again"), models=models())
    return project, audit(project, PYTHONPATH=str(package))


@pytest.fixture
def again(first, package, tmp_path):
    """Return what audits the project once more, in a copy of the folder; tells what was kept."""
    project = tmp_path / "project"
    shutil.copytree(first[0], project)

    def audited(*words):
        done = audit(project, *words, PYTHONPATH=str(package))
        assert done.code == 0, done.errors
        (environment,) = done.document["environments"].values()
        assert (" are kept from the audit before" in done.output) == bool(environment["kept"])
        return environment["kept"], done.document

    return audited


def models(length=254, least=0):
    return MODELS.format(length=length, least=least)


def steady(document):
    """Return a document without its times, and what is no answer."""
    times = {"generated_at": None, "first_seen": None}
    environments = {
        id_: {**each, "observed_at": None, "seconds": None, "kept": None}
        for id_, each in document["environments"].items()
    }
    return {**document, **times, "environments": environments}


def test_two_audits_give_the_same_document(first, again):
    kept, document = again("--fresh")
    assert kept == 0
    assert steady(document) == steady(first[1].document)


def test_what_has_not_changed_is_kept_and_that_is_told(first, again, tmp_path):
    kept, document = again()
    assert kept == len(ALL)
    assert steady(document) == steady(first[1].document)


def asked(tmp_path, again, *words):
    """Return which constraints are asked of once more: those whose key has changed."""
    before = json.loads((tmp_path / "project" / "audit" / "matrix.json").read_text())["cases"]
    kept, document = again(*words)
    changed = {id_ for id_, case in document["cases"].items() if case != before.get(id_)}
    assert kept == len(document["cases"]) - len(changed)
    return changed


def test_a_changed_model_is_asked_again_and_those_that_refer_to_it(again, tmp_path):
    (tmp_path / "project" / "shop" / "models.py").write_text(models(length=100))
    assert asked(tmp_path, again) == ALL - {"shop.Tag/unique(name)"}


def test_a_changed_constraint_is_asked_again(again, tmp_path):
    (tmp_path / "project" / "shop" / "models.py").write_text(models(least=1))
    # The other constraint of its table is there when the rows go in.
    assert asked(tmp_path, again) == {"shop.Order/positive_number", "shop.Order/one_number"}


def test_other_rows_are_asked_with(again, tmp_path):
    (tmp_path / "audit.py").write_text("rows = {'shop.Tag': [{'name': 'red'}, {'name': 'blue'}]}")
    assert asked(tmp_path, again, "--rows", tmp_path / "audit.py") == {"shop.Tag/unique(name)"}


def test_another_build_of_the_server_is_asked_all(again, tmp_path):
    (file,) = (tmp_path / "project" / "audit" / "environments").glob("*.json")
    result = json.loads(file.read_text())
    result["environment"]["server_version"] = "3.40.0"
    file.write_text(json.dumps(result))
    kept, document = again()
    assert (kept, len(document["cells"])) == (0, len(ALL))


def test_a_part_takes_the_place_of_no_whole(first, package):
    project, before = first
    done = audit(project, "shop.Tag", PYTHONPATH=str(package))
    assert (done.code, done.errors.count("\n")) == (2, 1)
    assert "has other results of sqlite+django-" in done.errors
    assert json.loads((project / "audit" / "matrix.json").read_text()) == before.document
