"""What the program has made to watch them: alarms and dashboards."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from opslib.contract.fields import Arn, Name, Record, RegionName, Severity

__all__ = ["Alarm", "Dashboard"]


class Alarm(Record):
    """An alarm that the program created."""

    name: Name
    arn: Arn
    type: Literal["metric", "composite"]
    workload: Name = Field(description="Key of the workload it watches, or 'stack'")
    severity: Severity
    region: RegionName
    title: str = ""
    role: Literal["symptom", "cause", "silence", "composite"]
    threshold: float | None = Field(
        default=None, description="As it was deployed; none where a model or other alarms decide"
    )
    requires: str | None = Field(default=None, description="The setting without which its metric is not published")
    trigger: str | None = Field(default=None, description="The automatic-rollback trigger it feeds")
    runbook: str | None = Field(default=None, description="Where it is written what to do: an address or a path")


class Dashboard(Record):
    """A CloudWatch dashboard."""

    name: Name
    arn: Arn
