"""A look at the world: what of one region the invariants compare before and after."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from opslib.sandbox.behaviour.ecs.world import world_of
from opslib.sandbox.behaviour.load_balancer.serving import serving

if TYPE_CHECKING:
    from opslib.sandbox.account import Account

__all__ = ["Look", "ScalingLook", "ServiceLook", "endpoints", "look", "scaling", "short"]

_ENDPOINT = re.compile(r"[\w-]+(?:\.[\w-]+)*\.rds\.amazonaws\.com")


@dataclass(frozen=True)
class ServiceLook:
    """An ECS service.

    Attributes:
        name: As cluster/name.
        task_definition: What it is to run, as `family:revision`.
        previous: What it was to run before that, or None.
        desired_count: How many tasks it is to run.
        groups: The target groups of its tasks, by ARN.
        is_changing: Whether a deployment of it is in progress.
    """

    name: str
    task_definition: str
    previous: str | None
    desired_count: int
    groups: tuple[str, ...]
    is_changing: bool


@dataclass(frozen=True)
class Look:
    """One region, at one moment.

    Attributes:
        weights: By rule, the weight of each target group, by ARN; a listener's default action is a rule.
        names: What to call a rule: its priority and listener.
        healthy: How many healthy targets each group in a rule has, by ARN.
        services: The ACTIVE services, by cluster/name.
    """

    weights: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    healthy: Mapping[str, int] = field(default_factory=dict)
    services: Mapping[str, ServiceLook] = field(default_factory=dict)

    @property
    def serving(self) -> set[str]:
        """The target groups that some rule sends traffic to."""
        return {arn for weights in self.weights.values() for arn, weight in weights.items() if weight > 0}


@dataclass(frozen=True)
class ScalingLook:
    """The bounds of a scalable target, and what of its scaling is suspended."""

    minimum: int | None
    maximum: int | None
    suspended: tuple[str, ...]


def look(account: Account, region: str) -> Look:
    """The region as it is now. Call it while holding `schedule.lock`."""
    weights: dict[str, Mapping[str, int]] = {}
    names: dict[str, str] = {}
    healthy: dict[str, int] = {}
    if _used("elbv2"):
        for rule in serving(account, region):
            weights[rule.rule_arn] = {group.target_group_arn: group.weight for group in rule.groups}
            listener = "/".join(rule.listener_arn.split("/")[-3:-1])
            is_default = rule.priority == "default"
            names[rule.rule_arn] = f"the {'default action' if is_default else 'rule ' + rule.priority} of {listener}"
            healthy |= {group.target_group_arn: len(group.healthy) for group in rule.groups}
    return Look(weights, names, healthy, dict(_services(account, region)) if _used("ecs") else {})


def _services(account: Account, region: str) -> Iterator[tuple[str, ServiceLook]]:
    for (cluster, name), service in world_of(account, region).services.items():
        if service.status == "ACTIVE":
            runs = short(service.task_definition_arn)
            ran = [short(revision.task_definition_arn) for revision in service.revisions]
            yield (
                f"{cluster}/{name}",
                ServiceLook(
                    name=f"{cluster}/{name}",
                    task_definition=runs,
                    previous=next((earlier for earlier in reversed(ran) if earlier != runs), None),
                    desired_count=service.desired_count,
                    groups=tuple(
                        balancer["targetGroupArn"]
                        for balancer in service.load_balancers
                        if balancer.get("targetGroupArn")
                    ),
                    is_changing=any(deployment.rollout_state == "IN_PROGRESS" for deployment in service.deployments),
                ),
            )


def scaling(account: Account, region: str) -> dict[str, ScalingLook]:
    """The scalable targets of a region, by resource and dimension."""
    backend = _backend(account, region, "applicationautoscaling")
    of_dimensions = {} if backend is None else backend.targets
    return {
        f"{resource} {dimension}": ScalingLook(
            target.min_capacity,
            target.max_capacity,
            tuple(sorted(name for name, is_on in dict(target.suspended_state or {}).items() if is_on)),
        )
        for dimension, targets in list(of_dimensions.items())
        for resource, target in list(targets.items())
    }


def endpoints(account: Account, region: str) -> Iterator[tuple[str, str, str]]:
    """The SSM parameters of a region that name a database's endpoint: the name, the endpoint, and the status behind it.

    The status is AWS's word, or `none` where no database has that endpoint.
    """
    ssm, rds = _backend(account, region, "ssm"), _backend(account, region, "rds")
    statuses: dict[str, str] = {}
    if rds is not None:
        from opslib.sandbox.behaviour.databases.statuses import cluster_status

        for database in list(rds.databases.values()):
            statuses[str(database.address)] = str(database.status)
        for cluster in list(rds.clusters.values()):
            status = cluster_status(account, region, cluster)
            statuses[str(cluster.endpoint)] = statuses[str(cluster.reader_endpoint)] = status
    if ssm is not None:
        # A dict's own method: the store's own would load AWS's public parameters.
        for name, versions in list(dict.items(ssm._parameters)):  # noqa: SLF001  # it has no other door
            for endpoint in _ENDPOINT.findall(versions[-1].value if versions else ""):
                yield name, endpoint, statuses.get(endpoint, "none")


def short(task_definition: str) -> str:
    """`family:revision` of an ARN; a short name stays as it is."""
    return task_definition.rpartition("/")[2]


def _used(service: str) -> bool:
    """Whether anybody has called the service; importing moto's model of one that nobody has takes time."""
    return f"moto.{service}.models" in sys.modules


def _backend(account: Account, region: str, service: str) -> Any | None:
    # None also of a module whose import another thread has just begun.
    backends = getattr(sys.modules.get(f"moto.{service}.models"), f"{service}_backends", None)
    return None if backends is None else backends[account.account_id][region]
