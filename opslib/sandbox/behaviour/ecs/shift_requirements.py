"""What a service needs for its deployments to shift traffic.

AWS, "Application Load Balancer resources for blue/green, linear, and canary deployments".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from moto.elbv2.models import elbv2_backends

from opslib.sandbox.answer import AwsError
from opslib.sandbox.behaviour.ecs.traffic_shift import STRATEGIES
from opslib.sandbox.behaviour.ecs.world import World
from opslib.sandbox.behaviour.load_balancer.rules import rule_named

__all__ = ["check_shift"]

_NEEDED = ("alternateTargetGroupArn", "productionListenerRule")


def check_shift(world: World, configuration: Mapping[str, Any], balancers: Iterable[Mapping[str, Any]]) -> None:
    """Refuse a strategy without what it shifts traffic with.

    Args:
        world: The region.
        configuration: The deploymentConfiguration.
        balancers: The loadBalancers.

    Raises:
        AwsError: Something is missing; the texts are ours.
    """
    strategy = configuration["strategy"]
    if strategy not in STRATEGIES:
        return
    given = list(balancers)
    if not given and strategy != "BLUE_GREEN":  # AWS: a headless service's traffic is not shifted, so not in parts
        raise AwsError("InvalidParameterException", f"The strategy {strategy} needs a load balancer.")
    groups = elbv2_backends[world.account.account_id][world.region].target_groups
    for balancer in given:
        advanced = balancer.get("advancedConfiguration") or {}
        if missing := [name for name in _NEEDED if not advanced.get(name)]:
            raise AwsError("InvalidParameterException", f"advancedConfiguration.{missing[0]} is needed by {strategy}.")
        if advanced["alternateTargetGroupArn"] not in groups:
            raise AwsError("InvalidParameterException", "The alternate target group does not exist.")
        for name in ("productionListenerRule", "testListenerRule"):
            if advanced.get(name) and rule_named(world.account, world.region, advanced[name]) is None:
                raise AwsError("InvalidParameterException", f"The rule {advanced[name]} does not exist.")
