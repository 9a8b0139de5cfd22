"""The results as JSON: encoded so that a diff tells lines apart, decoded or refused; its schema."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from matrix_project.results.contract import SCHEMA, EnvironmentResult, Matrix

__all__ = ["decode_environment", "decode_matrix", "encode", "schema"]

_Document = TypeVar("_Document", Matrix, EnvironmentResult)

# How deep the JSON is laid out, one value a line; what is deeper (a probe, a step) is one line.
_LINES = {Matrix: 4, EnvironmentResult: 4}
# The keys behind `observed_at` and `generated_at` that change with every run stand in their line.
_SAME_LINE = {"seconds", "selection", "project"}


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
            return msgspec.json.decode(data, type=type_)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        message = f"not a results file: {error}"
        raise ValueError(message) from error
    message = (
        f"of schema {version}, where this version of the project reads schema {SCHEMA}:"
        " run the matrix again"
    )
    raise ValueError(message)


def schema() -> dict[str, object]:
    """Return the JSON Schema (draft 2020-12) of `matrix.json`, generated from these types."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Constraint Matrix results",
        **msgspec.json.schema(Matrix),
    }
