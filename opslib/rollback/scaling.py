"""Autoscaling, borrowed: suspended while a procedure changes what it would fight, and restored to what it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from opslib.procedure import (
    Call,
    Facts,
    Foreign,
    Impossible,
    Intent,
    KnownAfter,
    MayCall,
    Needed,
    Observation,
    Read,
    Satisfied,
    Step,
)

__all__ = ["ALL", "ScalableTarget", "Suspension", "SuspensionIs", "see_scalable_target"]

_DIMENSION = "ecs:service:DesiredCount"


class Suspension(BaseModel):
    """Which ways of scaling are suspended.

    Attributes:
        scaling_in: By policies, in.
        scaling_out: By policies, out.
        scheduled: By schedule.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    scaling_in: bool = False
    scaling_out: bool = False
    scheduled: bool = False

    def parameters(self) -> dict[str, bool]:
        """As AWS names it."""
        return {
            "DynamicScalingInSuspended": self.scaling_in,
            "DynamicScalingOutSuspended": self.scaling_out,
            "ScheduledScalingSuspended": self.scheduled,
        }


ALL = Suspension(scaling_in=True, scaling_out=True, scheduled=True)


@dataclass(frozen=True, slots=True)
class ScalableTarget:
    """A scalable target: of an ECS service's desired count.

    Attributes:
        resource: Its resource id: ``service/CLUSTER/NAME``.
        minimum: Its MinCapacity.
        maximum: Its MaxCapacity.
        suspension: What of it is suspended.
    """

    resource: str
    minimum: int
    maximum: int
    suspension: Suspension


def see_scalable_target(read: Read, cluster: str, service: str) -> ScalableTarget | None:
    """Look at the scalable target of a service; None where nothing scales it."""
    resource = f"service/{cluster}/{service}"
    found: list[Mapping[str, Any]] = read(
        "application-autoscaling",
        "DescribeScalableTargets",
        ServiceNamespace="ecs",
        ResourceIds=[resource],
        ScalableDimension=_DIMENSION,
    )["ScalableTargets"]
    if not found:
        return None
    state = found[0].get("SuspendedState") or {}
    return ScalableTarget(
        resource=resource,
        minimum=found[0]["MinCapacity"],
        maximum=found[0]["MaxCapacity"],
        suspension=Suspension(
            scaling_in=state.get("DynamicScalingInSuspended", False),
            scaling_out=state.get("DynamicScalingOutSuspended", False),
            scheduled=state.get("ScheduledScalingSuspended", False),
        ),
    )


class SuspensionIs(Step):
    """Of a service's autoscaling exactly this is suspended; its bounds are left alone.

    Attributes:
        cluster: The service's cluster.
        service: Its name.
        wanted: What is to be suspended.
        was: What is suspended before: anything else is somebody else's doing.
        after: The step that has to be done first, where this one takes it back.
    """

    kind: Literal["autoscaling.suspension"] = "autoscaling.suspension"
    settle_seconds: float = Field(default=5, ge=0)
    cluster: str
    service: str
    wanted: Suspension
    was: Suspension
    after: str = ""

    def observe(self, read: Read, known: Mapping[str, Facts], intent: Intent | None) -> Observation:
        """Look what is suspended."""
        del intent
        call = Call(
            "application-autoscaling",
            "RegisterScalableTarget",
            {
                "ServiceNamespace": "ecs",
                "ResourceId": f"service/{self.cluster}/{self.service}",
                "ScalableDimension": _DIMENSION,
                "SuspendedState": self.wanted.parameters(),
            },
        )
        if self.after and self.after not in known:
            return KnownAfter(self.after, call)
        found = see_scalable_target(read, self.cluster, self.service)
        if found is None:
            return Impossible(f"nothing scales {self.cluster}/{self.service} any more")
        if found.suspension == self.wanted:
            return Satisfied({"suspended": found.suspension.model_dump()})
        if found.suspension != self.was:
            return Foreign(self.was.parameters(), found.suspension.parameters())
        return Needed(call, {"suspended": found.suspension.model_dump()})

    def undo(self, known: Mapping[str, Facts], before: Facts) -> Step:
        """As it was."""
        del known
        return SuspensionIs(
            id=f"undo-{self.id}",
            title=f"autoscaling of {self.service} is as it was before {self.id}",
            part=self.part,
            cluster=self.cluster,
            service=self.service,
            wanted=Suspension.model_validate(before["suspended"]),
            was=self.wanted,
        )

    def may_call(self) -> tuple[MayCall, ...]:
        """There and back are the same call."""
        return (
            MayCall("application-autoscaling", "DescribeScalableTargets"),
            MayCall("application-autoscaling", "RegisterScalableTarget"),
        )
