"""An account with one workload of each kind that AWS lists apart from services, databases and the like."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from opslib.sandbox import Sandbox
from tests.operate.doctor.certificates import expiring_in

__all__ = [
    "EDGE",
    "IMAGE",
    "REGION",
    "Furnished",
    "canary",
    "furnish",
    "import_certificate",
    "run_host",
    "tags_of",
    "web_acl",
]

REGION, EDGE = "eu-west-1", "us-east-1"
IMAGE = "ami-12c6146b"


@dataclass(frozen=True, slots=True)
class Furnished:
    """AWS's ids of what was made."""

    host: str
    grouped: tuple[str, ...]
    nat: str
    distribution: str
    certificate: str
    certificate_of_edge: str
    http_api: str
    health_check: str


def tags_of(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def furnish(sandbox: Sandbox, *, product: str = "shop", **tags: str) -> Furnished:
    """One of each, called after a product, all with the tags."""
    listed = tags_of(tags)
    grouped = _fleet(sandbox, f"{product}-workers", tags)
    ec2 = sandbox.client("ec2", REGION)
    named = [*listed, {"Key": "Name", "Value": f"{product}-bastion"}]
    host = run_host(sandbox, named)
    gateway = ec2.create_nat_gateway(
        SubnetId=ec2.describe_subnets()["Subnets"][0]["SubnetId"],
        TagSpecifications=[
            {"ResourceType": "natgateway", "Tags": [*listed, {"Key": "Name", "Value": f"{product}-way-out"}]}
        ],
    )["NatGateway"]["NatGatewayId"]
    certificate = import_certificate(sandbox, REGION, listed)
    of_edge = import_certificate(sandbox, EDGE, listed)
    acl = web_acl(sandbox, f"{product}-edge", EDGE, listed)
    firewall = web_acl(sandbox, f"{product}-firewall", REGION, listed)
    distribution = sandbox.client("cloudfront", REGION).create_distribution_with_tags(
        DistributionConfigWithTags={
            "DistributionConfig": {
                "CallerReference": product,
                "Aliases": {"Quantity": 2, "Items": [f"www.{product}.example", f"{product}.example"]},
                "Origins": {
                    "Quantity": 1,
                    "Items": [
                        {
                            "Id": "origin",
                            "DomainName": "origin.example",
                            "CustomOriginConfig": {
                                "HTTPPort": 80,
                                "HTTPSPort": 443,
                                "OriginProtocolPolicy": "https-only",
                            },
                        }
                    ],
                },
                "DefaultCacheBehavior": {"TargetOriginId": "origin", "ViewerProtocolPolicy": "https-only"},
                "ViewerCertificate": {"ACMCertificateArn": of_edge, "SSLSupportMethod": "sni-only"},
                "WebACLId": acl,
                "Comment": "",
                "Enabled": True,
            },
            "Tags": {"Items": listed},
        }
    )["Distribution"]["Id"]
    rest = _rest_api(sandbox, f"{product}-orders", tags)
    sandbox.client("wafv2", REGION).associate_web_acl(WebACLArn=firewall, ResourceArn=f"{rest}/stages/live")
    http = sandbox.client("apigatewayv2", REGION).create_api(Name=f"{product}-web", ProtocolType="HTTP", Tags=tags)
    sandbox.client("apigatewayv2", REGION).create_stage(ApiId=http["ApiId"], StageName="$default")
    sandbox.client("elasticache", REGION).create_serverless_cache(
        ServerlessCacheName=f"{product}-tokens",
        Engine="valkey",
        CacheUsageLimits={"DataStorage": {"Maximum": 5, "Unit": "GB"}, "ECPUPerSecond": {"Maximum": 5_000}},
        Tags=listed,
    )
    canary(sandbox, f"{product}-checkout", "rate(10 minutes)", time_out_seconds=120, tags=tags)
    return Furnished(
        host,
        grouped,
        gateway,
        distribution,
        certificate,
        of_edge,
        http["ApiId"],
        _health_check(sandbox, f"www.{product}.example", listed),
    )


def run_host(sandbox: Sandbox, tags: list[dict[str, str]]) -> str:
    run = sandbox.client("ec2", REGION).run_instances(
        ImageId=IMAGE,
        InstanceType="t3.small",
        MinCount=1,
        MaxCount=1,
        TagSpecifications=[{"ResourceType": "instance", "Tags": tags}] if tags else [],
    )
    return str(run["Instances"][0]["InstanceId"])


def canary(sandbox: Sandbox, name: str, schedule: str, *, time_out_seconds: int, tags: dict[str, str]) -> None:
    synthetics = sandbox.client("synthetics", REGION)
    synthetics.create_canary(
        Name=name,
        Code={"Handler": "checkout.handler", "S3Bucket": "scripts", "S3Key": "checkout.zip"},
        ArtifactS3Location="s3://artifacts",
        ExecutionRoleArn="arn:aws:iam::123456789012:role/canary",
        Schedule={"Expression": schedule},
        RunConfig={"TimeoutInSeconds": time_out_seconds},
        RuntimeVersion="syn-python-selenium-5.1",
        **({"Tags": tags} if tags else {}),
    )
    synthetics.start_canary(Name=name)


@cache
def _pair() -> tuple[bytes, bytes]:
    """A certificate and its key, made once, for that takes a while; it outlasts whatever clock tests have turned."""
    found: tuple[bytes, bytes] = expiring_in(datetime.now(UTC), days=36_500)
    return found


def import_certificate(sandbox: Sandbox, region: str, tags: list[dict[str, str]], *, is_used: bool = True) -> str:
    """A certificate, and a load balancer that uses it."""
    made, key = _pair()
    more: dict[str, Any] = {"Tags": tags} if tags else {}
    acm = sandbox.client("acm", region)
    arn = str(acm.import_certificate(Certificate=made, PrivateKey=key, **more)["CertificateArn"])
    if is_used:
        sandbox.client("elb", region).create_load_balancer(
            LoadBalancerName=f"uses-{arn[-8:]}",
            AvailabilityZones=[f"{region}a"],
            Listeners=[
                {"Protocol": "https", "LoadBalancerPort": 443, "InstancePort": 80, "SSLCertificateId": arn},
            ],
        )
    return arn


def _fleet(sandbox: Sandbox, name: str, tags: dict[str, str]) -> tuple[str, ...]:
    scaling = sandbox.client("autoscaling", REGION)
    scaling.create_launch_configuration(LaunchConfigurationName=name, ImageId=IMAGE, InstanceType="t3.small")
    scaling.create_auto_scaling_group(
        AutoScalingGroupName=name,
        LaunchConfigurationName=name,
        MinSize=2,
        MaxSize=4,
        DesiredCapacity=2,
        AvailabilityZones=[f"{REGION}a"],
        Tags=[{**one, "PropagateAtLaunch": False} for one in tags_of(tags)],
    )
    (group,) = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
    return tuple(one["InstanceId"] for one in group["Instances"])


def web_acl(sandbox: Sandbox, name: str, region: str, tags: list[dict[str, str]]) -> str:
    more: dict[str, Any] = {"Tags": tags} if tags else {}
    made = sandbox.client("wafv2", region).create_web_acl(
        Name=name,
        Scope="CLOUDFRONT" if region == EDGE else "REGIONAL",
        DefaultAction={"Allow": {}},
        VisibilityConfig={
            "SampledRequestsEnabled": False,
            "CloudWatchMetricsEnabled": True,
            "MetricName": name.replace("-", "_"),
        },
        **more,
    )
    return str(made["Summary"]["ARN"])


def _rest_api(sandbox: Sandbox, name: str, tags: dict[str, str]) -> str:
    gateway = sandbox.client("apigateway", REGION)
    api = gateway.create_rest_api(name=name, tags=tags)["id"]
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    gateway.put_method(restApiId=api, resourceId=root, httpMethod="GET", authorizationType="NONE")
    gateway.put_integration(
        restApiId=api,
        resourceId=root,
        httpMethod="GET",
        type="HTTP",
        uri="https://origin.example",
        integrationHttpMethod="GET",
    )
    gateway.create_deployment(restApiId=api, stageName="live")
    return f"arn:aws:apigateway:{REGION}::/restapis/{api}"


def _health_check(sandbox: Sandbox, host: str, tags: list[dict[str, str]]) -> str:
    route53 = sandbox.client("route53", REGION)
    config: Any = {"Type": "HTTPS", "FullyQualifiedDomainName": host, "ResourcePath": "/", "MeasureLatency": True}
    made = route53.create_health_check(CallerReference=host, HealthCheckConfig=config)["HealthCheck"]["Id"]
    if tags:
        route53.change_tags_for_resource(ResourceType="healthcheck", ResourceId=made, AddTags=tags)
    return str(made)
