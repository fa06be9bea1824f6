"""The times of the load balancer's behaviour, with where each comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

__all__ = ["LoadBalancerSettings"]


@dataclass(frozen=True, kw_only=True)
class LoadBalancerSettings:
    """How target health moves.

    Intervals, thresholds and the deregistration delay are the target group's own.

    Attributes:
        first_checks_needed: How many checks a newly registered target must pass. AWS, "Optimize load balancer health
            check parameters for Amazon ECS": one, whatever the healthy threshold, which is only for targets that
            were unhealthy.
        registration_seconds: How long a target's reason is `Elb.RegistrationInProgress` before it becomes
            `Elb.InitialHealthChecking`. AWS gives no number.
    """

    first_checks_needed: Annotated[int, Field(ge=1, le=10)] = 1
    registration_seconds: Annotated[float, Field(ge=0)] = 5.0
