"""The document for the page's script: every value once, however often it stands in the matrix.

Each distinct observation is there once, and the cells name it by its hash. Equal values within them
(texts, lists, records) are one node each; a node names its parts by their numbers, which are
smaller than its own. The script builds them in one pass, so that what is equal there is the same
object.
"""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

import msgspec

from matrix_project.cost.document import Costs
from matrix_project.report.characters import printable
from matrix_project.report.costs import of_case
from matrix_project.report.findings import audited
from matrix_project.report.folding import Folding, told
from matrix_project.report.heatmap import past_end
from matrix_project.report.labels import Place
from matrix_project.report.reading import (
    MARKS,
    NEVER_CREATED,
    ORDER,
    QUESTION,
    Answer,
    Mark,
    answer,
    named,
    sentence,
)
from matrix_project.report.since import since
from matrix_project.report.site import NOWHERE, Site
from matrix_project.report.surroundings import differing
from matrix_project.report.upstream import explaining
from matrix_project.report.words import WORDS, is_comparison
from matrix_project.results.contract import (
    Case,
    Change,
    Environment,
    Matrix,
    Record,
    Verdict,
    Way,
    observation_hash,
)
from matrix_project.results.versions import version_key

__all__ = ["by_django", "classes", "command", "key", "pack", "slug"]

_LIST = -1
_PLAIN = re.compile(r"[\w.+-]+", re.ASCII)

_CLASSES = {mark: f"{mark.level or ''} {verdict}".strip() for verdict, mark in MARKS.items()}
_CLASSES |= {NEVER_CREATED: f"{NEVER_CREATED.level} never-created", QUESTION: "question"}

_Node = str | int | float | bool | list[int] | None


