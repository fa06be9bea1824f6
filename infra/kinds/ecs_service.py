"""An ECS service, with its target group where it has one."""

from __future__ import annotations

from infra.kinds.table import AlarmRow, CompositeRow, Kind, MathRow, MetricRow, WidgetRow, silence
from opslib.monitoring import Band, Requirement, Role

_SERVICE = {"ClusterName": "cluster", "ServiceName": "service"}
_TARGETS = {"LoadBalancer": "load_balancer", "TargetGroup": "target_group"}
_INSIGHTS = Requirement.CONTAINER_INSIGHTS

KIND = Kind(
    name="ecs_service",
    section="services",
    title="ECS service",
    metrics={
        "cpu": MetricRow("AWS/ECS", "CPUUtilization", _SERVICE, "Average", "CPU"),
        "memory": MetricRow("AWS/ECS", "MemoryUtilization", _SERVICE, "Average", "Memory"),
        "running": MetricRow("ECS/ContainerInsights", "RunningTaskCount", _SERVICE, "Minimum", "Running", _INSIGHTS),
        "desired": MetricRow("ECS/ContainerInsights", "DesiredTaskCount", _SERVICE, "Maximum", "Desired", _INSIGHTS),
        "pending": MetricRow("ECS/ContainerInsights", "PendingTaskCount", _SERVICE, "Maximum", "Pending", _INSIGHTS),
        "deployments": MetricRow(
            "ECS/ContainerInsights", "DeploymentCount", _SERVICE, "Maximum", "Deployments", _INSIGHTS
        ),
        "restarts": MetricRow("ECS/ContainerInsights", "RestartCount", _SERVICE, "Maximum", "Restarts", _INSIGHTS),
        # It counts up from the task's start: what has happened since the last point is the difference.
        "restarted": MathRow("DIFF(restarts)", ("restarts",), "Restarts"),
        # Already bytes a second: drawn as it is.
        "received": MetricRow("ECS/ContainerInsights", "NetworkRxBytes", _SERVICE, "Average", "Received", _INSIGHTS),
        "sent": MetricRow("ECS/ContainerInsights", "NetworkTxBytes", _SERVICE, "Average", "Sent", _INSIGHTS),
        "unhealthy_containers": MetricRow(
            "ECS/ContainerInsights",
            "UnHealthyContainerHealthStatus",
            {**_SERVICE, "ContainerName": "container"},
            "Maximum",
            "Unhealthy containers",
            Requirement.CONTAINER_INSIGHTS_ENHANCED,
        ),
        "missing_tasks": MathRow("desired - running", ("desired", "running"), "Missing tasks"),
        "response": MetricRow(
            "AWS/ApplicationELB", "TargetResponseTime", _TARGETS, "p95", "Response time", low_samples="ignore"
        ),
        "requests": MetricRow("AWS/ApplicationELB", "RequestCount", _TARGETS, "Sum", "Requests"),
        "errors": MetricRow("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", _TARGETS, "Sum", "5xx"),
        "client_errors": MetricRow("AWS/ApplicationELB", "HTTPCode_Target_4XX_Count", _TARGETS, "Sum", "4xx"),
        "healthy": MetricRow("AWS/ApplicationELB", "HealthyHostCount", _TARGETS, "Minimum", "Healthy targets"),
        "unhealthy": MetricRow("AWS/ApplicationELB", "UnHealthyHostCount", _TARGETS, "Maximum", "Unhealthy targets"),
        # Counts of errors are published only when they are not zero; below the minimum of requests a rate says nothing.
        "error_rate": MathRow(
            "IF(FILL(requests, 0) >= {minimum_requests}, 100 * FILL(errors, 0) / requests, 0)",
            ("errors", "requests"),
            "5xx rate",
        ),
        "client_error_rate": MathRow(
            "IF(FILL(requests, 0) >= {minimum_requests}, 100 * FILL(client_errors, 0) / requests, 0)",
            ("client_errors", "requests"),
            "4xx rate",
        ),
    },
    alarms=(
        AlarmRow(
            "cpu",
            "CPU is high",
            "cpu",
            "cpuPercent",
            why="five minutes outlast a burst and a deployment's start; with autoscaling, ten above what it holds",
            points=(5, 5),
        ),
        AlarmRow(
            "memory",
            "Memory is high",
            "memory",
            "memoryPercent",
            why="at 100 ECS kills the task; the distance is what a leak leaves to act",
            points=(5, 5),
        ),
        AlarmRow(
            "missing-tasks",
            "Fewer tasks run than desired",
            "missing_tasks",
            Band(warning=0),
            why="a rollout is over in ten minutes; a task missing for longer cannot start",
            points=(10, 10),
        ),
        AlarmRow(
            "deployment",
            "A deployment does not end",
            "deployments",
            Band(warning=1),
            why="half an hour is three times a slow rollout; the circuit breaker should have ended it",
            points=(30, 30),
        ),
        AlarmRow(
            "container-health",
            "A container's health check fails",
            "unhealthy_containers",
            Band(warning=0),
            why="one failed check is retried by ECS; three of five are a container that stays broken",
            points=(3, 5),
            only_with="container",
            each="container",
        ),
        silence(
            "No CPU metric arrives: no task is running",
            "cpu",
            why="ECS publishes CPU as long as one task runs; five minutes without is an outage",
            pages="unavailable",
        ),
        AlarmRow(
            "no-healthy-targets",
            "No target is healthy",
            "healthy",
            Band(critical=1),
            why="nobody can be served; five minutes outlast a task's replacement",
            points=(5, 5),
            comparison="LessThanThreshold",
            missing="breaching",
            role=Role.SYMPTOM,
            pages="unavailable",
            only_with="target_group",
        ),
        AlarmRow(
            "unhealthy-targets",
            "A target stays unhealthy",
            "unhealthy",
            Band(warning=0),
            why="ECS replaces an unhealthy task within minutes; ten are a task that comes back unhealthy",
            points=(10, 10),
            only_with="target_group",
        ),
        AlarmRow(
            "errors",
            "Requests fail (5xx)",
            "error_rate",
            "errorRatePercent",
            why="the share over a sliding window of five minutes",
            points=(1, 1),
            period_seconds=300,
            role=Role.SYMPTOM,
            pages="degraded",
            only_with="target_group",
        ),
        AlarmRow(
            "client-errors",
            "Many requests are refused (4xx)",
            "client_error_rate",
            "clientErrorRatePercent",
            why="a quarter of all requests wrong is a broken client or a broken release, not users' mistakes",
            points=(3, 3),
            period_seconds=300,
            only_with="target_group",
        ),
        AlarmRow(
            "response",
            "Responses are slow (p95)",
            "response",
            "responseSeconds",
            why="one request in twenty is slower; three of five minutes are no single slow query",
            points=(3, 5),
            role=Role.SYMPTOM,
            pages="degraded",
            only_with="target_group",
        ),
    ),
    composites=(
        CompositeRow(
            "unavailable",
            "The service is unavailable",
            "critical",
            why="no task or no healthy target for five minutes: users get nothing",
        ),
        CompositeRow(
            "degraded",
            "The service fails or is slow for users",
            "critical",
            why="errors or response times beyond the critical baseline are felt by users now",
        ),
    ),
    widgets=(
        WidgetRow("CPU and memory", ("cpu", "memory"), "%", summary=True),
        WidgetRow("tasks", ("running", "desired", "pending"), "tasks", right=("deployments",), summary=True),
        WidgetRow("missing tasks", ("missing_tasks",), "tasks"),
        WidgetRow("requests", ("requests",), "requests/min", only_with="target_group", summary=True),
        WidgetRow("5xx rate", ("error_rate",), "%", only_with="target_group", summary=True),
        WidgetRow(
            "response time",
            ("response:Average", "response:p95", "response:p99"),
            "s",
            only_with="target_group",
            summary=True,
        ),
        WidgetRow("4xx rate", ("client_error_rate",), "%", only_with="target_group"),
        WidgetRow("targets", ("healthy", "unhealthy"), "targets", only_with="target_group"),
        WidgetRow("deployments and restarts", ("deployments", "restarted"), "count"),
        WidgetRow("container health", ("unhealthy_containers",), "containers", only_with="container", each="container"),
        WidgetRow("network", ("received", "sent"), "bytes/s"),
    ),
)
"""What is watched on an ECS service."""
