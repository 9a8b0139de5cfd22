"""The search for rows that satisfy and violate a constraint.

Values are proposed; the table without the constraint says whether it takes a row; Django's
validation and the constraint's condition say whether the row violates it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db.models import CheckConstraint, JSONField, Q, TextField, Value

from matrix_project.audit.rows.conditions import literals, proposals, where
from matrix_project.audit.rows.found import Found, Kept
from matrix_project.audit.rows.help import Help
from matrix_project.audit.rows.judge import Bench
from matrix_project.audit.rows.made import Made
from matrix_project.audit.rows.maker import Maker
from matrix_project.audit.rows.neighbours import unlike
from matrix_project.audit.rows.pairs import Pairs
from matrix_project.audit.rows.reaching import Assignment, Parent, Scene, columns
from matrix_project.audit.rows.values import NoRowError

__all__ = ["search"]

VALID = 2
VIOLATING = 3
_MOST = 400
"""How many rows are tried for one constraint."""
_FEW = 6
_NO_JSON = ("{", "x")


def search(bench: Bench, help_: Help | None) -> Made:
    """Return the rows for the bench's constraint; the bench is open."""
    return _Search(bench, help_).made()


class _Search:
    def __init__(self, bench: Bench, help_: Help | None) -> None:
        self._bench = bench
        self._help = help_
        self._maker = Maker(bench, help_)
        self._found = Found(bench, self._maker)
        self._there: list[Mapping[str, Any]] = []
        self._names: list[str] = []
        """The fields whose values were varied."""

    def made(self) -> Made:
        """Return what the search finds."""
        condition = self._condition()
        if self._bench.own_check:
            self._of_field()
        elif condition is not None:
            self._of_condition(condition)
        else:
            self._of_pairs()
        return self._kept()

    def _condition(self) -> Any:
        """Return the condition of a constraint of single rows."""
        target = self._bench.target
        if target.kind == "check":
            return Q(**{f"{target.fields[0]}__gte": 0})
        if target.kind != "constraint":
            return None
        (constraint,) = (c for c in target.model._meta.constraints if c.name == target.name)
        return constraint.condition if isinstance(constraint, CheckConstraint) else None

    def _given(self) -> list[dict[str, Any]]:
        return list(self._help.of(self._bench.model)) if self._help else []

    # A check

    def _of_field(self) -> None:
        """Try values of a field whose type brings a check of its own."""
        (name,) = self._names = list(self._bench.target.fields)
        field: Any = self._bench.model._meta.get_field(name)
        base = self._base()
        self._found.attempt("plain", {})
        for row in self._given():
            self._found.attempt("given", row)
        if isinstance(field, JSONField):
            # Text that is no JSON: it passes Django's by as an expression.
            for text in _NO_JSON:
                self._found.attempt(text, {name: Value(text, TextField())}, meant=True)
        present = base.get(name, self._maker.value(field, 0))
        for value in itertools.islice(unlike(present), _FEW):
            self._found.attempt("other", {name: value})

    def _of_condition(self, condition: Any) -> None:
        node = where(self._bench.model, condition)
        base = self._base()
        scene = self._maker.scene(base)
        self._names = [each.name for each in columns(node)]
        for row in self._given():
            self._found.attempt("given", row)
        self._found.attempt("plain", {})
        solved = (proposals(node, want, scene) for want in (False, True))
        for kind, given in _in_turns(*solved):
            if self._enough():
                return
            self._wanted(kind, given)
        if self._found.valid and self._found.violating:
            return
        pools = self._pools(node, scene)
        for kind, given in itertools.islice(_nearest(pools), _MOST):
            if self._found.valid and self._found.violating:
                return
            self._wanted(kind, given)

    def _base(self) -> dict[str, Any]:
        try:
            self._maker.plain = self._maker.row({})
        except NoRowError as error:
            self._found.reasons[str(error)] = None
        return dict(self._maker.plain)

    def _wanted(self, kind: str, given: Assignment) -> None:
        """Try a row, unless Django's validation says that it is of a kind that is there."""
        found = self._found
        try:
            settled = self._maker.settled(given)
        except NoRowError as error:
            found.reasons[str(error)] = None
            return
        found.tried += 1
        rejected = self._bench.validation({**self._maker.plain, **settled})
        there = found.violating if rejected else found.valid
        enough = VIOLATING if rejected else VALID
        if rejected is not None and (len(there) >= enough or kind in {each.kind for each in there}):
            return
        found.attempt(kind, settled)

    def _enough(self) -> bool:
        found = self._found
        return len(found.valid) >= VALID and len(found.violating) >= VIOLATING

    def _pools(self, node: Any, scene: Scene) -> dict[str, list[Any]]:
        """Return for each field that the condition reads the values that are tried."""
        pools = literals(node, scene)
        for field in columns(node):
            pool = pools[field.name]
            more = [None] if field.null else []
            if field.is_relation:
                more += [Parent(0), Parent(1)]
            else:
                more += [scene.plain(field, number) for number in range(4)]
                more += [value for value, _ in (field.flatchoices or ())][:8]
            pool += [each for at, each in enumerate(more) if each not in [*pool, *more[:at]]]
        return pools

    # Uniqueness, exclusion

    def _of_pairs(self) -> None:
        pairs = Pairs.of(self._bench.target, self._maker.scene(self._base()))
        self._names = [each.name for each in pairs.keys]
        given = self._given()
        found = self._found
        for base in itertools.chain(given, pairs.bases()):
            if found.tried > _MOST:
                return
            point = len(self._there)
            with self._maker.undone():
                row = self._laid(base)
                if row is None:
                    continue
                read = {name: row[name] for name in {*base, *self._names} if name in row}
                self._around(pairs, read, [each for each in given if each is not base])
                self._with_nulls(pairs, read)
            if found.violating or (found.refused and found.valid):
                return
            del self._there[point:]

    def _laid(self, given: Assignment) -> Mapping[str, Any] | None:
        """Put a row into the table that others are compared with."""
        self._found.tried += 1
        try:
            row = self._maker.row(given)
        except NoRowError as error:
            self._found.reasons[str(error)] = None
            return None
        if refused := self._bench.put([row]):
            self._found.reasons[refused] = None
            return None
        self._there.append(row)
        return row

    def _around(self, pairs: Pairs, base: Assignment, given: Sequence[Assignment]) -> None:
        """Try rows beside the one that is there."""
        found = self._found
        for row in given:
            found.attempt("given", row)
        for kind, values in pairs.equal(base):
            if len(found.violating) >= VIOLATING:
                break
            if kind not in {each.kind for each in found.violating}:
                self._wanted(kind, values)
        for options in (pairs.apart(base), pairs.outside(base)):
            before = len(found.valid)
            for kind, values in options:
                if len(found.valid) > before or len(found.valid) >= VALID:
                    break
                self._wanted(kind, values)

    def _with_nulls(self, pairs: Pairs, base: Assignment) -> None:
        """Try two rows with NULL in what is compared."""
        found = self._found
        if len(found.valid) >= VALID and pairs.nulls_differ:
            return
        for given in pairs.nulls(base):
            if self._laid(given) is None:
                continue
            before = len(found.valid) + len(found.violating)
            found.attempt("NULL", given)
            if len(found.valid) + len(found.violating) > before:
                return
            self._there.pop()

    # What is kept

    def _kept(self) -> Made:
        found = self._found
        violating = sorted(found.violating, key=_size)[:VIOLATING] or found.refused[:2]
        valid = found.valid[:VALID]
        rows = [each.row for each in (*valid, *violating)]
        return Made(
            rows=[*self._maker.needed([*self._there, *rows]), *self._there],
            valid=[each.row for each in valid],
            violating=[each.row for each in violating],
            lacking=self._lacking([] if valid else ["valid"], [] if violating else ["violating"]),
            disagreements=found.disagreements,
        )

    def _lacking(self, *words: Sequence[str]) -> str | None:
        lacking = " and no ".join(itertools.chain.from_iterable(words))
        if not lacking:
            return None
        found, label = self._found, self._bench.model._meta.label
        reasons = [*itertools.islice(found.reasons, 2)]
        if self._bench.unasked:
            reasons.append(f"the reference database cannot say it: {self._bench.unasked}")
        told = f" ({'; '.join(reasons)})" if reasons else ""
        return (
            f"no {lacking} row is found: {found.tried} were tried, with values of "
            f"{', '.join(self._names)}{told}. Give some in audit.py: "
            f'rows = {{"{label}": [{{"field": value}}]}}'
        )


def _size(kept: Kept) -> int:
    return len(repr(kept.row))


def _in_turns(*several: Iterator[Any]) -> Iterator[Any]:
    nothing = object()
    for each in itertools.zip_longest(*several, fillvalue=nothing):
        yield from (one for one in each if one is not nothing)


def _nearest(pools: Mapping[str, Sequence[Any]]) -> Iterator[tuple[str, Assignment]]:
    """Yield values that differ from the base in one field, in two, in all."""
    names = list(pools)
    for count in range(1, len(names) + 1):
        for changed in itertools.combinations(names, count):
            for values in itertools.product(*(pools[name] for name in changed)):
                yield ", ".join(changed), dict(zip(changed, values, strict=True))
