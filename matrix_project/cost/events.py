"""What the measuring process tells the command, beside what the suite's tells."""

from __future__ import annotations

import msgspec

from matrix_project.cost.document import Cost, CostCase
from matrix_project.suite.events import Ended, Started

__all__ = ["Event", "Measured"]


class Measured(msgspec.Struct, tag_field="event", tag="measured", kw_only=True):
    """A case is measured."""

    id: str
    case: CostCase
    cost: Cost


Event = Started | Measured | Ended
