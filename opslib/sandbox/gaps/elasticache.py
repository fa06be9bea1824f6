"""ElastiCache: serverless caches, which moto lacks. They are there at once, and hold nothing.

Rules: ElastiCache API, CreateServerlessCache, DescribeServerlessCaches and DeleteServerlessCache.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opslib.sandbox.answer import AwsError
from opslib.sandbox.gaps.call import GapCall, Handler

__all__ = ["CACHES", "OPERATIONS"]

CACHES = "serverless caches"
"""Under which name they are remembered in each region."""

_ENGINES = ("redis", "valkey", "memcached")
_MOST = 50  # DescribeServerlessCaches: the default of MaxResults
_KEPT = ("ServerlessCacheName", "Description", "Engine", "CacheUsageLimits", "SecurityGroupIds", "SubnetIds")


def create_serverless_cache(call: GapCall) -> Mapping[str, Any]:
    """One of a name and a known engine."""
    caches, name = call.record(CACHES), str(call.parameters["ServerlessCacheName"])
    if name in caches:
        raise AwsError("ServerlessCacheAlreadyExistsFault", f"Serverless cache {name} already exists")
    if call.parameters["Engine"] not in _ENGINES:
        raise AwsError("InvalidParameterValue", f"Engine must be one of {', '.join(_ENGINES)}")
    made = {key: value for key, value in call.parameters.items() if key in _KEPT}
    made |= {
        "ARN": f"arn:aws:elasticache:{call.region}:{call.account_id}:serverlesscache:{name}",
        "Status": "available",
        "CreateTime": call.account.clock.now(),
    }
    caches[name] = {"cache": made, "tags": {one["Key"]: one["Value"] for one in call.parameters.get("Tags") or ()}}
    return {"ServerlessCache": made}


def describe_serverless_caches(call: GapCall) -> Mapping[str, Any]:
    """One of a name, or all by name, in pages."""
    caches, name = call.record(CACHES), call.parameters.get("ServerlessCacheName")
    if name is not None:
        return {"ServerlessCaches": [_known(call, name)["cache"]]}
    left = [key for key in sorted(caches) if key > call.parameters.get("NextToken", "")]
    shown = left[: int(call.parameters.get("MaxResults") or _MOST)]
    more = {"NextToken": shown[-1]} if len(shown) < len(left) else {}
    return {"ServerlessCaches": [caches[key]["cache"] for key in shown], **more}


def delete_serverless_cache(call: GapCall) -> Mapping[str, Any]:
    """One that is there."""
    name = call.parameters["ServerlessCacheName"]
    gone = _known(call, name)["cache"]
    del call.record(CACHES)[name]
    return {"ServerlessCache": {**gone, "Status": "deleting"}}


def _known(call: GapCall, name: str) -> dict[str, Any]:
    caches = call.record(CACHES)
    if name not in caches:
        raise AwsError("ServerlessCacheNotFoundFault", f"Serverless cache {name} not found", 404)
    found: dict[str, Any] = caches[name]
    return found


OPERATIONS: Mapping[tuple[str, str], Handler] = {
    ("elasticache", "CreateServerlessCache"): create_serverless_cache,
    ("elasticache", "DeleteServerlessCache"): delete_serverless_cache,
    ("elasticache", "DescribeServerlessCaches"): describe_serverless_caches,
}
