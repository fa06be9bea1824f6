"""Addresses that are checked from outside, as a person writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator
from typing_extensions import override

from infra.workloads.workload import Workload

__all__ = ["CREATED", "HealthCheck"]

CREATED = "created-by-this-stack"
"""What stands for the identifier of a health check until Route 53 has made it."""

_PORTS = {"http": 80, "https": 443}
_MOST_CHARACTERS = 255

CheckerRegion = Literal[
    "us-east-1",
    "us-west-1",
    "us-west-2",
    "eu-west-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-northeast-1",
    "sa-east-1",
]


class HealthCheck(Workload):
    """A Route 53 health check of an address: one that is made, or one that is there.

    Attributes:
        url: The address; https asks with the name in the handshake (SNI).
        contains: What has to stand in the first 5,120 bytes of the answer.
        interval_seconds: How often each checker asks: 30, or 10, which costs more. Some sixteen checkers ask, so that
            the address is asked every two seconds or faster.
        failures: How many answers in a row have to be bad, or good, until a checker changes its mind.
        latency: Whether times are measured, which cannot be changed later, and costs more.
        checker_regions: From where; from everywhere where none is given.
        health_check: The identifier of one that is there; none is made then.
    """

    kind: ClassVar[str] = "health_check"

    url: str | None = Field(default=None, pattern=r"^https?://[!-~]+$")
    contains: Annotated[str, Field(min_length=1, max_length=_MOST_CHARACTERS)] | None = None
    interval_seconds: Literal[10, 30] = 30
    failures: int = Field(default=3, ge=1, le=10)
    latency: bool = False
    checker_regions: tuple[CheckerRegion, ...] = ()
    health_check: str | None = Field(default=None, pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.url is None) == (self.health_check is None):
            raise ValueError("give either url, and it is made, or healthCheck, and it is watched")
        if self.region is not None:
            raise ValueError("region: Route 53 publishes in us-east-1 alone, where its alarms are therefore")
        if self.checker_regions and len(set(self.checker_regions)) < 3:  # noqa: PLR2004  Route 53, HealthCheckConfig
            raise ValueError("checkerRegions: Route 53 asks from three regions at least")
        if self.url is not None:
            parts = urlsplit(self.url)
            if parts.username or parts.password:
                raise ValueError("url: holds a password, which would reach the state as plain text")
            if not parts.hostname or parts.fragment or len(parts.path + parts.query) >= _MOST_CHARACTERS:
                raise ValueError("url: is no address that can be asked, such as https://shop.example/health")
        return self

    @property
    def host(self) -> str:
        """The name that is asked."""
        return urlsplit(self.url or "").hostname or ""

    @property
    def port(self) -> int:
        """Where it is asked."""
        parts = urlsplit(self.url or "")
        return parts.port or _PORTS.get(parts.scheme, 0)

    @property
    def path(self) -> str:
        """What is asked for."""
        parts = urlsplit(self.url or "")
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    @property
    def encrypted(self) -> bool:
        """Whether it is asked by TLS."""
        return urlsplit(self.url or "").scheme == "https"

    @override
    def identifiers(self) -> Mapping[str, str]:
        return {"health_check": self.health_check or CREATED}

    @override
    def traits(self) -> frozenset[str]:
        return super().traits() | ({"latency"} if self.latency else set())
