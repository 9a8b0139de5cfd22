"""An audit as SARIF 2.1.0, which code scanning of GitHub, GitLab, Azure and editors reads.

A result is a constraint that does not hold on a backend, at the line that declares it; a rule is a
verdict. What the baseline accepts is there as suppressed, with its reason. What is unknown is no
result: it is a notification of the run, as is an environment that was not observed.
https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from matrix_project.report.characters import escaped_json, line
from matrix_project.report.findings import Finding, findings
from matrix_project.report.reading import ORDER, Mark, answer, sentence
from matrix_project.results.contract import Case, Matrix, Status, Verdict

__all__ = ["SCHEMA", "render"]

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_ROOT = "%SRCROOT%"
"""What a reader puts the root of the repository for; GitHub has this very name for it."""


def render(matrix: Matrix, found: Sequence[Finding] | None = None) -> str:
    """Return the audit as SARIF.

    Args:
        matrix: the document.
        found: what `findings` returned with the threshold and the baseline; by default all that
            does not hold, of which nothing fails and nothing is accepted.
    """
    found = findings(matrix) if found is None else found
    results = [each for each in found if each.verdict != Verdict.UNKNOWN]
    unknown = [each for each in found if each.verdict == Verdict.UNKNOWN]
    used = {
        _rule_id(matrix, each): answer(matrix.cases[each.case], each.record).mark
        for each in results
    }
    rules = dict(sorted(used.items(), key=lambda each: ORDER.index(each[1])))
    run = {
        "tool": {
            "driver": {
                "name": "Constraint Matrix",
                "semanticVersion": matrix.project.version,
                "rules": [_rule(id_, mark) for id_, mark in rules.items()],
            }
        },
        "invocations": [_invocation(matrix, unknown)],
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the project."}}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(matrix, each, list(rules)) for each in results],
    }
    told = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return f"{escaped_json(json.dumps(told, ensure_ascii=False, indent=1))}\n"


def _rule_id(matrix: Matrix, found: Finding) -> str:
    given = answer(matrix.cases[found.case], found.record)
    return f"constraint/{given.name.replace(' ', '-')}"


def _rule(id_: str, mark: Mark) -> dict[str, Any]:
    word = id_.partition("/")[2]
    return {
        "id": id_,
        "name": "".join(part.capitalize() for part in word.split("-")),
        "shortDescription": {"text": f"Constraint {word.replace('-', ' ')}"},
        "fullDescription": {"text": f"{mark.meaning[0].upper()}{mark.meaning[1:]}."},
        "defaultConfiguration": {"level": "warning"},
    }


def _invocation(matrix: Matrix, unknown: Sequence[Finding]) -> dict[str, Any]:
    gaps = {
        id_: f"{id_} is {each.status}: {each.reason or 'no reason is known'}"
        for id_, each in matrix.environments.items()
        if each.status != Status.OBSERVED
    }
    told = [
        *({"level": "error", "message": {"text": line(text)}} for text in gaps.values()),
        *(
            {
                "level": "warning",
                "message": {
                    "text": line(f"{each.case} on {each.environment}: {each.record.summary}")
                },
            }
            for each in unknown
        ),
    ]
    return {"executionSuccessful": not gaps, "toolExecutionNotifications": told}


def _result(matrix: Matrix, found: Finding, rules: Sequence[str]) -> dict[str, Any]:
    case = matrix.cases[found.case]
    given, rule = answer(case, found.record), _rule_id(matrix, found)
    text = f"{found.case} on {found.environment}: {given}. {sentence(case, found.record)}"
    identity = f"{found.case}\n{found.backend}\n{rule}"
    return {
        "ruleId": rule,
        "ruleIndex": rules.index(rule),
        "level": "error" if found.fails else "warning",
        "message": {"text": line(text)},
        "locations": [_location(found.case, case)],
        "partialFingerprints": {
            "constraintOnBackend/v1": hashlib.sha256(identity.encode()).hexdigest()
        },
        "properties": {"environment": found.environment, "verdict": found.verdict},
        **(
            {"suppressions": [{"kind": "external", "justification": line(found.accepted)}]}
            if found.accepted is not None
            else {}
        ),
    }


def _location(id_: str, case: Case) -> dict[str, Any]:
    location: dict[str, Any] = {
        "logicalLocations": [{"fullyQualifiedName": line(id_), "kind": "member"}]
    }
    if case.file:
        physical: dict[str, Any] = {
            "artifactLocation": {"uri": quote(case.file), "uriBaseId": _ROOT}
        }
        if case.line:
            physical["region"] = {"startLine": case.line}
        location["physicalLocation"] = physical
    return location
