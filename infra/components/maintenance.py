"""Maintenance windows: CloudWatch's mute rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi
from pulumi_aws import cloudwatch

__all__ = ["Maintenance", "MaintenanceArgs", "MuteRuleArgs"]


class MuteRuleArgs(TypedDict):
    """Which alarms are muted when."""

    name: str
    """Name of the rule in AWS."""
    expression: str
    """``cron(minutes hours day-of-month month day-of-week)`` or ``at(yyyy-MM-ddThh:mm)``."""
    duration: str
    """How long, in ISO 8601: one minute to fifteen days."""
    timezone: str
    """The time zone of the expression, such as `UTC`."""
    alarms: Sequence[str]
    """Names of the alarms, at most 100. Never those of autoscaling: their actions would be muted too."""
    description: NotRequired[str]
    """For people."""
    region: NotRequired[str]
    """Where the alarms are, if not where the provider is."""


class MaintenanceArgs(TypedDict):
    """The windows of a stack."""

    rules: Mapping[str, MuteRuleArgs]
    """By a key that stays: it is part of the logical name."""
    alarm_arns: NotRequired[Mapping[str, pulumi.Input[str]]]
    """ARN of each alarm by its name, where the program makes the alarms too: AWS takes only names of those that there
    are."""
    tags: NotRequired[Mapping[str, str]]
    """Tags of every rule."""


class Maintenance(pulumi.ComponentResource):
    """Windows in which alarms change state and say nothing; what still rings at the end of a window acts then."""

    def __init__(self, name: str, args: MaintenanceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ops:index:Maintenance", name, None, opts)
        made = _Made(args.get("alarm_arns", {}))
        for key, rule in args["rules"].items():
            cloudwatch.AlarmMuteRule(
                f"{name}-{key}",
                name=rule["name"],
                description=rule.get("description"),
                rule={
                    "schedule": {
                        "expression": rule["expression"],
                        "duration": rule["duration"],
                        "timezone": rule["timezone"],
                    }
                },
                mute_targets={"alarm_names": made.names(tuple(rule["alarms"]))},
                region=rule.get("region"),
                tags=args.get("tags", {}),
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})


class _Made:
    """Names of alarms once the alarms are there; rules that mute the same ones share the wait."""

    def __init__(self, arns: Mapping[str, pulumi.Input[str]]) -> None:
        self._arns = arns
        self._waits: dict[tuple[str, ...], pulumi.Output[list[str]]] = {}

    def names(self, alarms: tuple[str, ...]) -> pulumi.Output[list[str]]:
        if alarms not in self._waits:
            arns = [self._arns[name] for name in alarms if name in self._arns]
            self._waits[alarms] = pulumi.Output.all(*arns).apply(lambda _: list(alarms))
        return self._waits[alarms]
