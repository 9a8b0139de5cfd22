"""`--ways-in save`: rows go in by the project's own `save()` too, and no verdict hangs on it."""

from __future__ import annotations

import pytest

from tests.audit.auditing import audit, write_project

MODELS = """
from django.db import connections, models
from django.db.models import CheckConstraint, Q


class Numbered(models.Model):
    number = models.IntegerField()

    class Meta:
        abstract = True
        constraints = [CheckConstraint(condition=Q(number__gt=0), name="positive_%(class)s")]


class Plain(Numbered):
    pass


class Cleaned(Numbered):
    def save(self, *given, **named):
        self.full_clean()
        super().save(*given, **named)


class Mended(Numbered):
    def save(self, *given, **named):
        self.number = abs(self.number) + 1
        super().save(*given, **named)


class Raising(Numbered):
    def save(self, *given, **named):
        raise ValueError("not today")


class Refusing(Numbered):
    def save(self):
        super().save()


class Silent(Numbered):
    def save(self, *given, **named):
        pass


class Elsewhere(Numbered):
    def save(self, *given, **named):
        super().save(using="archive")
"""


@pytest.fixture(scope="session")
def saved(tmp_path_factory):
    """An audit of models of several ways to save."""
    project = write_project(tmp_path_factory.mktemp("saved"), models=MODELS)
    return audit(project, "--ways-in", "save")


def test_the_projects_own_save_makes_no_verdict(saved):
    assert saved.code == 0, saved.errors
    assert set(saved.verdicts.values()) == {"enforced"}


# What becomes of a valid and of a violating row, and what is said of the violating one.
EXPECTED = {
    "plain": ("accepted", "rejected", "IntegrityError", "CHECK constraint failed"),
    "cleaned": ("accepted", "rejected", "ValidationError", "“positive_cleaned” is violated"),
    "mended": ("accepted", "accepted", None, ""),
    "raising": ("rejected", "rejected", "KeptOutError", "ValueError: not today"),
    "refusing": ("rejected", "rejected", "KeptOutError", "unexpected keyword argument 'using'"),
    # Nothing is there, with the constraint and without it.
    "silent": ("accepted", "accepted", None, ""),
    "elsewhere": ("rejected", "rejected", "KeptOutError", "connection 'archive' doesn't exist"),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_what_save_does_is_told(saved, name):
    (seen,) = (
        each
        for each in saved.document["observations"].values()
        if each["case"].lower() == f"shop.{name}/positive_{name}"
    )
    valid, violating = (
        each for each in seen["probes"] if each["title"].startswith("the project's own save()")
    )
    error = violating["error"] or {"class": None, "message": ""}
    outcomes = (valid["outcome"], violating["outcome"], error["class"])
    assert outcomes == EXPECTED[name][:3]
    assert EXPECTED[name][3] in error["message"]
