"""What tests of several packages share: a sandbox, and the outputs of a stack called shop/prod."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from opslib.contract import StackOutputs
from opslib.mirror import to_parameters
from opslib.sandbox import Sandbox

REGION = "eu-west-1"
ACCOUNT = "123456789012"


@pytest.fixture(scope="session")
def running_sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def no_aws(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A process that knows nothing of AWS: no variable, no file, no instance to ask; no outputs either."""
    for variable in os.environ:
        if variable.startswith(("AWS_", "OPSLIB_", "PULUMI_")):
            monkeypatch.delenv(variable)
    for variable, value in {
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "NO_PROXY": "*",
    }.items():
        monkeypatch.setenv(variable, value)
    return monkeypatch


@pytest.fixture
def aws(running_sandbox: Sandbox, no_aws: pytest.MonkeyPatch) -> Sandbox:
    """An empty account in which it is as late as it is, and an environment that leads to it."""
    if running_sandbox.clock.now() - datetime.now(UTC) > timedelta(seconds=1):  # another test has turned its clock
        running_sandbox.stop()
        running_sandbox.start()
    running_sandbox.reset()
    for variable, value in (running_sandbox.environment() | {"AWS_REGION": REGION}).items():
        no_aws.setenv(variable, value)
    return running_sandbox


@pytest.fixture
def document() -> dict[str, Any]:
    """The outputs of shop/prod: one workload of each kind, alarms in two regions, one of them composite."""

    def arn(service: str, resource: str, region: str = REGION) -> str:
        return f"arn:aws:{service}:{region}:{ACCOUNT}:{resource}"

    def alarm(name: str, workload: str, severity: str, **more: str) -> dict[str, str]:
        region = more.pop("region", REGION)
        return {
            "name": f"shop-prod-{name}",
            "arn": arn("cloudwatch", f"alarm:shop-prod-{name}", region),
            "type": "metric",
            "workload": workload,
            "severity": severity,
            "region": region,
            "title": f"{name} is bad",
            "role": "symptom",
        } | more

    return {
        "schemaVersion": 1,
        "stack": {
            "product": "shop",
            "environment": "prod",
            "account": ACCOUNT,
            "partition": "aws",
            "region": REGION,
            "revision": "0123abc",
            "revisionTime": "2026-01-02T03:04:05Z",
            "roles": {"viewer": f"arn:aws:iam::{ACCOUNT}:role/viewer"},
        },
        "services": {
            "api": {
                "cluster": "shop",
                "name": "api",
                "deploymentController": "ECS",
                "taskFamily": "shop-api",
                "containers": [{"name": "web", "port": 8080, "repository": "shop/api"}],
                "loadBalancer": "edge",
                "targetGroups": ["api"],
                "listenerRules": [arn("elasticloadbalancing", "listener-rule/app/shop/1/2/3")],
                "scalableTarget": {"resourceId": "service/shop/api", "minimum": 2, "maximum": 20},
                "subnets": ["subnet-1"],
                "securityGroups": ["sg-1"],
                "dependsOn": [],
            }
        },
        "loadBalancers": {
            "edge": {
                "arn": arn("elasticloadbalancing", "loadbalancer/app/shop/1"),
                "dimension": "app/shop/1",
                "targetGroups": {
                    "api": {
                        "name": "api",
                        "arn": arn("elasticloadbalancing", "targetgroup/api/2"),
                        "dimension": "targetgroup/api/2",
                    }
                },
                "listeners": [{"arn": arn("elasticloadbalancing", "listener/app/shop/1/2"), "port": 443, "rules": []}],
            }
        },
        "databases": {
            "orders": {
                "instance": "shop-orders",
                "engine": "postgres",
                "secrets": {"api": arn("secretsmanager", "secret:shop/orders-a1b2c3")},
                "switchBy": "rename",
                "replicas": [],
            }
        },
        "caches": {"sessions": {"replicationGroup": "shop", "members": ["shop-001", "shop-002"], "engine": "valkey"}},
        "functions": {"thumbnails": {"name": "shop-thumbnails", "alias": "live"}},
        "alarms": [
            alarm("api-cpu", "api", "warning", role="cause", requires="Container Insights"),
            alarm("api-5xx", "api", "critical", trigger="errors"),
            alarm("orders-storage", "orders", "critical"),
            alarm("site-down", "stack", "emergency", region="us-east-1"),
            alarm("api-down", "api", "emergency", type="composite", role="composite"),
        ],
        "topics": {"critical": {REGION: arn("sns", "shop-critical"), "us-east-1": arn("sns", "x", "us-east-1")}},
        "dashboards": {"overview": {"name": "shop-prod", "arn": f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/shop-prod"}},
        "journal": {"table": "shop-journal", "arn": arn("dynamodb", "table/shop-journal"), "region": REGION},
    }


@pytest.fixture
def write_mirror(aws: Sandbox) -> Callable[..., None]:
    """Writes a document's mirror to SSM, as the program does."""

    def write(document: dict[str, Any], region: str = REGION) -> None:
        ssm = aws.client("ssm", region)
        for name, value in to_parameters(StackOutputs.parse(document, source="here")).items():
            ssm.put_parameter(Name=name, Value=value, Type="String", Tier="Intelligent-Tiering")

    return write


@pytest.fixture
def put_alarms(aws: Sandbox) -> Callable[[dict[str, Any]], None]:
    """Creates a document's alarms; those of severity warning with their actions off."""

    def put(document: dict[str, Any]) -> None:
        regions = {region: aws.client("cloudwatch", region) for region in (REGION, "us-east-1")}
        for alarm in document["alarms"]:
            cloudwatch = regions[alarm["region"]]
            if alarm["type"] == "composite":
                cloudwatch.put_composite_alarm(AlarmName=alarm["name"], AlarmRule='ALARM("shop-prod-api-cpu")')
            else:
                cloudwatch.put_metric_alarm(
                    AlarmName=alarm["name"],
                    Namespace="Shop",
                    MetricName="Orders",
                    Statistic="Sum",
                    Period=60,
                    EvaluationPeriods=1,
                    Threshold=1,
                    ComparisonOperator="GreaterThanThreshold",
                    ActionsEnabled=alarm["severity"] != "warning",
                )

    return put
