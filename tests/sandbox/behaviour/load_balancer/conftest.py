"""A load balancer with one listener and some target groups, and what tests of it do again and again."""

from __future__ import annotations

from typing import Any

import pytest

from opslib.sandbox import Sandbox


class Balancer:
    """A load balancer whose listener answers 404 by default; groups come into use by rules."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.elbv2 = sandbox.client("elbv2", "eu-west-1")
        subnets = sandbox.client("ec2", "eu-west-1").describe_subnets()["Subnets"][:2]
        self.vpc = subnets[0]["VpcId"]
        made = self.elbv2.create_load_balancer(Name="lb", Subnets=[subnet["SubnetId"] for subnet in subnets])
        self.arn = made["LoadBalancers"][0]["LoadBalancerArn"]
        nothing = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}
        listener = self.elbv2.create_listener(
            LoadBalancerArn=self.arn, Protocol="HTTP", Port=80, DefaultActions=[nothing]
        )
        self.listener = listener["Listeners"][0]["ListenerArn"]

    def group(self, name: str, **settings: Any) -> str:
        made = self.elbv2.create_target_group(
            Name=name, Protocol="HTTP", Port=80, VpcId=self.vpc, TargetType="ip", **settings
        )
        return made["TargetGroups"][0]["TargetGroupArn"]

    def register(self, group: str, *ips: str) -> None:
        self.elbv2.register_targets(TargetGroupArn=group, Targets=[{"Id": ip} for ip in ips])

    def rule(self, weights: dict[str, int], priority: int = 10) -> str:
        made = self.elbv2.create_rule(
            ListenerArn=self.listener,
            Priority=priority,
            Conditions=[{"Field": "path-pattern", "Values": [f"/{priority}"]}],
            Actions=[self.forward(weights)],
        )
        return made["Rules"][0]["RuleArn"]

    def forward(self, weights: dict[str, int]) -> dict[str, Any]:
        groups = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in weights.items()]
        return {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}

    def health(self, group: str, **query: Any) -> list[tuple[str, str]]:
        """State and reason of each target."""
        found = self.elbv2.describe_target_health(TargetGroupArn=group, **query)["TargetHealthDescriptions"]
        return [(t["TargetHealth"]["State"], t["TargetHealth"].get("Reason", "")) for t in found]

    def wait(self, seconds: float) -> None:
        self.sandbox.clock.advance(seconds)


@pytest.fixture
def balancer(account: Sandbox) -> Balancer:
    return Balancer(account)
