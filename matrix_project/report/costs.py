"""What constraints cost, as the pages show it: a table, and the plans."""

from __future__ import annotations

from dataclasses import dataclass

from matrix_project.cost.document import Cost, Costs, Plan, Ratio
from matrix_project.report.labels import of_server

__all__ = ["PlanText", "Row", "cell", "names", "of_case", "plans", "rows"]


@dataclass(frozen=True)
class Row:
    """A case, and what it came to on each backend."""

    id: str
    title: str
    cells: list[str]


@dataclass(frozen=True)
class PlanText:
    """A plan, and which it is."""

    title: str
    text: str


def names(costs: Costs | None) -> dict[str, str]:
    """Return the name of each backend as it is written: `PostgreSQL 18`."""
    places = [
        of_server(id_, each.vendor, id_, each.server_version, each.django)
        for id_, each in (costs.backends.items() if costs else ())
    ]
    return {place.backend: f"{place.name} {place.server}" for place in places}


def rows(costs: Costs | None) -> list[Row]:
    """Return a row for each case that was measured anywhere."""
    if costs is None:
        return []
    return [
        Row(id_, case.title, [cell(each.costs.get(id_)) for each in costs.backends.values()])
        for id_, case in costs.cases.items()
    ]


def cell(cost: Cost | None) -> str:
    """Return what a case came to in a few words."""
    if cost is None:
        return "not measured"
    if cost.plan is not None and cost.plain is not None:
        never = "" if cost.created else "; never created"
        return f"{_plan(cost.plan)}{never} (plain: {_plan(cost.plain)})"
    if cost.ratio is None or cost.null is None:
        return "cannot be made" if cost.created or not cost.sql else "never created"
    return (
        f"{_words(cost.answer)}: × {cost.ratio.median:.2f} ({_spread(cost.ratio)};"
        f" equal tables: {_spread(cost.null)})"
    )


def plans(costs: Costs | None) -> list[PlanText]:
    """Return the plans of all backends, that of the plain constraint behind each."""
    named = names(costs)
    return [
        PlanText(f"{named[backend]}: {id_}{of}", f"{cost.query}\n\n{plan.text}")
        for backend, measured in (costs.backends.items() if costs else ())
        for id_, cost in measured.costs.items()
        for of, plan in (("", cost.plan), (", by the plain constraint", cost.plain))
        if plan is not None
    ]


def _plan(plan: Plan) -> str:
    fetches = "" if plan.heap_fetches is None else f", heap fetches: {plan.heap_fetches}"
    return f"{_words(plan.answer)}{fetches}"


def _spread(ratio: Ratio) -> str:
    return f"{ratio.low:.2f} to {ratio.high:.2f}"


def _words(answer: str) -> str:
    return answer.replace("_", " ")


_OF = {
    "deferrable_unique.deferred": "cost.deferred_unique",
    "unique.field": "cost.unique",
    "unique.fields": "cost.unique",
    "check.q": "cost.check",
    "unique.lower": "cost.lower_index",
    "include.covering": "cost.include_plan",
}
"""The measurement that tells what a case costs."""


def of_case(costs: Costs | None, case: str) -> dict[str, str]:
    """Return what was measured of a case on each backend, a sentence each."""
    measured = _OF.get(case)
    if costs is None or measured is None:
        return {}
    return {
        backend: each.costs[measured].summary
        for backend, each in costs.backends.items()
        if measured in each.costs
    }
