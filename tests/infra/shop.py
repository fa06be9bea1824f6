"""A user's own little program, from which components are tried one by one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from infra.components.alarms import WorkloadAlarmsArgs
from opslib.sandbox.programs.in_process import Resource, Run, run_program

ACCOUNT = "123456789012"
TIERS = ("info", "warning", "critical", "emergency")
TOPICS = {tier: f"arn:aws:sns:eu-west-1:{ACCOUNT}:shop-{tier}" for tier in (*TIERS, "recovery")}
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE = "aws:cloudwatch/compositeAlarm:CompositeAlarm"

SERVICE: WorkloadAlarmsArgs = {
    "kind": "ecs_service",
    "key": "api",
    "prefix": "shop",
    "identifiers": {"cluster": "shop", "service": "api", "load_balancer": "app/shop/1", "target_group": "tg/2"},
    "numbers": {"minimum_requests": 20},
    "topics": TOPICS,
}


def run(program: Callable[[], Any]) -> Run:
    return run_program(program, project="shop", stack="test", config={"aws:region": "eu-west-1"})


def of_type(ran: Run, token: str) -> dict[str, Resource]:
    """The resources of a type by their logical names."""
    return {resource.name: resource for resource in ran.resources if resource.token == token}


def only(ran: Run, token: str) -> Resource:
    (resource,) = of_type(ran, token).values()
    return resource
