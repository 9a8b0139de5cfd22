"""The baseline of an audit: a TOML file of what a team knows does not hold, with a reason for each.

    [[accepted]]
    constraint = "shop.Order/one_open_order"
    backend = ["mysql-9.7", "mariadb"]
    verdict = "ignored"
    reason = "Orders are opened by one worker, under a lock."

`constraint` and `backend` are patterns (`*`, `?`, `[…]`); a backend goes by its id or its vendor.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from matrix_project import bounded
from matrix_project.results.contract import Verdict
from matrix_project.results.files import StoreError, write

__all__ = ["Accepted", "names", "read_baseline", "write_baseline"]

_Text = Annotated[str, Meta(min_length=1)]
_HEAD = """\
# What is known not to hold. Every entry needs a reason; one that no longer applies is told.
"""


class Accepted(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """What a team accepts: a verdict on constraints on backends, and why."""

    constraint: _Text
    backend: _Text | Annotated[list[_Text], Meta(min_length=1)]
    verdict: Verdict
    reason: str

    @property
    def backends(self) -> list[str]:
        """The patterns of the backends."""
        return [self.backend] if isinstance(self.backend, str) else self.backend

    def speaks_of(self, case: str, backend: str) -> bool:
        """Return whether it speaks of a constraint on a backend."""
        return fnmatchcase(case, self.constraint) and any(
            names(each, backend) for each in self.backends
        )


def names(pattern: str, backend: str) -> bool:
    """Return whether a pattern names a backend: `mysql-9.7`, `mysql-*`, or its vendor, `mysql`."""
    return any(fnmatchcase(name, pattern) for name in (backend, backend.partition("-")[0]))


class _File(msgspec.Struct, forbid_unknown_fields=True):
    accepted: list[Accepted] = []


def read_baseline(path: Path, *, unfinished: bool = False) -> list[Accepted]:
    """Return the entries of a file.

    Args:
        path: the file.
        unfinished: whether an entry may lack its reason, as it does until somebody gives one.

    Raises:
        StoreError: there is no such file, or it is no baseline, or an entry has no reason.
    """
    entries = _read(path)
    without = [each.constraint for each in entries if not each.reason.strip()]
    if without and not unfinished:
        more = f" and {len(without) - 1} more" if without[1:] else ""
        message = f"{path}: give a reason for {without[0]}{more}: why it may be so"
        raise StoreError(message)
    return entries


def write_baseline(path: Path, entries: Sequence[Accepted]) -> None:
    """Write a baseline, in the place of what the file has.

    Raises:
        StoreError: it cannot be written.
    """
    try:
        write(path, "\n".join([_HEAD, *map(_entry, entries)]).encode())
    except OSError as error:
        message = f"{path} cannot be written: {error.strerror or error}"
        raise StoreError(message) from error


def _read(path: Path) -> list[Accepted]:
    try:
        told = tomllib.loads(bounded.read(path).decode())
        return msgspec.convert(told, _File).accepted
    except FileNotFoundError as error:
        message = f"there is no {path}: --write-baseline {path} makes one"
        raise StoreError(message) from error
    except (OSError, ValueError, RecursionError) as error:
        words = getattr(error, "strerror", None) or " ".join(str(error).split())
        message = f"{path} is no baseline of an audit: {words}"
        raise StoreError(message) from error


def _entry(entry: Accepted) -> str:
    backends: str | Sequence[str] = entry.backends if entry.backends[1:] else entry.backends[0]
    values = {
        "constraint": entry.constraint,
        "backend": backends,
        "verdict": str(entry.verdict),
        "reason": entry.reason,
    }
    lines = (f"{name} = {_toml(value)}\n" for name, value in values.items())
    return f"[[accepted]]\n{''.join(lines)}"


def _toml(value: str | Sequence[str]) -> str:
    """Return a text, or texts, as TOML; its basic strings have the escapes of JSON's."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
