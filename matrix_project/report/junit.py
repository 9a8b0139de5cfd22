"""The document as JUnit XML, for the dashboards of CI systems.

A suite is an environment, a test asks whether it keeps a case's promise, or what it answers:

- *passed*: the promise holds, or the question has an answer; the output has what there is to tell;
- *failure*: the promise does not hold, holds with a catch, or cannot be had. This is a finding, not
  a broken run; but it was observed, so it must not look like the skipped ones, and a pass would
  hide it. A job that should stop at news alone takes `changes` to decide, and this to show;
- *skipped*: nobody knows (`unknown`), or there is no model to ask (`absent`), with the reason;
- *error*: the run itself went wrong. A lost server, or a harness that failed, adds one such test,
  `observation`, to its suite.

In an audit, a test has the file and the line of its constraint, and what the baseline accepts has
*passed*: its output has the reason.

Valid by the schema of Jenkins' xUnit plugin, and read alike by GitLab, GitHub's actions and others.
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree import ElementTree as ET

from matrix_project.report.characters import line, log_line
from matrix_project.report.findings import Finding
from matrix_project.report.ranking import HOLDS
from matrix_project.report.reading import MARKS, UNKNOWN, answer, sentence
from matrix_project.report.surroundings import surroundings
from matrix_project.results.cells import cells
from matrix_project.results.contract import (
    Case,
    Environment,
    Matrix,
    Outcome,
    Record,
    Status,
    Verdict,
)

__all__ = ["render"]

_COUNTED = {"failures": "failure", "errors": "error", "skipped": "skipped"}
_SKIPPED = (UNKNOWN.mark, MARKS[Verdict.ABSENT])
_PROMISED = {"accept": Outcome.ACCEPTED, "reject": Outcome.REJECTED}


def render(matrix: Matrix, found: Iterable[Finding] = ()) -> str:
    """Return the document as XML, in UTF-8.

    Args:
        matrix: the document.
        found: of an audit, what `findings` returned of it with its baseline.
    """
    accepted = {(each.case, each.environment): each.accepted for each in found}
    root = ET.Element("testsuites", name="Constraint Matrix")
    records = cells(matrix)
    for id_, environment in matrix.environments.items():
        suite = _suite(id_, environment)
        for name, case in matrix.cases.items():
            test = _test(suite, name, id_)
            for attribute, value in (("file", case.file), ("line", case.line)):
                if value:
                    test.set(attribute, line(str(value)))
            _answer(test, case, records[name][id_], accepted.get((name, id_)))
        suite.set("tests", str(len(suite.findall("testcase"))))
        for name, tag in _COUNTED.items():
            suite.set(name, str(len(suite.findall(f"testcase/{tag}"))))
        root.append(suite)
    tests = {"tests": "testcase", "failures": "failure", "errors": "error"}
    for name, tag in tests.items():
        root.set(name, str(len(list(root.iter(tag)))))
    ET.indent(root, " ")
    body = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'


def _suite(id_: str, environment: Environment) -> ET.Element:
    """Return an environment's suite, without the tests of its cases."""
    suite = ET.Element("testsuite", name=line(id_))
    properties = ET.SubElement(suite, "properties")
    described = {"backend": environment.backend, "status": environment.status}
    for name, value in (described | surroundings(environment)).items():
        if value is not None:
            ET.SubElement(properties, "property", name=line(name), value=line(value))
    if environment.status == Status.LOST or (
        environment.status == Status.OBSERVED and environment.reason
    ):
        why = f"{environment.status}: {environment.reason}"
        _add(_test(suite, "observation", id_), "error", environment.status, why, why)
    if environment.observed_at:
        suite.set("timestamp", line(environment.observed_at))
    suite.set("time", f"{environment.seconds.get('suite', 0):.3f}")
    return suite


def _test(suite: ET.Element, name: str, environment: str) -> ET.Element:
    """Add a test; dashboards know it by class and name alone, so that the class is the place."""
    return ET.SubElement(suite, "testcase", classname=line(environment), name=line(name))


def _answer(test: ET.Element, case: Case, record: Record, accepted: str | None) -> None:
    given, told = answer(case, record), sentence(case, record)
    if accepted is not None:
        output = f"{given}: {told}\naccepted: {accepted}"
        ET.SubElement(test, "system-out").text = "\n".join(map(log_line, output.splitlines()))
    elif given.mark in _SKIPPED:
        ET.SubElement(test, "skipped", message=line(record.summary))
    elif case.kind == "promise" and record.verdict not in HOLDS:
        _add(test, "failure", str(given), f"{given}: {told}", told, *_broken(record))
    elif not given.plain:
        ET.SubElement(test, "system-out").text = log_line(f"{given}: {told}")


def _broken(record: Record) -> list[str]:
    """Return a line for each probe that ended otherwise than was promised."""
    told = [
        f"{probe.title}: {probe.outcome}"
        for probe in record.probes
        if probe.expect is not None
        and probe.outcome not in {None, _PROMISED[probe.expect]}
        and not probe.masked
        and probe.way != "remove"
    ]
    return list(dict.fromkeys(told))


def _add(test: ET.Element, tag: str, kind: str, message: str, *lines: str) -> None:
    text = "\n".join(map(log_line, lines))
    ET.SubElement(test, tag, type=line(kind), message=line(message)).text = text
