"""Distributions, and what GetResources tells."""

from __future__ import annotations

from tests.sandbox.moto_as_found.found import Moto, Rows

ROWS = Rows()

CONFIG = {
    "CallerReference": "one",
    "Origins": {
        "Quantity": 1,
        "Items": [
            {
                "Id": "origin",
                "DomainName": "origin.example",
                "CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"},
            }
        ],
    },
    "DefaultCacheBehavior": {"TargetOriginId": "origin", "ViewerProtocolPolicy": "https-only"},
    "Comment": "",
    "Enabled": True,
}


@ROWS.add(
    "cloudfront:CreateDistribution",
    "cloudfront:CreateDistributionWithTags",
    file="gaps/cloudfront.py",
    aws="every id begins with E",
    found=False,
)
def _(moto: Moto) -> object:
    made = [
        moto.cloudfront.create_distribution(DistributionConfig={**CONFIG, "CallerReference": str(number)})
        for number in range(8)
    ]
    return all(one["Distribution"]["Id"].startswith("E") for one in made)


@ROWS.add("resourcegroupstaggingapi:GetResources", file="gaps/tagging.py", aws="an API's tags are told", found=[])
def _(moto: Moto) -> object:
    moto.apigateway.create_rest_api(name="orders", tags={"team": "shop"})
    return moto.resourcegroupstaggingapi.get_resources()["ResourceTagMappingList"]
