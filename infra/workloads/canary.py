"""Canaries, as a person writes them: one that is made from addresses, or one that runs already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator
from typing_extensions import override

from infra.workloads.health_check import CREATED
from infra.workloads.workload import Workload

__all__ = ["Canary"]

Url = Annotated[str, Field(pattern=r"^https?://[!-~]+$", max_length=500)]


class Canary(Workload):
    """A canary of CloudWatch Synthetics.

    Attributes:
        urls: What it asks, in this order; a canary is made that does. At most ten.
        contains: What has to stand in every answer.
        every_minutes: How often.
        time_out_seconds: After how long a run is given up; the addresses share it.
        runtime: A Python runtime that AWS supports (`aws synthetics describe-runtime-versions`): AWS takes old ones out
            of service, so that there is no good default.
        canary: The name of one that is there; none is made then.
    """

    kind: ClassVar[str] = "canary"

    urls: tuple[Url, ...] = Field(default=(), max_length=10)
    contains: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    every_minutes: int = Field(default=5, ge=1, le=60)
    time_out_seconds: int = Field(default=60, ge=3, le=840)
    runtime: str | None = Field(default=None, pattern=r"^syn-python-selenium-\d+\.\d+$")
    canary: str | None = Field(default=None, pattern=r"^[a-z0-9_-]{1,255}$")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if bool(self.urls) == (self.canary is not None):
            raise ValueError("give either urls, and it is made, or canary, and it is watched")
        if self.urls and self.runtime is None:
            raise ValueError(
                "runtime: give one that AWS supports: `aws synthetics describe-runtime-versions` lists them"
            )
        if self.urls and self.region is not None:
            raise ValueError("region: it is made where the stack is")
        if self.time_out_seconds > 60 * self.every_minutes:
            raise ValueError("timeOutSeconds: is longer than everyMinutes, so that runs would overlap")
        return self

    @override
    def identifiers(self) -> Mapping[str, str]:
        return {"canary": self.canary or CREATED}

    @override
    def numbers(self) -> Mapping[str, float | str]:
        return {"time_out_seconds": self.time_out_seconds}
