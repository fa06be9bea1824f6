"""WAF: what a web ACL protects, which moto keeps and does not tell.

Rules: AWS WAFV2 API, ListResourcesForWebACL.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.wafv2.models import wafv2_backends

from opslib.sandbox.answer import AwsError
from opslib.sandbox.gaps.call import GapCall, Handler

__all__ = ["OPERATIONS"]

# What stands in the ARN of each type of resource.
_TYPES = {
    "APPLICATION_LOAD_BALANCER": ":loadbalancer/app/",
    "API_GATEWAY": ":apigateway:",
    "APPSYNC": ":appsync:",
    "COGNITO_USER_POOL": ":cognito-idp:",
    "APP_RUNNER_SERVICE": ":apprunner:",
    "VERIFIED_ACCESS_INSTANCE": ":verified-access-instance/",
    "AMPLIFY": ":amplify:",
}


def list_resources_for_web_acl(call: GapCall) -> Mapping[str, Any]:
    """Those of one type; load balancers where none is given."""
    arn = call.parameters["WebACLArn"]
    acl: Any = wafv2_backends[call.account_id][call.region].wacls.get(arn)
    if acl is None:
        raise AwsError("WAFNonexistentItemException", "AWS WAF couldn't perform the operation: no such web ACL")
    part = _TYPES.get(call.parameters.get("ResourceType", "APPLICATION_LOAD_BALANCER"))
    return {"ResourceArns": [one for one in acl.associated_resources if part is not None and part in one]}


OPERATIONS: Mapping[tuple[str, str], Handler] = {("wafv2", "ListResourcesForWebACL"): list_resources_for_web_acl}
