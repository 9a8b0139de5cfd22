"""What expressions read, and what they come to where Python can say it."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Field
from django.db.models.expressions import Col
from django.db.models.sql import Query

__all__ = [
    "Assignment",
    "Parent",
    "Scene",
    "Unknown",
    "columns",
    "computed",
    "evaluated",
    "generating",
]

Assignment = Mapping[str, Any]
"""Values by the names of fields."""


@dataclass(frozen=True)
class Parent:
    """A row of another model that a foreign key is to refer to: the same number, the same row."""

    number: int = 0
    key: Any = None
    """Its key, where it is asked for by its key."""


@dataclass(frozen=True)
class Scene:
    """What is known of the model: plain values of its fields, and those of a plain row."""

    plain: Callable[[Field[Any, Any], int], Any]
    """The n-th plain value of a field."""
    base: Assignment = field(default_factory=dict)


class Unknown(LookupError):  # noqa: N818 (no error: an answer)
    """Python does not know what an expression comes to."""


def generating(field_: Any) -> Any:
    """Return the expression of a generated field, as Django resolves it."""
    query: Any = Query(field_.model, alias_cols=False)
    return field_.expression.resolve_expression(query, allow_joins=False)


def columns(expression: Any) -> list[Field[Any, Any]]:
    """Return the fields that a resolved expression or condition reads, in its order."""
    found: dict[str, Field[Any, Any]] = {}
    for each in _walk(expression):
        if isinstance(each, Col):
            found.setdefault(each.target.name, each.target)
    return list(found.values())


def _walk(node: Any) -> Iterator[Any]:
    yield node
    inner = getattr(node, "children", None)
    if inner is None and hasattr(node, "get_source_expressions"):
        inner = node.get_source_expressions()
    for each in inner or ():
        yield from _walk(each)
    rhs = getattr(node, "rhs", None)
    if isinstance(rhs, list | tuple | set):
        for each in rhs:
            if hasattr(each, "get_source_expressions"):
                yield from _walk(each)


_ARITHMETIC: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "%%": operator.mod, "^": operator.pow, "&": operator.and_, "|": operator.or_,
}  # fmt: skip
_FUNCTIONS: Mapping[str, Callable[[Any], Any]] = {
    "Lower": str.lower, "Upper": str.upper, "Length": len, "Trim": str.strip, "Abs": abs,
    "LTrim": str.lstrip, "RTrim": str.rstrip, "Reverse": lambda text: text[::-1],
}  # fmt: skip


def evaluated(expression: Any, given: Assignment, scene: Scene) -> Any:
    """Return what an expression comes to, the values of fields being given.

    Raises:
        Unknown: Python does not know.
    """
    if not hasattr(expression, "resolve_expression"):
        return expression
    for base in type(expression).__mro__:
        if known := _KNOWN.get(base.__name__):
            return known(expression, given, scene)
    raise Unknown


def _of_column(expression: Any, given: Assignment, scene: Scene) -> Any:
    name = expression.target.name
    if name in given:
        return given[name]
    known = scene.base.get(name)
    return scene.plain(expression.target, 0) if known is None else known


def _of_function(expression: Any, given: Assignment, scene: Scene) -> Any:
    sources = expression.get_source_expressions()
    if expression.extra.get("function") == "ARRAY":
        return [evaluated(each, given, scene) for each in sources]
    operation = _FUNCTIONS.get(type(expression).__name__)
    return computed(operation, [evaluated(each, given, scene) for each in sources[:1]])


def _of_combination(expression: Any, given: Assignment, scene: Scene) -> Any:
    sides = [evaluated(each, given, scene) for each in (expression.lhs, expression.rhs)]
    return computed(_ARITHMETIC.get(expression.connector), sides)


def _of_coalesce(expression: Any, given: Assignment, scene: Scene) -> Any:
    found = (evaluated(each, given, scene) for each in expression.get_source_expressions())
    return next((each for each in found if each is not None), None)


def computed(operation: Callable[..., Any] | None, sides: Sequence[Any]) -> Any:
    """Return what an operation makes of both sides.

    Raises:
        Unknown: it makes nothing of them.
    """
    if operation is None or None in sides:
        raise Unknown
    try:
        return operation(*sides)
    except (TypeError, ValueError, ArithmeticError, OverflowError) as error:
        raise Unknown from error


# By the name of an expression's class, or of the nearest of its bases.
_KNOWN: Mapping[str, Callable[[Any, Assignment, Scene], Any]] = {
    "Coalesce": _of_coalesce,
    "Col": _of_column,
    "CombinedExpression": _of_combination,
    "ExpressionWrapper": lambda each, given, scene: evaluated(each.expression, given, scene),
    "Func": _of_function,
    "Value": lambda each, _, __: each.value,
}
