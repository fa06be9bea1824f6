"""Application Load Balancers, their target groups, listeners and objectives, as a person writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field, field_validator, model_validator
from typing_extensions import override

from infra.workloads.workload import Workload, resource_of
from infra.written import Written
from opslib.contract import Arn

__all__ = ["Listener", "LoadBalancer", "Slo", "TargetGroup"]


class TargetGroup(Written):
    """A target group of a load balancer."""

    arn: Arn

    @field_validator("arn")
    @classmethod
    def _suffix(cls, value: str) -> str:
        return resource_of(value, "targetgroup/", "a target group's ARN (…:targetgroup/name/id)")

    @property
    def dimension(self) -> str:
        """What CloudWatch calls it: the ARN's suffix."""
        return self.arn.split(":", 5)[5]

    @property
    def name(self) -> str:
        """Its name."""
        return self.dimension.split("/")[1]


class Listener(Written):
    """A listener, and those of its rules that carry this product's traffic."""

    arn: Arn
    port: int = Field(ge=1, le=65535)
    rules: tuple[Arn, ...] = ()


class Slo(Written):
    """A service level objective: how many of a month's requests may fail. It costs 3.30 USD a month.

    Attributes:
        objective_percent: How many must succeed, such as 99.9.
        minimum_requests: Requests in a window below which its error budget does not burn.
    """

    objective_percent: float = Field(ge=50, le=99.999)
    minimum_requests: int = Field(default=100, ge=1)

    def numbers(self) -> dict[str, float]:
        """What the rows of a burn rate need."""
        budget = round(100 - self.objective_percent, 6)
        return {"error_budget_percent": budget, "slo_minimum_requests": self.minimum_requests}


class LoadBalancer(Workload):
    """An Application Load Balancer.

    Attributes:
        slo: Its service level objective; none: none is watched.
    """

    kind: ClassVar[str] = "load_balancer"

    arn: Arn
    target_groups: dict[str, TargetGroup] = Field(default_factory=dict)
    listeners: tuple[Listener, ...] = ()
    minimum_requests: int = Field(default=20, ge=1)
    slo: Slo | None = None

    @field_validator("arn")
    @classmethod
    def _application(cls, value: str) -> str:
        return resource_of(
            value, "loadbalancer/app/", "an Application Load Balancer's ARN (…:loadbalancer/app/name/id)"
        )

    @model_validator(mode="after")
    def _one_place(self) -> LoadBalancer:
        parts = [(f"targetGroups.{key}.arn", group.arn) for key, group in self.target_groups.items()]
        parts += [(f"listeners.{index}.arn", listener.arn) for index, listener in enumerate(self.listeners)]
        for where, arn in parts:
            if arn.split(":")[3:5] != self.arn.split(":")[3:5]:
                raise ValueError(f"{where} is of another account or region than the load balancer")
        return self

    @property
    def dimension(self) -> str:
        """What CloudWatch calls it: the ARN's suffix, not the ARN."""
        return self.arn.split(":", 5)[5].removeprefix("loadbalancer/")

    @override
    def identifiers(self) -> Mapping[str, str]:
        return {"load_balancer": self.dimension}

    @override
    def numbers(self) -> Mapping[str, float | str]:
        objective = {} if self.slo is None else self.slo.numbers()
        return {"minimum_requests": self.minimum_requests, **objective}
