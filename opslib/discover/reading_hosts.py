"""Reads hosts, fleets and NAT gateways."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from opslib.discover.asking import Asking
from opslib.discover.inventory_hosts import Fleet, Host, NatGateway

__all__ = ["read_fleets", "read_hosts", "read_nat_gateways"]

_GROUP: Final = "aws:autoscaling:groupName"
"""The tag that Auto Scaling gives to the instances of a group."""
_GONE: Final = ("terminated", "shutting-down", "deleted", "deleting")
"""States of what EC2 tells of for an hour more."""


def read_hosts(asking: Asking) -> tuple[Host, ...]:
    """Every instance that stands by itself, by name and id; those of groups come and go.

    Args:
        asking: Reads AWS.
    """
    found = []
    for reservation in asking.each("ec2", "DescribeInstances", "Reservations"):
        for one in reservation["Instances"]:
            tags, state = _tags(one.get("Tags")), str(one["State"]["Name"])
            if _GROUP in tags or state in _GONE:
                continue
            is_spot = one.get("InstanceLifecycle") == "spot"
            arn = _arn(asking, "instance", one["InstanceId"])
            found.append(Host(arn, one["InstanceId"], tags.get("Name", ""), state, is_spot))
    return tuple(sorted(found, key=lambda host: (host.name, host.id)))


def read_fleets(asking: Asking) -> tuple[Fleet, ...]:
    """Every Auto Scaling group, by name.

    Args:
        asking: Reads AWS.
    """
    found = asking.each("autoscaling", "DescribeAutoScalingGroups", "AutoScalingGroups")
    return tuple(
        Fleet(
            arn=one["AutoScalingGroupARN"],
            name=one["AutoScalingGroupName"],
            minimum=int(one["MinSize"]),
            desired=int(one["DesiredCapacity"]),
            metrics=tuple(sorted(each["Metric"] for each in one.get("EnabledMetrics") or ())),
            tags=tuple(sorted(_tags(one.get("Tags")).items())),
        )
        for one in sorted(found, key=lambda one: str(one["AutoScalingGroupName"]))
        if not one.get("Status")  # it has one only while it is deleted
    )


def read_nat_gateways(asking: Asking) -> tuple[NatGateway, ...]:
    """Every NAT gateway, by name and id.

    Args:
        asking: Reads AWS.
    """
    found = (
        NatGateway(
            _arn(asking, "natgateway", one["NatGatewayId"]),
            one["NatGatewayId"],
            _tags(one.get("Tags")).get("Name", ""),
            one["State"],
        )
        for one in asking.each("ec2", "DescribeNatGateways", "NatGateways")
        if one["State"] not in _GONE
    )
    return tuple(sorted(found, key=lambda gateway: (gateway.name, gateway.id)))


def _tags(listed: Iterable[Mapping[str, str]] | None) -> dict[str, str]:
    return {one["Key"]: one.get("Value", "") for one in listed or ()}


def _arn(asking: Asking, kind: str, identifier: str) -> str:
    identity = asking.clients.identity()
    return f"arn:{identity.partition}:ec2:{asking.clients.region}:{identity.account}:{kind}/{identifier}"
