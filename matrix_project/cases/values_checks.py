"""Which rows a check lets in that compares texts, by the database's collation, or NULLs."""

from __future__ import annotations

from django.db.models import CharField, F, FloatField, IntegerField, Q
from django.db.models.functions import Greatest
from django.db.models.lookups import GreaterThanOrEqual, LessThan

from matrix_project.cases.case import Question
from matrix_project.cases.question_forms import checked

_TEXT = {"name": CharField(max_length=30)}
_COLLATION = "The collation is the database's."

check_null = Question(
    "values.check_null",
    "A check asks for an age of 18 at least: is a NULL stored?",
    title="A NULL under a check",
    **checked(
        {"age": IntegerField(null=True)},
        Q(age__gte=18),
        {"age": None},
        keeps={"age": 18},
        breaks={"age": 17},
    ),
    aliases=["null", "UNKNOWN", "three-valued logic", "nullable column"],
)

check_in_other_case = Question(
    "values.check_in_other_case",
    f'A check takes status__in=["draft"] alone: is "DRAFT" stored? {_COLLATION}',
    title="Another case under a check of choices",
    **checked(
        {"status": CharField(max_length=10)},
        Q(status__in=["draft"]),
        {"status": "DRAFT"},
        keeps={"status": "draft"},
        breaks={"status": "other"},
    ),
    aliases=["case insensitive", "choices", "enum", "collation"],
)

check_not_empty_blank = Question(
    "values.check_not_empty_blank",
    f'A check refuses the empty text, ~Q(name=""): is " " stored? {_COLLATION}',
    title="A blank under a check against the empty text",
    **checked(_TEXT, ~Q(name=""), {"name": " "}, keeps={"name": "a"}, breaks={"name": ""}),
    aliases=["blank", "whitespace", "PAD SPACE", "empty string", "not empty"],
)

check_startswith_other_case = Question(
    "values.check_startswith_other_case",
    f'A check asks for name__startswith="A": is "abc" stored? {_COLLATION}',
    title="Another case under a check by startswith",
    **checked(
        _TEXT, Q(name__startswith="A"), {"name": "abc"}, keeps={"name": "Abc"}, breaks={"name": "x"}
    ),
    aliases=["LIKE", "LIKE BINARY", "startswith", "case sensitive"],
)

check_icontains_accent = Question(
    "values.check_icontains_accent",
    f'A check asks for name__icontains="cafe": is "café" stored? {_COLLATION}',
    title="An accent under a check by icontains",
    **checked(
        _TEXT,
        Q(name__icontains="cafe"),
        {"name": "café"},
        keeps={"name": "cafe"},
        breaks={"name": "x"},
    ),
    aliases=["LIKE", "icontains", "accent insensitive", "unaccent"],
)

check_icontains_accent_in_other_case = Question(
    "values.check_icontains_accent_in_other_case",
    'A check asks for name__icontains="é": is "É" stored? The collation is the database\'s,'
    " and PostgreSQL's locale tells which letters have another case: C knows ASCII's alone.",
    title="An accented letter of the other case under a check by icontains",
    **checked(
        _TEXT, Q(name__icontains="é"), {"name": "É"}, keeps={"name": "é"}, breaks={"name": "x"}
    ),
    aliases=["LIKE", "icontains", "ASCII", "non-ASCII", "unicode case"],
)

check_regex_newline = Question(
    "values.check_regex_newline",
    r'A check asks for name__regex=r"^[a-z]+$": is "abc\n", with a newline at its end, stored?',
    title="A newline at the end under a check by regex",
    **checked(
        _TEXT,
        Q(name__regex=r"^[a-z]+$"),
        {"name": "abc\n"},
        keeps={"name": "abc"},
        breaks={"name": "ABC1"},
    ),
    aliases=["regular expression", "REGEXP", "dollar sign", "trailing newline"],
)

check_greatest_null = Question(
    "values.check_greatest_null",
    'A check asks for Greatest("a", "b") < 10: is a row of 20 and NULL stored?',
    title="A NULL in Greatest() under a check",
    **checked(
        {"a": IntegerField(null=True), "b": IntegerField(null=True)},
        LessThan(Greatest("a", "b"), 10),
        {"a": 20, "b": None},
        keeps={"a": 1, "b": 2},
        breaks={"a": 20, "b": 1},
    ),
    aliases=["GREATEST", "MAX", "LEAST", "null"],
)

check_division_by_zero = Question(
    "values.check_division_by_zero",
    "A check asks for total / n >= 1, of two floats: is a row whose n is 0 stored?",
    title="A division by zero under a check",
    **checked(
        {"total": FloatField(), "n": FloatField()},
        GreaterThanOrEqual(F("total") / F("n"), 1.0),
        {"total": 1.0, "n": 0.0},
        keeps={"total": 2.0, "n": 1.0},
        breaks={"total": 1.0, "n": 2.0},
    ),
    aliases=["division by zero", "22012", "1365", "ERROR_FOR_DIVISION_BY_ZERO"],
)
