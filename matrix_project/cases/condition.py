"""Uniqueness among the rows that meet a condition."""

from __future__ import annotations

from django.db.models import CharField, Q, TextChoices, UniqueConstraint

from matrix_project.cases.case import Promise, accepts, rejects
from matrix_project.cases.documents import CONDITION, INDEX_CONDITION, UNIQUE, all_but, all_enforce
from matrix_project.observe import Tables


class ArticleStatus(TextChoices):
    """Where an article stands."""

    DRAFT = "DRAFT", "Draft"
    PUBLISHED = "PUBLISHED", "Published"


_FIELDS = {
    "user": CharField(max_length=30),
    "status": CharField(max_length=10, choices=ArticleStatus),
}


def _publish_and_draft(tables: Tables) -> None:
    tables.objects.filter(status="DRAFT").update(status="PUBLISHED")
    tables.save({"user": "ann", "status": "DRAFT"})


unique_draft = Promise(
    "condition.unique_draft",
    "A user has one draft at the most, and any number of published articles.",
    title="Unique under a condition",
    fields=_FIELDS,
    constraint=UniqueConstraint(fields=["user"], condition=Q(status="DRAFT"), name="one_draft"),
    rows=[{"user": "ann", "status": "DRAFT"}, {"user": "ann", "status": "PUBLISHED"}],
    valid=[{"user": "ann", "status": "PUBLISHED"}, {"user": "bob", "status": "DRAFT"}],
    violating=[{"user": "ann", "status": "DRAFT"}],
    acts=[
        rejects(
            "QuerySet.update() that takes a published article back to a draft",
            lambda t: t.objects.filter(status="PUBLISHED").update(status="DRAFT"),
        ),
        accepts("save() of a new draft once the old one is published", _publish_and_draft),
    ],
    feature="supports_partial_indexes",
    sources=[CONDITION, INDEX_CONDITION],
    claims=all_but("mysql", "mariadb", source=INDEX_CONDITION),
    aliases=["partial index", "partial unique", "filtered index", "where", "soft delete"],
)

unconditional = Promise(
    "condition.unconditional",
    "For comparison: a user has one article at the most, whatever its status.",
    title="Unique without a condition (for comparison)",
    fields=_FIELDS,
    constraint=UniqueConstraint(fields=["user"], name="one_article"),
    rows=[{"user": "ann", "status": "DRAFT"}],
    valid=[{"user": "bob", "status": "PUBLISHED"}],
    violating=[{"user": "ann", "status": "PUBLISHED"}],
    sources=[UNIQUE],
    claims=all_enforce(UNIQUE),
    aliases=["plain unique"],
)
