"""A constraint as it is declared and as a database has it: in what the two differ.

Only what is certain is a difference. What cannot be compared is told as such.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from matrix_project.audit.conditions import columns, is_plain, read
from matrix_project.audit.sql import Node, UnreadableError
from matrix_project.vendors.held import Held

__all__ = ["Compared", "compared", "key_columns"]

_UNIQUE = ("unique", "primary_key")
_TITLES = {
    "primary_key": "a primary key",
    "unique": "a uniqueness",
    "check": "a check",
    "exclusion": "an exclusion",
    "foreign_key": "a foreign key",
    "index": "an index that makes nothing unique",
    "type": "a type",
}


@dataclass(frozen=True)
class Compared:
    """What differs, and what could not be compared, each in words."""

    differs: list[str] = field(default_factory=list)
    unsure: list[str] = field(default_factory=list)

    @property
    def same(self) -> bool:
        """Whether it is certain that the two say the same."""
        return not self.differs and not self.unsure


def compared(
    declared: Held, there: Held, types: Mapping[str, str], same_name: Callable[[str], str]
) -> Compared:
    """Compare a constraint as Django would send it with one of the catalogue.

    Args:
        declared: as Django would send it.
        there: as the catalogue has it.
        types: `text`, `number` or `other` by column of the table.
        same_name: makes names equal that are one to the server.
    """
    if not _same_kind(declared, there):
        wanted, found = _TITLES[declared.kind], _TITLES[there.kind]
        return Compared(differs=[f"it is {found}, and {wanted} is declared"])
    result = Compared(differs=list(_facts(declared, there, same_name)))
    if declared.kind != "check":
        _compare_keys(result, declared, there, types)
    _compare_conditions(result, declared, there, types)
    if declared.unusual and not result.same:
        return Compared(unsure=[*declared.unusual, *result.differs, *result.unsure])
    return result


def key_columns(held: Held) -> frozenset[str] | None:
    """Return the columns that its keys are; None where one is an expression."""
    nodes = [_read(key, {}) for key in held.keys]
    if any(node is None or node[0] != "column" for node in nodes):
        return None
    return frozenset(node[1] for node in nodes if node is not None)


def _same_kind(declared: Held, there: Held) -> bool:
    return declared.kind == there.kind or (declared.kind == "unique" and there.kind in _UNIQUE)


def _facts(declared: Held, there: Held, same_name: Callable[[str], str]) -> Iterator[str]:
    if declared.deferrable != there.deferrable:
        yield f"it is {_deferrable(there)}, and {_deferrable(declared)} is declared"
    if declared.nulls_distinct != there.nulls_distinct:
        yield f"NULLs are {_nulls(there)} in it, and {_nulls(declared)} as it is declared"
    if _names(declared.include) != _names(there.include):
        yield f"it includes {_listed(there.include)}, and {_listed(declared.include)} is declared"
    if declared.method != there.method:
        yield f"its method is {there.method}, and {declared.method} is declared"
    wanted = [same_name(each) for each in declared.references]
    referred = [same_name(each) for each in there.references]
    # A reference without columns is to the primary key.
    if referred != (wanted if len(referred) > 1 else wanted[:1]):
        yield (
            f"it refers to {_referred(there.references)},"
            f" and {_referred(declared.references)} is declared"
        )
    yield from there.unusual


def _deferrable(held: Held) -> str:
    return f"deferrable ({held.deferrable})" if held.deferrable else "not deferrable"


def _nulls(held: Held) -> str:
    return "distinct" if held.nulls_distinct else "equal"


def _names(sql: Sequence[str]) -> set[object]:
    return {_read(each, {}) or each for each in sql}


def _listed(sql: Sequence[str]) -> str:
    return f"({', '.join(sql)})" if sql else "nothing"


def _referred(references: Sequence[str]) -> str:
    table, *names = references or ("nothing",)
    return f"{table} ({', '.join(names)})" if names else table


def _compare_keys(found: Compared, declared: Held, there: Held, types: Mapping[str, str]) -> None:
    wanted, had = ([_read(key, types) for key in each.keys] for each in (declared, there))
    words = f"its keys are {_listed(there.keys)}, and {_listed(declared.keys)} is declared"
    if len(wanted) != len(had):
        found.differs.append(words)
        return
    if declared.operators or there.operators:
        pairs = set(zip(wanted, declared.operators, strict=False))
        if None not in wanted and pairs == set(zip(had, there.operators, strict=False)):
            return
        if sorted(declared.operators) != sorted(there.operators):
            found.differs.append(f"its operators are {', '.join(there.operators)}")
    elif None not in wanted and set(wanted) == set(had):
        return
    read_columns = [_columns(each, types) for each in (wanted, had)]
    if None not in wanted + had and read_columns[0] != read_columns[1]:
        found.differs.append(words)
    else:
        found.unsure.append(words)


def _columns(nodes: Sequence[Node | None], types: Mapping[str, str]) -> set[str]:
    return {name for node in nodes if node is not None for name in columns(node) if name in types}


def _compare_conditions(
    found: Compared, declared: Held, there: Held, types: Mapping[str, str]
) -> None:
    wanted, had = declared.condition, there.condition
    if wanted is None and had is None:
        return
    if wanted is None or had is None:
        words = f"is about all rows, and only those of {wanted} are declared"
        if had is not None:
            words = f"is only about the rows of {had}, and all rows are declared"
        found.differs.append(f"it {words}")
        return
    words = f"its condition is {had}, and {wanted} is declared"
    if " ".join(wanted.split()) == " ".join(had.split()):
        return
    left, right = _read(wanted, types), _read(had, types)
    if left is None or right is None:
        found.unsure.append(words)
    elif left != right:
        other = _columns([left], types) != _columns([right], types)
        certain = other or (is_plain(left, types) and is_plain(right, types))
        (found.differs if certain else found.unsure).append(words)


def _read(sql: str, types: Mapping[str, str]) -> Node | None:
    """Return the normal form of an SQL text; None where it is not read."""
    try:
        return read(sql, lambda column: types.get(column) == "text")
    except UnreadableError:
        return None
