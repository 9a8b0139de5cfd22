"""Values that a field takes, one after the other, as its own validation and conversion say."""

from __future__ import annotations

import contextlib
import inspect
import itertools
import unicodedata
from collections.abc import Iterator
from typing import Any

from django.db.models import NOT_PROVIDED, AutoField, CharField, FileField, TextField
from django.db.models.base import ModelState
from django.db.models.query_utils import DeferredAttribute

from matrix_project.audit.rows.kinds import candidates, length

__all__ = ["NoRowError", "Values"]

_PATIENCE = 40
"""After how many values of one shape that do not validate the next shape is tried."""
_MANY = 400
_SOME = 3
_EMPTY = (dict, list, str, tuple, set)


class NoRowError(Exception):
    """There is no plain row, and why."""


class Values:
    """The plain values of fields, as one connection stores them."""

    def __init__(self, connection: Any) -> None:
        """Take the reference database's connection; nothing is sent."""
        self._connection = connection
        self._streams: dict[Any, Iterator[Any]] = {}
        self._found: dict[Any, list[Any]] = {}

    def value(self, field: Any, distinct: int = 0) -> Any:
        """Return the n-th plain value of a field, distinct from those before it.

        Raises:
            NoRowError: the field has no so many.
        """
        stream = self._streams.setdefault(field, self._distinct(field))
        found = self._found.setdefault(field, [])
        found += itertools.islice(stream, max(0, distinct + 1 - len(found)))
        if len(found) <= distinct:
            has = f"{len(found)} are found" if found else "none is found"
            message = f"{field} takes no {distinct + 1} different values: {has}"
            raise NoRowError(message)
        return found[distinct]

    def plain(self, field: Any) -> Iterator[Any]:
        """Yield the plain values of a field that is within another: of an array's, a range's."""
        for number in itertools.count():
            try:
                yield self.value(field, number)
            except NoRowError:
                return

    def nearest(self, field: Any, number: int) -> Any:
        """Return the n-th plain value of a field, or the last one; None where it has none."""
        found = list(itertools.islice(self.plain(field), number + 1))
        return found[-1] if found else None

    def some(self, field: Any) -> list[Any]:
        """Return a few values of a field, NULL or the empty text last where it takes them."""
        found = list(itertools.islice(self.plain(field), _SOME))
        if field.null:
            found.append(None)
        elif field.empty_strings_allowed and all(isinstance(each, str) for each in found):
            found.append("")
        return found

    def needs_value(self, field: Any) -> bool:
        """Return whether a row has to give a value to the field, none being left to chance."""
        if getattr(field, "generated", False) or isinstance(field, AutoField):
            return False
        if field in field.model._meta.pk_fields:
            return True
        now = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
        if now or field.db_default is not NOT_PROVIDED:
            return False
        default = self._default(field)
        if default is None:
            return not field.null
        return default is NOT_PROVIDED or not self.storable(field, default)

    def leaves_null(self, field: Any) -> bool:
        """Return whether a field that gets no value has to be told so: its default varies."""
        return bool(field.null and field.has_default() and self._default(field) is NOT_PROVIDED)

    def storable(self, field: Any, value: Any) -> bool:
        """Return whether the field makes something of a value that fits into its column."""
        try:
            stored = field.get_db_prep_save(_held(field, value), self._connection)
            if stored is None:
                return False
            most = length(field)
            if most is not None and isinstance(stored, str):
                column = field.db_type(self._connection) or ""
                return len(stored) <= most or f"({most})" not in column
        except Exception:  # noqa: BLE001 (the field's own code says no in its own way)
            return False
        return True

    def mark(self, field: Any, value: Any) -> Any:
        """Return what two values have in common that some database takes for one.

        Case, accents and spaces at the end tell nothing apart in some collations.
        """
        stored = value
        with contextlib.suppress(Exception):
            first, again = (field.get_db_prep_save(value, self._connection) for _ in range(2))
            # What is encrypted is another text each time.
            stored = first if repr(first) == repr(again) else value
        if isinstance(stored, str):
            plain = unicodedata.normalize("NFKD", stored.casefold()).strip()
            return "".join(each for each in plain if not unicodedata.combining(each))
        return repr(stored)

    def _default(self, field: Any) -> Any:
        """Return the value of a row that gives none; NOT_PROVIDED where it is another each time."""
        if not field.has_default():
            blank = field.blank and not field.null
            text = isinstance(field, CharField | TextField | FileField)
            return "" if blank and text else None
        default = field.default
        if not callable(default):
            return default
        # A function of the project's is not asked: it may take long, and say something else later.
        return default() if default in _EMPTY else NOT_PROVIDED

    def _distinct(self, field: Any) -> Iterator[Any]:
        """Yield values that validate, then others that can be stored."""
        seen = set()
        for value in itertools.chain(self._valid(field), self._stored(field)):
            mark = self.mark(field, value)
            if mark not in seen:
                seen.add(mark)
                yield value

    def _valid(self, field: Any) -> Iterator[Any]:
        default = self._default(field)
        if default not in (None, NOT_PROVIDED, ""):
            yield default
        for shape in candidates(field, self.plain, self._connection):
            misses = 0
            for value in itertools.islice(shape, _MANY):
                fitting = self._cleaned(field, value)
                if fitting is not None:
                    misses = -_MANY
                    yield fitting
                elif (misses := misses + 1) > _PATIENCE:
                    break

    def _cleaned(self, field: Any, value: Any) -> Any:
        """Return the value, or what the field's validation makes of it; None where it rejects."""
        try:
            cleaned = field.clean(value, None)
        except Exception:  # noqa: BLE001 (the project's own validators say no in their own way)
            return None
        return next((each for each in (value, cleaned) if self.storable(field, each)), None)

    def _stored(self, field: Any) -> Iterator[Any]:
        """Yield values that can be stored, whatever validation says."""
        for shape in candidates(field, self.plain, self._connection):
            for value in itertools.islice(shape, _PATIENCE):
                if self.storable(field, value):
                    yield value
                    continue
                with contextlib.suppress(Exception):
                    python = field.to_python(value)
                    if self.storable(field, python):
                        yield python


def _held(field: Any, value: Any) -> Any:
    """Return what an instance makes of a value, where the field has an attribute of its own."""
    model = getattr(field, "model", None)
    if model is None:
        return value
    attribute = inspect.getattr_static(model, field.attname, None)
    if attribute is None or type(attribute) is DeferredAttribute:
        return value
    # No default is asked for, and nothing of what comes with making an instance runs.
    instance = model.__new__(model)
    instance._state = ModelState()  # noqa: SLF001 (what an instance cannot do without)
    try:
        setattr(instance, field.attname, value)
        return getattr(instance, field.attname)
    except (AttributeError, KeyError):  # it asks for another field's value
        return value
