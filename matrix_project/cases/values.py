"""Which values are one and the same to a uniqueness: texts by the database's collation."""

from __future__ import annotations

from django.db.models import CharField

from matrix_project.cases.case import Question
from matrix_project.cases.question_forms import two_values

_TEXT = CharField(max_length=30)
_COLLATION = "The collation is the database's."

text_case = Question(
    "values.text_case",
    f'A unique text holds "abc": is "ABC" another value? {_COLLATION}',
    title="Upper and lower case in a unique text",
    **two_values(_TEXT, "abc", "ABC", other="abd"),
    aliases=["case insensitive", "collation", "citext", "1062"],
)

text_accent = Question(
    "values.text_accent",
    f'A unique text holds "resume": is "resumé" another value? {_COLLATION}',
    title="Accents in a unique text",
    **two_values(_TEXT, "resume", "resumé", other="resumo"),
    aliases=["accent insensitive", "diacritics", "collation", "unaccent"],
)

text_trailing_space = Question(
    "values.text_trailing_space",
    f'A unique text holds "a": is "a " another value? {_COLLATION}',
    title="A trailing space in a unique text",
    **two_values(_TEXT, "a", "a ", other="b"),
    aliases=["trailing space", "PAD SPACE", "NO PAD", "strip"],
)

text_sharp_s = Question(
    "values.text_sharp_s",
    f'A unique text holds "strasse": is "straße" another value? {_COLLATION}',
    title="ß and ss in a unique text",
    **two_values(_TEXT, "strasse", "straße", other="strasso"),
    aliases=["eszett", "sharp s", "expansion", "German", "collation"],
)

text_normal_form = Question(
    "values.text_normal_form",
    'A unique text holds "é" as one character (NFC): is "e" with a combining accent (NFD) another'
    f" value? {_COLLATION}",
    title="Unicode's normal forms in a unique text",
    **two_values(
        _TEXT,
        "caf\u00e9",
        "cafe\u0301",
        other="cafo",
        title='save() of "café" in NFD (e, U+0301) beside "café" in NFC (U+00E9)',
    ),
    aliases=["NFC", "NFD", "unicode normalization", "combining character"],
)

text_emoji = Question(
    "values.text_emoji",
    f"A unique text holds one emoji: is a different emoji another value? {_COLLATION}",
    title="Two emoji in a unique text",
    **two_values(_TEXT, "\U0001f363", "\U0001f37a", other="sushi"),
    aliases=["emoji", "utf8mb4", "supplementary characters", "sushi beer", "collation"],
)
