"""Which rows a check on a JSON lets in."""

from __future__ import annotations

from typing import Any

from django.db.models import JSONField, Q

from matrix_project.cases.case import Question
from matrix_project.cases.question_forms import checked, json_null_value

_ADULT = Q(data__age__gte=18)
_DATA = {"data": JSONField(null=True)}
_GUARDS: dict[str, Any] = {"keeps": {"data": {"age": 18}}, "breaks": {"data": {"age": 17}}}

json_key_null = Question(
    "values.json_key_null",
    'A check asks for data__age__gte=18: is {"age": null} stored?',
    title="A null under a key of a JSON, and a check",
    **checked(_DATA, _ADULT, {"data": {"age": None}}, **_GUARDS),
    aliases=["JSON null", "KeyTransform", "jsonb", "JSON_EXTRACT"],
)

json_key_text = Question(
    "values.json_key_text",
    'A check asks for data__age__gte=18: is {"age": "x"} stored?',
    title="A text under a key of a JSON, and a check on a number",
    **checked(_DATA, _ADULT, {"data": {"age": "x"}}, **_GUARDS),
    aliases=["JSON type", "KeyTransform", "jsonb", "JSON_EXTRACT", "schema"],
)


json_null = Question(
    "values.json_null",
    "A check asks for data__isnull=False: is JSON's null stored, which is not SQL's NULL?",
    title="JSON's null under a check against NULL",
    **checked(
        _DATA,
        Q(data__isnull=False),
        {"data": json_null_value()},
        keeps={"data": {"age": 18}},
        breaks={"data": None},
        title="save() of JSON's null",
    ),
    aliases=["JSONNull", "Value(None, JSONField())", "SQL NULL", "isnull"],
)
