"""Load a user's project without its databases, caches and signal handlers.

https://docs.djangoproject.com/en/stable/ref/applications/#initialization-process
"""

from __future__ import annotations

import os
import runpy
import sys
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn
from weakref import ReferenceType

import django
from django.apps import apps
from django.conf import settings
from django.core.exceptions import FieldDoesNotExist
from django.db import OperationalError, connections
from django.db.backends import signals as backend_signals
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model
from django.db.models import signals as model_signals
from django.db.utils import DEFAULT_DB_ALIAS

import matrix_project
from matrix_project.audit.rows import Help

__all__ = ["ProjectError", "load", "read_help", "use"]

_OURS = Path(matrix_project.__file__).parent
_DJANGOS = Path(django.__file__).parent
_CONNECT = BaseDatabaseWrapper.connect
_DUMMY_CACHE = {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}
_SIGNALS = (
    *(model_signals.pre_init, model_signals.post_init),
    *(model_signals.pre_save, model_signals.post_save),
    *(model_signals.pre_delete, model_signals.post_delete, model_signals.m2m_changed),
    *(model_signals.pre_migrate, model_signals.post_migrate),
    backend_signals.connection_created,
)


class ProjectError(Exception):
    """The project cannot be loaded; its text is one line that says why, and where."""


def load(module: str, engine: str, database: str | None = None) -> None:
    """Load a project's settings and models, its databases out of reach.

    Every alias of `DATABASES` leads nowhere, by Django's backend of `engine`; who connects is
    refused, from the settings on until there are databases to `use` (or until the end of this,
    where a database stays). There are no routers (but where a database stays), caches keep
    nothing, and no signal handler but Django's own is left.

    Args:
        module: the settings' module, as in `DJANGO_SETTINGS_MODULE`.
        engine: the `ENGINE` that models see while they are loaded; empty: that of `database`.
        database: the alias of the one database of the project's that stays as it is; None: none.

    Raises:
        ProjectError: the project cannot be loaded.
    """
    os.environ["DJANGO_SETTINGS_MODULE"] = module
    # As for `manage.py`, modules are found from the working directory.
    if (here := str(Path.cwd())) not in sys.path:
        sys.path.insert(0, here)
    BaseDatabaseWrapper.connect = _no_connection  # type: ignore[method-assign,assignment]
    try:
        _replace(settings.DATABASES, engine, database)
        django.setup()
    except ProjectError:
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001 (whatever a project's own code raises)
        _refuse(module, error)
    _set_swappable()
    for signal in _SIGNALS:
        signal.receivers = [each for each in signal.receivers if _is_djangos(each)]
        signal.sender_receivers_cache.clear()
    if database is not None:
        BaseDatabaseWrapper.connect = _CONNECT  # type: ignore[method-assign]


def read_help(file: str) -> Help:
    """Return what a project's file gives for its rows: `rows` and `factories`, by model's label.

    Raises:
        ProjectError: the file cannot be run, or what it gives is for no model of the project's.
    """
    try:
        given = runpy.run_path(file)
    except (Exception, SystemExit) as error:
        words = _words(error)
        message = f"{file} cannot be run{_place(error)}: {words}"
        raise ProjectError(message) from error
    rows, factories = given.get("rows", {}), given.get("factories", {})
    if not rows and not factories:
        message = f'{file} gives no rows: set `rows = {{"app.Model": [{{...}}]}}` or `factories`'
        raise ProjectError(message)
    if wrong := next(_wrong(rows, factories), None):
        message = f"{file} gives {wrong}"
        raise ProjectError(message)
    return Help(rows=rows, factories=factories)


def _wrong(rows: Any, factories: Any) -> Iterator[str]:
    """Yield what of given rows and factories is no row or no factory of a model."""
    for name, given in (("rows", rows), ("factories", factories)):
        if not isinstance(given, Mapping):
            yield f"`{name}` that is no dict by model"
            return
        for label, value in given.items():
            try:
                model = apps.get_model(str(label))
            except (LookupError, ValueError):
                yield f"{name} for {label}, and there is no such model"
                continue
            yield from _wrong_rows(model, value) if name == "rows" else _wrong_factory(label, value)


def _wrong_rows(model: type[Model], rows: Any) -> Iterator[str]:
    label = model._meta.label
    if not isinstance(rows, list | tuple) or not all(isinstance(each, Mapping) for each in rows):
        yield f"rows for {label} that are no list of dicts"
        return
    for name in dict.fromkeys(name for row in rows for name in row):
        try:
            model._meta.get_field(name)
        except FieldDoesNotExist:
            yield f"a value for {name}, and {label} has no such field"


def _wrong_factory(label: str, factory: Any) -> Iterator[str]:
    if not callable(factory):
        yield f"a factory for {label} that is no function"


def use(databases: Mapping[str, Mapping[str, Any]]) -> None:
    """Have Django's connections lead to these databases and to no other."""
    for alias in connections:
        connections[alias].close()
        del connections[alias]
    connections.settings = connections.configure_settings({k: {**v} for k, v in databases.items()})
    BaseDatabaseWrapper.connect = _CONNECT  # type: ignore[method-assign]


def _replace(own: Mapping[str, Any], engine: str, database: str | None) -> None:
    """Put databases, routers and caches that lead nowhere into the place of the project's."""
    engine = engine or own.get(database or "", {}).get("ENGINE", "")
    nowhere = {"ENGINE": engine, "NAME": "the audit connects to no database of the project"}
    aliases = dict.fromkeys([DEFAULT_DB_ALIAS, *own])
    if database is not None and database not in own:
        names = ", ".join(sorted(own)) or "none"
        message = f"DATABASES has no {database!r} for --against; there are: {names}"
        raise ProjectError(message)
    settings.DATABASES = {
        alias: own[alias] if alias == database else dict(nowhere) for alias in aliases
    }
    if database is None:
        # They tell which models one of the project's own databases should have.
        settings.DATABASE_ROUTERS = []
    # Fields that hash what they store do it at each row: no secret of anybody's is in these.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.CACHES = {
        alias: dict(_DUMMY_CACHE) for alias in dict.fromkeys(["default", *settings.CACHES])
    }


