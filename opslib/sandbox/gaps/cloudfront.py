"""CloudFront: the ids of distributions, which begin with E as AWS's do; moto makes up any.

Rules: CloudFront API; CloudFront developer guide, "Distribution settings".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.cloudfront.models import cloudfront_backends

from opslib.sandbox.gaps.call import GapCall, Handler

__all__ = ["OPERATIONS"]

_FIRST = "E"


def create_distribution(call: GapCall) -> Mapping[str, Any]:
    """With an id as AWS gives it, in the answer and in all that is told of it later."""
    answer = call.through()
    made = answer["Distribution"]
    before, partition = made["Id"], made["ARN"].split(":")[1]
    backend: Any = cloudfront_backends[call.account_id][partition]
    distribution = backend.distributions.pop(before)
    tags = backend.tagger.get_tag_dict_for_resource(distribution.arn)
    backend.tagger.delete_all_tags_for_resource(distribution.arn)
    distribution.id = distribution.distribution_id = _FIRST + before[1:]
    distribution.arn = distribution.arn.removesuffix(before) + distribution.distribution_id
    backend.distributions[distribution.distribution_id] = distribution
    backend.tagger.tag_resource(distribution.arn, [{"Key": key, "Value": value} for key, value in tags.items()])
    address = str(answer.get("Location", "")).removesuffix(before) + distribution.distribution_id
    named = {**made, "Id": distribution.distribution_id, "ARN": distribution.arn}
    return {**answer, "Distribution": named, "Location": address}


OPERATIONS: Mapping[tuple[str, str], Handler] = {
    ("cloudfront", "CreateDistribution"): create_distribution,
    ("cloudfront", "CreateDistributionWithTags"): create_distribution,
}
