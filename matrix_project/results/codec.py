"""The results as JSON: encoded so that a diff tells lines apart, decoded or refused; its schema."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, TypeVar

import msgspec

from matrix_project.results.contract import SCHEMA, EnvironmentResult, Matrix

__all__ = ["decode_environment", "decode_matrix", "encode", "schema"]

_Document = TypeVar("_Document", Matrix, EnvironmentResult)

# How deep the JSON is laid out, one value a line; what is deeper (a probe, a step) is one line.
_LINES = {Matrix: 4, EnvironmentResult: 4}
# The keys behind `observed_at` and `generated_at` that change with every run stand in their line.
_SAME_LINE = {"seconds", "selection", "project", "added", "declared", "held"}
_DEEPEST = 64
"""How deep a file may be nested; what the contract names is at a depth of a dozen."""


def encode(document: Matrix | EnvironmentResult) -> bytes:
    """Return the document as JSON whose lines a diff can tell apart: a probe is one line."""
    return "".join(_lines(msgspec.to_builtins(document), _LINES[type(document)])).encode() + b"\n"


def _lines(value: Any, depth: int, indent: str = "\n") -> list[str]:
    """Return a value's JSON in pieces, laid out down to a depth."""
    if depth == 0 or not value or not isinstance(value, dict | list):
        return [msgspec.json.encode(value).decode()]
    inner, pieces = f"{indent} ", []
    if isinstance(value, dict):
        for key, each in value.items():
            joined = key in _SAME_LINE
            pieces += [",", " " if joined else inner, msgspec.json.encode(key).decode(), ": "]
            pieces += _lines(each, 0 if joined else depth - 1, inner)
        return ["{", *pieces[1:], indent, "}"]
    for each in value:
        pieces += [",", inner, *_lines(each, depth - 1, inner)]
    return ["[", *pieces[1:], indent, "]"]


def decode_environment(data: bytes) -> EnvironmentResult:
    """Read an environment's file.

    Raises:
        ValueError: the file is of another version of the contract, or not of the contract at all.
    """
    return _decode(data, EnvironmentResult)


def decode_matrix(data: bytes) -> Matrix:
    """Read a document.

    Raises:
        ValueError: as `decode_environment`.
    """
    return _decode(data, Matrix)


class _Versioned(msgspec.Struct):
    schema: int


def _decode(data: bytes, type_: type[_Document]) -> _Document:
    try:
        version = msgspec.json.decode(data, type=_Versioned).schema
        if version == SCHEMA:
            found = msgspec.json.decode(data, type=type_)
            _see_to_one_reading(data)
            return found
    except RecursionError as error:
        message = "not a results file: it is nested too deep"
        raise ValueError(message) from error
    except (msgspec.DecodeError, ValueError) as error:
        message = f"not a results file: {error if data.strip() else 'it is empty'}"
        raise ValueError(message) from error
    message = (
        f"of schema {version}, where this version of the project reads schema {SCHEMA}:"
        " run the matrix again"
    )
    raise ValueError(message)


def _see_to_one_reading(data: bytes) -> None:
    """See to it that every reader of a JSON text reads the same, whichever of two keys it takes.

    Raises:
        ValueError: a key stands twice in one object, or values are nested too deep.
    """
    values = [json.loads(data, object_pairs_hook=_once)]
    for _ in range(_DEEPEST):
        parts = (each.values() if isinstance(each, dict) else each for each in values)
        values = [each for part in parts for each in part if isinstance(each, dict | list)]
        if not values:
            return
    message = "it is nested too deep"
    raise ValueError(message)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        (twice, _), *_ = Counter(name for name, _ in pairs).most_common(1)
        message = f"the key {twice} stands twice in one object"
        raise ValueError(message)
    return found


def schema() -> dict[str, object]:
    """Return the JSON Schema (draft 2020-12) of `matrix.json`, generated from these types."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Constraint Matrix results",
        **msgspec.json.schema(Matrix),
    }
