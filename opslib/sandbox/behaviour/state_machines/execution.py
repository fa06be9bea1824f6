"""An execution: where it is, and what has happened in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opslib.sandbox.account import Account

__all__ = ["RUNNING", "Execution", "Machine", "executions_in"]

RUNNING = "RUNNING"

_RECORD = "executions"


@dataclass(frozen=True, slots=True)
class Machine:
    """The state machine of an execution, as it was when that began: an update does not change running executions.

    Attributes:
        arn: Its ARN, without a version.
        name: Its name.
        role_arn: Its role.
        definition: Its definition.
        revised: When it was created.
    """

    arn: str
    name: str
    role_arn: str
    definition: Mapping[str, Any]
    revised: datetime


@dataclass(slots=True, eq=False)
class Execution:
    """An execution.

    Attributes:
        account: The sandbox's account.
        region: Where.
        arn: Its ARN.
        name: Its name.
        machine: Its state machine.
        input: What it began with, as JSON.
        started: When.
        status: `RUNNING`, `SUCCEEDED`, `FAILED`, `TIMED_OUT` or `ABORTED`.
        stopped: When it ended.
        output: What it gave, as JSON.
        error: Why it failed.
        cause: What is known beside it.
        events: Its history.
        happenings: How many things of it were put on the schedule: their keys.
    """

    account: Account
    region: str
    arn: str
    name: str
    machine: Machine
    input: str
    started: datetime
    status: str = RUNNING
    stopped: datetime | None = None
    output: str | None = None
    error: str | None = None
    cause: str | None = None
    events: list[dict[str, Any]] = field(default_factory=list)
    happenings: int = 0

    def note(self, kind: str, at: datetime, **details: Mapping[str, Any]) -> None:
        """Add to the history.

        Args:
            kind: AWS's name of the event (`TaskStateEntered`).
            at: When.
            **details: Its details, under the member that AWS has for such an event.
        """
        number = len(self.events) + 1
        self.events.append({"id": number, "previousEventId": number - 1, "type": kind, "timestamp": at, **details})

    def described(self) -> dict[str, Any]:
        """It, as DescribeExecution answers."""
        described = {
            "executionArn": self.arn,
            "stateMachineArn": self.machine.arn,
            "name": self.name,
            "status": self.status,
            "startDate": self.started,
            "input": self.input,
            "inputDetails": {"included": True},
            "redriveCount": 0,
            "redriveStatus": "NOT_REDRIVABLE",
        }
        ending = {"stopDate": self.stopped, "output": self.output, "error": self.error, "cause": self.cause}
        described |= {name: value for name, value in ending.items() if value is not None}
        if self.output is not None:
            described["outputDetails"] = {"included": True}
        return described


def executions_in(account: Account, region: str) -> dict[str, Execution]:
    """All executions of a region by their ARN, the oldest first."""
    found: dict[str, Execution] = account.record(_RECORD, region)
    return found
