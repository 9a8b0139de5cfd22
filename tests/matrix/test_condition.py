"""Uniqueness among the rows that meet a condition."""

from __future__ import annotations

from matrix_project.families.condition.models import ArticleStatus, DraftArticle, PlainArticle
from matrix_project.families.documents import (
    CONDITION,
    INDEX_CONDITION,
    UNIQUE,
    all_enforce,
    only,
)
from matrix_project.observe.case import ConstraintCase

DRAFT, PUBLISHED = ArticleStatus.DRAFT, ArticleStatus.PUBLISHED


class TestUniqueDraft(ConstraintCase):
    """A user has one draft at the most, and any number of published articles."""

    id = "condition.unique_draft"
    title = "Unique under a condition"
    models = (DraftArticle,)
    feature = "supports_partial_indexes"
    sources = (CONDITION, INDEX_CONDITION)
    claims = only("postgresql", "sqlite", source=INDEX_CONDITION)
    good = {"user": "ann", "status": PUBLISHED}
    bad = {"user": "ann", "status": DRAFT}

    def seed(self, model):
        model.objects.create(user="ann", status=DRAFT)
        model.objects.create(user="ann", status=PUBLISHED)

    def test_unpublish(self, model, rejects):
        """QuerySet.update() that takes a published article back to a draft"""
        with rejects:
            model.objects.filter(status=PUBLISHED).update(status=DRAFT)

    def test_draft_of_another_user(self, model, accepts):
        """save() of another user's draft"""
        with accepts:
            model(user="bob", status=DRAFT).save()

    def test_draft_after_publishing(self, model, accepts):
        """save() of a new draft once the old one is published"""
        model.objects.filter(status=DRAFT).update(status=PUBLISHED)
        with accepts:
            model(user="ann", status=DRAFT).save()


class TestUnconditional(ConstraintCase):
    """Control: a user has one article at the most, whatever its status."""

    id = "condition.unconditional"
    title = "Unique without a condition (control)"
    models = (PlainArticle,)
    sources = (UNIQUE,)
    claims = all_enforce(UNIQUE)
    good = {"user": "bob", "status": PUBLISHED}
    bad = {"user": "ann", "status": PUBLISHED}

    def seed(self, model):
        model.objects.create(user="ann", status=DRAFT)
