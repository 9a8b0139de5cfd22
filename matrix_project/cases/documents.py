"""The documents that the cases follow, and what each says the databases do.

A claim is explicit where a sentence of the document says it (quoted beside it here), and implied
where it names no exception. Whether it holds is for the observations to say.
"""

from __future__ import annotations

from typing import Any

from matrix_project.results.contract import Claim, Source, Verdict
from matrix_project.vendors import VENDORS

__all__ = [
    "BY_EXPRESSION",
    "CHECK",
    "CHECKED",
    "CONDITION",
    "DEFERRABLE",
    "EXCLUDED",
    "EXCLUSION",
    "EXPRESSIONS",
    "FOREIGN_KEY",
    "GENERATED",
    "INCLUDE",
    "INDEX_CONDITION",
    "INDEX_EXPRESSIONS",
    "NULLS_DISTINCT",
    "OF_TEXT",
    "ONE_FIELD_SET_POST",
    "OPCLASSES",
    "POSITIVE",
    "PRIMARY_KEY",
    "SINGLETON_POST",
    "TEXT_ON_MYSQL",
    "UNIQUE",
    "UNIQUELY",
    "UNIQUE_FIELD",
    "UNIQUE_TOGETHER",
    "all_but",
    "all_enforce",
]

_REFERENCE = "https://docs.djangoproject.com/en/stable/ref"
_DJANGO = f"{_REFERENCE}/models"

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
EXPRESSIONS = Source(
    title="Django reference: UniqueConstraint.expressions",
    url=f"{_DJANGO}/constraints/#expressions",
)
# "Functional indexes are unsupported and ignored with MariaDB."
INDEX_EXPRESSIONS = Source(
    title="Django reference: Index.expressions", url=f"{_DJANGO}/indexes/#expressions"
)
# "Unique constraints with `nulls_distinct` are ignored for databases besides PostgreSQL."
NULLS_DISTINCT = Source(
    title="Django reference: UniqueConstraint.nulls_distinct",
    url=f"{_DJANGO}/constraints/#nulls-distinct",
)
OPCLASSES = Source(
    title="Django reference: UniqueConstraint.opclasses", url=f"{_DJANGO}/constraints/#opclasses"
)
UNIQUE_FIELD = Source(title="Django reference: Field.unique", url=f"{_DJANGO}/fields/#unique")
UNIQUE_TOGETHER = Source(
    title="Django reference: Options.unique_together", url=f"{_DJANGO}/options/#unique-together"
)
PRIMARY_KEY = Source(
    title="Django: Composite primary keys",
    url="https://docs.djangoproject.com/en/stable/topics/composite-primary-key/",
)
POSITIVE = Source(
    title="Django reference: PositiveIntegerField", url=f"{_DJANGO}/fields/#positiveintegerfield"
)
GENERATED = Source(
    title="Django reference: GeneratedField", url=f"{_DJANGO}/fields/#generatedfield"
)
FOREIGN_KEY = Source(title="Django reference: ForeignKey", url=f"{_DJANGO}/fields/#foreignkey")
EXCLUSION = Source(
    title="Django reference: ExclusionConstraint",
    url=f"{_REFERENCE}/contrib/postgres/constraints/#exclusionconstraint",
)
# "MySQL can index only the first N chars of a `BLOB` or `TEXT` column. Since `TextField` doesn't
# have a defined length, you can't mark it as `unique=True`." For MariaDB the reader is sent there.
TEXT_ON_MYSQL = Source(
    title="Django reference: Databases, TextField limitations",
    url=f"{_REFERENCE}/databases/#textfield-limitations",
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


CHECKED: dict[str, Any] = {
    "feature": "supports_table_check_constraints",
    "sources": [CHECK],
    "claims": all_enforce(CHECK),
}
"""What all promises of a check have in common."""
UNIQUELY: dict[str, Any] = {"sources": [UNIQUE], "claims": all_enforce(UNIQUE)}
"""What all promises of a plain uniqueness have in common."""
# What it says, and whether it says so of this vendor by name.
_TEXT_SAYS = {"mysql": (Verdict.REFUSED, True), "mariadb": (Verdict.REFUSED, False)}
OF_TEXT: dict[str, Any] = {
    "sources": [TEXT_ON_MYSQL],
    "claims": [
        _claim(vendor, says, TEXT_ON_MYSQL, explicit=explicit)
        for vendor in VENDORS
        for says, explicit in [_TEXT_SAYS.get(vendor, (Verdict.ENFORCED, False))]
    ],
}
"""What all promises of the uniqueness of a text without a length have in common."""
_EXCLUSION_SAYS = {"postgresql": Verdict.ENFORCED}
EXCLUDED: dict[str, Any] = {
    "sources": [EXCLUSION],
    "claims": [
        _claim(vendor, _EXCLUSION_SAYS.get(vendor, Verdict.REFUSED), EXCLUSION, explicit=False)
        for vendor in VENDORS
    ],
}
"""What all promises of an exclusion have in common; the document speaks of PostgreSQL alone."""
BY_EXPRESSION: dict[str, Any] = {
    "feature": "supports_expression_indexes",
    "sources": [EXPRESSIONS, INDEX_EXPRESSIONS],
    "claims": all_but("mariadb", source=INDEX_EXPRESSIONS),
}
"""What all promises of a uniqueness of an expression have in common."""
