"""The document for the page's script: every value once, however often it stands in the matrix.

Environments repeat each other nearly word for word. Equal values (texts, lists, whole cells) are
one node each; a node names its parts by their numbers, which are smaller than its own. The script
builds them in one pass, so that what is equal there is the same object.
"""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from typing import Any

import msgspec

from matrix_project.report.folding import Folding, told
from matrix_project.report.labels import Place, version_key
from matrix_project.report.reading import MARKS, NO_CONSTRAINT, answer, named, sentence
from matrix_project.results import Case, Cell, Environment, Matrix

__all__ = ["key", "pack", "slug"]

_ORDER = [*MARKS.values(), NO_CONSTRAINT]
_LIST = -1
_PLAIN = re.compile(r"[\w.+-]+", re.ASCII)

_Node = str | int | float | bool | list[int] | None


def pack(matrix: Matrix, folding: Folding) -> str:
    """Return the document as JSON that is safe between `<script>` and `</script>`."""
    places = folding.places
    observed = folding.observed.keys()
    packed = _Packed()
    cells = _cells(matrix, packed)
    since = {(cell.case, cell.environment): cell.since for cell in matrix.cells}
    packed.add(
        {
            "series": sorted({place.django for place in places}, key=version_key),
            "environments": [
                _environment(matrix.environments[place.environment], place)
                | {"observed": place.environment in observed}
                for place in places
            ],
            "cases": [
                _case(id_, case)
                | {
                    "cells": [cells[id_, place.environment] for place in places],
                    "since": [since[id_, place.environment] for place in places],
                }
                for id_, case in matrix.cases.items()
            ],
        }
    )
    text = json.dumps(
        {"shapes": list(packed.shapes), "nodes": packed.nodes},
        ensure_ascii=False,
        separators=(",", ":"),
    )
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


@dataclass(frozen=True)
class _Made:
    """A value that has its node already."""

    number: int


class _Packed:
    """The nodes made so far; the root is added last."""

    def __init__(self) -> None:
        self.nodes: list[_Node] = []
        self.shapes: dict[tuple[str, ...], int] = {}
        self._known: dict[tuple[object, ...], int] = {}

    def add(self, value: Any) -> int:
        """Return the number of the value's node, a new one where no other is equal."""
        node: _Node
        if isinstance(value, _Made):
            return value.number
        if isinstance(value, dict):
            shape = self.shapes.setdefault(tuple(value), len(self.shapes))
            node = [shape, *map(self.add, value.values())]
        elif isinstance(value, list):
            node = [_LIST, *map(self.add, value)]
        else:
            node = value
        identity = (list, *node) if isinstance(node, list) else (type(node), node)
        number = self._known.setdefault(identity, len(self.nodes))
        if number == len(self.nodes):
            self.nodes.append(node)
        return number


def _cells(matrix: Matrix, packed: _Packed) -> dict[tuple[str, str], _Made]:
    """Add the cells, each of those that say the same but once."""
    made: dict[tuple[bool, bytes], _Made] = {}
    found = {}
    for cell in matrix.cells:
        case = matrix.cases[cell.case]
        said = msgspec.structs.replace(cell, case="", environment="", since=None)
        identity = case.constraint is None, msgspec.json.encode(said)
        if identity not in made:
            made[identity] = _Made(packed.add(_cell(case, cell)))
        found[cell.case, cell.environment] = made[identity]
    return found


def _environment(environment: Environment, place: Place) -> dict[str, Any]:
    described: dict[str, Any] = msgspec.to_builtins(environment)
    return described | {
        "id": place.environment,
        "name": place.name,
        "server": place.server,
        "series": place.django,
        "command": _command(place),
    }


def _case(id_: str, case: Case) -> dict[str, Any]:
    described: dict[str, Any] = msgspec.to_builtins(case)
    return described | {"id": id_, "option": f"--case {_quoted(id_)}"}


def _cell(case: Case, cell: Cell) -> dict[str, Any]:
    """Return the cell's evidence, and what every report reads out of it."""
    described: dict[str, Any] = msgspec.to_builtins(cell)
    del described["case"], described["environment"], described["since"]
    given = answer(case, cell)
    error = told(cell)
    return described | {
        "answer": {
            "word": given.word,
            "warned": given.warned,
            "key": key(given.word, warned=given.warned),
            "mark": slug(given.word),
            "order": _ORDER.index(given.mark) * 2 + given.warned,
        },
        "silent": given.silent,
        "named": named(cell),
        "sentence": sentence(cell),
        "told": {
            "class": error.class_,
            "code": error.code,
            "names": error.names_constraint,
            "message": error.message,
        },
    }


def slug(word: str) -> str:
    """Return the name of an answer's word among the style's classes."""
    return word.replace(" ", "-")


def key(word: str, *, warned: bool) -> str:
    """Return the name of an answer in a link."""
    return f"{slug(word)}+warned" if warned else slug(word)


def _command(place: Place) -> str:
    """Return the command that observes the environment again."""
    released = re.fullmatch(r"\d+\.\d+", place.django, re.ASCII)
    asked = "" if released else f"MATRIX_DJANGO={_quoted(place.django)} "
    session = f"matrix(django='{place.django}')"
    session = f'"{session}"' if _PLAIN.fullmatch(place.django) else shlex.quote(session)
    return f"{asked}nox -s {session} -- --backend {_quoted(place.backend)}"


def _quoted(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else shlex.quote(text)
