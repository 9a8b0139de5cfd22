"""Two SQL texts of one condition: whether they say the same.

A server prints a condition in its own way: PostgreSQL with casts and `= ANY (ARRAY[…])`, MySQL with
character sets. Both texts are read into a normal form that means the same: no `NOT` above a
comparison, no `IN`, no `BETWEEN`, `AND` and `OR` flat. Equal forms say the same. What is not read
here is not compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from matrix_project.audit.sql import Node, UnreadableError, parsed

__all__ = ["columns", "is_plain", "read"]

_NEGATED = {"=": "<>", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


def read(sql: str, textual: Callable[[str], bool] = lambda _: False) -> Node:
    """Return the normal form of a condition or an expression.

    Args:
        sql: the text.
        textual: whether a column is of text, of which a cast to text changes nothing.

    Raises:
        UnreadableError: something in it is not read here.
    """
    return _normal(parsed(sql, textual))


def columns(node: Node) -> set[str]:
    """Return the columns that a normal form reads."""
    if node[0] == "column":
        return {node[1]}
    return {name for each in _below(node) for name in columns(each)}


def is_plain(node: Node, types: Mapping[str, str]) -> bool:
    """Return whether two different forms like this one are surely two different definitions.

    It compares columns with values of their own type (`types` has `text` or `number` by column) or
    with NULL, and nothing else, so that no server writes it otherwise.
    """
    kind = node[0]
    if kind in {"and", "or"}:
        return all(is_plain(each, types) for each in _below(node))
    if kind in {"null", "not null"}:
        return bool(node[1][0] == "column")
    if kind == "compared":
        _, _, left, right = node
        return bool(left[0] == "column" and types.get(left[1]) == right[0])
    return False


def _below(node: Node) -> Iterator[Node]:
    for each in node[1:]:
        if isinstance(each, tuple):
            yield each
        elif isinstance(each, frozenset):
            yield from each


def _normal(node: Node, *, negated: bool = False) -> Node:
    """Return a node without `NOT` above what has an opposite, with `AND` and `OR` flat."""
    kind = node[0]
    if kind == "not":
        return _normal(node[1], negated=not negated)
    if kind in {"and", "or"}:
        joined = {"and": "or", "or": "and"}[kind] if negated else kind
        below: set[Node] = set()
        for each in node[1:]:
            found = _normal(each, negated=negated)
            below |= found[1] if found[0] == joined else {found}
        if not below:
            raise UnreadableError(kind)
        return (joined, frozenset(below)) if len(below) > 1 else below.pop()
    if kind in {"null", "not null"}:
        opposite = {"null": "not null", "not null": "null"}
        return opposite[kind] if negated else kind, _normal(node[1])
    if kind == "compared":
        _, operator, left, right = node
        operator = _NEGATED[operator] if negated else operator
        return "compared", operator, _normal(left), _normal(right)
    if kind.startswith("not "):
        return _normal(("not", (kind.removeprefix("not "), *node[1:])), negated=negated)
    plain = tuple(_normal(each) if isinstance(each, tuple) else each for each in node)
    return ("not", plain) if negated else plain