def pack(matrix: Matrix, folding: Folding, costs: Costs | None = None, site: Site = NOWHERE) -> str:
    """Return the document as JSON that is safe between `<script>` and `</script>`.

    Args:
        matrix: the document.
        folding: the same, folded.
        costs: what constraints cost.
        site: where the page is published.
    """
    hashes = _hashes(matrix, folding)
    distinct = {hash_: cell for cell, hash_ in hashes.items()}
    observations = {
        hash_: _observation(matrix.cases[id_], folding.record(id_, environment))
        for hash_, (id_, environment) in distinct.items()
    }
    packed = _Packed()
    own = audited(matrix)
    packed.add(
        {
            "series": sorted({place.django for place in folding.places}, key=version_key),
            "verdicts": [[str(verdict), WORDS[verdict]] for verdict in Verdict],
            "audited": audited(matrix),
            "repository": site.repository,
            "environments": [
                _environment(matrix.environments[place.environment], place, own=own)
                | {
                    "observed": place.environment in folding.observed,
                    "differing": differing(matrix, place.environment),
                    "ended": past_end(matrix, place.environment),
                }
                for place in folding.places
            ],
            "observations": observations,
            "cases": [
                _case(id_, case)
                | {
                    "cells": [hashes[id_, place.environment] for place in folding.places],
                    "since": [
                        matrix.first_seen.get(id_, {}).get(place.environment)
                        for place in folding.places
                    ],
                    "comparison": is_comparison(case),
                    "costs": of_case(costs, id_),
                    "ages": {each.vendor: each.sentence for each in since(matrix, folding, id_)},
                    "upstream": [
                        [
                            {"name": fault.name, "title": fault.title}
                            for fault in explaining(matrix, folding, id_, place.environment)
                        ]
                        for place in folding.places
                    ],
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


class _Packed:
    """The nodes made so far; the root is added last."""

    def __init__(self) -> None:
        self.nodes: list[_Node] = []
        self.shapes: dict[tuple[str, ...], int] = {}
        self._known: dict[tuple[object, ...], int] = {}

    def add(self, value: Any) -> int:
        """Return the number of the value's node, a new one where no other is equal."""
        node: _Node
        if isinstance(value, dict):
            names = tuple(map(printable, value))
            shape = self.shapes.setdefault(names, len(self.shapes))
            node = [shape, *map(self.add, value.values())]
        elif isinstance(value, list):
            node = [_LIST, *map(self.add, value)]
        else:
            node = printable(value) if isinstance(value, str) else value  # an enum's value, too
        identity = (list, *node) if isinstance(node, list) else (type(node), node)
        number = self._known.setdefault(identity, len(self.nodes))
        if number == len(self.nodes):
            self.nodes.append(node)
        return number


def _hashes(matrix: Matrix, folding: Folding) -> dict[tuple[str, str], str]:
    """Return the hash of every cell's observation, by case and environment.

    What is unknown has no observation in the document, and here the hash of its record.
    """
    known = {
        (case, environment): hash_
        for case, observed in matrix.cells.items()
        for hash_, environments in observed.items()
        for environment in environments
    }
    return {
        (case, environment): known.get((case, environment))
        or observation_hash(folding.record(case, environment))
        for case in matrix.cases
        for environment in matrix.environments
    }


def _environment(environment: Environment, place: Place, *, own: bool) -> dict[str, Any]:
    described: dict[str, Any] = _builtins(environment)
    return described | {
        "id": place.environment,
        "name": place.name,
        "server": place.server,
        "series": place.django,
        "command": _command(place, own=own),
    }


def _case(id_: str, case: Case) -> dict[str, Any]:
    described: dict[str, Any] = _builtins(case)
    option = _quoted(id_) if case.file else f"--case {_quoted(id_)}"
    return described | {"id": id_, "option": option}


def _observation(case: Case, record: Record) -> dict[str, Any]:
    """Return the evidence of an observation, and what every report reads out of it."""
    described: dict[str, Any] = _builtins(record)
    del described["case"]
    given = answer(case, record)
    error = told(case, record)
    return described | {
        "ways": {way: _way(case, record, way) for way in record.ways},
        "answer": _answer(given),
        "known": given.mark != MARKS[Verdict.UNKNOWN],
        "silent": given.silent,
        "named": named(record),
        "sentence": sentence(case, record),
        "meaning": case.answers.get(record.answer or ""),
        "told": {
            "class": error.class_,
            "code": error.code,
            "names": error.names_constraint,
            "message": error.message,
        },
    }


def _answer(given: Answer) -> dict[str, Any]:
    return {
        "word": given.words,
        "by_django": by_django(given),
        "warned": given.warned,
        "key": key(given),
        "mark": classes(given.mark),
        "order": ORDER.index(given.mark) * 2 + given.warned,
        "exact": given.word,
    }


def _way(case: Case, record: Record, way: Way) -> dict[str, Any]:
    """Return the answer that a record would give were there no other way."""
    alone = record.ways[way]
    given = msgspec.structs.replace(record, verdict=alone.verdict, by=alone.by, warned=[])
    return _answer(answer(case, given))


def _builtins(value: Any) -> Any:
    """Return a record of the contract as JSON has it, the keys with default values too.

    A row is a text: the script's numbers are not as large as a database's.
    """
    if isinstance(value, Change):
        rows = {"added": value.added, "removed": value.removed}
        texts = {
            name: [json.dumps(row, ensure_ascii=False) for row in each]
            for name, each in rows.items()
        }
        return {"table": value.table, **texts}
    if isinstance(value, msgspec.Struct):
        fields = zip(value.__struct_encode_fields__, value.__struct_fields__, strict=True)
        return {name: _builtins(getattr(value, field)) for name, field in fields}
    if isinstance(value, dict):
        return {name: _builtins(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_builtins(each) for each in value]
    return None if value is msgspec.UNSET else value


def slug(word: str) -> str:
    """Return a word for a name in the style or in a link."""
    return word.replace(" ", "-")


def classes(mark: Mark) -> str:
    """Return the style's classes of a mark: its level, which gives the colour, and its own."""
    return _CLASSES[mark]


def by_django(given: Answer) -> bool:
    """Return whether it has to be told that Django, not the database, refused the constraint."""
    return given.by == "django" and given.mark != NEVER_CREATED


def key(given: Answer) -> str:
    """Return the name of an answer in a link."""
    tags = [tag for tag, told in (("django", by_django(given)), ("warned", given.warned)) if told]
    return "+".join((slug(given.name), *tags))


def command(folding: Folding, environment: str, *, own: bool = False) -> str:
    """Return the line that observes an environment of the document; `own`: of an audit."""
    place = next(each for each in folding.places if each.environment == environment)
    return _command(place, own=own)


def _command(place: Place, *, own: bool) -> str:
    """Return the command that observes the environment again."""
    if own:
        return f"python -m matrix_project audit --backend {_quoted(place.backend)}"
    released = re.fullmatch(r"\d+\.\d+", place.django, re.ASCII)
    asked = "" if released else f"MATRIX_DJANGO={_quoted(place.django)} "
    session = f"matrix(django='{place.django}')"
    session = f'"{session}"' if _PLAIN.fullmatch(place.django) else shlex.quote(session)
    return f"{asked}nox -s {session} -- --backend {_quoted(place.backend)}"


def _quoted(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else shlex.quote(text)
