"""Health checks from outside: Route 53's checkers all over the world ask an address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi
from pulumi_aws import route53

__all__ = ["HealthCheckArgs", "HealthChecks", "HealthChecksArgs"]


class HealthCheckArgs(TypedDict):
    """An address, and when it is healthy."""

    host: str
    """The name that is asked; also in the TLS handshake."""
    port: int
    """Where it is asked."""
    path: str
    """What is asked for."""
    encrypted: bool
    """Whether it is asked by TLS. A certificate that is wrong is not noticed: Route 53 does not look at it."""
    contains: NotRequired[str]
    """What has to stand in the first 5,120 bytes of the answer."""
    interval_seconds: int
    """10 or 30."""
    failures: int
    """How many answers in a row change a checker's mind: 1 to 10."""
    latency: NotRequired[bool]
    """Whether times are measured."""
    regions: NotRequired[Sequence[str]]
    """From where it is asked, at least three; from everywhere where none is given."""


class HealthChecksArgs(TypedDict):
    """The addresses of a stack."""

    prefix: str
    """What the name of every check starts with: a check has no name in AWS but its tag `Name`."""
    checks: Mapping[str, HealthCheckArgs]
    """By a key that stays."""
    tags: NotRequired[Mapping[str, str]]
    """Tags of every check."""


class HealthChecks(pulumi.ComponentResource):
    """Checks of addresses, all over the world. Their metrics are in us-east-1.

    Attributes:
        identifiers: What Route 53 and CloudWatch call each check, by key.
    """

    identifiers: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: HealthChecksArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ops:index:HealthChecks", name, None, opts)
        self.identifiers = {}
        for key, check in args["checks"].items():
            contains = check.get("contains")
            protocol = "HTTPS" if check["encrypted"] else "HTTP"
            made = route53.HealthCheck(
                f"{name}-{key}",
                type=protocol if contains is None else f"{protocol}_STR_MATCH",
                fqdn=check["host"],
                port=check["port"],
                resource_path=check["path"],
                search_string=contains,
                enable_sni=check["encrypted"],
                request_interval=check["interval_seconds"],
                failure_threshold=check["failures"],
                measure_latency=check.get("latency") or None,
                regions=sorted(check.get("regions", ())) or None,
                tags={**args.get("tags", {}), "Name": f"{args['prefix']}-{key}"},
                opts=pulumi.ResourceOptions(parent=self),
            )
            self.identifiers[key] = made.id
        self.register_outputs({})
