"""What autoscaling did, as DescribeScalingActivities tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from opslib.sandbox.account import Account

__all__ = ["Occasion", "TargetKey", "activities_of", "note_activity", "note_not_scaled"]

_RECORD = "scaling activities"


@dataclass(frozen=True, slots=True)
class TargetKey:
    """What names a scalable target.

    Attributes:
        namespace: `ecs`.
        resource_id: `service/cluster/name`.
        dimension: `ecs:service:DesiredCount`.
    """

    namespace: str
    resource_id: str
    dimension: str


@dataclass(frozen=True, slots=True)
class Occasion:
    """Where and when something is scaled.

    Attributes:
        account: The sandbox's account.
        region: The region.
        at: The time.
    """

    account: Account
    region: str
    at: datetime

    def record(self, kind: str) -> dict[Any, Any]:
        """What autoscaling remembers under a name in this region."""
        return self.account.record(f"autoscaling {kind}", self.region)


def activities_of(account: Account, region: str) -> list[dict[str, Any]]:
    """All activities of a region as AWS describes them, the oldest first."""
    activities: list[dict[str, Any]] = account.record(_RECORD, region).setdefault("all", [])
    return activities


def note_activity(here: Occasion, key: TargetKey, what: str, cause: str, problem: str = "") -> None:
    """Note that a target was scaled, or could not be.

    Args:
        here: Where and when.
        key: The target.
        what: `desired count to 4`.
        cause: Why, in AWS's words.
        problem: What AWS's service answered when it refused; empty: it did not.
    """
    by = f" Change successfully fulfilled by {key.namespace}." if what.startswith("desired count") else ""
    message = f"Failed to set {what}. Reason: {problem}" if problem else f"Successfully set {what}.{by}"
    _append(here, key, what, cause, {"StatusCode": "Failed" if problem else "Successful", "StatusMessage": message})


def note_not_scaled(here: Occasion, key: TargetKey, what: str, cause: str, reason: Mapping[str, Any]) -> None:
    """Note that a target was not scaled; told only to who asks for IncludeNotScaledActivities."""
    _append(here, key, what, cause, {"StatusCode": "Unfulfilled", "NotScaledReasons": [dict(reason)]})


def _append(here: Occasion, key: TargetKey, what: str, cause: str, outcome: Mapping[str, Any]) -> None:
    activity = {
        "ActivityId": str(UUID(int=here.account.random.getrandbits(128), version=4)),
        "ServiceNamespace": key.namespace,
        "ResourceId": key.resource_id,
        "ScalableDimension": key.dimension,
        "Description": f"Setting {what}.",
        "Cause": cause,
        "StartTime": here.at,
        "EndTime": here.at,
        **outcome,
    }
    activities_of(here.account, here.region).append(activity)
