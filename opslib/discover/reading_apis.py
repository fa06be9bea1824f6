"""Reads the stages of APIs in API Gateway."""

from __future__ import annotations

from opslib.discover.asking import Asking
from opslib.discover.inventory_edge import Api

__all__ = ["read_apis"]


def read_apis(asking: Asking) -> tuple[Api, ...]:
    """Every stage of every REST, HTTP and WebSocket API, by name, id and stage.

    Args:
        asking: Reads AWS.
    """
    of = f"arn:{asking.clients.identity().partition}:apigateway:{asking.clients.region}::"
    found = []
    for one in asking.each("apigateway", "GetRestApis", "items"):
        # GetStages of REST APIs is not paged: an API has ten stages unless AWS raises it.
        stages = [each["stageName"] for each in asking.ask("apigateway", "GetStages", restApiId=one["id"])["item"]]
        found += [Api(f"{of}/restapis/{one['id']}", one["id"], one["name"], stage, "REST") for stage in stages or [""]]
    for one in asking.each("apigatewayv2", "GetApis", "Items"):
        key = one["ApiId"]
        stages = [each["StageName"] for each in asking.each("apigatewayv2", "GetStages", "Items", ApiId=key)]
        found += [Api(f"{of}/apis/{key}", key, one["Name"], stage, one["ProtocolType"]) for stage in stages or [""]]
    return tuple(sorted(found, key=lambda api: (api.name, api.id, api.stage)))
