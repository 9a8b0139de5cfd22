"""Uniqueness among the rows that meet a condition."""

from __future__ import annotations

from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    CharField,
    F,
    GeneratedField,
    Q,
    TextChoices,
    UniqueConstraint,
    When,
)

from matrix_project.cases.case import Promise, accepts, rejects, shows
from matrix_project.cases.documents import (
    BY_EXPRESSION,
    CONDITION,
    GENERATED,
    INDEX_CONDITION,
    UNIQUE,
    UNIQUELY,
    all_but,
    all_enforce,
)
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


_DRAFTS: dict[str, Any] = {
    "rows": [{"user": "ann", "status": "DRAFT"}, {"user": "ann", "status": "PUBLISHED"}],
    "valid": [{"user": "ann", "status": "PUBLISHED"}, {"user": "bob", "status": "DRAFT"}],
    "violating": [{"user": "ann", "status": "DRAFT"}],
    "acts": [
        rejects(
            "QuerySet.update() that takes a published article back to a draft",
            lambda t: t.objects.filter(status="PUBLISHED").update(status="DRAFT"),
        ),
        accepts("save() of a new draft once the old one is published", _publish_and_draft),
    ],
}

unique_draft = Promise(
    "condition.unique_draft",
    "A user has one draft at the most, and any number of published articles.",
    title="Unique under a condition",
    fields=_FIELDS,
    constraint=UniqueConstraint(fields=["user"], condition=Q(status="DRAFT"), name="one_draft"),
    feature="supports_partial_indexes",
    sources=[CONDITION, INDEX_CONDITION],
    claims=all_but("mysql", "mariadb", source=INDEX_CONDITION),
    aliases=["partial index", "partial unique", "filtered index", "where", "soft delete"],
    **_DRAFTS,
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

_DRAFT_OF = Case(When(status="DRAFT", then=F("user")), default=None)

case_expression = Promise(
    "condition.case_expression",
    "A user has one draft at the most: of another article the expression in the index is NULL.",
    title="Unique on Case in place of a condition",
    fields=_FIELDS,
    constraint=UniqueConstraint(_DRAFT_OF, name="one_draft"),
    aliases=["partial index", "partial unique", "functional index", "Case", "When"],
    instead_of="condition.unique_draft",
    **_DRAFTS,
    **BY_EXPRESSION,
)

generated_column = Promise(
    "condition.generated_column",
    "A user has one draft at the most: a generated column, which is unique, has the user of a draft"
    " and NULL of another article.",
    title="Unique on a generated column in place of a condition",
    fields={
        **_FIELDS,
        "draft_of": GeneratedField(
            expression=_DRAFT_OF, output_field=CharField(max_length=30, null=True), db_persist=True
        ),
    },
    constraint=UniqueConstraint(fields=["draft_of"], name="one_draft"),
    sources=[UNIQUE, GENERATED],
    claims=all_enforce(UNIQUE),
    aliases=["partial index", "partial unique", "GeneratedField", "soft delete"],
    instead_of="condition.unique_draft",
    **_DRAFTS,
)


def _forget_the_column(tables: Tables) -> str:
    tables.objects.update(status="DRAFT")
    return f"ann has {tables.objects.filter(status='DRAFT', user='ann').count()} drafts"


nullable_column = Promise(
    "condition.nullable_column",
    "A user has one draft at the most: the application sets a column, which is unique together with"
    " the user, to true in a draft and to NULL in another article.",
    title="Unique on a nullable column in place of a condition",
    fields={**_FIELDS, "is_draft": BooleanField(null=True)},
    constraint=UniqueConstraint(fields=["user", "is_draft"], name="one_draft"),
    rows=[
        {"user": "ann", "status": "DRAFT", "is_draft": True},
        {"user": "ann", "status": "PUBLISHED", "is_draft": None},
    ],
    valid=[
        {"user": "ann", "status": "PUBLISHED", "is_draft": None},
        {"user": "bob", "status": "DRAFT", "is_draft": True},
    ],
    violating=[{"user": "ann", "status": "DRAFT", "is_draft": True}],
    acts=[
        rejects(
            "QuerySet.update() that takes a published article back to a draft",
            lambda t: t.objects.filter(status="PUBLISHED").update(status="DRAFT", is_draft=True),
        ),
    ],
    facts=[shows("QuerySet.update() of the status that forgets the column", _forget_the_column)],
    aliases=["partial index", "partial unique", "nullable boolean", "soft delete"],
    instead_of="condition.unique_draft",
    **UNIQUELY,
)
