"""Services and the load balancers that they stand behind, as a person writes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from infra.adopt.drafting import Drafting, LeftOut
from infra.profiles import PROFILES
from infra.workloads.autoscaling import Autoscaling
from opslib.discover import Inventory, LoadBalancer, Scaling, Service

__all__ = ["Balancers", "drafted_balancers", "drafted_services"]

_REPOSITORY = re.compile(r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?/(?P<name>[^:@]+)")


@dataclass(slots=True)
class Balancers:
    """The load balancers, and where each target group is.

    Attributes:
        written: Their section.
        groups: The load balancer's key and the target group's own, by the group's ARN.
        beside: For each target group those that some rule names beside it with a weight, where it has none.
    """

    written: dict[str, Any] = field(default_factory=dict)
    groups: dict[str, tuple[str, str]] = field(default_factory=dict)
    beside: dict[str, tuple[str, ...]] = field(default_factory=dict)


def drafted_balancers(drafting: Drafting, inventory: Inventory) -> Balancers:
    """The load balancers.

    Args:
        drafting: What is known so far.
        inventory: What runs.
    """
    found = Balancers()
    for one in inventory.load_balancers:
        if one.kind != "application":
            drafting.left_out.append(LeftOut(f"load balancer {one.name}", f"it is a {one.kind} load balancer"))
            continue
        key = drafting.key(one.name, "balancer", "internal" if one.is_internal else "public")
        groups: dict[str, Any] = {}
        for group in one.target_groups:
            own = _free(drafting.part(group.name, "targets"), groups)
            groups[own] = {"arn": group.arn}
            found.groups.setdefault(group.arn, (key, own))
        found.written[key] = {
            "arn": one.arn,
            **({"targetGroups": groups} if groups else {}),
            **({"listeners": _listeners(one)} if one.listeners else {}),
        }
        for listener in one.listeners:
            for rule in listener.rules:
                serving = tuple(arn for arn, weight in rule.weights if weight)
                found.beside |= {arn: serving for arn, weight in rule.weights if not weight and serving}
    return found


def _free(key: str, taken: Mapping[str, Any]) -> str:
    return next(name for name in (key, *(f"{key}-{number}" for number in range(2, 10_000))) if name not in taken)


def _listeners(balancer: LoadBalancer) -> list[dict[str, Any]]:
    """The listeners with those of their rules that forward; the default rule goes with its listener."""
    return [
        {
            "arn": one.arn,
            "port": one.port,
            **({"rules": rules} if (rules := [r.arn for r in one.rules if r.weights and not r.is_default]) else {}),
        }
        for one in balancer.listeners
    ]


def drafted_services(drafting: Drafting, inventory: Inventory, balancers: Balancers) -> dict[str, Any]:
    """The services.

    Args:
        drafting: What is known so far.
        inventory: What runs.
        balancers: The load balancers.
    """
    keys: dict[str, str] = {}
    found: dict[str, Any] = {}
    for one in sorted(inventory.services, key=lambda service: (service.cluster, service.name)):
        if not one.desired_count:
            why = "no task is desired of it, so its silence would ring for ever"
            drafting.left_out.append(LeftOut(f"service {one.cluster}/{one.name}", why))
            continue
        key = keys[one.arn] = drafting.key(one.name, "service")
        found[key] = _service(drafting, one, key, balancers)
    by_group = {
        group: keys[one.arn] for one in inventory.services if one.arn in keys for group in one.target_group_arns
    }
    for group, serving in balancers.beside.items():
        standby, of = by_group.get(group), next((by_group[arn] for arn in serving if arn in by_group), None)
        if standby is not None and of is not None and standby != of and "standby" not in found[of]:
            found[of]["standby"] = standby
    return found


def _service(drafting: Drafting, one: Service, key: str, balancers: Balancers) -> dict[str, Any]:
    written: dict[str, Any] = {"cluster": one.cluster, "service": one.name}
    if one.controller != "ECS":
        written["deploymentController"] = one.controller
    if one.task_family:
        written["taskFamily"] = one.task_family
    if one.containers:
        written["containers"] = {each.name: _container(each) for each in one.containers}
    at = next((balancers.groups[arn] for arn in one.target_group_arns if arn in balancers.groups), None)
    if at is not None:
        written["loadBalancer"], written["targetGroup"] = at
    elsewhere = [arn for arn in one.target_group_arns if balancers.groups.get(arn) != at]
    if elsewhere:
        drafting.left_alone.append(f"services.{key}: {len(elsewhere)} more target groups of it; one is watched")
    if one.scaling is not None:
        target = one.scaling.cpu_target_percent
        holds = "" if target is None else f", which holds its CPU at {target:g} %"
        drafting.left_alone.append(f"services.{key}: its autoscaling{holds}; it stays theirs")
        if thresholds := _scaled(one.scaling):
            written["thresholds"] = thresholds
    written |= {"subnets": list(one.subnets)} if one.subnets else {}
    written |= {"securityGroups": list(one.security_groups)} if one.security_groups else {}
    groups = dict.fromkeys(each.log_group for each in one.containers if each.log_group)
    if len(groups) == 1:
        written["logGroup"] = next(iter(groups))
    return written


def _container(one: Any) -> dict[str, Any]:
    repository = _REPOSITORY.match(one.image)
    return {
        **({"port": one.port} if one.port else {}),
        **({"repository": repository["name"]} if repository else {}),
        **({"healthCheck": True} if one.has_health_check else {}),
    }


def _scaled(scaling: Scaling) -> dict[str, Any]:
    """The thresholds that follow from a target that somebody else tracks: at it a warning would ring all day."""
    if scaling.cpu_target_percent is None:
        return {}
    profile = PROFILES["baseline"]
    bands = Autoscaling.model_validate({"cpuTargetPercent": scaling.cpu_target_percent}).bands(profile)
    found: dict[str, Any] = {}
    for quantity, band in bands.items():
        if band != profile[quantity]:
            given = {"warning": band.warning, "critical": band.critical}
            found[quantity] = {severity: number for severity, number in given.items() if number is not None}
    return found
