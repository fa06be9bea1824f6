"""Dashboards in CloudWatch."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TypedDict

import pulumi
from pulumi_aws import cloudwatch

from infra.components.alarms import WorkloadAlarms
from infra.components.settled import settled
from infra.kinds.stack import ALARM
from opslib.monitoring import Dashboard, Ref

__all__ = ["Dashboards", "DashboardsArgs"]


class DashboardsArgs(TypedDict):
    """Dashboards of the model, and what is shown on them."""

    dashboards: Sequence[Dashboard]
    """What to create."""
    region: str
    """Where their metrics are."""
    workloads: Mapping[str, WorkloadAlarms]
    """The workloads shown, by key."""
    alarm_arns: Mapping[str, pulumi.Input[str]]
    """Alarm ARN by alarm name."""


class Dashboards(pulumi.ComponentResource):
    """The dashboards of a stack.

    Attributes:
        arns: Dashboard ARN by key.
    """

    arns: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: DashboardsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ops:index:Dashboards", name, None, opts)

        def bind(ref: Ref) -> pulumi.Input[str]:
            if ref.workload == ALARM:
                return args["alarm_arns"][ref.field]
            return args["workloads"][ref.workload].identifiers[ref.field]

        self.arns = {}
        for dashboard in args["dashboards"]:
            body = dashboard.body(region=args["region"], bind=bind)
            made = cloudwatch.Dashboard(
                f"{name}-{dashboard.key}",
                dashboard_name=dashboard.name,
                dashboard_body=settled(body).apply(json.dumps),
                opts=pulumi.ResourceOptions(parent=self),
            )
            self.arns[dashboard.key] = made.dashboard_arn
        self.register_outputs({})
