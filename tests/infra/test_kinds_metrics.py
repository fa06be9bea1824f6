"""The metrics of every kind's table, to the letter: a metric that does not exist is an alarm that never fires.

`published_metrics.json` lists what AWS publishes and recommends, derived from two catalogues that are kept by others
(their revisions stand in it). Applications' own metrics are held against the table that the emitter writes by.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from infra.kinds import KINDS
from infra.kinds.publishing import OF_THE_WORKLOAD, LogFilter
from infra.kinds.table import Kind, MathRow, MetricRow
from infra.profiles import PROFILES
from opslib.monitoring import Band
from opslib.monitoring.emitted import EMITTED, TARGETS
from tests.infra.everything import watched_of

CATALOGUE = json.loads((Path(__file__).parent / "published_metrics.json").read_text(encoding="utf-8"))
PUBLISHED: dict[str, list[str]] = CATALOGUE["metrics"]

IN_NO_CATALOGUE = {
    # AWS's documentation: "Amazon ECS Container Insights with enhanced observability metrics".
    ("ECS/ContainerInsights", "UnHealthyContainerHealthStatus"),
}

metric_rows = pytest.mark.parametrize(
    ("kind", "key", "row"),
    [
        pytest.param(kind, key, row, id=f"{kind.name}-{key}")
        for kind in KINDS.values()
        for key, row in kind.metrics.items()
        if isinstance(row, MetricRow)
    ],
)


@pytest.mark.feature("M2", "M3", "M4", "M5", "M6", "M7", "M8", "M9")
@metric_rows
def test_a_metric_is_one_that_is_published(kind: Kind, key: str, row: MetricRow) -> None:
    del kind, key
    if row.namespace == OF_THE_WORKLOAD:
        assert isinstance(row.published, LogFilter), "nobody but a metric filter of the program's publishes it"
        assert not row.dimensions
    elif row.namespace.startswith("Application/"):
        assert (row.namespace, row.name) in {(metric.namespace, metric.name) for metric in EMITTED}
    elif (row.namespace, row.name) not in IN_NO_CATALOGUE:
        assert row.name in PUBLISHED[row.namespace]


def test_what_is_in_no_catalogue_is_still_in_none() -> None:
    assert not [name for namespace, name in IN_NO_CATALOGUE if name in PUBLISHED[namespace]]


@metric_rows
def test_an_emitted_metric_is_read_by_dimensions_that_it_is_written_under(kind: Kind, key: str, row: MetricRow) -> None:
    del kind, key
    written = {(metric.namespace, metric.name): metric for metric in EMITTED}
    metric = written.get((row.namespace, row.name))
    if metric is not None:
        assert tuple(row.dimensions) in metric.dimension_sets
        assert row.requires is not None


DIMENSIONS: dict[str, set[tuple[str, ...]]] = {
    "AWS/ECS": {("ClusterName", "ServiceName")},
    "ECS/ContainerInsights": {("ClusterName", "ServiceName"), ("ClusterName", "ServiceName", "ContainerName")},
    "AWS/ApplicationELB": {("LoadBalancer",), ("LoadBalancer", "TargetGroup"), ("TargetGroup",)},
    "AWS/ApiGateway": {("ApiName", "Stage"), ("ApiId", "Stage")},
    "AWS/CloudFront": {("DistributionId", "Region")},
    "AWS/WAFV2": {
        ("WebACL", "Region", "Rule"),
        ("WebACL", "Rule"),
        ("WebACL", "Region", "LabelNamespace", "Label"),
        ("WebACL", "LabelNamespace", "Label"),
    },
    "AWS/RDS": {("DBInstanceIdentifier",), ("DBClusterIdentifier", "Role"), ("DBClusterIdentifier",)},
    "AWS/ElastiCache": {("CacheClusterId",), ("CacheClusterId", "CacheNodeId"), ("clusterId",)},
    "AWS/Lambda": {("FunctionName",), ("FunctionName", "Resource"), ()},
    "AWS/SQS": {("QueueName",)},
    "AWS/EC2": {("InstanceId",), ("AutoScalingGroupName",)},
    "CWAgent": {("InstanceId",), ("AutoScalingGroupName",), ("InstanceId", "path", "fstype")},
    "AWS/AutoScaling": {("AutoScalingGroupName",)},
    "AWS/NATGateway": {("NatGatewayId",)},
    "AWS/Billing": {("Currency",), ("Currency", "ServiceName"), ("Currency", "LinkedAccount")},
    "AWS/CertificateManager": {("CertificateArn",)},
    "AWS/Route53": {("HealthCheckId",)},
    "CloudWatchSynthetics": {("CanaryName",)},
    "AWS/SNS": {("TopicName",)},
    "AWS/Events": {("RuleName",)},
    "AWS/States": {("StateMachineArn",)},
    "AWS/Logs": {("LogGroupName",)},
    "AWS/Backup": {("BackupVaultName",)},
}
"""The dimension sets that AWS documents for the metrics that are read."""


@metric_rows
def test_a_metric_is_read_under_dimensions_that_aws_publishes(kind: Kind, key: str, row: MetricRow) -> None:
    del kind, key
    if not row.namespace.startswith(("Application/", OF_THE_WORKLOAD)):
        assert tuple(row.dimensions) in DIMENSIONS[row.namespace]


NOT_WATCHED: dict[str, str] = {
    "AWS/ApiGateway ClientError": "WebSocket APIs are not watched (api_gateway.py)",
    "AWS/ApiGateway ExecutionError": "WebSocket APIs are not watched",
    "AWS/ApiGateway IntegrationLatency": "part of the latency that is watched",
    "AWS/ApiGateway MessageCount": "WebSocket APIs are not watched",
    "AWS/AutoScaling GroupInServiceCapacity": "the instances are watched, of which the capacity is a weighted sum",
    "AWS/CloudFront FunctionExecutionErrors": "published for each CloudFront function (cloudfront.py)",
    "AWS/CloudFront FunctionThrottles": "published for each CloudFront function",
    "AWS/CloudFront FunctionValidationErrors": "published for each CloudFront function",
    "AWS/EC2 StatusCheckFailed": "its parts are watched on a host, the whole on a fleet",
    "AWS/ECS CPUReservation": "of a cluster of EC2 instances, not of a service",
    "AWS/ECS HTTPCode_Target_5XX_Count": "Service Connect's; the load balancer's is watched",
    "AWS/ECS MemoryReservation": "of a cluster of EC2 instances, not of a service",
    "AWS/ECS TargetResponseTime": "Service Connect's; the load balancer's is watched",
    "AWS/RDS AuroraBinlogReplicaLag": "Aurora MySQL's (aurora.py)",
    "AWS/RDS AuroraVolumeBytesLeftTotal": "Aurora MySQL's",
    "AWS/RDS BlockedTransactions": "Aurora MySQL's",
    "AWS/RDS DBLoad": "its share of the vCPUs is watched, which needs no table of classes",
    "AWS/RDS RollbackSegmentHistoryListLength": "Aurora MySQL's",
    "AWS/RDS StorageNetworkThroughput": "AWS does not say each class's limit",
    "AWS/Route53 HealthCheckStatus": "health checks are not the kinds' but the stack's",
    "AWS/SNS NumberOfMessagesPublished": "as much is published as rings (delivery.py)",
    "AWS/SNS NumberOfNotificationsDelivered": "failures are watched, not how much rings",
    "AWS/SNS NumberOfNotificationsFailedToRedriveToDlq": "these topics have no dead-letter queue",
    "AWS/SNS NumberOfNotificationsFilteredOut-InvalidAttributes": "filters are on bodies, not attributes",
    "AWS/SNS NumberOfNotificationsFilteredOut-InvalidMessageBody": "budgets publish text, which is filtered on purpose",
    "AWS/SNS NumberOfNotificationsRedrivenToDlq": "these topics have no dead-letter queue",
    "AWS/SNS SMSMonthToDateSpentUSD": "the account's, not a topic's",
    "AWS/SNS SMSSuccessRate": "the account's, not a topic's",
    "AWS/SQS ApproximateNumberOfMessagesVisible": "the age of the oldest says it (queue.py)",
    "AWS/SQS NumberOfMessagesSent": "a silent producer is seen at the producer",
    "ECS/ContainerInsights ContainerCpuUtilization": "the service's CPU is watched, a container's share explains it",
    "ECS/ContainerInsights ContainerMemoryUtilization": "the service's memory is watched",
    "ECS/ContainerInsights EphemeralStorageUtilized": "its share is watched",
    "ECS/ContainerInsights TaskCpuUtilization": "the service's CPU is watched, which needs no setting",
    "ECS/ContainerInsights TaskMemoryUtilization": "the service's memory is watched, which needs no setting",
    "ECS/ContainerInsights instance_filesystem_utilization": "of container instances, which are not watched",
}
"""AWS's recommended alarms that no table has, and why."""


