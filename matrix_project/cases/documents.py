"""The documents that the cases follow, and what each says the databases do.

A claim is explicit where a sentence of the document says it (quoted beside it here), and implied
where it names no exception. Whether it holds is for the observations to say.
"""

from __future__ import annotations

from matrix_project.results.contract import Claim, Source, Verdict
from matrix_project.vendors import VENDORS

__all__ = [
    "CHECK",
    "CONDITION",
    "DEFERRABLE",
    "INCLUDE",
    "INDEX_CONDITION",
    "ONE_FIELD_SET_POST",
    "SINGLETON_POST",
    "UNIQUE",
    "all_but",
    "all_enforce",
]

_DJANGO = "https://docs.djangoproject.com/en/stable/ref/models"

CHECK = Source(
    title="Django reference: CheckConstraint", url=f"{_DJANGO}/constraints/#checkconstraint"
)
UNIQUE = Source(
    title="Django reference: UniqueConstraint", url=f"{_DJANGO}/constraints/#uniqueconstraint"
)
CONDITION = Source(
    title="Django reference: UniqueConstraint.condition", url=f"{_DJANGO}/constraints/#condition"
)
# "The `condition` argument is ignored with MySQL and MariaDB as neither supports conditional
# indexes."
INDEX_CONDITION = Source(
    title="Django reference: Index.condition", url=f"{_DJANGO}/indexes/#condition"
)
# "Deferrable unique constraints are ignored on MySQL, MariaDB, and SQLite as they do not support
# them."
DEFERRABLE = Source(
    title="Django reference: UniqueConstraint.deferrable", url=f"{_DJANGO}/constraints/#deferrable"
)
# "Unique constraints with non-key columns are ignored for databases besides PostgreSQL."
INCLUDE = Source(
    title="Django reference: UniqueConstraint.include", url=f"{_DJANGO}/constraints/#include"
)
SINGLETON_POST = Source(
    title="Using Django Check Constraints to Limit A Model to a Single Instance",
    url="https://adamj.eu/tech/2021/02/04/django-check-constraints-limit-model-single-instance/",
)
ONE_FIELD_SET_POST = Source(
    title="Using Django Check Constraints to Ensure Only One Field Is Set",
    url="https://adamj.eu/tech/2020/03/25/django-check-constraints-one-field-set/",
)


def all_enforce(source: Source) -> list[Claim]:
    """Return what a document implies that names no vendor as an exception."""
    return [_claim(vendor, Verdict.ENFORCED, source, explicit=False) for vendor in VENDORS]


def all_but(*ignoring: str, source: Source) -> list[Claim]:
    """Return the claims of a document that says which vendors ignore the constraint.

    That the others enforce it is implied.
    """
    return [
        _claim(vendor, Verdict.IGNORED, source, explicit=True)
        if vendor in ignoring
        else _claim(vendor, Verdict.ENFORCED, source, explicit=False)
        for vendor in VENDORS
    ]


def _claim(vendor: str, says: Verdict, source: Source, *, explicit: bool) -> Claim:
    return Claim(vendor=vendor, says=says, source=source.url, explicit=explicit)
