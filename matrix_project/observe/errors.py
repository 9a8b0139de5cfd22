"""Read what was raised: an answer, or a fault that answers nothing.

What the server or Django says of a statement is an answer, whatever its code: the control shows
whether it speaks of the constraint. A lost connection, a full disk, a lock or a mistake of our own
is a fault, so that a server in trouble is never written down as a constraint at work.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Container
from typing import Any

from django.apps import apps
from django.core.exceptions import (
    EmptyResultSet,
    FieldError,
    FullResultSet,
    MultipleObjectsReturned,
    ObjectDoesNotExist,
    ValidationError,
)
from django.db import Error as DjangoError
from django.db import InterfaceError, OperationalError
from django.db.transaction import TransactionManagementError

from matrix_project import vendors
from matrix_project.observe.scrub import scrub
from matrix_project.results.evidence import Error
from matrix_project.vendors import Raised

__all__ = ["Fault", "KeptOutError", "OccupiedError", "UnreachableError", "driver_error", "read"]


class KeptOutError(Exception):
    """Other code than Django's keeps a row out, which is its answer; the text says what it said."""


# What is raised in the place of a database: Django cannot do this there, makes no SQL of it, takes
# no such value or finds other rows than one; the driver of SQLite takes no integer of more than
# 64 bits.
_DJANGOS_ANSWERS = (
    *(NotImplementedError, FieldError, EmptyResultSet, FullResultSet),
    *(ValidationError, MultipleObjectsReturned, ObjectDoesNotExist, OverflowError, KeptOutError),
)
_STATES = "django.db.migrations.state"
_TROUBLE = (OperationalError, InterfaceError)


class Fault(Exception):  # noqa: N818 (not an error of ours: what kept us from observing)
    """The database did not answer the question."""


class OccupiedError(Exception):
    """A table of the subject's exists already; its text says which, and what to do."""


class UnreachableError(Exception):
    """The server no longer answers; its text says how that was found."""


def read(raised: Exception, connection: Any, names: Container[str] = ()) -> Error:
    """Return the error by which the database, or Django, answered.

    `names` are those that the catalogue has for the observed constraint.

    Raises:
        Fault: it answers nothing.
    """
    if not isinstance(raised, DjangoError):
        if not _is_djangos_answer(raised):
            message = f"{type(raised).__name__}: {raised}"
            raise Fault(_one_line(message)) from raised
        words = str(raised) or type(raised).__name__
        return _error(raised, raised, Raised(None, words), connection, names)
    if isinstance(raised, TransactionManagementError) and isinstance(raised.__cause__, DjangoError):
        read(raised.__cause__, connection)  # what broke the transaction may be a fault
    vendor = vendors.of(connection)
    from_driver = driver_error(raised)
    told = vendor.read_error(from_driver)
    without_code = told.code is None and isinstance(raised, _TROUBLE)
    if without_code or (told.code is not None and vendor.is_fault(told.code)):
        code = f" {told.code}" if told.code else ""
        message = f"{type(raised).__name__}{code}: {scrub(told.message, connection)}"
        raise Fault(_one_line(message)) from raised
    return _error(raised, from_driver, told, connection, names)


def _is_djangos_answer(raised: Exception) -> bool:
    """Return whether Django, or an installed app that it calls, says that it does not do this.

    A `ValueError` of its own does: no child of a model is created in bulk, no field altered into a
    many-to-many one. So does whatever a field or a constraint of an app's own raises. One of other
    code is that code's mistake, and one that is raised while a state's models are made is a mistake
    of the state: no database was asked.
    """
    frames = [frame for frame, _ in traceback.walk_tb(raised.__traceback__)]
    modules = [str(frame.f_globals["__name__"]) for frame in frames]
    if _STATES in modules:
        return False
    if isinstance(raised, _DJANGOS_ANSWERS):
        return True
    if modules[-1].startswith("django."):
        return isinstance(raised, ValueError)
    own = [each for each in modules if each.partition(".")[0] not in sys.stdlib_module_names]
    return bool(own) and _is_of_an_app(own[-1])


def _is_of_an_app(module: str) -> bool:
    found = apps.get_containing_app_config(module) if apps.ready else None
    return found is not None and not module.startswith(("django.", "matrix_project."))


def _error(
    raised: Exception,
    from_driver: BaseException,
    told: Raised,
    connection: Any,
    names: Container[str],
) -> Error:
    return Error(
        class_=type(raised).__name__,
        driver_class=f"{type(from_driver).__module__}.{type(from_driver).__qualname__}",
        code=told.code,
        message=scrub(told.message, connection),
        constraint=told.constraint,
        columns=list(told.columns),
        names_constraint=told.constraint is not None and told.constraint in names,
    )


def driver_error(raised: BaseException) -> BaseException:
    """Return what the driver raised: Django wraps it, on MySQL sometimes twice.

    Where Django itself refuses a query after an error, that error is not the query's.
    """
    while isinstance(raised, DjangoError) and not isinstance(raised, TransactionManagementError):
        inner = raised.__cause__ or raised.__context__
        if inner is None:
            break
        raised = inner
    return raised


def _one_line(text: str) -> str:
    return " ".join(text.split())
