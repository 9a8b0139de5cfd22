"""The document as JUnit XML, for the dashboards of CI systems.

A suite is an environment, a test asks whether it keeps a case's promise:

- *passed*: it does (`enforced`, `enforced-other-error`); its output has what there is to say;
- *failure*: it does not (`partial`, `refused`, `ignored`). This is a finding, not a broken run; but
  it was observed, so it must not look like the skipped ones, and a pass would hide it. A job that
  should stop at news alone takes `changes` to decide, and this to show;
- *skipped*: nobody knows (`unknown`), with the reason;
- *error*: the run itself went wrong. A lost server, or a harness that failed, adds one such test,
  `observation`, to its suite.

Valid by the schema of Jenkins' xUnit plugin, and read alike by GitLab, GitHub's actions and others.
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree import ElementTree as ET

from matrix_project.report.characters import line, printable
from matrix_project.report.ranking import HOLDS
from matrix_project.report.reading import answer, sentence
from matrix_project.report.surroundings import surroundings
from matrix_project.results import Case, Cell, Environment, Matrix, Status, Verdict

__all__ = ["render"]

_COUNTED = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def render(matrix: Matrix) -> str:
    """Return the document as XML, in UTF-8."""
    root = ET.Element("testsuites", name="Constraint Matrix")
    for id_, environment in matrix.environments.items():
        cells = (cell for cell in matrix.cells if cell.environment == id_)
        root.append(_suite(id_, environment, matrix.cases, cells))
    tests = {"tests": "testcase", "failures": "failure", "errors": "error"}
    for name, tag in tests.items():
        root.set(name, str(len(list(root.iter(tag)))))
    ET.indent(root, " ")
    body = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'


def _suite(
    id_: str, environment: Environment, cases: dict[str, Case], cells: Iterable[Cell]
) -> ET.Element:
    suite = ET.Element("testsuite", name=line(id_))
    properties = ET.SubElement(suite, "properties")
    told_of = {"backend": environment.backend, "status": environment.status}
    for name, value in (told_of | surroundings(environment)).items():
        if value is not None:
            ET.SubElement(properties, "property", name=line(name), value=line(value))
    if environment.status == Status.LOST or (
        environment.status == Status.OBSERVED and environment.reason
    ):
        told = f"{environment.status}: {environment.reason}"
        _said(_test(suite, "observation", id_), "error", environment.status, told)
    for cell in cells:
        _answer(_test(suite, cell.case, id_), cases[cell.case], cell)
    suite.set("tests", str(len(suite.findall("testcase"))))
    for name, tag in _COUNTED.items():
        suite.set(name, str(len(suite.findall(f"testcase/{tag}"))))
    if environment.observed_at:
        suite.set("timestamp", line(environment.observed_at))
    suite.set("time", f"{environment.seconds.get('suite', 0):.3f}")
    return suite


def _test(suite: ET.Element, name: str, environment: str) -> ET.Element:
    """Add a test; dashboards know it by class and name alone, so that the class is the place."""
    return ET.SubElement(suite, "testcase", classname=line(environment), name=line(name))


def _answer(test: ET.Element, case: Case, cell: Cell) -> None:
    if cell.verdict == Verdict.UNKNOWN:
        ET.SubElement(test, "skipped", message=line(cell.summary))
        return
    given, told = answer(case, cell), sentence(cell)
    if cell.verdict not in HOLDS:
        broken = [probe for probe in cell.probes if f"{probe.expect}ed" != probe.outcome]
        lines = [told, *(f"{each.title}: {each.outcome}" for each in broken)]
        _said(test, "failure", str(given), "\n".join(lines))
    elif not given.plain:
        ET.SubElement(test, "system-out").text = printable(f"{given}: {told}")


def _said(test: ET.Element, tag: str, kind: str, told: str) -> None:
    first = f"{kind}: {told.splitlines()[0]}" if tag == "failure" else told
    said = ET.SubElement(test, tag, type=line(kind), message=line(first))
    said.text = printable(told)
