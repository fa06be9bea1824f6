"""GetResources: what has tags in the services that moto's own answer leaves out.

Rules: Resource Groups Tagging API, GetResources; what is global is told of in us-east-1 (Tag Editor user guide,
"Resource types").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from moto.apigateway.models import apigateway_backends
from moto.apigatewayv2.models import apigatewayv2_backends
from moto.route53.models import route53_backends
from moto.synthetics.models import synthetics_backends
from moto.utilities.utils import get_partition
from moto.wafv2.models import wafv2_backends

from opslib.sandbox.gaps.call import GapCall, Handler
from opslib.sandbox.gaps.elasticache import CACHES

__all__ = ["OPERATIONS"]

_GLOBAL = "us-east-1"


def get_resources(call: GapCall) -> Mapping[str, Any]:
    """Those that moto knows of and that are there, and on the last page those that it leaves out."""
    answer, asked = call.through(), call.parameters
    told = [one for one in answer["ResourceTagMappingList"] if _is_told(one["ResourceARN"], call.region)]
    if answer.get("PaginationToken") or asked.get("ResourceARNList"):
        return {**answer, "ResourceTagMappingList": told}
    told += [
        {"ResourceARN": arn, "Tags": [{"Key": key, "Value": value} for key, value in sorted(tags.items())]}
        for kind, arn, tags in _tagged(call)
        if _is_of(kind, asked.get("ResourceTypeFilters") or ()) and _has(tags, asked.get("TagFilters") or ())
    ]
    return {**answer, "ResourceTagMappingList": told}


def _is_told(arn: str, region: str) -> bool:
    """What is global is told in us-east-1 alone; moto tells of distributions everywhere."""
    return region == _GLOBAL or ":cloudfront:" not in arn


def _is_of(kind: str, filters: Any) -> bool:
    return not filters or any(one in (kind, kind.partition(":")[0]) for one in filters)


def _has(tags: Mapping[str, str], filters: Any) -> bool:
    return bool(tags) and all(
        one["Key"] in tags and (not one.get("Values") or tags[one["Key"]] in one["Values"]) for one in filters
    )


def _tagged(call: GapCall) -> Iterator[tuple[str, str, Mapping[str, str]]]:
    """The type, the ARN and the tags of each."""
    account, region, partition = call.account_id, call.region, get_partition(call.region)
    of_gateway = f"arn:{partition}:apigateway:{region}::"
    for key, rest in apigateway_backends[account][region].apis.items():
        yield "apigateway:restapis", f"{of_gateway}/restapis/{key}", rest.tags or {}
    http = apigatewayv2_backends[account][region]
    for key, api in http.apis.items():
        yield "apigateway:apis", f"{of_gateway}/apis/{key}", http.get_tags(api.arn)
    for canary in synthetics_backends[account][region].canaries.values():
        arn = f"arn:{partition}:synthetics:{region}:{account}:canary:{canary.name}"
        yield "synthetics:canary", arn, canary.tags or {}
    for cache in call.record(CACHES).values():
        yield "elasticache:serverlesscache", cache["cache"]["ARN"], cache["tags"]
    for where in (region, *((partition,) if region == _GLOBAL else ())):
        firewall = wafv2_backends[account][where]
        for arn in firewall.wacls:
            yield "wafv2:webacl", arn, firewall.tagging_service.get_tag_dict_for_resource(arn)
    if region == _GLOBAL:
        names = route53_backends[account][partition]
        for key in names.health_checks:
            yield "route53:healthcheck", f"arn:{partition}:route53:::healthcheck/{key}", names.resource_tags[key]


OPERATIONS: Mapping[tuple[str, str], Handler] = {("resourcegroupstaggingapi", "GetResources"): get_resources}
