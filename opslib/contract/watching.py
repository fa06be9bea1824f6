"""What the program has made to watch them: alarms and dashboards."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from opslib.contract.fields import Arn, Name, Record, RegionName, Severity

__all__ = ["Alarm", "AlarmSettings", "Dashboard", "Watching"]


class Watching(Record):
    """A metric that an alarm looks at, or what it computes from others."""

    id: str = Field(default="", description="Its id in metric math; empty where it is the only one")
    namespace: str = ""
    name: str = ""
    statistic: str = ""
    dimensions: dict[str, str] = Field(default_factory=dict)
    expression: str = ""


class AlarmSettings(Record):
    """How an alarm was deployed, beside its threshold: what somebody may change by hand."""

    comparison: str | None = Field(default=None, description="AWS's ComparisonOperator; none of a composite")
    period_seconds: int | None = None
    datapoints: int | None = Field(default=None, description="M of M of N")
    periods: int | None = Field(default=None, description="N of M of N")
    missing_data: str | None = Field(default=None, description="AWS's TreatMissingData")
    watching: tuple[Watching, ...] = ()
    rule: str | None = Field(default=None, description="Of a composite: the SHA-256 of its AlarmRule")
    actions: tuple[str, ...] = Field(default=(), description="Tiers on whose topics it acts, and further ARNs")
    ok_actions: tuple[str, ...] = Field(default=(), description="The same, when it is well again")


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
    deployed: AlarmSettings | None = Field(default=None, description="How it was deployed, beside its threshold")
    requires: str | None = Field(default=None, description="The setting without which its metric is not published")
    trigger: str | None = Field(default=None, description="The automatic-rollback trigger it feeds")
    runbook: str | None = Field(default=None, description="Where it is written what to do: an address or a path")


class Dashboard(Record):
    """A CloudWatch dashboard."""

    name: Name
    arn: Arn
