"""The matrix as values: one module a family, each case a `Promise` or a `Question` in it.

A new case is one value in its family's module; a new family is one module. A large family has
several, `family_part`.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import sys
import sysconfig
import traceback
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

from matrix_project.cases.case import CaseError, Declared, noted

__all__ = ["load"]

_NOT_FAMILIES = frozenset(
    ("acts", "case", "classes", "documents", "kinds", "question_forms", "question_words")
)


def load(files: Iterable[Path] = ()) -> dict[str, Declared]:
    """Return every case by id: those of this package, and those of further files.

    Django has to be set up.

    Raises:
        CaseError: a module cannot be read, or two cases have one id; the line is told.
    """
    found: dict[str, Declared] = {}
    for case in _declared(files):
        if case.id in found:
            case.refuse(f"its id is taken already, at {found[case.id].where}")
        found[case.id] = case
    for case in found.values():
        if case.instead_of is not None and case.instead_of not in found:
            case.refuse(f"instead_of names no case: {case.instead_of}")
    return dict(sorted(found.items()))


def _declared(files: Iterable[Path]) -> Iterable[Declared]:
    for each in pkgutil.iter_modules(__path__):
        if each.name not in _NOT_FAMILIES:
            module = _read(lambda name=each.name: importlib.import_module(f"{__name__}.{name}"))
            yield from (value for value in vars(module).values() if isinstance(value, Declared))
    for path in files:
        with noted() as found:
            _read(lambda path=path: _import(path))
        if not found:
            message = f"{path}: there is no case in it: declare a Promise or a Question"
            raise CaseError(message)
        yield from found


def _import(path: Path) -> ModuleType:
    if not path.is_file():
        message = f"{path}: there is no such file"
        raise CaseError(message)
    name = f"_cases_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        message = f"{path}: no Python file: name one that ends in .py"
        raise CaseError(message)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _read(read: object) -> ModuleType:
    try:
        return read()  # type: ignore[operator, no-any-return]
    except CaseError:
        raise
    except SyntaxError as error:
        message = f"{error.filename}:{error.lineno}: {error.msg}"
        raise CaseError(message) from error
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        own = [
            frame
            for frame in traceback.extract_tb(error.__traceback__)
            if "site-packages" not in frame.filename
            and frame.filename != __file__
            and not frame.filename.startswith((sysconfig.get_path("stdlib"), "<frozen "))
        ]
        frame = own[-1] if own else last
        words = " ".join(f"{type(error).__name__}: {error}".split())
        message = f"{frame.filename}:{frame.lineno}: {words}"
        raise CaseError(message) from error
