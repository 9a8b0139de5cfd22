"""What the suite's process sent, made into the results of one environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from msgspec.structs import replace

from matrix_project.backends import Backend
from matrix_project.interpreters import Interpreter
from matrix_project.results import counts
from matrix_project.results.contract import (
    Case,
    Count,
    Environment,
    EnvironmentResult,
    Project,
    Record,
    Status,
)
from matrix_project.results.store import now
from matrix_project.results.verdicts import unobserved
from matrix_project.suite import events

__all__ = ["HARNESS_FAILED", "Gathered", "not_run"]

HARNESS_FAILED = "the harness failed"
"""What a reason says where this project is to blame."""


@dataclass
class Gathered:
    """What the suite's process has sent so far, put in order."""

    earlier: EnvironmentResult | None = None
    """What an earlier run has of the environment, where its records may be kept."""
    started: events.Started | None = None
    declared: Count | None = None
    cases: dict[str, Case] = field(default_factory=dict)
    records: dict[str, Record] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    kept: int = 0
    observing: str | None = None
    """The case that is being observed."""
    lost: str | None = None
    ended: bool = False

    def take(self, event: events.Event) -> None:
        """Take in one event."""
        match event:
            case events.Collected():
                self.cases, self.declared = event.cases, event.declared
            case events.Started():
                self.started = event
            case events.Phase(text=text, case=True):
                self.observing = text
            case events.Observed(record=record):
                self.records[record.case] = record
            case events.Kept(case=case) if self.earlier is not None:
                self.records[case] = self.earlier.records[case]
                self.kept += 1
            case events.Failed() | events.Unanswered():
                self.failed[event.case] = event.reason
            case events.Lost(reason=reason):
                self.lost = reason
            case events.Ended():
                self.ended = True

    def mismatch(self, backend: Backend, interpreter: Interpreter) -> str | None:
        """Return why this is not what was asked for: another server, or another Django."""
        started = self.started
        if started is None:
            return None
        if not backend.serves(started.server_version):
            return f"the server that answered is {started.server_version}, not {backend.id}"
        if (started.django, started.python) != (interpreter.django, interpreter.python):
            asked = f"Django {interpreter.django} on Python {interpreter.python}"
            found = f"Django {started.django} on Python {started.python}"
            return f"{asked} was asked for, and {found} ran: do not change it during a run"
        return None

    def missing(self, selection: str | None, found: Count) -> str | None:
        """Return in one line what the suite declares and has not sent; None where it is all there.

        `selection` is the part that was asked for (None: all of it), `found` what is complete.
        """
        if self.failed:
            return f"{HARNESS_FAILED} at {', '.join(self.failed)}"
        wanted = counts.declared(self.cases.values())
        if selection is None and self.declared != wanted:
            total = self.declared.cases if self.declared else 0
            return f"{HARNESS_FAILED}: {len(self.cases)} of {total} cases were collected"
        if found != wanted:
            return (
                f"{HARNESS_FAILED}: {found.cases} of {wanted.cases} cases and {found.probes} of"
                f" {wanted.probes} probes are complete"
            )
        return None

    def results(
        self, unseen: EnvironmentResult, reason: str | None, seen_by: Mapping[str, object]
    ) -> EnvironmentResult:
        """Return the environment's results.

        Args:
            unseen: those of the environment, with nothing observed.
            reason: why the observation ended before its end; None where it did not.
            seen_by: what else its `Environment` says of the observation.
        """
        if self.started is None:
            reason = reason or "the suite did not reach the server"
            return replace(unseen, environment=replace(unseen.environment, reason=reason))
        if not self.ended:
            reason = reason or "the suite's process was ended"
        found = counts.held(self.cases, self.records)
        reason = reason or self.missing(unseen.environment.selection, found)
        records = {
            id_: self.records.get(id_)
            or unobserved(
                id_,
                self.failed.get(id_) or reason or "the suite ended before it",
                question=case.kind == "question",
            )
            for id_, case in sorted(self.cases.items())
        }
        cases = dict(sorted(self.cases.items()))
        environment = replace(
            unseen.environment,
            server_version=self.started.server_version,
            driver=self.started.driver,
            settings=self.started.settings,
            status=Status.OBSERVED if reason is None else Status.LOST,
            reason=reason,
            observed_at=now(),
            declared=self.declared,
            held=found,
            kept=self.kept,
            **seen_by,
        )
        return replace(unseen, environment=environment, cases=cases, records=records)


def not_run(
    backend: Backend, interpreter: Interpreter, reason: str, project: Project
) -> EnvironmentResult:
    """Return the results of an environment whose server could not be had."""
    return EnvironmentResult(
        id=interpreter.environment(backend),
        environment=Environment(
            backend=backend.id,
            vendor=backend.vendor,
            server_version=None,
            django=interpreter.django,
            python=interpreter.python,
            driver=None,
            provider=None,
            origin=None,
            settings={},
            end_of_life=backend.end_of_life,
            status=Status.NOT_RUN,
            reason=reason,
            observed_at=None,
            seconds={},
            selection=None,
            project=project,
        ),
        cases={},
        records={},
    )
