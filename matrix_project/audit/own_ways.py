"""Ways in through the project's own code, where a user asks for them: its `save()`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db import Error as DjangoError

from matrix_project.observe.contents import build
from matrix_project.observe.errors import KeptOutError
from matrix_project.observe.subject import Act, Subject
from matrix_project.observe.tables import Tables

__all__ = ["WAYS_IN", "acts"]


def _save(subject: Subject, row: Mapping[str, Any], tables: Tables) -> None:
    own = subject.stands_for[tables.model]
    try:
        build(subject, row, own).save(using=tables.using)
    except (DjangoError, ValidationError):
        raise
    except (Exception, SystemExit) as error:
        message = f"{type(error).__name__}: {error}"
        raise KeptOutError(message) from error


WAYS_IN = {"save": _save}
"""By the word of the command line, what puts a row in."""


def acts(subject: Subject, ways_in: Sequence[str]) -> list[Act]:
    """Return the acts that put a subject's rows in by these ways.

    They make no verdict: what the project's code does before is its own.
    """
    return [
        Act(
            title=f"the project's own {name}() of a {word} row",
            do=partial(WAYS_IN[name], subject, row),
        )
        for name in ways_in
        for word, rows in (("valid", subject.valid[:1]), ("violating", subject.violating[:1]))
        for row in rows
    ]
