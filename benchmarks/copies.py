"""Cases for the suite's `--cases`, as many and with as many violating rows as the caller wants."""

from __future__ import annotations

import os

from django.db.models import CharField, Q, UniqueConstraint

from matrix_project.cases.case import Promise


def _copy(number: int, rows: int) -> Promise:
    drafts = [{"user": f"user {each}", "status": "DRAFT"} for each in range(rows)]
    return Promise(
        f"benchmark.copy_{number}",
        "A user has one draft at most.",
        fields={"user": CharField(max_length=30), "status": CharField(max_length=10)},
        constraint=UniqueConstraint(
            fields=["user"], condition=Q(status="DRAFT"), name=f"one_draft_{number}"
        ),
        rows=drafts,
        valid=[{"user": "bob", "status": "DRAFT"}],
        violating=drafts,
    )


for _number in range(int(os.environ["BENCHMARK_CASES"])):
    globals()[f"copy_{_number}"] = _copy(_number, int(os.environ["BENCHMARK_ROWS"]))
