"""The metrics of every kind's table, to the letter: a metric that does not exist is an alarm that never fires."""

from __future__ import annotations

import pytest

from infra.kinds import KINDS
from infra.kinds.table import Kind, MetricRow

kinds = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)

# What AWS publishes: name, dimensions, statistic, by namespace. Typed from AWS's documentation of each service's
# metrics, and not from the tables under test.

ECS = ("ClusterName", "ServiceName")
TARGETS = ("LoadBalancer", "TargetGroup")
PUBLISHED: dict[str, dict[str, tuple[str, str, tuple[str, ...], str]]] = {
    "ecs_service": {
        "cpu": ("AWS/ECS", "CPUUtilization", ECS, "Average"),
        "memory": ("AWS/ECS", "MemoryUtilization", ECS, "Average"),
        "running": ("ECS/ContainerInsights", "RunningTaskCount", ECS, "Minimum"),
        "desired": ("ECS/ContainerInsights", "DesiredTaskCount", ECS, "Maximum"),
        "pending": ("ECS/ContainerInsights", "PendingTaskCount", ECS, "Maximum"),
        "deployments": ("ECS/ContainerInsights", "DeploymentCount", ECS, "Maximum"),
        "restarts": ("ECS/ContainerInsights", "RestartCount", ECS, "Maximum"),
        "received": ("ECS/ContainerInsights", "NetworkRxBytes", ECS, "Average"),
        "sent": ("ECS/ContainerInsights", "NetworkTxBytes", ECS, "Average"),
        "unhealthy_containers": (
            "ECS/ContainerInsights",
            "UnHealthyContainerHealthStatus",
            (*ECS, "ContainerName"),
            "Maximum",
        ),
        "response": ("AWS/ApplicationELB", "TargetResponseTime", TARGETS, "p95"),
        "requests": ("AWS/ApplicationELB", "RequestCount", TARGETS, "Sum"),
        "errors": ("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", TARGETS, "Sum"),
        "client_errors": ("AWS/ApplicationELB", "HTTPCode_Target_4XX_Count", TARGETS, "Sum"),
        "healthy": ("AWS/ApplicationELB", "HealthyHostCount", TARGETS, "Minimum"),
        "unhealthy": ("AWS/ApplicationELB", "UnHealthyHostCount", TARGETS, "Maximum"),
    },
    "load_balancer": {
        "requests": ("AWS/ApplicationELB", "RequestCount", ("LoadBalancer",), "Sum"),
        "response": ("AWS/ApplicationELB", "TargetResponseTime", ("LoadBalancer",), "p95"),
        "own_errors": ("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", ("LoadBalancer",), "Sum"),
        "no_target": ("AWS/ApplicationELB", "HTTPCode_ELB_503_Count", ("LoadBalancer",), "Sum"),
        "own_client_errors": ("AWS/ApplicationELB", "HTTPCode_ELB_4XX_Count", ("LoadBalancer",), "Sum"),
        "target_errors": ("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", ("LoadBalancer",), "Sum"),
        "rejected": ("AWS/ApplicationELB", "RejectedConnectionCount", ("LoadBalancer",), "Sum"),
        "unconnected": ("AWS/ApplicationELB", "TargetConnectionErrorCount", ("LoadBalancer",), "Sum"),
        "capacity": ("AWS/ApplicationELB", "ConsumedLCUs", ("LoadBalancer",), "Average"),
    },
    "database": {
        "cpu": ("AWS/RDS", "CPUUtilization", ("DBInstanceIdentifier",), "Average"),
        "connections": ("AWS/RDS", "DatabaseConnections", ("DBInstanceIdentifier",), "Maximum"),
        "free_storage": ("AWS/RDS", "FreeStorageSpace", ("DBInstanceIdentifier",), "Minimum"),
        "free_memory": ("AWS/RDS", "FreeableMemory", ("DBInstanceIdentifier",), "Minimum"),
        "swap": ("AWS/RDS", "SwapUsage", ("DBInstanceIdentifier",), "Maximum"),
        "read_latency": ("AWS/RDS", "ReadLatency", ("DBInstanceIdentifier",), "p90"),
        "write_latency": ("AWS/RDS", "WriteLatency", ("DBInstanceIdentifier",), "p90"),
        "queue_depth": ("AWS/RDS", "DiskQueueDepth", ("DBInstanceIdentifier",), "Average"),
        "read_iops": ("AWS/RDS", "ReadIOPS", ("DBInstanceIdentifier",), "Average"),
        "write_iops": ("AWS/RDS", "WriteIOPS", ("DBInstanceIdentifier",), "Average"),
        "transaction_ids": ("AWS/RDS", "MaximumUsedTransactionIDs", ("DBInstanceIdentifier",), "Maximum"),
        "log_disk": ("AWS/RDS", "TransactionLogsDiskUsage", ("DBInstanceIdentifier",), "Maximum"),
        "load": ("AWS/RDS", "DBLoad", ("DBInstanceIdentifier",), "Average"),
        "load_cpu": ("AWS/RDS", "DBLoadCPU", ("DBInstanceIdentifier",), "Average"),
        "load_waiting": ("AWS/RDS", "DBLoadNonCPU", ("DBInstanceIdentifier",), "Average"),
        "load_per_vcpu": ("AWS/RDS", "DBLoadRelativeToNumVCPUs", ("DBInstanceIdentifier",), "Average"),
    },
    "cache": {
        "hit_rate": ("AWS/ElastiCache", "CacheHitRate", ("CacheClusterId",), "Average"),
        "memory": ("AWS/ElastiCache", "DatabaseMemoryUsagePercentage", ("CacheClusterId",), "Average"),
        "engine_cpu": ("AWS/ElastiCache", "EngineCPUUtilization", ("CacheClusterId",), "Average"),
        "evictions": ("AWS/ElastiCache", "Evictions", ("CacheClusterId",), "Sum"),
        "new_connections": ("AWS/ElastiCache", "NewConnections", ("CacheClusterId",), "Sum"),
        "connections": ("AWS/ElastiCache", "CurrConnections", ("CacheClusterId", "CacheNodeId"), "Average"),
        "swap": ("AWS/ElastiCache", "SwapUsage", ("CacheClusterId", "CacheNodeId"), "Average"),
        "lag": ("AWS/ElastiCache", "ReplicationLag", ("CacheClusterId",), "Average"),
    },
    "function": {
        "errors": ("AWS/Lambda", "Errors", ("FunctionName",), "Sum"),
        "invocations": ("AWS/Lambda", "Invocations", ("FunctionName",), "Sum"),
        "throttles": ("AWS/Lambda", "Throttles", ("FunctionName",), "Sum"),
        "duration": ("AWS/Lambda", "Duration", ("FunctionName",), "p95"),
        "concurrency": ("AWS/Lambda", "ConcurrentExecutions", ("FunctionName",), "Maximum"),
        "iterator_age": ("AWS/Lambda", "IteratorAge", ("FunctionName",), "Maximum"),
    },
}

NEEDS = {
    "container-insights": {"running", "desired", "pending", "deployments", "restarts", "received", "sent"},
    "container-insights-enhanced": {"unhealthy_containers"},
    "performance-insights": {"load", "load_cpu", "load_waiting", "load_per_vcpu"},
}


@pytest.mark.feature("M2")
@pytest.mark.feature("M3")
@pytest.mark.feature("M4")
@pytest.mark.feature("M5")
@pytest.mark.feature("M7")
@kinds
def test_metrics_are_those_that_aws_publishes(kind: Kind) -> None:
    rows = {key: row for key, row in kind.metrics.items() if isinstance(row, MetricRow)}
    assert {
        key: (row.namespace, row.name, tuple(row.dimensions), row.statistic) for key, row in rows.items()
    } == PUBLISHED[kind.name]


def test_metrics_that_somebody_must_switch_on_say_so() -> None:
    found: dict[str, set[str]] = {}
    for kind in KINDS.values():
        for key, row in kind.metrics.items():
            if isinstance(row, MetricRow) and row.requires:
                found.setdefault(row.requires.value, set()).add(key)
    assert found == NEEDS
