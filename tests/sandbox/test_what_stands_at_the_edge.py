"""What is told of hosts, APIs, distributions and serverless caches, as `opslib.discover` relies on it."""

from __future__ import annotations

import re

from opslib.sandbox import Sandbox
from tests.discover.everything import EDGE, furnish

ACCOUNT = "123456789012"


def test_what_was_made_is_listed(account: Sandbox, aws):
    made = furnish(account)
    instances = [one for each in aws("ec2").describe_instances()["Reservations"] for one in each["Instances"]]
    tags = {one["InstanceId"]: {tag["Key"]: tag["Value"] for tag in one.get("Tags", ())} for one in instances}
    assert tags[made.host]["Name"] == "shop-bastion"
    assert {tags[one]["aws:autoscaling:groupName"] for one in made.grouped} == {"shop-workers"}
    assert [one["State"] for one in aws("ec2").describe_nat_gateways()["NatGateways"]] == ["available"]
    (group,) = aws("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    assert (group["MinSize"], group["DesiredCapacity"], group["EnabledMetrics"]) == (2, 2, [])
    for region, arn in (("eu-west-1", made.certificate), (EDGE, made.certificate_of_edge)):
        listed = aws("acm", region).list_certificates(Includes={"keyTypes": ["EC_prime256v1"]})
        (one,) = listed["CertificateSummaryList"]
        assert (one["CertificateArn"], one["Status"], one["InUse"]) == (arn, "ISSUED", True)
    (rest,) = aws("apigateway").get_rest_apis()["items"]
    assert [one["stageName"] for one in aws("apigateway").get_stages(restApiId=rest["id"])["item"]] == ["live"]
    assert [one["ApiId"] for one in aws("apigatewayv2").get_apis()["Items"]] == [made.http_api]
    assert [one["StageName"] for one in aws("apigatewayv2").get_stages(ApiId=made.http_api)["Items"]] == ["$default"]
    for region, scope, name in (("eu-west-1", "REGIONAL", "shop-firewall"), (EDGE, "CLOUDFRONT", "shop-edge")):
        (acl,) = aws("wafv2", region).list_web_acls(Scope=scope)["WebACLs"]
        told = aws("wafv2", region).get_web_acl(Name=name, Scope=scope, Id=acl["Id"])["WebACL"]
        assert told["VisibilityConfig"]["MetricName"] == name.replace("-", "_")
    (check,) = aws("route53").list_health_checks()["HealthChecks"]
    assert (check["Id"], check["HealthCheckConfig"]["MeasureLatency"]) == (made.health_check, True)
    tagged = aws("route53").list_tags_for_resources(ResourceType="healthcheck", ResourceIds=[made.health_check])
    assert [one["ResourceId"] for one in tagged["ResourceTagSets"]] == [made.health_check]
    (canary,) = aws("synthetics").describe_canaries()["Canaries"]
    assert (canary["Status"]["State"], canary["RunConfig"]["TimeoutInSeconds"]) == ("RUNNING", 120)


def test_a_distribution_has_an_id_as_aws_gives_it(account: Sandbox, aws):
    made = furnish(account, team="shop").distribution
    assert re.fullmatch(r"E[A-Z0-9]{9,20}", made)
    (listed,) = aws("cloudfront").list_distributions()["DistributionList"]["Items"]
    arn = f"arn:aws:cloudfront::{ACCOUNT}:distribution/{made}"
    assert (listed["Id"], listed["ARN"]) == (made, arn)
    assert listed["ViewerCertificate"]["ACMCertificateArn"]
    assert aws("cloudfront").get_distribution(Id=made)["Distribution"]["ARN"] == arn
    tags = aws("cloudfront").list_tags_for_resource(Resource=arn)["Tags"]["Items"]
    assert tags == [{"Key": "team", "Value": "shop"}]


def test_serverless_caches_live_and_are_told_in_pages(aws, refused):
    elasticache = aws("elasticache")
    for name in ("one", "two", "three"):
        made = elasticache.create_serverless_cache(ServerlessCacheName=name, Engine="valkey")["ServerlessCache"]
        assert made["Status"] == "available"
    again = {"ServerlessCacheName": "one", "Engine": "valkey"}
    assert refused(elasticache.create_serverless_cache, **again)[0] == "ServerlessCacheAlreadyExistsFault"
    odd = {"ServerlessCacheName": "four", "Engine": "mysql"}
    assert refused(elasticache.create_serverless_cache, **odd)[0] == "InvalidParameterValue"
    pages = list(elasticache.get_paginator("describe_serverless_caches").paginate(PaginationConfig={"PageSize": 2}))
    assert [len(page["ServerlessCaches"]) for page in pages] == [2, 1]
    elasticache.delete_serverless_cache(ServerlessCacheName="one")
    for operation in (elasticache.delete_serverless_cache, elasticache.describe_serverless_caches):
        assert refused(operation, ServerlessCacheName="one")[0] == "ServerlessCacheNotFoundFault"


def test_what_a_web_acl_protects_is_told_by_type(account: Sandbox, aws, refused):
    furnish(account)
    (acl,) = aws("wafv2").list_web_acls(Scope="REGIONAL")["WebACLs"]
    (rest,) = aws("apigateway").get_rest_apis()["items"]
    listed = aws("wafv2").list_resources_for_web_acl
    stage = f"arn:aws:apigateway:eu-west-1::/restapis/{rest['id']}/stages/live"
    assert listed(WebACLArn=acl["ARN"], ResourceType="API_GATEWAY")["ResourceArns"] == [stage]
    assert listed(WebACLArn=acl["ARN"])["ResourceArns"] == []
    assert refused(listed, WebACLArn=f"{acl['ARN']}0")[0] == "WAFNonexistentItemException"


def test_tags_of_everything_are_found_where_it_is(account: Sandbox, aws):
    furnish(account, team="shop")
    furnish(account, product="other", team="other")

    def found(region: str, *types: str, value: str = "shop") -> set[str]:
        listed = aws("resourcegroupstaggingapi", region).get_resources(
            TagFilters=[{"Key": "team", "Values": [value]}], ResourceTypeFilters=list(types)
        )
        return {one["ResourceARN"] for one in listed["ResourceTagMappingList"]}

    for kind in ("ec2:instance", "ec2:natgateway", "acm:certificate", "wafv2", "synthetics:canary"):
        assert len(found("eu-west-1", kind)) == 1, kind
    assert len(found("eu-west-1", "apigateway")) == 2
    assert len(found("eu-west-1", "elasticache:serverlesscache")) == 1
    assert found("eu-west-1", "route53:healthcheck", "cloudfront:distribution") == set()
    for kind in ("route53:healthcheck", "cloudfront:distribution", "acm:certificate", "wafv2"):
        assert len(found(EDGE, kind)) == 1, kind
    assert found("eu-west-1", "apigateway", value="nobody") == set()