def watched_metrics() -> set[str]:
    found = set()
    for kind in KINDS.values():
        for alarm in kind.alarms:
            row = kind.metrics[alarm.series]
            names = row.inputs if isinstance(row, MathRow) else (alarm.series,)
            found |= {f"{m.namespace} {m.name}" for name in names if isinstance(m := kind.metrics[name], MetricRow)}
    return found


@pytest.mark.parametrize("recommended", CATALOGUE["recommended"])
def test_an_alarm_that_aws_recommends_is_there_or_it_is_said_why_not(recommended: str) -> None:
    assert recommended in watched_metrics() or recommended in NOT_WATCHED


def test_nothing_is_excused_that_is_not_recommended() -> None:
    assert set(NOT_WATCHED) <= set(CATALOGUE["recommended"])


@pytest.mark.feature("M9", "M11")
@pytest.mark.parametrize("target", TARGETS, ids=lambda target: f"{target.role}-{target.key}")
def test_an_agents_targets_are_those_of_the_emitters_table(target: Any) -> None:
    (watched,) = (w for w in watched_of(KINDS["agent"]) if target.role in w.subject.traits)
    kind = KINDS["agent"]
    rows = [
        row
        for row in kind.alarms
        if watched.subject.wants(row)
        and isinstance(metric := kind.metrics[row.series], MetricRow)
        and (metric.namespace, metric.name) == (target.metric.namespace, target.metric.name)
        and row.role != "silence"
    ]
    assert [row.comparison for row in rows] == [target.missed_when]
    (row,) = rows
    band = PROFILES["baseline"][row.thresholds] if isinstance(row.thresholds, str) else row.thresholds
    assert isinstance(band, Band)
    mildest = band.warning if band.warning is not None else band.critical
    assert mildest == target.threshold


NEEDS = {
    "container-insights": 7,
    "container-insights-enhanced": 4,
    "performance-insights": 5,
    "gp2-storage": 1,
    "burstable-class": 1,
    "class-with-ebs-credits": 2,
    "ebs-volume": 1,
    "cloudwatch-agent": 5,
    "group-metrics": 3,
    "cloudfront-additional-metrics": 2,
    "billing-alerts": 3,
    "provisioned-concurrency": 1,
    "slow-query-log": 1,
    "flow-log-filter": 1,
    "event-rule-with-target": 7,
    "trail": 12,
    "waf-country-labels": 2,
}


def test_metrics_that_somebody_must_switch_on_say_so() -> None:
    found: dict[str, int] = {}
    for kind in KINDS.values():
        for row in kind.metrics.values():
            if isinstance(row, MetricRow) and row.requires and row.requires.value != "emitter":
                found[row.requires.value] = found.get(row.requires.value, 0) + 1
    assert found == NEEDS
