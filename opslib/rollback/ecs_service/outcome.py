"""What became of a deployment, as far as the service's current state does not say it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from opslib.procedure import Read

__all__ = ["Fate", "fatal_event", "fate_of", "healthy_targets"]

_FATAL = (
    "was unable to place a task",
    "reached the limit on the number of tasks",
    "is unable to consistently start tasks successfully",
    "was unable to stop or start tasks during a deployment",
    "Capacity is unavailable at this time",
    "not enough free addresses",
    "InsufficientFreeAddressesInSubnet",
    "vCPU",
)
"""Parts of ECS's events after which waiting is in vain: no room, no addresses, tasks that do not start (AWS, "Viewing
Amazon ECS service event messages")."""

_SKEW = timedelta(minutes=2)
"""How far the clock of whoever wrote the intent may be ahead of AWS's."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a revision's deployment.

    Attributes:
        status: ECS's status of it.
        reason: ECS's words.
    """

    status: str
    reason: str

    @property
    def rolled_back(self) -> bool:
        """Whether ECS itself gave it up; else somebody else's deployment took its place."""
        return self.status.startswith("ROLLBACK_")

    def __str__(self) -> str:
        return f"ECS gave it up itself ({self.status}): {self.reason or 'it does not say why'}"


def fatal_event(said: Iterable[str]) -> str:
    """The first of some events after which waiting is in vain; empty: there is none."""
    return next((message for message in said if any(part in message for part in _FATAL)), "")


def fate_of(read: Read, cluster: str, service: str, since: datetime, revision: str) -> Fate | None:
    """What became of a revision's newest deployment since a time; None: it was not deployed.

    Args:
        read: Reads the world.
        cluster: The cluster.
        service: The service.
        since: From when on.
        revision: The ARN of the revision.
    """
    listed = read("ecs", "ListServiceDeployments", cluster=cluster, service=service)["serviceDeployments"]
    newer = [brief for brief in listed if brief["createdAt"] >= since - _SKEW]
    if not newer:
        return None
    arns = list(dict.fromkeys(brief["targetServiceRevisionArn"] for brief in newer))[:20]
    described = read("ecs", "DescribeServiceRevisions", serviceRevisionArns=arns)["serviceRevisions"]
    ours = {found["serviceRevisionArn"] for found in described if found["taskDefinition"] == revision}
    return next(
        (
            Fate(brief["status"], brief.get("statusReason", ""))
            for brief in newer
            if brief["targetServiceRevisionArn"] in ours
        ),
        None,
    )


def healthy_targets(read: Read, groups: Iterable[str]) -> tuple[int | None, str]:
    """How many targets of some groups are healthy, and why others are not; None: they are in use by no listener.

    Targets that are on their way out do not count.
    """
    described = [
        found["TargetHealth"]
        for group in groups
        for found in read("elbv2", "DescribeTargetHealth", TargetGroupArn=group)["TargetHealthDescriptions"]
    ]
    health = [found for found in described if found["State"] != "draining"]
    if health and all(found["State"] == "unused" for found in health):
        return None, ""
    others = sorted({found.get("Reason", found["State"]) for found in health if found["State"] != "healthy"})
    return sum(found["State"] == "healthy" for found in health), f" ({', '.join(others)})" if others else ""
