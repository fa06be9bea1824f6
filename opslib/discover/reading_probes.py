"""Reads what tries an address from outside: health checks of Route 53, and canaries."""

from __future__ import annotations

from typing import Final

from opslib.discover.asking import Asking
from opslib.discover.inventory_edge import Canary, HealthCheck

__all__ = ["read_canaries", "read_health_checks"]

_TAGS_PER_CALL: Final = 10
"""Route 53, ListTagsForResources."""
_TIME_OUT_SECONDS: Final = 840
"""Synthetics' longest, which a canary without one of its own has at most."""


def read_health_checks(asking: Asking) -> tuple[HealthCheck, ...]:
    """Every health check of the account, by name and id.

    Args:
        asking: Reads AWS.
    """
    listed = {str(one["Id"]): one for one in asking.each("route53", "ListHealthChecks", "HealthChecks")}
    tagged = asking.in_parts(
        "route53",
        "ListTagsForResources",
        "ResourceTagSets",
        many=sorted(listed),
        of="ResourceIds",
        most=_TAGS_PER_CALL,
        ResourceType="healthcheck",
    )
    names = {one["ResourceId"]: tag["Value"] for one in tagged for tag in one.get("Tags") or () if tag["Key"] == "Name"}
    partition, found = asking.clients.identity().partition, []
    for key, one in listed.items():
        config = one["HealthCheckConfig"]
        found.append(
            HealthCheck(
                arn=f"arn:{partition}:route53:::healthcheck/{key}",
                id=key,
                name=str(names.get(key) or config.get("FullyQualifiedDomainName") or config.get("IPAddress") or ""),
                kind=str(config["Type"]),
                is_disabled=bool(config.get("Disabled")),
                measures_latency=bool(config.get("MeasureLatency")),
                made_by=str((one.get("LinkedService") or {}).get("ServicePrincipal") or ""),
            )
        )
    return tuple(sorted(found, key=lambda check: (check.name, check.id)))


def read_canaries(asking: Asking) -> tuple[Canary, ...]:
    """Every canary of the region, by name.

    Args:
        asking: Reads AWS.
    """
    identity = asking.clients.identity()
    of = f"arn:{identity.partition}:synthetics:{asking.clients.region}:{identity.account}:canary"
    found = (
        Canary(
            arn=f"{of}:{one['Name']}",
            name=one["Name"],
            state=str((one.get("Status") or {}).get("State", "")),
            schedule=str((one.get("Schedule") or {}).get("Expression", "")),
            time_out_seconds=int((one.get("RunConfig") or {}).get("TimeoutInSeconds") or _TIME_OUT_SECONDS),
        )
        for one in asking.each("synthetics", "DescribeCanaries", "Canaries")
    )
    return tuple(sorted(found, key=lambda canary: canary.name))
