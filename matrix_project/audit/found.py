"""The constraints that a project's models declare."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db.models import AutoField, Model

from matrix_project.observe.targets import Target, targets_of

__all__ = ["Found", "NotFoundError", "Passed", "constraints", "narrowed", "passed"]


class NotFoundError(Exception):
    """What a user names is nothing that there is; its text is one line."""


@dataclass(frozen=True)
class Found:
    """One constraint of one of the project's models, and where it is declared."""

    target: Target
    file: str
    line: int

    @property
    def id(self) -> str:
        """`app_label.Model/name`, or `…/unique(field, …)`, `…/check(field)`, `…/primary_key`."""
        return f"{self.target.model._meta.label}/{self.target.id}"


@dataclass(frozen=True)
class Passed:
    """A model that the audit passes by, and why."""

    model: str
    reason: str


def constraints() -> list[Found]:
    """Return the constraints of all models that Django makes tables for, of every app."""
    found = [
        Found(target, *_declared_at(target.model, target.name))
        for model in _models()
        if _passed(model) is None
        for target in targets_of(model)
        if not _is_counted(target)
    ]
    return sorted(found, key=lambda each: each.target.model._meta.label)


def passed() -> list[Passed]:
    """Return the models that have no table of Django's making of their own."""
    reasons = {model._meta.label: _passed(model) for model in _models()}
    return [Passed(model, reason) for model, reason in sorted(reasons.items()) if reason]


def narrowed(
    found: Sequence[Found], labels: Sequence[str], keywords: Sequence[str] = ()
) -> list[Found]:
    """Return those that a user names: by app, `app.Model`, `app.Model/constraint` or constraint.

    `keywords` are parts of ids, one of which has to be in it.

    Raises:
        NotFoundError: a name is none of those.
    """
    chosen: dict[str, Found] = {}
    for label in labels:
        fitting = [each for each in found if label.lower() in _names(each)]
        if not fitting:
            known = {name for each in found for name in _names(each)}
            near = get_close_matches(label.lower(), known, 3)
            nearest = f"; the nearest are {', '.join(near)}" if near else ""
            message = f"no app, model or constraint is called {label}{nearest}"
            raise NotFoundError(message)
        chosen |= {each.id: each for each in fitting}
    named = [each for each in found if each.id in chosen] if labels else list(found)
    parts = [each.lower() for each in keywords]
    kept = [each for each in named if not parts or any(part in each.id.lower() for part in parts)]
    if named and not kept:
        message = f"no constraint has {' or '.join(keywords)} in its id: `-k` takes a part of one"
        raise NotFoundError(message)
    return kept


def _names(found: Found) -> set[str]:
    meta = found.target.model._meta
    names = {meta.app_label, meta.label, found.id, found.target.name or ""}
    return {name.lower() for name in names} - {""}


def _models() -> Iterator[type[Model]]:
    yield from apps.get_models(include_swapped=True)


def _is_counted(target: Target) -> bool:
    """Return whether it is a key that the database counts: it is Django's, and never in doubt."""
    return target.kind == "primary_key" and isinstance(target.model._meta.pk, AutoField)


def _passed(model: type[Model]) -> str | None:
    """Return why Django makes no table for a model; None where it does."""
    meta: Any = model._meta
    if meta.swapped:
        return f"it is swapped for {meta.swapped}"
    if meta.proxy:
        return f"it is a proxy of {meta.concrete_model._meta.label}"
    if not meta.managed:
        return "it is not managed: its table is not Django's to create"
    return None


def _declared_at(model: type[Model], name: str | None) -> tuple[str, int]:
    """Return the file and the line of a constraint, or else of its model's class."""
    file, lines, start = _source(model)
    quoted = () if name is None else (f'"{name}"', f"'{name}'")
    for number, line in enumerate(lines):
        if any(each in line for each in quoted):
            return file, start + number
    return file, start


@cache
def _source(model: type[Model]) -> tuple[str, list[str], int]:
    try:
        file = inspect.getsourcefile(model) or ""
        lines, start = inspect.getsourcelines(model)
    except (OSError, TypeError):
        return model.__module__, [], 1
    return _short(Path(file)), lines, max(start, 1)


def _short(file: Path) -> str:
    """Return a file by its place in the project, or else in what Python imports."""
    for folder in [str(Path.cwd()), *sorted(sys.path, key=len, reverse=True)]:
        if folder and file.is_relative_to(folder):
            return file.relative_to(folder).as_posix()
    return file.name
