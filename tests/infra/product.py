"""A generated product of many services behind one load balancer, as a stack's file would say it."""

from __future__ import annotations

from typing import Any

from infra.config import StackConfig

ACCOUNT = "123456789012"
REGION = "eu-central-1"

__all__ = ["ACCOUNT", "REGION", "config_of", "product", "values_of"]


def product(count: int, *, without: frozenset[str] = frozenset()) -> dict[str, Any]:
    """What stands under our namespace.

    Args:
        count: How many services there are.
        without: Keys of services that are left out, their target groups too.
    """
    arn = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}"
    keys = [key for key in (f"service-{index}" for index in range(count)) if key not in without]
    return {
        "product": "many",
        "environment": "test",
        "loadBalancers": {
            "public": {
                "arn": f"{arn}:loadbalancer/app/many/1",
                "targetGroups": {key: {"arn": f"{arn}:targetgroup/{key}/1"} for key in keys},
            }
        },
        "services": {
            key: {"cluster": "many", "service": key, "loadBalancer": "public", "targetGroup": key} for key in keys
        },
    }


def config_of(count: int, *, without: frozenset[str] = frozenset()) -> StackConfig:
    """The same, validated."""
    return StackConfig.parse(product(count, without=without), source="test")


def values_of(count: int, *, without: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The same, as the engine hands configuration over."""
    return {
        "aws:region": REGION,
        "aws:allowedAccountIds": [ACCOUNT],
        **{f"opslib:{key}": value for key, value in product(count, without=without).items()},
    }