def _set_swappable() -> None:
    """Set the settings that name a model and are not set: a package may have a default of its own.

    Django's migrations ask the settings for it.
    """
    for model in apps.get_models(include_swapped=True):
        setting = model._meta.swappable
        if setting and not hasattr(settings, setting):
            setattr(settings, setting, model._meta.label)


def _no_connection(connection: BaseDatabaseWrapper) -> NoReturn:
    """Stand in for Django's `connect()`.

    Raises:
        OperationalError: always.
    """
    message = (
        f"a connection to the database {connection.alias!r} is opened while the project loads;"
        " an audit connects to no database of the project: do it later than at import or in"
        " ready()"
    )
    raise OperationalError(message)


def _refuse(module: str, error: BaseException) -> NoReturn:
    """Say in one line what the project's own code raised, and where.

    Raises:
        ProjectError: always.
    """
    words = _words(error)
    if isinstance(error, ModuleNotFoundError) and error.name in _parts(module):
        message = (
            f"there is no module {module}: name the project's settings by --settings, in the folder"
            " of manage.py"
        )
        raise ProjectError(message) from error
    message = f"the project of {module} cannot be loaded{_place(error)}: {words}"
    raise ProjectError(message) from error


def _words(error: BaseException) -> str:
    """Return an error as one line; the place of one of syntax is told by `_place`."""
    words = error.msg if isinstance(error, SyntaxError) else error
    return " ".join(f"{type(error).__name__}: {words}".split())


def _parts(module: str) -> set[str]:
    parts = module.split(".")
    return {".".join(parts[: number + 1]) for number in range(len(parts))}


def _place(error: BaseException) -> str:
    """Return where the project's own code raised: the innermost line that is not Django's."""
    if isinstance(error, SyntaxError) and error.filename:
        return f", at {error.filename}:{error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    for frame in reversed(frames):
        path = Path(frame.filename)
        if (
            path.is_file()
            and not {_OURS, _DJANGOS} & set(path.parents)
            and "importlib" not in path.parts
        ):
            return f", at {path}:{frame.lineno}"
    return ""


def _is_djangos(receiver: Any) -> bool:
    """Return whether a signal's receiver is Django's own: its fields and backends need them."""
    found = receiver[1]() if isinstance(receiver[1], ReferenceType) else receiver[1]
    return str(getattr(found, "__module__", "")).split(".")[0] == "django"
