"""Articles: a user has one draft at the most."""

from __future__ import annotations

from django.db import models

__all__ = ["ArticleStatus", "DraftArticle", "PlainArticle"]


class ArticleStatus(models.TextChoices):
    """Where an article stands."""

    DRAFT = "DRAFT", "Draft"
    PUBLISHED = "PUBLISHED", "Published"


class Article(models.Model):
    """The fields that the family's models share."""

    user = models.CharField(max_length=30)
    status = models.CharField(max_length=10, choices=ArticleStatus)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.get_status_display()} of {self.user}"


class DraftArticle(Article):
    """One draft a user, any number of published articles."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(status=ArticleStatus.DRAFT),
                name="%(app_label)s_%(class)s_one_a_user",
            ),
        ]


class PlainArticle(Article):
    """The control: one article a user, whatever its status."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                name="%(app_label)s_%(class)s_one_a_user",
            ),
        ]
