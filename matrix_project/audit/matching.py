"""Which constraint of a table's is which declared one: by its name, or else by what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matrix_project.audit.comparing import Compared, compared, key_columns
from matrix_project.audit.declared import NeverCreatedError, NotReadError, declared
from matrix_project.observe.targets import Target
from matrix_project.results.against import Kind
from matrix_project.vendors.held import Held

__all__ = ["Declared", "Match", "matched"]

_INDEX_ONLY = ("index", "type")


@dataclass(frozen=True)
class Declared:
    """A constraint of a model, and how the database should have it."""

    target: Target
    held: Held | None
    """None where nothing can be looked for: `kind` and `summary` say why."""
    kind: Kind | None = None
    summary: str = ""

    @classmethod
    def of(cls, target: Target, connection: Any) -> Declared:
        """Ask Django for the constraint."""
        try:
            return cls(target, declared(target, connection))
        except NeverCreatedError as error:
            return cls(target, None, "never-created", str(error))
        except NotReadError as error:
            return cls(target, None, "not-compared", str(error))


@dataclass(frozen=True)
class Match:
    """What was found of a declared constraint; `kind` is None where it is there as declared."""

    declared: Declared
    there: Held | None
    kind: Kind | None
    summary: str


class _Table:
    """A table's constraints, of which each belongs to one declared one at most."""

    def __init__(
        self, there: Sequence[Held], types: Mapping[str, str], same_name: Callable[[str], str]
    ) -> None:
        self.left = list(there)
        self.taken: list[Held] = []
        self._types, self._same_name = types, same_name

    def compare(self, wanted: Held, held: Held) -> Compared:
        return compared(wanted, held, self._types, self._same_name)

    def take(self, held: Held) -> Held:
        self.left.remove(held)
        self.taken.append(held)
        return held

    def named(self, name: str, kind: str = "") -> Held | None:
        """Return the one of a name; of two, the one of a kind."""
        fitting = [
            each
            for each in self.left
            if each.name and self._same_name(each.name) == self._same_name(name)
        ]
        fitting.sort(key=lambda each: (each.kind in _INDEX_ONLY, each.kind != kind))
        return next(iter(fitting), None)

    def same(self, wanted: Held, held: Iterable[Held]) -> Held | None:
        """Return one that certainly says the same; a valid one before others."""
        fitting = [each for each in held if self.compare(wanted, each).same]
        fitting.sort(key=lambda each: not (each.validated and each.enforced))
        return next(iter(fitting), None)

    def near(self, wanted: Held) -> Held | None:
        """Return one of the same columns that says something else, or may say the same."""
        fitting = []
        for each in self.left:
            if each.kind in _INDEX_ONLY:
                continue
            found = self.compare(wanted, each)
            perhaps = not found.differs
            alike = each.kind == wanted.kind and wanted.keys and _same_columns(wanted, each)
            if perhaps or (alike and not wanted.name):
                fitting.append((len(found.differs), len(found.unsure), each.name, each))
        return min(fitting, key=lambda each: each[:3])[3] if fitting else None


def matched(
    declared: Sequence[Declared],
    there: Sequence[Held],
    types: Mapping[str, str],
    same_name: Callable[[str], str],
) -> tuple[list[Match], list[Held]]:
    """Return what was found of each declared constraint of a table, and what nobody declares.

    Args:
        declared: all constraints that are declared for the table.
        there: what the catalogue has of it.
        types: the types of its columns; see `compared`.
        same_name: makes names equal that are one to the server.
    """
    table = _Table(there, types, same_name)
    matches = [_unheld(table, each) for each in declared if each.held is None]
    # One without a name before those that may have taken it for theirs.
    wanted = [(each, each.held) for each in declared if each.held is not None]
    wanted.sort(key=lambda pair: bool(pair[1].name))
    for search in (_by_name, _by_content, _by_columns, _by_another):
        left = []
        for each, held in wanted:
            found = search(table, each, held)
            if found is None:
                left.append((each, held))
            else:
                matches.append(found)
        wanted = left
    matches += (Match(each, None, "missing", _missing(held)) for each, held in wanted)
    return matches, [each for each in table.left if each.kind not in _INDEX_ONLY]


def _missing(held: Held) -> str:
    if held.kind == "type":
        return f"the column is not of the type that keeps it: {held.definition} is declared"
    return (
        "the table has none of this name, and none that says the same"
        if held.name
        else ("the table has none that says this")
    )


def _unheld(table: _Table, declared: Declared) -> Match:
    """Return what is known of one whose parts are not; somebody may have made it by hand."""
    found = table.named(declared.target.name) if declared.target.name else None
    if found is None:
        return Match(declared, None, declared.kind, declared.summary)
    words = f"{declared.summary}, and the table has one of its name"
    return Match(declared, table.take(found), "not-compared", words)


def _by_name(table: _Table, declared: Declared, wanted: Held) -> Match | None:
    if not wanted.name or (found := table.named(wanted.name, wanted.kind)) is None:
        return None
    return _judged(declared, table.take(found), table.compare(wanted, found))


def _by_content(table: _Table, declared: Declared, wanted: Held) -> Match | None:
    if (found := table.same(wanted, table.left)) is None:
        return None
    match = _judged(declared, table.take(found), Compared())
    if match.kind is None and wanted.name:
        return Match(declared, found, "renamed", f"it is there under the name {_name(found)}")
    return match


def _by_columns(table: _Table, declared: Declared, wanted: Held) -> Match | None:
    if (found := table.near(wanted)) is None:
        return None
    comparison = table.compare(wanted, table.take(found))
    if wanted.name:
        words = f"the table has none of this name, and {_name(found)} may say the same"
        return Match(declared, found, "not-compared", f"{words}: {_words(comparison.unsure)}")
    return _judged(declared, found, comparison)


def _by_another(table: _Table, declared: Declared, wanted: Held) -> Match | None:
    """Find what another declared constraint has taken already.

    PostgreSQL makes one of two that are equal in a `CREATE TABLE`.
    """
    if (found := table.same(wanted, table.taken)) is None:
        return None
    words = f"the table has none of its own; {_name(found)}, declared beside it, says the same"
    return Match(declared, found, "renamed", words)


def _judged(declared: Declared, found: Held, comparison: Compared) -> Match:
    """Return what a constraint is that was found, the worst first."""
    said: list[tuple[Kind, str]] = []
    if comparison.differs:
        said.append(("different", _words(comparison.differs)))
    if not found.enforced:
        said.append(("not-enforced", "the database has it and does not enforce it"))
    if not found.validated:
        said.append(("not-validated", "rows that were there before it may violate it"))
    if comparison.unsure:
        said.append(("not-compared", _words(comparison.unsure)))
    if not said:
        return Match(declared, found, None, "")
    return Match(declared, found, said[0][0], "; ".join(words for _, words in said))


def _same_columns(wanted: Held, held: Held) -> bool:
    found = key_columns(held)
    return found is not None and found == key_columns(wanted)


def _name(held: Held) -> str:
    return held.name or held.definition


def _words(words: Sequence[str]) -> str:
    return "; ".join(words)
