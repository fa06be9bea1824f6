"""Deployment alarms: which are watched during a deployment, and whether one of them is in ALARM.

AWS, "How CloudWatch alarms detect Amazon ECS deployment failures". Their states are read where CloudWatch's calls read
them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends

from opslib.sandbox.behaviour.ecs.world import World

__all__ = ["bake_seconds", "in_alarm", "to_watch"]

_IN_ALARM = "ALARM"
LEAST_BAKE_SECONDS = 60.0  # ours, for alarms without a period of their own (composites)


def to_watch(world: World, configuration: Mapping[str, Any]) -> tuple[tuple[str, ...], str]:
    """The alarms that a deployment which begins now has to watch, and the status of that watching.

    When one of them is in ALARM already, none is watched for the whole deployment: it may be the one that repairs it.
    """
    alarms = configuration.get("alarms") or {}
    names = tuple(alarms.get("alarmNames", ())) if alarms.get("enable") else ()
    if not names or in_alarm(world, names):
        return (), "DISABLED"
    return names, "MONITORING"


def in_alarm(world: World, names: tuple[str, ...]) -> list[str]:
    """Those of the alarms that are in ALARM."""
    alarms = _alarms(world)
    return [name for name in names if name in alarms and alarms[name].state_value == _IN_ALARM]


def bake_seconds(world: World, names: tuple[str, ...]) -> float:
    """How long they are watched after the deployment became steady.

    AWS computes it "based on the alarm configuration" and does not say how; here it is the longest time over which one
    of them is evaluated.
    """
    alarms = [alarm for name, alarm in _alarms(world).items() if name in names]
    spans = (float(alarm.period or 0) * int(alarm.evaluation_periods or 0) for alarm in alarms)
    return max(LEAST_BAKE_SECONDS, *spans, 0.0)


def _alarms(world: World) -> dict[str, Any]:
    found: dict[str, Any] = cloudwatch_backends[world.account.account_id][world.region].alarms
    return found
