"""The provider's functions: what a program asks about its surroundings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

__all__ = ["INVOKES"]

_SUFFIXES = {"aws": "amazonaws.com", "aws-cn": "amazonaws.com.cn", "aws-us-gov": "amazonaws.com"}


def _caller_identity(caller: Mapping[str, str], _region: str) -> dict[str, Any]:
    return {
        "accountId": caller["Account"],
        "arn": caller["Arn"],
        "id": caller["Account"],
        "userId": caller["UserId"],
    }


def _region(_caller: Mapping[str, str], region: str) -> dict[str, Any]:
    return {
        "description": region,
        "endpoint": f"ec2.{region}.amazonaws.com",
        "id": region,
        "name": region,
        "region": region,
    }


def _partition(caller: Mapping[str, str], _region: str) -> dict[str, Any]:
    partition = caller["Arn"].split(":")[1]
    suffix = _SUFFIXES.get(partition, "amazonaws.com")
    return {
        "dnsSuffix": suffix,
        "id": partition,
        "partition": partition,
        "reverseDnsPrefix": ".".join(reversed(suffix.split("."))),
    }


INVOKES: Final[Mapping[str, Callable[[Mapping[str, str], str], dict[str, Any]]]] = MappingProxyType(
    {
        "aws:index/getCallerIdentity": _caller_identity,
        "aws:index/getPartition": _partition,
        "aws:index/getRegion": _region,
    }
)
