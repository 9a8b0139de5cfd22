"""For the tests of a Django project: an assertion that real databases enforce a constraint.

    from matrix_project.testing import assert_enforced

    def test_an_account_has_one_primary_address():
        assert_enforced("account.EmailAddress", "unique_primary_email", backends=["mysql-9.7"])

Each call brings its servers up and takes them down again: name all constraints of a model in one.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterable
from pathlib import Path

from matrix_project.report.audit_summary import headline
from matrix_project.report.ranking import HOLDS
from matrix_project.report.reading import answer, sentence
from matrix_project.results.cells import cells
from matrix_project.results.contract import Matrix, Status
from matrix_project.results.store import read_document

__all__ = ["AuditError", "assert_enforced"]

_SAID = 2000


class AuditError(Exception):
    """The audit itself came to no end; its text is what it said last."""


def assert_enforced(
    model: str, *constraints: str, backends: Iterable[str] = (), settings: str | None = None
) -> None:
    """See to it that databases keep out what a constraint of a model forbids.

    Args:
        model: `app_label.Model`.
        constraints: their names; by default all constraints of the model.
        backends: `mysql-9.7`, …; by default the newest long-term series of each vendor.
        settings: the module of the project's settings; by default DJANGO_SETTINGS_MODULE.

    Raises:
        AssertionError: a constraint does not hold on a backend, or that is unknown, or a backend
            was not observed; its text says why.
        AuditError: nothing was observed, because the project, the model or the constraint was not
            found.
    """
    # A failing assertion shows none of this frame in pytest.
    __tracebackhide__ = True
    labels = [f"{model}/{name}" for name in constraints] or [model]
    chosen = [f"--backend={each}" for each in backends]
    if settings is not None:
        chosen.append(f"--settings={settings}")
    with tempfile.TemporaryDirectory(prefix="audit-") as folder:
        words = [sys.executable, "-m", "matrix_project", "audit", f"--output={folder}"]
        done = subprocess.run(
            [*words, *chosen, "--", *labels],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(_importable())},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        document = Path(folder, "matrix.json")
        matrix = read_document(document) if document.exists() else None
    if matrix is None or not matrix.environments:
        raise AuditError(done.stdout.strip()[-_SAID:])
    if wrong := _wrong(matrix):
        raise AssertionError("\n".join([headline(matrix), *wrong]))


def _wrong(matrix: Matrix) -> list[str]:
    """Return a line for each environment that was not observed, and each cell that fails."""
    wrong = [
        f"{id_} is {each.status}: {each.reason}"
        for id_, each in matrix.environments.items()
        if each.status != Status.OBSERVED
    ]
    for id_, by_environment in cells(matrix).items():
        case = matrix.cases[id_]
        wrong += [
            f"{id_} on {environment}: {answer(case, record)}. {sentence(case, record)}"
            for environment, record in by_environment.items()
            if matrix.environments[environment].status != Status.NOT_RUN
            and record.verdict not in HOLDS
        ]
    return wrong


def _importable() -> list[str]:
    """Return the folders that this process imports from, and a new one of this Python would not.

    A test runner adds folders of its own: with pytest, those of `pythonpath` and of the tests.
    """
    own = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    folders = [Path(each).absolute() for each in sys.path if Path(each).is_dir()]
    return [str(each) for each in folders if not any(each.is_relative_to(one) for one in own)]
